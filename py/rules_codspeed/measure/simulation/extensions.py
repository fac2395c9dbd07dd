"""Extensions of processors that a simulator may not know, by the encoding of their instructions.

Formats: Intel 64 manual, volume 2, 2.3 (VEX) and 2.7 (EVEX); AMD64 manual, volume 6 (XOP);
Arm A64, index by encoding.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Extension(NamedTuple):
    """An extension of a processor.

    Attributes:
      name: as its maker calls it.
      option: of GCC and Clang that leaves it out.
    """

    name: str
    option: str


_GFNI: Final = Extension("GFNI", "-mno-gfni")
_SHA: Final = Extension("SHA", "-mno-sha")

X86: Final = (
    ("62", Extension("AVX-512", "-mno-avx512f")),
    # VEX: c4, the map in the low bits of the next byte, a byte of operands, the opcode.
    ("c4.2..(?:49|4b|5c|5e|6c)", Extension("AMX", "-mno-amx-tile")),
    ("c4.2..5[0-3]", Extension("AVX-VNNI", "-mno-avxvnni")),
    ("c4.2..b[45]", Extension("AVX-IFMA", "-mno-avxifma")),
    ("c4.2..c[bcd]", Extension("SHA512", "-mno-sha512")),
    ("c4.2..cf", _GFNI),
    ("c4.3..c[ef]", _GFNI),
    ("c4.2..d[c-f]", Extension("VAES", "-mno-vaes")),
    ("c4.3..44", Extension("VPCLMULQDQ", "-mno-vpclmulqdq")),
    ("c4.3..(?:5[c-f]|6[89a-f]|7[89a-f])", Extension("FMA4", "-mno-fma4")),
    ("8f.[89a]", Extension("XOP", "-mno-xop")),
    ("0f38c[89a-d]", _SHA),
    ("0f3acc", _SHA),
    ("0f38cf", _GFNI),
    ("0f3ac[ef]", _GFNI),
    ("0f38f8", Extension("MOVDIR64B", "-mno-movdir64b")),
    ("0f38f9", Extension("MOVDIRI", "-mno-movdiri")),
    ("c7f8", Extension("RTM", "-mno-rtm")),
    ("0fc7f[89a-f]", Extension("RDPID", "-mno-rdpid")),
    ("0fae[ef]", Extension("WAITPKG", "-mno-waitpkg")),
    ("0f01e8", Extension("SERIALIZE", "-mno-serialize")),
    ("0f0f", Extension("3DNow!", "-mno-3dnow")),
)
"""Patterns of bytes in hex, behind the prefixes of the legacy encoding."""

ARM: Final = (
    (0x1E00_0000, 0x0400_0000, Extension("SVE", "-march=armv8-a")),
    (0x9E00_0000, 0x8000_0000, Extension("SME", "-march=armv8-a")),
)
"""Mask and value of a word."""
