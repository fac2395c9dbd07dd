"""Makes the debug information of a whole program, as compilers write it, and its meaning."""

from __future__ import annotations

from typing import NamedTuple

from rules_codspeed.contract.perf_map import Symbol
from rules_codspeed.harvest.dwarf.sections import Sections
from tests.capture.elf.elf_files import X86_64, ElfImage, ElfSection, ElfSymbol
from tests.harvest.dwarf import dwarf_kinds as k
from tests.harvest.dwarf import dwarf_writer as w
from tests.harvest.dwarf.dwarf_writer import Style, Value

BASE = 0x10000
STEP, SIZE = 0x40, 0x38  # bytes from a function to the next, and of a function

SECTIONS = (
    *("info", "abbrev", "line", "str", "line_str", "str_offsets", "addr"),
    *("ranges", "rnglists", "aranges"),
)


class Expected(NamedTuple):
    """What is to be found for a symbol."""

    symbol: Symbol
    file: str
    line: int


class Program(NamedTuple):
    """Debug information, and what is to be found in it."""

    sections: Sections
    expected: list[Expected]

    @property
    def size(self) -> int:
        """Bytes of all sections."""
        return sum(len(getattr(self.sections, name)) for name in SECTIONS)

    def elf(self, machine: int = X86_64, is_64: bool = True) -> ElfImage:
        """Returns a file that has it, and the symbols."""
        symbols = [one.symbol for one in self.expected]
        return ElfImage(
            machine=machine,
            is_64=is_64,
            little_endian=self.sections.order == "little",
            sections=[
                ElfSection(f".debug_{name}", bytes(data), addr=0)
                for name in SECTIONS
                if (data := getattr(self.sections, name))
            ],
            symbols=[ElfSymbol(one.addr, one.size, one.name.encode()) for one in symbols],
        )


def program(style: Style, units: int, functions: int) -> Program:
    """Returns a program.

    Args:
      style: how to write it.
      units: of the program. The first entry of one gives its code as a pair, that of the next
        as a list, and for the third there is only `.debug_aranges`.
      functions: of each unit. Of four, at the entry of the first there is nothing inlined,
        at that of the second a call in a call, at that of the third a call whose code is given
        by a list, and the fourth has inlined code elsewhere.
    """
    writer = _Writer(style)
    for number in range(units):
        writer.unit(number, functions)
    return writer.program()


