"""Records a program for aarch64 with what others have not, for tests that run anywhere.

What the guest's own tools state of it is recorded, too: perf (whose names are those of elfutils),
binutils and the kernel.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.aarch64.guest.step import Found
from tests.harvest.recorded import Recorded, perf_names, raw_run_of, record_program

_SOURCES = Path("tests/aarch64/vectors")
_FLAGS = ["-O1", "-g", "-fno-omit-frame-pointer", "-mbranch-protection=standard"]
# A branch reaches 128 MiB.
_FAR = "-Wl,--section-start=.far=0x20000000"
# Bytes of the stack that each sample has: few, as the recording is checked in.
_CALL_GRAPH = "dwarf,256"
_SECONDS = 1200


def record_vectors(share: Path) -> Found:
    """Leaves the raw run, and what other tools state, in `vectors` of the shared folder."""
    folder = Path(tempfile.mkdtemp(dir="/var/tmp"))
    program, library = _compile(folder)
    recorded = record_program(program, folder, _CALL_GRAPH, _SECONDS)
    run = raw_run_of(recorded, share / "vectors/raw", "5.0.2")
    for path, copy in list(run.document["objects"].items()):
        # Those of the distribution are large.
        if path not in (str(program), str(library)):
            del run.document["objects"][path]
            (run.folder / copy).unlink()
    run.document["debug_files"] = {}
    run.write()
    stated = {
        "maps": Path(f"{program}.maps").read_text(),
        "samples": perf_names(recorded.recording),
        "modules": {str(path): _stated(path) for path in (program, library)},
    }
    (share / "vectors/stated.json").write_text(json.dumps(stated, indent=1) + "\n")
    return Found(f"{len(stated['samples'])} samples, {_size(recorded):,} bytes")


def _compile(folder: Path) -> tuple[Path, Path]:
    for name in ("program.c", "library.c"):
        shutil.copy(_SOURCES / name, folder)
    program, library = folder / "program", folder / "libhot.so"
    for command in (
        ["cc", *_FLAGS, "-shared", "-fPIC", "-o", library.name, "library.c"],
        ["cc", *_FLAGS, _FAR, "-o", program.name, "program.c", str(library)],
    ):
        subprocess.run(command, cwd=folder, check=True)
    return program, library


def _size(recorded: Recorded) -> int:
    return recorded.recording.stat().st_size


def _stated(path: Path) -> dict[str, object]:
    """Returns symbols, lines and unwinding tables as binutils read them."""
    symbols = _printed("readelf", "--symbols", "--wide", str(path))
    functions = re.findall(r": ([0-9a-f]{16}) +\d+ FUNC .* (hot_\w+|called_\w+)$", symbols, re.M)
    lines = {
        name: _printed("addr2line", "--exe", str(path), f"0x{address}").strip()
        for address, name in functions
        if int(address, 16)
    }
    return {
        "symbols": symbols,
        "sections": _printed("readelf", "--sections", "--wide", str(path)),
        "lines": lines,
        "sha256": {name: _hash(path, name) for name in (".eh_frame", ".eh_frame_hdr")},
    }


def _hash(path: Path, section: str) -> str:
    with tempfile.NamedTemporaryFile() as file:
        command = ["objcopy", "-O", "binary", "--only-section", section, str(path), file.name]
        subprocess.run(command, check=True)
        return hashlib.sha256(Path(file.name).read_bytes()).hexdigest()


def _printed(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
