"""The command of a suite, as a process: streams, statuses, and the exported folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

import rules_codspeed.command.bench as module
from rules_codspeed.results.schema import parse_results
from tests.report.suites import write_suite

TARGETS = {"//b:x": ["b/x.cc::f", "b/x.cc::g"], "//:y": ["exec_harness::y"]}


@pytest.fixture(autouse=True)
def history_of_its_own(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keeps the runs of a test out of the user's history."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))


class Suites:
    """Runs the command on a suite in a runfiles tree."""

    def __init__(self, folder: Path, targets: Mapping[str, Sequence[str]]) -> None:
        self.folder = folder
        self.runfiles = folder / "runfiles"
        self.manifest = write_suite(self.runfiles, targets)
        self.working = folder

    def start(self, *options: str, **how: object) -> subprocess.Popen[str]:
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "RUNFILES_DIR": str(self.runfiles),
            "BUILD_WORKING_DIRECTORY": str(self.working),
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
    return Suites(tmp_path, TARGETS)


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


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-16"])
def test_json_is_utf_8(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    suite = Suites(tmp_path, {"//b:x": ["b/x.cc::grün[\U0001f680]"]})
    with (tmp_path / "printed").open("wb") as printed:
        assert suite.run("--format=json", "--out=out", stdout=printed)[0] == 0
    output = (tmp_path / "printed").read_bytes()
    assert parse_results(output).benchmarks[0].uri == "b/x.cc::grün[\U0001f680]"
    assert output == (tmp_path / "out" / "results.json").read_bytes()


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
        ".rules_codspeed_export.json",
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
    assert suite.run("--out=out")[0] == 0
    (out / "mine").touch()
    status, output, errors = suite.run("--out=out")
    assert (status, output) == (1, "")
    assert f"cannot write --out {out}. Got: 'mine' in it" in errors
    assert errors.count("\n") == 1
    assert (out / "mine").exists()
    (suite.folder / "file").touch()
    assert suite.run("--out=file")[0] == 1
    assert suite.run("--out=file/below")[0] == 1


def test_out_is_no_folder_that_the_user_is_in(suite: Suites) -> None:
    suite.working = suite.folder / "workspace" / "pkg"
    suite.working.mkdir(parents=True)
    assert suite.run("--out=out")[0] == 0
    for out in (".", "./", "..", "../..", "/", "../pkg"):
        status, _, errors = suite.run(f"--out={out}")
        assert status == 1
        assert "a folder that you are in" in errors
        assert errors.count("\n") == 1
    suite.working /= "out/b"
    assert suite.run("--out=..")[0] == 1
    assert (suite.working / "x.simulation").is_dir()
    (suite.folder / "workspace" / "MODULE.bazel").touch()
    suite.working = suite.folder
    assert "'MODULE.bazel' in it" in suite.run("--out=workspace")[2]


def test_out_is_a_link(suite: Suites) -> None:
    link = suite.folder / "link"
    link.symlink_to("disk/out")
    for _ in range(2):
        assert suite.run("--out=link")[0] == 0
    assert link.is_symlink()
    assert (suite.folder / "disk" / "out" / "results.json").is_file()
    (suite.folder / "loop").symlink_to("loop")
    status, _, errors = suite.run("--out=loop")
    assert (status, errors.count("\n")) == (1, 1)
    assert errors.startswith("rules_codspeed: ")


def test_two_exports_at_once(suite: Suites) -> None:
    for _ in range(2):  # the second time there is an export to replace
        running = [suite.start("--format=json", "--out=out") for _ in range(4)]
        ended = [process.communicate(timeout=60)[1] for process in running]
        assert [process.returncode for process in running] == [0] * 4, ended
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


def test_two_exports_of_one_format(suite: Suites) -> None:
    status, _, errors = suite.run("--export=bencher=a.json", "--export=bencher=b.json")
    assert status == 0, errors
    assert (suite.folder / "a.json").read_bytes() == (suite.folder / "b.json").read_bytes() != b""


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
