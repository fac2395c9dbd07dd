"""Calls pyelftools on bytes that may be damaged: each of its exceptions becomes an `ElfError`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from elftools.common.exceptions import ELFError
from elftools.common.utils import struct_parse
from elftools.construct import Array, Construct, ConstructError

from rules_codspeed.capture.elf.errors import ElfError

# pyelftools promises ELFError. What hostile sizes and offsets raise in Python itself is not a
# defect of ours either.
_DAMAGE = (
    *(ELFError, ConstructError),
    *(ArithmeticError, LookupError, MemoryError, TypeError, ValueError),
)


def parse(form: Construct, data: memoryview, name: str, offset: int, expected: str) -> Any:
    """Returns the fields of one structure of pyelftools.

    Args:
      form: one of `ELFStructs`, such as `Elf_Chdr`.
      data: begins with it.
      name: of the file in errors.
      offset: of the data in the file, in bytes.
      expected: what it should be, in errors.

    Raises:
      ElfError: it is damaged.
    """
    with damage(name, offset, expected):
        return struct_parse(form, BytesIO(data))


def parse_table(
    form: Construct, data: memoryview, name: str, offset: int, expected: str
) -> list[Any]:
    """Returns the fields of each structure of a table that is nothing else.

    Args:
      form: one of `ELFStructs`, such as `Elf_Shdr`.
      data: the whole table.
      name: of the file in errors.
      offset: of the table in the file, in bytes.
      expected: what it should be, in errors.

    Raises:
      ElfError: it is damaged.
    """
    return list(parse(Array(len(data) // form.sizeof(), form), data, name, offset, expected))


@contextlib.contextmanager
def damage(name: str, offset: int, expected: str) -> Iterator[None]:
    """Turns what pyelftools raises about damaged bytes into an error about a place.

    Args:
      name: of the file.
      offset: of what is read in the file, in bytes.
      expected: what it should be.

    Raises:
      ElfError: it is damaged.
    """
    try:
        yield
    except _DAMAGE as error:
        raise ElfError(name, offset, str(error) or type(error).__name__, expected) from None
