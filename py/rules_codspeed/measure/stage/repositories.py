"""Names of external repositories that do not depend on Bazel's version or on the module graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

MAIN = "_main"


def short_name(canonical: str) -> str:
    """Returns the name that a repository has in its declaration.

    Canonical names of Bazel 7 are joined by `~`, those of Bazel 8 and later by
    `+`: `module~version`, `module~`, `module~version~extension~name`,
    `module~~extension~name`, `_main~extension~name`, `++extension+name`.
    """
    separator = "~" if "~" in canonical else "+"
    parts = canonical.split(separator)
    name = parts[-1] if len(parts) > 2 else parts[0]
    # A version may hold the other separator.
    return canonical if name in ("", canonical) else short_name(name)


def normalised_names(canonical: Iterable[str]) -> dict[str, str]:
    """Returns the name to use for each repository; two that would collide keep their own."""
    known = sorted(set(canonical))
    owners: dict[str, list[str]] = {MAIN: [MAIN]}
    for name in known:
        owners.setdefault(short_name(name), []).append(name)
    names = {name: short_name(name) for name in known}
    return {
        name: short if len(owners[short]) == 1 and short != MAIN else name
        for name, short in names.items()
    }


def lookup(names: Mapping[str, str], canonical: str) -> str:
    """Returns the name to use for a repository that may have nothing in the stage.

    A repository that holds only headers occurs in debug information, not among the
    staged files.
    """
    if canonical in names:
        return names[canonical]
    short = short_name(canonical)
    return canonical if short == MAIN or short in names.values() else short
