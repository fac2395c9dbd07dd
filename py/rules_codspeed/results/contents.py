"""What the measuring machine adds to a program, as far as it changes numbers.

One text for each fact, such as `glibc 2.36 (build 5e1f9c0b7d22, loader 8f3a6c1e9b40)`: the part
before the parenthesis is for people, builds tell two of one version apart. A pinned root stands for
the libc: `root debian12 (archive 0c9d2f6b1a7e)`.
"""

from __future__ import annotations

from collections.abc import Mapping

from rules_codspeed.contract.provenance import ObjectFile, Provenance

LIBC = "libc"
INTERPRETER = "interpreter"
LIBRARIES = "libraries"
DISPATCH = "dispatch"
FACTS = (LIBC, INTERPRETER, LIBRARIES, DISPATCH)
"""Names of the facts, which `difference` compares part by part."""
NONE = "none"
"""Stands for a C library that the machine did not add: the program is linked statically."""

_ROOT = "root "
_BUILD = 12  # hexadecimal digits
_SHORT_BUILD = 8
# The variable that pins what glibc chooses by the processor.
_PIN = "GLIBC_TUNABLES"


def contents(provenance: Provenance) -> dict[str, str]:
    """Returns the facts by name.

    `libc` is always there, unless an earlier version measured, which did not record it.
    """
    host = provenance.host
    # Version first: `3.11.2 (main, Apr 28 2025, 14:11:48) [GCC 12.2.0]`.
    interpreter = provenance.interpreter.partition(" ")[0]
    found = {INTERPRETER: interpreter} if interpreter else {}
    if not host:
        return found
    found[LIBC] = _libc(host.libc, host.loader) if host.libc else NONE
    if provenance.root:
        # It holds the C library, and more.
        found[LIBC] = f"{_ROOT}{provenance.root.name} (archive {provenance.root.sha256[:_BUILD]})"
    if host.interpreter:
        version = host.interpreter.version.partition(" ")[0]
        found[INTERPRETER] = f"{version} (build {_build(host.interpreter)})"
    if host.libraries:
        found[LIBRARIES] = ", ".join(
            f"{one.name} {one.build_id[:_SHORT_BUILD] or NONE}" for one in host.libraries
        )
    if not provenance.walltime and _PIN not in provenance.pins:
        found[DISPATCH] = host.cpu
    return found


def _libc(libc: ObjectFile, loader: ObjectFile | None) -> str:
    name = "musl" if "musl" in libc.name else "glibc"
    builds = f"build {_build(libc)}"
    if loader and loader != libc:
        builds += f", loader {_build(loader)}"
    return f"{name} {libc.version or 'of unknown version'} ({builds})"


def _build(file: ObjectFile) -> str:
    return file.build_id[:_BUILD] or "unknown"


def identity(text: str) -> str:
    """Returns what of a fact must be equal: of a pinned root the archive, whatever its name is."""
    return text.partition(" (")[2] if text.startswith(_ROOT) else text


def short(text: str) -> str:
    """Returns the part of a fact that is for people."""
    return text.partition(" (")[0]


def library_builds(text: str) -> Mapping[str, str]:
    """Returns the build of each library of the fact `libraries`, by name."""
    pairs = (one.rpartition(" ") for one in text.split(", ") if one)
    return {name: build for name, _, build in pairs}


def difference(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Returns why numbers of two measurements differ because of their machines, for people.

    Only facts that both have are compared: a fact that one does not have is not known, or the
    program did without. Likewise a library that one of them did not use is a change of the program.

    Args:
      before: facts of the base, as from `contents`.
      after: those of what was measured now.
    """
    found = []
    old, new = before.get(LIBC, NONE), after.get(LIBC, NONE)
    if NONE not in (old, new) and identity(old) != identity(new):
        found.append(_pair("measured on", "on", old, new))
    elif other := _other_libraries(before, after):
        found.append(f"measured with another build of {other} than the base")
    old, new = before.get(INTERPRETER, ""), after.get(INTERPRETER, "")
    if old and new and _differ(old, new):
        found.append(_pair("measured with interpreter", "with", old, new))
    old, new = before.get(DISPATCH, ""), after.get(DISPATCH, "")
    if old and new and old != new:
        found.append(f"measured with functions for the processor {new}, base for {old}")
    return found


def unknown(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """Returns a remark on a base that an earlier version measured; empty for any other."""
    if LIBC in before or after.get(LIBC, NONE) == NONE:
        return ""
    return f"measured on {short(after[LIBC])}, base on an unknown libc"


def _differ(old: str, new: str) -> bool:
    """Whether interpreters differ; that of a declared input has no build, nor has an old record."""
    return old != new if ("(" in old) == ("(" in new) else short(old) != short(new)


def _pair(measured: str, base: str, old: str, new: str) -> str:
    """Returns a sentence such as `measured on glibc 2.36, base on 2.43`."""
    if short(old) == short(new):
        return f"{measured} {new}, base {base} {old}"
    kind, _, version = short(old).partition(" ")
    same = version and short(new).startswith(f"{kind} ")
    return f"{measured} {short(new)}, base {base} {version if same else short(old)}"


def _other_libraries(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """Returns the libraries of which both used another build; empty if there are none."""
    old, new = (library_builds(one.get(LIBRARIES, "")) for one in (before, after))
    names = [name for name in sorted(old.keys() & new.keys()) if old[name] != new[name]]
    return f"{names[0]} and {len(names) - 1} more" if len(names) > 1 else "".join(names)
