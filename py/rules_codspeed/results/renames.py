"""Pairs benchmarks that vanished with new ones that have the same numbers."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping

Key = tuple[str, str, str]
"""Label, mode and URI of a benchmark."""


def renames(
    gone: Mapping[Key, Hashable | None],
    added: Mapping[Key, Hashable | None],
    same: Callable[[Key, Key], bool],
) -> dict[Key, Key]:
    """Returns the old key of each benchmark that only has another name or target.

    A pair must leave no choice: of those that vanished and those that are new with a number, the
    ones of one name are paired first, then those of one target, then the rest, in each case only
    where there is one of each.

    Args:
      gone: what is no longer measured, with the number by which it is known; None for none.
      added: what was not measured before, likewise.
      same: returns whether an old and a new benchmark have the same numbers.
    """
    found: dict[Key, Key] = {}
    for common in (_by_name, _by_target, _by_mode):
        taken = set(found.values())
        left = {key: one for key, one in gone.items() if key not in taken}
        new = {key: one for key, one in added.items() if key not in found}
        old_of, new_of = _groups(left, common), _groups(new, common)
        for group in old_of.keys() & new_of.keys():
            old, others = old_of[group], new_of[group]
            if len(old) == len(others) == 1 and same(old[0], others[0]):
                found[others[0]] = old[0]
    return found


def _by_name(key: Key) -> Hashable:
    return key[1:]


def _by_target(key: Key) -> Hashable:
    return key[:2]


def _by_mode(key: Key) -> Hashable:
    return key[1]


def _groups(
    numbers: Mapping[Key, Hashable | None], common: Callable[[Key], Hashable]
) -> dict[tuple[Hashable, Hashable], list[Key]]:
    groups: dict[tuple[Hashable, Hashable], list[Key]] = {}
    for key, number in numbers.items():
        if number is not None:
            groups.setdefault((common(key), number), []).append(key)
    return groups
