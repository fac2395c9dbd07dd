"""The text of a comment: a section for each suite and job, each known by a line that is not shown.

Jobs that run beside each other write into one comment. A section names the run that wrote it, so
an older run replaces nothing of a newer one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

_MARK = re.compile(r"<!-- rules_codspeed ([0-9a-f]{16}) ([0-9]{1,20})\.([0-9]{1,20}) -->\n")
_FARTHEST = 10**10
"""How far ahead a later run may be. GitHub gives less than 10^10 numbers a year, and no job takes
more than some weeks: a number beyond is no run's, and must not keep later ones away for good."""
_CUT = "\nThe tables are left out, as the comment would be too long.\n"


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a comment.

    Attributes:
      key: names its suite and job.
      run: numbers of the run and of the attempt that wrote it; later ones are larger.
      text: Markdown, ending with a newline.
    """

    key: str
    run: tuple[int, int]
    text: str

    @property
    def body(self) -> str:
        """The section as it stands in a comment."""
        return f"<!-- rules_codspeed {self.key} {self.run[0]}.{self.run[1]} -->\n{self.text}"

    @property
    def size(self) -> int:
        """Bytes of UTF-8."""
        return len(self.body.encode())

    def is_later(self, run: tuple[int, int]) -> bool:
        """Returns whether a later run than this wrote it."""
        return run < self.run and self.run[0] - run[0] <= _FARTHEST

    def cut(self) -> Section:
        """Returns the section without its tables: the headline stays."""
        head, table, _ = self.text.partition("\n|")
        return Section(self.key, self.run, f"{head}\n{_CUT}") if table else self


def sections(body: str) -> list[Section]:
    """Returns the sections of a comment; none if it does not begin with one: it is not ours."""
    body = body.replace("\r\n", "\n")
    if not _MARK.match(body):
        return []
    marks = list(_MARK.finditer(body))
    ends = [one.start() for one in marks[1:]] + [len(body)]
    return [
        Section(one[1], (int(one[2]), int(one[3])), body[one.end() : end].rstrip("\n") + "\n")
        for one, end in zip(marks, ends, strict=True)
    ]


def merged(
    bodies: Iterable[str],
    key: str,
    run: tuple[int, int],
    text: Callable[[int], str],
    largest: int,
) -> str | None:
    """Returns the comment with the section of this run in it.

    Args:
      bodies: of the comments that there are; of several sections with a key, the newest counts.
      key: of this section.
      run: of this section.
      text: returns its text, of at most so many bytes.
      largest: bytes that the service takes. Where they do not suffice, the others lose their
        tables, and then the oldest of them are left out.

    Returns:
      the body, or None where a newer run has written the section already.
    """
    found: dict[str, Section] = {}
    for one in (one for body in bodies for one in sections(body)):
        if one.key not in found or one.is_later(found[one.key].run):
            found[one.key] = one
    if key in found and found[key].is_later(run):
        return None
    places = list(found)
    others = {name: one for name, one in found.items() if name != key}
    share = largest // (len(others) + 1)
    head = Section(key, run, "").size
    if _room(others, largest, head) < share - head:
        others = {name: one if one.size <= share else one.cut() for name, one in others.items()}
    while others and _room(others, largest, head) < largest // 2 - head:
        others.pop(min(others, key=lambda name: others[name].run))
    own = Section(key, run, text(_room(others, largest, head)))
    kept = [own if name == key else others.get(name) for name in places]
    return "\n".join(one.body for one in [*kept, *([] if key in found else [own])] if one)


def _room(others: dict[str, Section], largest: int, head: int) -> int:
    """Returns how many bytes are left for the text of a section."""
    return largest - head - sum(one.size + 1 for one in others.values())
