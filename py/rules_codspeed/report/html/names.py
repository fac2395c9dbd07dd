"""The names of a report's frames, each once."""

from __future__ import annotations

from rules_codspeed.report.html.text import LONGEST, packed, visible
from rules_codspeed.results.graphs.call_graph import Frame

_LARGEST = 4_000_000  # bytes
_SHORTER = (LONGEST, 400, 100)  # characters
_KINDS = {"function": 0, "inlined": 1, "other": 2}


class FrameNames:
    """Numbers frames and their names in the order of their first use."""

    def __init__(self) -> None:
        """Starts empty."""
        self._frames: dict[Frame, int] = {}

    def index(self, frame: Frame) -> int:
        """Returns the number of a frame."""
        return self._frames.setdefault(frame, len(self._frames))

    def packed(self) -> str:
        """Returns all frames for the page; long names are cut where there are too many."""
        text = ""
        for longest in _SHORTER:
            text = packed(self.table(longest))
            if len(text) <= _LARGEST:
                break
        return text

    def table(self, longest: int = LONGEST) -> dict[str, object]:
        """Returns strings, and of each frame: name, file, object, line and kind.

        Args:
          longest: characters of a string.
        """
        strings: dict[str, int] = {}

        def number(text: str) -> int:
            return strings.setdefault(visible(text, longest), len(strings))

        frames = [
            [number(one.name), number(one.file), number(one.object), one.line, _KINDS[one.kind]]
            for one in self._frames
        ]
        return {"strings": list(strings), "frames": frames}
