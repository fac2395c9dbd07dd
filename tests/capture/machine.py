"""A machine in a folder, whose files a recording refers to."""

from __future__ import annotations

import os
from pathlib import Path

from rules_codspeed.capture.capture import Captured, capture
from tests.capture.perf.recordings import Recorder

HOOKS = ("codspeed-rust", "4.0.0")
WHOLE_PROGRAMS = ("exec-harness", "1.3.0")


class Machine:
    """A folder that stands for the root of a machine, with a recording to be made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tmp = folder / "tmp"
        self.tmp.mkdir()
        self.debug = folder / "debug"
        self.raw = folder / "raw"
        self.raw.mkdir()
        self.recorder = Recorder()

    def elf(self, name: str, content: bytes = b"") -> Path:
        """Makes a file that starts as an ELF file does."""
        return self.file(name, b"\x7fELF" + content)

    def file(self, name: str, content: bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def map(self, path: Path | bytes, pid: int = 1, prot: int = 5) -> None:
        self.recorder.mmap2(pid, 0x5000, 0x1000, 0, os.fsencode(path), prot=prot)

    def capture(
        self,
        pids: tuple[int, ...] = (1,),
        integration: tuple[str, str] | None = HOOKS,
        limit: int = 1 << 30,
    ) -> Captured:
        recording = self.folder / "perf.pipedata"
        recording.write_bytes(self.recorder.data)
        return capture(recording, pids, integration, self.raw, self.tmp, [self.debug], limit)

    def copies(self) -> dict[str, bytes]:
        """Returns the content of all copies by their path in the raw run folder."""
        files = (path for path in self.raw.rglob("*") if path.is_file())
        return {str(path.relative_to(self.raw)): path.read_bytes() for path in files}
