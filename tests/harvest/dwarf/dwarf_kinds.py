"""The kinds of entries of the programs that `dwarf_files` makes."""

from __future__ import annotations

from tests.harvest.dwarf import dwarf_writer as w
from tests.harvest.dwarf.dwarf_writer import Attributes, Style

# Codes of abbreviations. Those of units differ in how they give their code.
UNIT_PAIR, UNIT_LIST, UNIT_BARE, STRUCT, MEMBER, INT, FUNCTION, PARAMETER = range(1, 9)
VARIABLE, BLOCK, INLINED, INLINED_LIST, CALL, ARGUMENT, ABSTRACT, NAMESPACE = range(9, 17)


def kinds(style: Style) -> dict[int, tuple[int, bool, Attributes]]:
    """Returns tag, whether there are children, and attributes of each code."""
    old = style.version < 4
    expression = w.BLOCK1 if old else w.EXPRLOC
    flag, frame = w.FLAG if old else w.FLAG_PRESENT, (0x40, expression)
    offset = w.SEC_OFFSET if not old else w.DATA4 if style.offset_size == 4 else w.DATA8
    text = w.STRX3 if style.indexed else w.STRP
    start = (0x11, w.ADDRX if style.indexed else w.ADDR)
    pair = (start, (0x12, w.ADDR if old else w.DATA4))
    listing = (0x55, w.RNGLISTX if style.indexed else offset)
    bases = [(0x72, offset), (0x73, offset), (0x74, offset)] if style.indexed else []
    unit = [(0x25, text), (0x13, w.DATA1), (0x03, text), (0x1B, text), (0x10, offset), *bases]
    sibling = [(0x01, w.REF4)] if style.sibling else []
    call = [(0x58, w.DATA1), (0x59, w.DATA2), (0x57, w.DATA1), *sibling]
    return {
        UNIT_PAIR: (0x11, True, [*unit, *pair]),
        UNIT_LIST: (0x11, True, [*unit, listing, (0x11, w.ADDR)]),
        UNIT_BARE: (0x11, True, unit),
        STRUCT: (0x13, True, [(0x03, text), (0x0B, w.DATA1), (0x3A, w.DATA1), *sibling]),
        MEMBER: (0x0D, False, [(0x03, w.STRING), (0x49, w.REF4), (0x38, w.DATA1)]),
        INT: (0x24, False, [(0x0B, w.DATA1), (0x3E, w.DATA1), (0x03, text)]),
        FUNCTION: (
            *(0x2E, True),
            [(0x3F, flag), (0x03, text), (0x3B, w.DATA2), (0x49, w.REF4), *pair, frame, *sibling],
        ),
        PARAMETER: (0x05, False, [(0x03, text), (0x49, w.REF4), (0x02, offset)]),
        VARIABLE: (0x34, False, [(0x03, text), (0x49, w.REF4), (0x02, expression)]),
        BLOCK: (0x0B, True, [*pair, *sibling]),
        INLINED: (0x1D, True, [(0x31, w.REF4), *pair, *call]),
        INLINED_LIST: (0x1D, True, [(0x31, w.REF4), listing, *call]),
        CALL: (0x48, True, [start, (0x31, w.REF4), *sibling]),
        ARGUMENT: (0x4A, False, [(0x02, expression), (0x2111, expression)]),
        ABSTRACT: (0x2E, False, [(0x03, text), (0x20, w.DATA1)]),
        NAMESPACE: (0x39, True, [(0x03, text), *sibling]),
    }
