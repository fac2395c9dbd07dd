"""The command of a suite, as a process: streams, statuses, and the exported folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import rules_codspeed.report.bench as module
from rules_codspeed.report.collect import Suite, Target
from rules_codspeed.report.errors import ReportError
from rules_codspeed.report.export import export
from rules_codspeed.results.schema import parse_results
from tests.report.suites import results, write_suite

TARGETS = {"//b:x": ["b/x.cc::f", "b/x.cc::g"], "//:y": ["exec_harness::y"]}


class Suites:
    """Runs the command on a suite in a runfiles tree."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runfiles = folder / "runfiles"
        self.manifest = write_suite(self.runfiles, TARGETS)

    def start(self, *options: str, **how: object) -> subprocess.Popen[str]:
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "RUNFILES_DIR": str(self.runfiles),
            "BUILD_WORKING_DIRECTORY": str(self.folder),
        }
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how}
        command = [sys.executable, str(module.__file__), "--manifest", str(self.manifest)]
        return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
            [*command, *options], env=environment, cwd="/", text=True, **pipes
        )

    def run(self, *options: str, **how: object) -> tuple[int, str, str]:
        """Returns status, standard output and standard error."""
        process = self.start(*options, **how)
        output, errors = process.communicate(timeout=60)
        return process.returncode, output, errors


@pytest.fixture
def suite(tmp_path: Path) -> Suites:
    return Suites(tmp_path)


def test_table_is_plain_where_it_is_no_terminal(suite: Suites) -> None:
    status, output, errors = suite.run()
    assert (status, errors) == (0, "")
    assert "\x1b" not in output
    assert "3 benchmarks" in output


def test_table_on_a_terminal_has_styles(suite: Suites) -> None:
    ours, theirs = os.openpty()
    status, _, errors = suite.run(stdout=theirs)
    os.close(theirs)
    shown = os.read(ours, 1 << 16).decode()
    os.close(ours)
    assert (status, errors) == (0, "")
    assert "x.cc::g" in shown


def test_ascii_output(suite: Suites, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    status, output, _ = suite.run()
    assert status == 0
    assert output.isascii()


def test_json_is_one_document(suite: Suites) -> None:
    status, output, errors = suite.run("--format=json")
    assert (status, errors) == (0, "")
    document = parse_results(output)
    assert [(one.label, one.uri) for one in document.benchmarks] == [
        ("//:y", "exec_harness::y"),
        ("//b:x", "b/x.cc::f"),
        ("//b:x", "b/x.cc::g"),
    ]
    assert [one.label for one in document.provenance] == ["//:y", "//b:x"]


def test_out(suite: Suites) -> None:
    status, output, errors = suite.run("--format=json", "--out", "new/out")
    folder = suite.folder / "new" / "out"
    assert (status, errors) == (
        0,
        f"Wrote the profiles and results of 2 targets to {folder}\n",
    )
    assert (folder / "results.json").read_text() == output
    found = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert found == [
        "b/x.simulation/profile/1.out",
        "b/x.simulation/profile/results/1.json",
        "b/x.simulation/provenance.json",
        "results.json",
        "y.simulation/profile/1.out",
        "y.simulation/profile/results/1.json",
        "y.simulation/provenance.json",
    ]
    assert (folder / "b/x.simulation/profile/1.out").read_text() == "profile of //b:x\n"
    assert os.listdir(folder.parent) == ["out"]


def test_out_replaces_an_export_only(suite: Suites) -> None:
    out = suite.folder / "out"
    assert suite.run("--out=out")[0] == 0
    (out / "stale").touch()
    assert suite.run("--out=out")[0] == 0
    assert not (out / "stale").exists()

    other = suite.folder / "other"
    other.mkdir()
    assert suite.run("--out=other")[0] == 0
    (other / "results.json").write_text("mine")
    status, _, errors = suite.run("--out=other")
    assert status == 1
    assert f"cannot write --out {other}" in errors
    assert errors.count("\n") == 1
    assert (other / "results.json").read_text() == "mine"
    (suite.folder / "file").touch()
    assert suite.run("--out=file")[0] == 1
    assert suite.run("--out=file/below")[0] == 1


def test_two_exports_at_once(suite: Suites) -> None:
    running = [suite.start("--format=json", "--out=out") for _ in range(4)]
    assert [process.wait(timeout=60) for process in running] == [0] * 4
    for process in running:
        process.communicate()
    assert sorted(os.listdir(suite.folder)) == ["out", "runfiles"]
    parse_results((suite.folder / "out" / "results.json").read_bytes())


def test_failed_export_leaves_what_was_there(suite: Suites) -> None:
    assert suite.run("--out=out")[0] == 0
    before = sorted((suite.folder / "out").rglob("*"))
    (suite.runfiles / "_main" / "1.provenance.json").unlink()
    status, _, errors = suite.run("--out=out")
    assert status == 1
    assert "cannot write --out" in errors
    assert sorted((suite.folder / "out").rglob("*")) == before
    assert sorted(os.listdir(suite.folder)) == ["out", "runfiles"]


def test_target_in_another_repository(tmp_path: Path) -> None:
    write_suite(tmp_path / "runfiles", {"@lib//a/b:c": ["u"]})
    files = tmp_path / "runfiles" / "_main"
    names = ("0.results.json", "0.profile", "0.provenance.json")
    target = Target("@lib//a/b:c", "simulation", *(files / name for name in names))
    export(Suite("//:s", (target,)), results({"@lib//a/b:c": ["u"]}), tmp_path / "out")
    assert (tmp_path / "out/external/lib/a/b/c.simulation/profile/1.out").is_file()
    clash = Suite("//:s", (target, target))
    with pytest.raises(ReportError, match="cannot write"):
        export(clash, results({}), tmp_path / "clash")


def test_no_results(suite: Suites) -> None:
    suite.manifest.write_text(json.dumps({"schema": 1, "suite": "//:suite", "targets": []}))
    status, output, errors = suite.run("--format=json")
    assert (status, output) == (1, "")
    assert errors.startswith("rules_codspeed: //:suite has no results.")


@pytest.mark.parametrize("text", ["", "{}", '{"schema": 2}', '{"schema": 1, "targets": [{}]}'])
def test_other_manifest(suite: Suites, text: str) -> None:
    suite.manifest.write_text(text)
    status, output, errors = suite.run()
    assert (status, output) == (1, "")
    assert str(suite.manifest) in errors
    assert errors.count("\n") == 1


@pytest.mark.parametrize("content", [None, "{}", "not JSON"])
def test_bad_results(suite: Suites, content: str | None) -> None:
    file = suite.runfiles / "_main" / "0.results.json"
    file.unlink()
    if content is not None:
        file.write_text(content)
    status, output, errors = suite.run()
    assert (status, output) == (1, "")
    assert "no results of //b:x (simulation)" in errors
    assert str(file) in errors
    assert errors.count("\n") == 1


@pytest.mark.parametrize("form", ["table", "json"])
def test_closed_pipe(suite: Suites, form: str) -> None:
    read, write = os.pipe()
    os.close(read)
    status, _, errors = suite.run(f"--format={form}", stdout=write)
    os.close(write)
    assert (status, errors) == (141, "")


def test_full_device(suite: Suites) -> None:
    with open("/dev/full", "w") as full:
        status, _, errors = suite.run(stdout=full)
    assert status == 1
    assert errors.startswith("rules_codspeed: ")
    assert "Traceback" not in errors
