"""Measures the debug information of large executables, for `speed.py`."""

from __future__ import annotations

import multiprocessing
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.timing import measure, show
from tests.capture.elf.elf_files import AARCH64, X86_64
from tests.harvest.dwarf.dwarf_files import program
from tests.harvest.dwarf.dwarf_writer import Style

_SIZE = 40_000_000  # bytes of all sections of debug information
_FUNCTIONS = 500  # of a unit
_REAL = Path("/usr/lib/debug/.build-id")

# A process, with the start of the interpreter and the symbols.
_READ = """
import sys
from pathlib import Path
from rules_codspeed.harvest.debug_info import read_debug_info
from rules_codspeed.capture.elf.file import open_elf
from rules_codspeed.harvest.elf.symbols import read_symbols
with open_elf(Path(sys.argv[1]), "") as elf:
    read_debug_info(elf, read_symbols(elf))
"""


def run() -> None:
    """Prints the rows of 40 MB of DWARF in each shape, and of the largest debug file here."""
    styles = [
        ("DWARF 4, x86_64", Style(version=4), X86_64),
        ("DWARF 4, no siblings, x86_64", Style(version=4, sibling=False), X86_64),
        ("DWARF 4, aarch64", Style(version=4), AARCH64),
        ("DWARF 5, x86_64", Style(), X86_64),
        ("DWARF 5, indexed, no siblings, x86_64", Style(sibling=False, indexed=True), X86_64),
        ("DWARF 5, aarch64", Style(), AARCH64),
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "large")
        for name, style, machine in styles:
            # In a process of its own: a child's peak counts what its parent held when it forked.
            writer = multiprocessing.Process(target=_write, args=(path, style, machine))
            writer.start()
            writer.join()
            _show(f"debug info, {name}", path, _SIZE / 1e6)
    real = max(_REAL.rglob("*.debug"), key=lambda one: one.stat().st_size, default=None)
    if real:
        _show("debug info of a file of this machine", real, real.stat().st_size / 1e6)


def _write(path: Path, style: Style, machine: int) -> None:
    sample = program(style, 3, _FUNCTIONS)
    program(style, round(3 * _SIZE / sample.size), _FUNCTIONS).elf(machine).write(path)


def _show(what: str, path: Path, size: float) -> None:
    command = [sys.executable, "-c", _READ, str(path)]
    show(what, size, *measure(command), "in 6 s, under 400 MiB")
