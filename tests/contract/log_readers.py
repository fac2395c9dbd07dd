"""What reads a CI's log, as strict as each of them is, or stricter: it obeys some lines.

Sources: actions/runner `ActionCommand.cs` (TryParseV2, TryParse), azure-pipelines-agent
`Command.cs`, TeamCity's page on service messages, GitLab's `build_trace_section_regex`,
buildkite-agent `header_times_streamer.go`, travis-web's log parser.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_COLOUR = re.compile("\x1b\\[[0-9;]*[mK]")

READERS: dict[str, Callable[[str], bool]] = {
    "GitHub": lambda line: line.lstrip().startswith("::"),
    "GitHub, version 1": lambda line: "##[" in line,
    "Azure Pipelines": lambda line: "##vso[" in line.lower(),
    "TeamCity": lambda line: "##teamcity[" in line.lower(),
    "GitLab": lambda line: re.search(r"section_(start|end):\d", line) is not None,
    "Travis CI": lambda line: re.search(r"travis_(fold|time):\w", line) is not None,
    "Buildkite": lambda line: (
        re.match(r"(---|\+\+\+|~~~)(\s|$)|\^\^\^\s+\+\+\+", _COLOUR.sub("", line)) is not None
    ),
}
"""By their names: whether a reader obeys a line."""

COMMANDS = (
    "::set-output name=a::b",
    "  ::add-mask::x",
    "\t::error::x",
    "\xa0::error::x",
    "##[stop-commands]token",
    "x ##[add-mask]secret",
    "##vso[task.setvariable variable=a]b",
    "a ##VSO[task.complete result=Failed;]",
    "##teamcity[testFailed name='x']",
    "section_start:1700000000:name\r\x1b[0K",
    "section_end:1700000000:name\r\x1b[0K",
    "travis_fold:start:x\r",
    "--- group",
    "+++ opened",
    "~~~ muted",
    "^^^ +++",
    "---",
    "\r::error::boom",
    "abc\r##[error]boom",
    "abc\n::error::boom",
    "\x1b[31m--- x",
)
"""Texts with commands, one or more in each."""


def obeyed(text: str) -> list[str]:
    """Returns each line that some reader obeys, after its name."""
    lines = re.split("[\r\n]", text)
    return [f"{name}: {line!r}" for line in lines for name, obeys in READERS.items() if obeys(line)]


def unseen(text: str) -> str:
    """Returns the characters of text that a terminal obeys or does not show, besides newlines."""
    return "".join(one for one in text if one != "\n" and not one.isprintable())
