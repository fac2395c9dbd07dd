"""Order of versions, the same as in rules/private/archives/versions.bzl."""

from __future__ import annotations

import re

Key = list[tuple[int, int, str]]

# How a token sorts against another one at the same place.
_TEXT, _NUMBER, _MAIN_NUMBER = 0, 1, 2


def version_key(version: str) -> Key:
    """Returns the key by which versions are sorted.

    `4.3.0-beta.0` comes before `4.3.0`, as in semantic versions; `3.26.0-0codspeed6`
    after `3.26.0-0codspeed5` and after `3.26.0`, as in Debian's.
    """
    release, _, suffix = version.partition("-")
    main = [(_MAIN_NUMBER, number, text) for _, number, text in _tokens(release)]
    pre_release = bool(suffix) and not suffix[0].isdigit()
    return [*main, (_TEXT if pre_release else _NUMBER, 0, ""), *_tokens(suffix)]


def _tokens(text: str) -> Key:
    """Splits text into runs of digits and runs of letters; any other character separates them."""
    return [
        (_NUMBER, int(run), "") if run.isdigit() else (_TEXT, 0, run)
        for run in re.findall("[0-9]+|[A-Za-z]+", text)
    ]
