"""Measures symbols and unwind data of large executables, for `speed.py`."""

from __future__ import annotations

import multiprocessing
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.timing import measure, show
from tests.capture.elf.elf_files import AARCH64, X86_64, large_executable

_SIZE = 100_000_000  # bytes of each executable
_SYMBOLS = 100_000
_NODE = Path("/usr/bin/node")

# Each is timed as a process, with the start of the interpreter.
_READ_SYMBOLS = """
import sys
from pathlib import Path
from rules_codspeed.capture.elf.file import open_elf
from rules_codspeed.harvest.elf.symbols import read_symbols
with open_elf(Path(sys.argv[1]), "") as elf:
    read_symbols(elf)
"""

_WRITE_MAP = """
import sys
from pathlib import Path
from rules_codspeed.capture.elf.file import open_elf
from rules_codspeed.harvest.elf.symbols import read_symbols, symbols_map
with open_elf(Path(sys.argv[1]), "") as elf, open("/dev/null", "wb") as file:
    file.writelines(symbols_map(read_symbols(elf)))
"""

_UNWIND = """
import sys
from pathlib import Path
from rules_codspeed.capture.elf.file import open_elf
from rules_codspeed.harvest.elf.unwind import read_unwind
from rules_codspeed.harvest.elf.unwind_data import UnwindData, encode_v4
with open_elf(Path(sys.argv[1]), "") as elf:
    found = read_unwind(elf, header_optional=True)
data = UnwindData(
    "", found.base_svma, found.eh_frame_hdr, found.eh_frame_hdr_svma,
    found.eh_frame, found.eh_frame_svma,
)
with open("/dev/null", "wb") as file:
    file.write(encode_v4(data))
"""


def run() -> None:
    """Prints the rows of executables of 100 MB with 100,000 functions, and of node."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "large")
        for name, machine in (("x86_64", X86_64), ("aarch64", AARCH64)):
            # In a process of its own: a child's peak counts what its parent held when it forked.
            writer = multiprocessing.Process(
                target=large_executable, args=(path, _SIZE, _SYMBOLS, machine)
            )
            writer.start()
            writer.join()
            _show(f"{name}, {_SYMBOLS} functions", path)
    if _NODE.is_file():
        _show("node", _NODE)


def _show(what: str, path: Path) -> None:
    size = path.stat().st_size / 1e6
    for part, script, aim in [
        ("symbols", _READ_SYMBOLS, "100,000 in 0.4 s, under 400 MiB"),
        ("symbols and map", _WRITE_MAP, ""),
        ("unwind data", _UNWIND, "in 0.3 s, under 400 MiB"),
    ]:
        command = [sys.executable, "-c", script, str(path)]
        show(f"{part} of {what}", size, *measure(command), aim)
