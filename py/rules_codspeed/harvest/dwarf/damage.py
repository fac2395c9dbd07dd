"""Damage inside DWARF sections, and the limits that a hostile file runs into."""

from __future__ import annotations

import struct


class Damage(Exception):
    """A place in a section cannot be read.

    Reading units and looking symbols up catches it, and skips what depends on that place.

    Attributes:
      section: name of the section.
      offset: bytes before the place in the section.
      got: what is there.
      expected: what would be right.
    """

    def __init__(self, section: str, offset: int, got: str, expected: str) -> None:
        """Makes the damage at one place."""
        super().__init__(f"{section} at byte {offset}: {got} instead of {expected}")
        self.section = section
        self.offset = offset
        self.got = got
        self.expected = expected


# What decoding raises where data ends too early: hot code does not look ahead.
CUT_SHORT = (IndexError, ValueError, struct.error)


class Budget:
    """How much of a section may be decoded in all.

    Well-formed data is decoded about once. In hostile data many places refer to one
    large part of a section; with the budget this fails instead of taking hours.

    Attributes:
      left: what may still be spent, in bytes unless stated otherwise.
    """

    __slots__ = ("left", "section")

    def __init__(self, section: str, limit: int) -> None:
        """Makes a budget for `section`."""
        self.section = section
        self.left = limit

    def spend(self, amount: int, offset: int) -> None:
        """Takes `amount` out of the budget for what is at `offset` of the section.

        Raises:
          Damage: there is less left than that.
        """
        self.left -= amount
        if self.left < 0:
            raise Damage(
                self.section,
                offset,
                "data that is referred to many times",
                "separate data for each",
            )


class Warnings:
    """A short list of what was skipped.

    Attributes:
      shown: the first sentences.
      count: number of all.
      first: the first damage, if any.
    """

    __slots__ = ("count", "first", "shown")

    _MOST = 10

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.count = 0
        self.first: Damage | None = None

    def add(self, damage: Damage) -> None:
        """Notes that something was skipped because of some damage."""
        self.count += 1
        self.first = self.first or damage
        if self.count <= self._MOST:
            self.shown.append(str(damage))

    def sentences(self) -> list[str]:
        """Returns what is to be logged."""
        more = self.count - len(self.shown)
        return [*self.shown, f"and {more} more"] if more else list(self.shown)
