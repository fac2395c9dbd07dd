"""Makes raw run folders, as the measuring driver leaves them, of a made-up program."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rules_codspeed.capture.elf.file import Segment
from rules_codspeed.harvest.log import Log
from rules_codspeed.harvest.pipeline import Summary, harvest
from tests.capture.elf.elf_files import ElfImage, ElfSection, ElfSymbol
from tests.capture.perf.recordings import Recorder
from tests.harvest.jit_dumps import vector

PID = 4242
CHILD = 4300
PROGRAM = "/tmp/a.out"
LIBRARY = "/usr/lib/libm.so.6"
PYTHON = "/usr/bin/python3.13"
BIAS = 0x555555554000
LIBRARY_BIAS = 0x7F0000000000
PYTHON_BIAS = 0x560000000000
URI = "a.py::b"
MARKERS = [
    ("SampleStart", 1000000),
    ("BenchmarkStart", 1000100),
    ("BenchmarkEnd", 1000200),
    ("SampleEnd", 1000800),
]


def image(*functions: bytes, header: bool = True) -> ElfImage:
    """Returns a program with functions of 0x20 bytes from 0x1000 on."""
    hdr = [ElfSection(".eh_frame_hdr", b"header", flags=2, addr=0x2000)] if header else []
    return ElfImage(
        segments=(Segment(0, 0, 0x600, 4), Segment(0x1000, 0x1000, 0x1000, 5)),
        sections=[*hdr, ElfSection(".eh_frame", b"frames", flags=2, addr=0x2100)],
        symbols=[ElfSymbol(0x1000 + 0x20 * i, 0x20, name) for i, name in enumerate(functions)],
    )


@dataclass
class RawRun:
    """A raw run to write.

    Attributes:
      folder: of the raw run; made at once.
      document: run.json, which `write` writes.
      recording: perf.pipedata.
      data: perf.pipedata instead of it, if any.
    """

    folder: Path
    document: dict[str, Any] = field(default_factory=dict)
    recording: Recorder = field(default_factory=Recorder)
    data: bytes | None = None

    def __post_init__(self) -> None:
        """Makes the folder and what every raw run has."""
        self.folder.mkdir(parents=True)
        self.document = {
            "schema": 1,
            "label": "//pkg:bench",
            "framework": "pytest",
            "runner_version": "5.0.2",
            "integration": ["pytest-codspeed", "5.0.4"],
            "profiled": True,
            "bench_pids": [PID],
            "markers": [list(marker) for marker in MARKERS],
            "uri_by_ts": [[1000900, URI]],
            "perf_maps": {},
            "jit_dumps": {},
            "objects": {},
            "debug_files": {},
            "interpreters": [],
        } | self.document
        self.add(f"results/{PID}.json", b'{"benchmarks": []}\n')
        self.add(f"environment-{PID}.json", b"{}\n")

    def add(self, name: str, content: bytes) -> Path:
        """Writes a file into the folder."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return file

    def add_object(self, path: str, made: ElfImage | Path, name: str | None = None) -> Path:
        """Adds an object file for a path of the recording; `name` is that in the folder."""
        name = name or f"objects/{len(self.document['objects'])}/{path.rsplit('/', 1)[-1]}"
        file = self.add(name, made.read_bytes() if isinstance(made, Path) else b"")
        if isinstance(made, ElfImage):
            made.write(file)
        self.document["objects"][path] = name
        return file

    def add_map(self, pid: int, text: bytes) -> Path:
        """Adds a perf map."""
        self.document["perf_maps"][str(pid)] = f"maps/perf-{pid}.map"
        return self.add(f"maps/perf-{pid}.map", text)

    def add_dump(self, pid: int, *records: bytes) -> Path:
        """Adds a jit dump."""
        self.document["jit_dumps"][str(pid)] = f"maps/jit-{pid}.dump"
        return self.add(f"maps/jit-{pid}.dump", b"".join(records))

    def map(self, path: str, bias: int, pid: int = PID, time: int = 10) -> RawRun:
        """Records that a process maps the code of a program made by `image`."""
        self.recording.mmap2(pid, bias + 0x1000, 0x1000, 0x1000, path.encode(), time)
        return self

    def write(self) -> Path:
        """Writes run.json and the recording; returns the folder."""
        self.add("run.json", json.dumps(self.document).encode())
        if self.document["profiled"]:
            self.add("perf.pipedata", self.recording.data if self.data is None else self.data)
        return self.folder


def usual(folder: Path, version: str = "5.0.2") -> RawRun:
    """Returns a run of a program, a library, an interpreter and generated code."""
    run = RawRun(folder, {"runner_version": version})
    functions = {PROGRAM: (b"main", b"work"), LIBRARY: (b"sin",), PYTHON: (b"_PyEval", b"Py_Main")}
    for path, bias in (
        (PROGRAM, BIAS),
        (LIBRARY, LIBRARY_BIAS),
        (PYTHON, PYTHON_BIAS),
    ):
        run.add_object(path, image(*functions[path]))
        run.map(path, bias)
    run.recording.mmap2(PID, 0x7FFF0000, 0x1000, 0, b"[vdso]", 11)
    return run


def full(folder: Path) -> RawRun:
    """Returns `usual` with a map and a dump of generated code."""
    run = usual(folder)
    run.add_map(PID, b"1 1 f\n")
    run.add_dump(PID, vector())
    return run


def harvested(run: RawRun, profile: Path) -> tuple[Summary, list[str]]:
    """Writes and harvests a run; returns the outcome and the warnings."""
    log = Log(io.StringIO())
    return harvest(run.write(), profile, log), log.warnings


def content(folder: Path) -> dict[str, bytes]:
    """Returns all files of a folder."""
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def metadata(profile: Path, name: str = "walltime.metadata") -> Any:
    """Returns the metadata of a profile, which must be compact."""
    text = (profile / name).read_text()
    document = json.loads(text)
    assert text == json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    return document
