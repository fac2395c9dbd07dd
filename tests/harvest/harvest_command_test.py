"""The command line of the harvest, as the action calls it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import elftools
import zstandard

from rules_codspeed.harvest import main as entry
from tests.capture.perf.recordings import Recorder, compressed
from tests.harvest.jit_dumps import load, unwinding, vector
from tests.harvest.raw_runs import BIAS, PID, PROGRAM, RawRun, full, image, usual

WHEELS = Path(zstandard.__file__).parents[1]
ELFTOOLS = Path(elftools.__file__).parent


def command(run: RawRun, profile: Path, wheels: Path = WHEELS) -> subprocess.CompletedProcess[str]:
    script = Path(entry.__file__)
    # A folder of its own, as in the action: site-packages hold both wheels.
    site = profile.parent / "site"
    site.mkdir(exist_ok=True)
    if not (site / "elftools").exists():
        (site / "elftools").symlink_to(ELFTOOLS)
    return subprocess.run(
        [
            *(sys.executable, "-I", "-S", "-B", str(script)),
            *("--raw", str(run.write()), "--profile", str(profile)),
            *("--log", str(profile.parent / "log")),
            *("--import-path", str(site), "--import-path", str(wheels)),
        ],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
    )


def test_command_line(tmp_path: Path) -> None:
    run = full(tmp_path / "raw")
    run.add_dump(PID, vector(), unwinding(3, b"abcd", 2), load(4, 0x1000, "é".encode(), b"\x90"))
    ended = command(run, tmp_path / "profile")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert (tmp_path / "profile/4__jit_é.unwind_data").is_file()
    log = (tmp_path / "log").read_text()
    assert log.endswith(
        "//pkg:bench: layout of runner 5.0.2, 3 modules, 1 processes, with metadata\n"
    )
    assert "jit-4242.dump: 2 functions, 0 of them without unwinding data" in log


def test_command_line_reads_compressed_recordings(tmp_path: Path) -> None:
    run = usual(tmp_path / "raw")
    attribute = Recorder().data
    events = run.recording.data.removeprefix(attribute)
    run.data = attribute + b"".join(compressed([events[:100], events[100:]]))
    ended = command(run, tmp_path / "profile")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert (tmp_path / "profile/0__a.out.symbols.map").is_file()


def test_command_line_without_the_wheel(tmp_path: Path) -> None:
    run = usual(tmp_path / "raw")
    attribute = Recorder().data
    events = run.recording.data.removeprefix(attribute)
    run.data = attribute + b"".join(compressed([events]))
    ended = command(run, tmp_path / "profile", wheels=tmp_path / "none")
    assert ended.returncode == 1
    assert ended.stderr.startswith("rules_codspeed: ")
    assert "zstandard" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_warning_is_one_line_whatever_a_module_is_called(tmp_path: Path) -> None:
    run = full(tmp_path / "raw")
    run.add_object("/tmp/a\n\x1b[31m.out", image(b"f"), "objects/9/a").write_bytes(b"\x7fELF")
    run.map("/tmp/a\n\x1b[31m.out", BIAS, time=99)
    ended = command(run, tmp_path / "profile")
    assert ended.returncode == 0
    assert ended.stderr.count("\n") == 1
    assert "\x1b" not in ended.stderr
    assert "/tmp/a" in ended.stderr


def test_command_line_tells_warnings(tmp_path: Path) -> None:
    run = full(tmp_path / "raw")
    (run.folder / "objects/0/a.out").write_bytes(b"\x7fELF\n\x1b[31m")
    ended = command(run, tmp_path / "profile")
    assert ended.returncode == 0
    assert ended.stderr.startswith(f"rules_codspeed: warning: //pkg:bench: {PROGRAM}: ")
    assert ended.stderr.count("\n") == 1
    assert "warning: " in (tmp_path / "log").read_text()


def test_command_line_tells_the_one_error(tmp_path: Path) -> None:
    run = full(tmp_path / "raw")
    run.document["runner_version"] = "6.0.0"
    ended = command(run, tmp_path / "profile")
    assert ended.returncode == 1
    assert ended.stderr == (
        "rules_codspeed: the raw run is to have the layout of an unknown version of CodSpeed's "
        "runner. Got: '6.0.0'. Expected: a release from 4.10.6 to 5.8.0; the nearest is 5.8.0. "
        "Fix: measure again: what measures names one of these.\n"
    )
    assert "unknown version" in (tmp_path / "log").read_text()


def test_command_line_without_a_raw_run(tmp_path: Path) -> None:
    run = full(tmp_path / "raw")
    run.document["schema"] = 2
    ended = command(run, tmp_path / "profile")
    assert ended.returncode == 1
    assert "run.json: schema is 2, not 1. Expected: " in ended.stderr
    assert "Traceback" not in ended.stderr
