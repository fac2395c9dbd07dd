"""Profiles of CodSpeed's runner become targets of a suite's command."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

import rules_codspeed.intake.main as module
from rules_codspeed.contract.timestamps import encode_timestamps
from tests.publish.checkouts import GIT_VARIABLES, make_checkout
from tests.report.html.unpacked import blocks

TESTS = Path(__file__).parents[1]
TESTDATA = TESTS / "results" / "testdata"
CORPUS = TESTS / "fuzz" / "corpus"

WALLTIME = {
    "creator": {"name": "pytest-codspeed", "version": "4.3.0", "pid": 7},
    "instrument": {"type": "walltime"},
    "benchmarks": [],
}
PART = """\
# callgrind format
version: 1
creator: callgrind-3.26.0.codspeed6
pid: 4242
cmd:  ./bench
part: 1

desc: Trigger: Client Request: Metadata: codspeed-cpp 2.3.0

positions: line
events: Ir Ct Cl
summary: 0


totals: 0

part: 2

desc: Trigger: Client Request: src/a.cc::f

positions: line
events: Ir Ct Cl
summary: 0

ob=/home/ci/bench
fl=src/a.cc
fn=f
3 {ir} 4000 8000

totals: {ir} 4000 8000
"""


class Imports:
    """A checkout whose history takes profiles."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.checkout = folder / "checkout"
        make_checkout(self.checkout, origin="https://github.com/acme/widgets.git")
        (folder / "runfiles").mkdir()

    def run(self, *arguments: str, status: int = 0) -> tuple[str, str]:
        """Runs the command in the test's folder; returns standard output and standard error."""
        ended = subprocess.run(
            [sys.executable, str(module.__file__), "--rules-version=1.2.3", *arguments],
            env={
                **GIT_VARIABLES,
                "HOME": str(self.folder / "home"),
                "PYTHONPATH": os.pathsep.join(sys.path),
                "RUNFILES_DIR": str(self.folder / "runfiles"),
                "BUILD_WORKSPACE_DIRECTORY": str(self.checkout),
                "BUILD_WORKING_DIRECTORY": str(self.folder),
            },
            capture_output=True,
            check=False,
            text=True,
            timeout=120,
        )
        assert ended.returncode == status, f"{ended.stdout}\n{ended.stderr}"
        assert "Traceback" not in ended.stdout + ended.stderr
        return ended.stdout, ended.stderr

    def results(self, *arguments: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.run(*arguments, "--format", "json")[0])
        return found

    def profile(self, name: str, instructions: int) -> Path:
        """Writes a folder as a run of C++ benchmarks leaves it."""
        path = self.folder / name
        path.mkdir()
        (path / "4242.out").write_text(PART.format(ir=instructions))
        shell = PART.split("part: 2")[0].replace("4242", "4240")
        (path / "4240.out").write_text(shell.replace("Client Request: Metadata: codspeed", "x"))
        (path / "runner.log").write_text("[trace] started\n")
        return path

    def archive(self, folder: Path) -> Path:
        path = folder.with_suffix(".tar.gz")
        with tarfile.open(path, "w:gz", format=tarfile.GNU_FORMAT) as tar:
            tar.add(folder, ".")
        return path


@pytest.fixture
def imports(tmp_path: Path) -> Imports:
    return Imports(tmp_path)


def test_an_archive_and_its_folder_give_the_same_numbers(imports: Imports) -> None:
    folder = imports.profile("profile", 120)
    found = imports.results("profile", "--label", "//bench:all")
    assert imports.results(imports.archive(folder).name)["benchmarks"][0]["metrics"]["Ir"] == 120
    (one,) = found["benchmarks"]
    assert (one["label"], one["mode"], one["uri"]) == ("//bench:all", "simulation", "src/a.cc::f")
    assert (one["metrics"]["Ir"], one["metrics"]["Ct"]) == (120, 4000)
    (how,) = found["provenance"]
    assert how["simulator"]["version"] == "3.26.0.codspeed6"
    assert how["simulator"]["flavor"] == "codspeed"
    assert (how["rules_version"], how["framework"]) == ("1.2.3", "codspeed")
    assert how["imported"]["files"][0]["name"] == "profile"
    assert how["imported"]["tool"] == ["codspeed-cpp 2.3.0"]


def test_a_later_profile_is_compared_and_reported(imports: Imports) -> None:
    imports.profile("before", 1000)
    imports.profile("after", 1500)
    text, _ = imports.run("before")
    assert "//:codspeed is imported from before, format codspeed, measured by codspeed-cpp" in text
    imports.run("before", "--out", "kept")
    text, _ = imports.run("after", "--compare", "kept", "--report", "report.html")
    assert "1 slower" in text
    assert "+50" in text
    assert "src/a.cc::f" in str(blocks((imports.folder / "report.html").read_text()))
    # From the history of the same commit, and of a suite of another name: nothing.
    text, _ = imports.run("after", "--suite", "//:other", "--compare", "none")
    assert "slower" not in text


def test_all_modes_of_a_run_are_one_suite(imports: Imports) -> None:
    imports.profile("simulation", 120)
    memory = imports.folder / "memory"
    (memory / "results").mkdir(parents=True)
    shutil.copy(CORPUS / "memtrack" / "dup", memory / "results/7.MemtrackArtifact.msgpack")
    stamps = encode_timestamps(
        [(2**62, "tests/a.py::test_a")], [("SampleStart", 0), ("SampleEnd", 2**62)]
    )
    (memory / "results/ExecutionTimestamps.msgpack").write_bytes(stamps)
    found = imports.results("simulation", "memory")
    assert {(one["mode"], one["uri"]) for one in found["benchmarks"]} == {
        ("simulation", "src/a.cc::f"),
        ("memory", "tests/a.py::test_a"),
    }


def test_what_cannot_be_imported(imports: Imports) -> None:
    def refused(*arguments: str) -> str:
        _, text = imports.run(*arguments, status=1)
        assert text.startswith("rules_codspeed: "), text
        assert "Fix: " in text
        return text

    folder = imports.profile("profile", 120)
    twice = imports.profile("twice", 120)
    shutil.copy(twice / "4242.out", twice / "5000.out")
    assert "'src/a.cc::f', 2 times" in refused("twice")
    (imports.folder / "text").write_text("no archive")
    assert (
        "text cannot be read as a profile. Got: it is neither a folder nor an archive"
        in refused("text")
    )
    assert "/missing: No such file or directory. Fix: name a file" in refused("missing")
    assert "Got: modes simulation, simulation." in refused("profile", "profile")
    (folder / "4242.out").write_text(PART.format(ir=120)[:-30])
    text = refused(imports.archive(folder).name)
    assert "profile.tar.gz cannot be read as a profile. Got: 4242.out" in text
    assert "unpacked-" not in text
    traces = imports.folder / "traces"
    traces.mkdir()
    shutil.copy(next((TESTDATA / "tracegrind").iterdir()), traces / "1.tgtrace")
    assert "Got: files of tracegrind." in refused("traces")
    _, text = imports.run("--report", "x.html", "profile", status=2)
    assert "name the profiles, before options" in text
    _, text = imports.run("profile", "--label", "//../x:y", status=2)
    assert "is not a label such as //:codspeed" in text
