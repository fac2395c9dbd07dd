r"""Text from outside, made fit for a terminal, the log of a CI, and a message.

Names, what a program prints, what a server answers and what a person types may hold what moves a
cursor, turns the direction of writing or shows nothing, and what the reader of a CI's log obeys:
`##[add-mask]` hides the rest of a log. Such text stays readable; one character of it is written
out, as `\x1b`, `\u202e` or `##\x5badd-mask]`.
"""

from __future__ import annotations

import re

# What a reader obeys wherever it stands in a line. The last character is written out.
_ANYWHERE = (
    r"##\w*\[",  # GitHub, Gitea, Azure Pipelines: ##[error], ##vso[…]; TeamCity: ##teamcity[…]
    r"section_(?:start|end):(?!:)",  # GitLab
    r"travis_(?:fold|time):(?!:)",  # Travis CI
)
# What a reader obeys at the start of a line only.
_AT_START = (
    r" *::",  # GitHub and Gitea, which drop blanks
    r"(?:---|\+\+\+|~~~|\^\^\^)(?= |\Z)",  # Buildkite
)
_COMMAND = re.compile("|".join([*_ANYWHERE, *(rf"\A{one}" for one in _AT_START)]))
_COMMAND_IN_JSON = re.compile("|".join(_ANYWHERE))
# Letters and marks that show nothing: those of Unicode's Default_Ignorable_Code_Point that
# `isprintable` takes for printable, a Braille pattern without dots, a musical null notehead.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U0001d159\U000e0100-\U000e01ef]"
)
# Colours, weights and links to local files, which our own tables have.
_STYLE = re.compile("\x1b\\[[0-9;]*m|\x1b\\]8;(?:id=[0-9]+)?;(?:file://[!-~]*)?\x1b\\\\")


def visible(text: str) -> str:
    r"""Returns text in one line, each character of which can be seen: others are written out.

    For what no CI reads as a log: XML, HTML, Markdown.
    """
    if text.isprintable():
        return _INVISIBLE.sub(lambda found: _written_out(found[0]), text)
    return "".join(one if _is_visible(one) else _written_out(one) for one in text)


def printable(text: str) -> str:
    r"""Returns text as `visible` does, and without what a CI obeys wherever the text is put."""
    return _COMMAND.sub(lambda found: f"{found[0][:-1]}\\x{ord(found[0][-1]):02x}", visible(text))


def printable_lines(text: str) -> str:
    """Returns text that has lines of our own, each made printable."""
    return "\n".join(map(printable, text.replace("\r\n", "\n").split("\n")))


def printable_styled(text: str) -> str:
    """Returns lines as `printable_lines` does, with the colours that a terminal is to show.

    Whoever made the text made its parts from outside printable before adding colours. A line that
    is not printable beside them loses them.
    """
    return "\n".join(map(_styled_line, text.split("\n")))


def printable_json(document: str) -> str:
    """Returns a JSON document that is equal when it is read, and printable in each line."""
    return "\n".join(map(_json_line, document.split("\n")))


def _styled_line(line: str) -> str:
    plain = _STYLE.sub("", line)
    shown = printable(plain)
    return line if shown == plain else shown


def _json_line(line: str) -> str:
    if not line.isprintable() or _INVISIBLE.search(line):
        line = "".join(one if _is_visible(one) else _json_escape(one) for one in line)
    # No line of JSON starts with a string's content.
    return _COMMAND_IN_JSON.sub(lambda found: found[0][:-1] + _json_escape(found[0][-1]), line)


def _is_visible(char: str) -> bool:
    return char.isprintable() and not _INVISIBLE.match(char)


def _written_out(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")


def _json_escape(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def shortened(text: str, longest: int) -> str:
    """Returns text of at most so many characters: the middle of a longer one is left out."""
    if len(text) <= longest:
        return text
    cut = f"...({len(text):,} characters)..."
    half = max(0, longest - len(cut)) // 2
    return f"{text[:half]}{cut}{text[len(text) - half :]}"
