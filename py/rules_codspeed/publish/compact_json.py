"""JSON as the official runner's library reads and writes it, which is Rust's serde_json.

The texts become part of identifiers and hashes, so they have to be equal byte for byte.
Python's json differs in numbers: `-0`, integers beyond 64 bits, exponents, long decimals.
"""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal
from typing import Union, cast

from rules_codspeed.contract.strict_json import MOST_LEVELS

JsonValue = Union[None, bool, int, float, str, "list[JsonValue]", "dict[str, JsonValue]"]

_LONGEST_INTEGER = len("-9223372036854775808")
_INTEGERS = range(-(2**63), 2**64)
# Its largest power of ten, and how many digits before the point it writes.
_LARGEST_SCALE = 308
_LONGEST_WHOLE = 16
_SURROGATE = re.compile("[\ud800-\udfff]")


def loads(text: str) -> JsonValue:
    """Returns the value of a JSON text; of equal keys the last counts, at the place of the first.

    Raises:
      ValueError: it is not JSON, or has what serde_json refuses: a lone surrogate, a number
        too large for a float, more than 127 levels.
    """
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_float,
            parse_constant=_refuse_constant,
        )
    except RecursionError as error:
        raise ValueError("too many levels") from error
    _check(value, MOST_LEVELS)
    return cast(JsonValue, value)


def dumps(value: JsonValue, signed_exponents: bool) -> str:
    """Returns the JSON text without spaces, keys in their order, non-ASCII characters as they are.

    Args:
      value: what to write; its floats are finite.
      signed_exponents: whether 1e16 is written `1e+16` or `1e16`: see `Runner`.
    """
    if isinstance(value, float):
        return _float_text(value, signed_exponents)
    if isinstance(value, list):
        return f"[{','.join(dumps(item, signed_exponents) for item in value)}]"
    if isinstance(value, dict):
        members = (f"{_string(k)}:{dumps(v, signed_exponents)}" for k, v in value.items())
        return f"{{{','.join(members)}}}"
    return _string(value)


def _string(value: str | int | None) -> str:
    return json.dumps(value, ensure_ascii=False)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        # An overwritten value must be valid too.
        for _, value in pairs:
            _check(value, MOST_LEVELS)
    return members


def _check(value: object, levels: int) -> None:
    if isinstance(value, str):
        if _SURROGATE.search(value):
            raise ValueError("lone surrogate")
    elif isinstance(value, list | dict):
        if levels == 0:
            raise ValueError("too many levels")
        items = [*value, *value.values()] if isinstance(value, dict) else value
        for item in items:
            _check(item, levels - 1)


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _integer(text: str) -> int | float:
    if text != "-0" and len(text) <= _LONGEST_INTEGER and int(text) in _INTEGERS:
        return int(text)
    return _float(text)


def _float(text: str) -> float:
    """Returns the number that serde_json reads, which for long decimals is not the nearest.

    It takes digits as long as they fit into 64 bits, and scales them by a power of ten.

    Raises:
      ValueError: the number is too large.
    """
    mantissa, _, exponent = text.lower().lstrip("-").partition("e")
    whole, _, fraction = mantissa.partition(".")
    significand = scale = 0
    for position, digit in enumerate(whole):
        if significand * 10 + int(digit) >= 2**64:
            scale = len(whole) - position
            break
        significand = significand * 10 + int(digit)
    for digit in fraction:
        if significand * 10 + int(digit) >= 2**64:
            break
        significand = significand * 10 + int(digit)
        scale -= 1
    value = _scaled(significand, scale + _exponent(exponent))
    return -value if text.startswith("-") else value


def _exponent(text: str) -> int:
    digits = text.lstrip("+-").lstrip("0")
    # One digit more than matters: it may be a million digits long.
    exponent = int(digits[:10] or "0")
    return -exponent if text.startswith("-") else exponent


def _scaled(significand: int, scale: int) -> float:
    value = float(significand)
    while value and scale < -_LARGEST_SCALE:
        value /= _power_of_ten(_LARGEST_SCALE)
        scale += _LARGEST_SCALE
    if not value:
        return value
    if scale < 0:
        return value / _power_of_ten(-scale)
    if scale <= _LARGEST_SCALE:
        value *= _power_of_ten(scale)
        if math.isfinite(value):
            return value
    raise ValueError("number too large")


def _power_of_ten(exponent: int) -> float:
    return float(f"1e{exponent}")


def _float_text(value: float, signed_exponents: bool) -> str:
    """Returns the shortest text that is read back as the number, laid out as Rust does."""
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    text = "".join(map(str, digits))
    point = len(text) + int(exponent) if value else 1
    if -5 < point <= 0:
        text = f"0.{'0' * -point}{text}"
    elif 0 < point <= _LONGEST_WHOLE:
        text = f"{text[:point].ljust(point, '0')}.{text[point:] or '0'}"
    else:
        plus = "+" if signed_exponents and point > 0 else ""
        text = f"{text[0]}{'.' if text[1:] else ''}{text[1:]}e{plus}{point - 1}"
    return f"-{text}" if sign else text
