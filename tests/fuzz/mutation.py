"""Changes inputs as accidents and attackers do: in bytes, and in words that formats share."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

# Numbers, texts, names and brackets: words of JSON, YAML, callgrind's format and others.
_WORD = re.compile(rb'"(?:[^"\\\n]|\\.)*"|[A-Za-z_]+|[-+]?[0-9][0-9.eE+-]*|[\[\]{}(),:=]')
_NUMBERS = (
    *(b"0", b"-0", b"-1", b"1", b"0.5", b"1e308", b"1e999", b"-1e999", b"NaN", b"Infinity"),
    *(b"-Infinity", b"2147483648", b"4294967296", b"9223372036854775808"),
    *(b"18446744073709551615", b"18446744073709551616", b"-9223372036854775809"),
    *(b"9" * 22, b"9" * 500, b"9" * 5000, b"0." + b"9" * 5000, b"1_0", b"0x10", b"007", b"+1"),
)
_WORDS = (
    *(b"null", b"true", b"[]", b"{}", b"[[]]", b'{"a": 1, "a": 2}', b'""', b'"\\ud800"', b"'"),
    *(b'"\xff"', b'"\\u0000"', b'"a\\nb"', b'"../../x"', b'"/etc/passwd"', b'"%s"' % (b"x" * 5000)),
    *(b"[" * 200, b"[" * 100_000, b'{"a":' * 200, b"(" * 300, b"- " * 300, b"&a *a", b"\0", b"\r"),
    *("\N{RIGHT-TO-LEFT OVERRIDE}".encode(), "\N{ARABIC-INDIC DIGIT THREE}".encode()),
)
_BYTES = (b"\0", b"\xff", b"\x80", b"\x7f", b"\n", b" ", b"\xff" * 4, b"\xff" * 8, b"\0" * 8)
_LONGEST = 1 << 18  # bytes

Change = Callable[[bytes, Random], bytes]


def mutated(seeds: Sequence[bytes], random: Random) -> bytes:
    """Returns one of the seeds, changed in one to five places."""
    data = random.choice(seeds)
    for _ in range(random.randint(1, 5)):
        if random.random() < 0.1:
            data = _spliced(data, random.choice(seeds), random)
        else:
            data = random.choice(_CHANGES)(data, random)
    return data[:_LONGEST]


def _cut(data: bytes, random: Random) -> tuple[int, int]:
    """Returns where a part begins and ends; mostly a short one."""
    start = random.randint(0, len(data))
    longest = random.choice([1, 2, 4, 8, 64, 512, len(data)])
    return start, min(len(data), start + random.randint(0, longest))


def _spliced(data: bytes, other: bytes, random: Random) -> bytes:
    return data[: random.randint(0, len(data))] + other[random.randint(0, len(other)) :]


def _byte(data: bytes, random: Random) -> bytes:
    at = random.randint(0, len(data))
    return data[:at] + bytes([random.randrange(256)]) + data[at + 1 :]


def _bit(data: bytes, random: Random) -> bytes:
    if not data:
        return data
    at = random.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << random.randrange(8)]) + data[at + 1 :]


def _overwritten(data: bytes, random: Random) -> bytes:
    at, new = random.randint(0, len(data)), random.choice(_BYTES)
    return data[:at] + new + data[at + len(new) :]


def _inserted(data: bytes, random: Random) -> bytes:
    at = random.randint(0, len(data))
    return data[:at] + random.choice((*_BYTES, *_NUMBERS, *_WORDS)) + data[at:]


def _removed(data: bytes, random: Random) -> bytes:
    start, end = _cut(data, random)
    return data[:start] + data[end:]


def _truncated(data: bytes, random: Random) -> bytes:
    return data[: random.randint(0, len(data))]


def _repeated(data: bytes, random: Random) -> bytes:
    start, end = _cut(data, random)
    times = random.choice([2, 2, 3, 100, 5000])
    part = data[start:end]
    return data[:end] + part * min(times, _LONGEST // (len(part) or 1)) + data[end:]


def _moved(data: bytes, random: Random) -> bytes:
    start, end = _cut(data, random)
    rest = data[:start] + data[end:]
    at = random.randint(0, len(rest))
    return rest[:at] + data[start:end] + rest[at:]


def _line(data: bytes, random: Random) -> bytes:
    lines = data.split(b"\n")
    at = random.randrange(len(lines))
    how = random.randrange(3)
    if how == 0:
        del lines[at]
    elif how == 1:
        lines.insert(random.randrange(len(lines)), lines[at])
    else:
        lines[at] = random.choice(lines)
    return b"\n".join(lines)


def _word(data: bytes, random: Random) -> bytes:
    """Replaces a word by an odd one, or by another word of the input."""
    words = list(_WORD.finditer(data))
    if not words:
        return _inserted(data, random)
    one = random.choice(words)
    number = one[0][:1].isdigit() or one[0][:1] in b"-+"
    new = random.choice(
        [
            random.choice(_NUMBERS) if number else random.choice(_WORDS),
            random.choice((*_NUMBERS, *_WORDS)),
            random.choice(words)[0],
        ]
    )
    return data[: one.start()] + new + data[one.end() :]


_CHANGES: tuple[Change, ...] = (
    *(_byte, _bit, _overwritten, _inserted, _removed, _truncated, _repeated, _moved, _line),
    *(_word, _word, _word, _word),
)
