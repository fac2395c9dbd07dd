"""Measures wall time and memory of everything with a target, and prints a table. Not a test.

Run it natively, on an idle machine: `python3 tests/benchmarks/speed.py [profile.out]...`;
profiles of your own are read besides the generated ones.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "py"), str(ROOT)]

from tests.benchmarks import speed_dwarf, speed_elf, speed_history, speed_report  # noqa: E402
from tests.benchmarks.timing import measure, show  # noqa: E402
from tests.results.profiles import Style, random_parts, write_profile  # noqa: E402
from tests.results.provenance import provenance_json  # noqa: E402

_SIZE = 100_000_000  # bytes of each generated profile
_READ = """
import sys
from pathlib import Path
from rules_codspeed.results.callgrind.reader import read_file
for part in read_file(Path(sys.argv[1])):
    pass
"""

_NORMALISE = """
import sys
from rules_codspeed.measure.stage.names import Names
from rules_codspeed.measure.simulation.normalise import normalise_callgrind
with open(sys.argv[1], "rb") as reading, open("/dev/null", "wb") as writing:
    normalise_callgrind(reading, writing, Names({}), 1)
"""

_ARCHIVE = """
import sys
from pathlib import Path
from rules_codspeed.publish.bundle.archive import write_archive
from rules_codspeed.publish.bundle.merge import Profile, merge
folder = Path(sys.argv[1])
write_archive(merge([Profile("//:x", folder / "profile")], ""), sys.argv[2], folder / "archive")
"""


def write_large(path: Path, parts: int, style: Style) -> None:
    """Writes a profile of `_SIZE` bytes in that many parts."""
    sample = len(write_profile(random_parts(1, 200), style))
    functions = max(1, _SIZE // parts * 200 // sample)
    one = write_profile(random_parts(1, functions), style)
    header, _, part = one.partition(b"part: 1")
    with path.open("wb") as file:
        file.write(header)
        for number in range(1, parts + 1):
            file.write(b"part: %d%b" % (number, part))


def show_archives() -> None:
    """Prints the rows of archives of 300 MB, compressed and not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "profile")
        folder.mkdir()
        block = os.urandom(1 << 20)
        with (folder / "1.out").open("wb") as file:
            file.writelines(block for _ in range(300))
        for executor in ("valgrind", "walltime"):
            measured = measure([sys.executable, "-c", _ARCHIVE, name, executor])
            show(f"archive of {executor}", 300 * 1.048576, *measured, "under 120 MiB")


def main() -> int:
    """Prints the table; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("profiles", nargs="*", type=Path, help="further callgrind files to read")
    options = parser.parse_args()
    seconds, memory = measure([sys.executable, "-I", "-S", "-B", "-c", "pass"])
    show("start of the interpreter", 0, seconds, memory, "")
    with tempfile.TemporaryDirectory() as folder:
        profile = Path(folder, "profile")
        profile.mkdir()
        (profile / "1.out").write_bytes(write_profile(random_parts(4, 50)))
        Path(folder, "provenance.json").write_text(provenance_json())
        summarize = [sys.executable, "-I", "-S", "-B"]
        summarize += [
            str(ROOT / "py/rules_codspeed/results/summarize.py"),
            "--mode",
            "simulation",
            "--measured",
            str(profile),
        ]
        summarize += ["--provenance", f"{folder}/provenance.json", "--output", f"{folder}/r.json"]
        size = (profile / "1.out").stat().st_size / 1e6
        show("summarize a small profile", size, *measure(summarize), "starts in tens of ms")
        large = Path(folder, "large.out")
        for what, parts, style in [
            ("read generated, plain names, 1 part", 1, Style()),
            ("read generated, absolute lines, 20 parts", 20, Style(relative_positions=False)),
            ("read generated, plain names, 100 parts", 100, Style()),
            ("read generated, compressed names, 100 parts", 100, Style(compress_names=True)),
        ]:
            # In its own process: a child's peak includes what its parent held when it forked.
            writer = multiprocessing.Process(target=write_large, args=(large, parts, style))
            writer.start()
            writer.join()
            size = large.stat().st_size / 1e6
            read = [sys.executable, "-c", _READ, str(large)]
            show(what, size, *measure(read), "100 MB in 4 s")
            if not style.relative_positions:
                normalise = [sys.executable, "-c", _NORMALISE, str(large)]
                show("normalise the same", size, *measure(normalise), "holds one part")
    show_archives()
    speed_elf.run()
    speed_dwarf.run()
    speed_report.run()
    speed_history.run()
    for path in options.profiles:
        read = [sys.executable, "-c", _READ, str(path)]
        show(f"read {path.name}", path.stat().st_size / 1e6, *measure(read), "100 MB in 4 s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