class _Writer:
    """Collects the sections of a program."""

    def __init__(self, style: Style) -> None:
        self.style = style
        self.kinds = k.kinds(style)
        self.info, self.line, self.aranges = bytearray(), bytearray(), bytearray()
        self.ranges = bytearray()
        self.strings = bytearray(b"\0")
        self.texts: dict[bytes, int] = {}
        self.text_offsets: list[int] = []
        self.addresses: list[int] = []
        self.lists: list[int] = []
        self.expected: list[Expected] = []
        self.body = bytearray()
        self.open_entries: list[int] = []

    def program(self) -> Program:
        """Returns what was collected."""
        style = self.style
        version, tail = style.number(2, 5), bytes([style.address_size, 0])
        texts = version + bytes(2) + b"".join(map(style.offset, self.text_offsets))
        addresses = version + tail + b"".join(map(style.address, self.addresses))
        lists = version + tail + style.number(4, len(self.lists) if style.indexed else 0)
        if style.indexed:
            lists += b"".join(
                style.offset(style.offset_size * len(self.lists) + one) for one in self.lists
            )
        table = b"".join(w.abbreviation(code, *kind) for code, kind in self.kinds.items()) + b"\0"
        new = style.version >= 5
        sections = Sections(
            order=style.order,
            info=bytes(self.info),
            abbrev=table,
            line=bytes(self.line),
            str=bytes(self.strings),
            str_offsets=style.sized(texts) if style.indexed else b"",
            addr=style.sized(addresses) if style.indexed else b"",
            ranges=b"" if new else bytes(self.ranges),
            rnglists=style.sized(lists + self.ranges) if new else b"",
            aranges=bytes(self.aranges),
        )
        return Program(sections, self.expected)

    def unit(self, number: int, functions: int) -> None:
        """Adds a unit."""
        style = self.style
        base, place = BASE + number * functions * STEP, len(self.info)
        end = base + functions * STEP
        name = b"unit_%d.c" % number
        first: list[Value] = [self.text(b"gcc"), 29, self.text(name), self.text(b"/build")]
        first += [len(self.line), *self.bases()]
        self.body.clear()
        if number % 3 == 0:
            self.enter(k.UNIT_PAIR, *first, *self.pair(base, end))
        elif number % 3 == 1:
            self.enter(k.UNIT_LIST, *first, self.list(0, base, end), 0)
        else:
            self.enter(k.UNIT_BARE, *first)
            head = style.number(2, 2) + style.offset(place) + bytes([style.address_size, 0])
            padding = bytes(-(len(style.sized(b"")) + len(head)) % (2 * style.address_size))
            span = style.address(base) + style.address(end - base)
            self.aranges += style.sized(head + padding + span + bytes(2 * style.address_size))
        integer = self.types(number)
        abstract = self.add(k.ABSTRACT, self.text(b"inlined"), 1)
        self.enter(k.NAMESPACE, self.text(b"inner"))
        rows = bytearray()
        low_pc = 0 if number % 3 else base
        for i in range(functions):
            rows += self.function(number, i, base + i * STEP, (integer, abstract), low_pc)
        self.leave()
        self.leave(of_unit=True)
        self.info += style.unit(bytes(self.body))
        dirs = [b"/build", b"/include", b"deep"]
        files = [(name, 0), (name, 0), (b"inlined.h", 1), (b"deep.h", 2)]
        self.line += w.line_unit(style, dirs, files, bytes(rows))

    def types(self, number: int) -> int:
        """Adds some types; returns where the integer is."""
        integer = self.add(k.INT, 4, 5, self.text(b"int"))
        for i in range(4):
            self.enter(k.STRUCT, self.text(b"struct_%d_%d" % (number, i)), 16, 1)
            for j in range(4):
                self.add(k.MEMBER, b"m%d" % j, integer, 4 * j)
            self.leave()
        return integer

    def function(self, number: int, i: int, at: int, places: tuple[int, int], low_pc: int) -> bytes:
        """Adds a function; returns its rows."""
        integer, abstract = places
        line = 10 + 20 * i
        name = f"function_{number}_{i}"
        first = [1, self.text(name.encode()), line, integer, *self.pair(at, at + SIZE)]
        self.enter(k.FUNCTION, *first, b"\x9c")
        for j in range(3):
            self.add(k.PARAMETER, self.text(b"argument_%d" % j), integer, 64 * i + j)
        self.enter(k.BLOCK, *self.pair(at, at + SIZE - 4))
        for j in range(4):
            self.add(k.VARIABLE, self.text(b"local_%d" % j), integer, b"\x91" + w.sleb(-8 * j))
        file, found = f"/build/unit_{number}.c", line
        shape = i % 4
        if shape == 1:
            self.enter(k.INLINED, abstract, *self.pair(at, at + 8), 1, line + 1, 3)
            self.enter(k.INLINED, abstract, *self.pair(at, at + 4), 2, 77, 5)
            self.add(k.VARIABLE, self.text(b"deep"), integer, b"\x50")
            self.leave()
            self.leave()
            found = line + 1
        elif shape == 2:
            listed = self.list(low_pc, at, at + 12)
            self.enter(k.INLINED_LIST, abstract, listed, 3, line + 2, 3)
            self.leave()
            file, found = "/build/deep/deep.h", line + 2
        elif shape == 3:
            self.enter(k.INLINED, abstract, *self.pair(at + 8, at + 16), 2, 5, 3)
            self.leave()
        self.leave()
        for j in range(6):
            self.enter(k.CALL, self.address(at + 20 + 4 * j), abstract)
            self.add(k.ARGUMENT, b"\x55", b"\xf3\x01\x55" + bytes(j))
            self.add(k.ARGUMENT, b"\x54", b"\x91\x68")
            self.leave()
        self.leave()
        self.expected.append(Expected(Symbol(at, SIZE, name), file, found))
        entry = (at, 3, 99) if shape in (1, 2) else (at, 1, line)
        rows = [entry, (at + 4, 1, line + 1), (at + 8, 2, 7), (at + 16, 1, line + 3)]
        rows += [(at + 20 + j, 1, line + 4 + j % 3) for j in range(24)]
        return w.sequence(self.style, rows, at + SIZE)

    def add(self, code: int, *values: Value) -> int:
        """Adds an entry; returns where it is in its unit."""
        place = self.style.unit_head + len(self.body)
        self.body += self.style.entry(code, self.kinds[code][2], values)
        return place

    def enter(self, code: int, *values: Value) -> None:
        """Adds an entry with children."""
        sibling = (0x01, w.REF4) in self.kinds[code][2]
        self.add(code, *values, *([0] if sibling else []))
        self.open_entries.append(len(self.body) if sibling else 0)

    def leave(self, of_unit: bool = False) -> None:
        """Ends the children of the entry that was entered last."""
        self.body.append(0)
        end = self.open_entries.pop()
        if end and not of_unit:
            place = self.style.unit_head + len(self.body)
            self.body[end - 4 : end] = self.style.number(4, place)

    def bases(self) -> list[int]:
        """Returns the bases of a unit: the heads of the tables, which all units share."""
        length = len(self.style.sized(b""))
        return [length + 4, length + 4, length + 8] if self.style.indexed else []

    def text(self, value: bytes) -> int:
        """Returns offset or index of a string."""
        if value not in self.texts:
            self.texts[value] = len(self.text_offsets) if self.style.indexed else len(self.strings)
            self.text_offsets.append(len(self.strings))
            self.strings += value + b"\0"
        return self.texts[value]

    def address(self, value: int) -> int:
        """Returns an address, or its index."""
        if not self.style.indexed:
            return value
        self.addresses.append(value)
        return len(self.addresses) - 1

    def pair(self, begin: int, end: int) -> tuple[int, int]:
        """Returns the values of a pair of attributes."""
        return self.address(begin), end if self.style.version < 4 else end - begin

    def list(self, base: int, begin: int, end: int) -> int:
        """Adds a list of two ranges, the first behind the second; returns offset or index."""
        style = self.style
        place = len(self.ranges)
        spans = [(end + 2 - base, end + 3 - base), (begin - base, end - base)]
        self.lists.append(place)
        if style.version < 5:
            for span in spans:
                self.ranges += style.address(span[0]) + style.address(span[1])
            self.ranges += bytes(2 * style.address_size)
            return place
        for span in spans:
            self.ranges += b"\4" + w.uleb(span[0]) + w.uleb(span[1])
        self.ranges.append(0)
        return len(self.lists) - 1 if style.indexed else place + len(style.sized(b"")) + 8
