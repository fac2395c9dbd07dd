"""The exported folder: what an export replaces, and what it never touches."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.suite import EXPLAINED_SUFFIX, MEASURED, PROFILE_SUFFIX
from rules_codspeed.report.collect import Suite, Target, read_suite
from rules_codspeed.report.export import EXPLAINED, export, exported_profiles
from rules_codspeed.report.marker import MARKER, foreign_entry
from tests.contract.disks import limited, small_disk
from tests.contract.steps import killed_at_each_step, memory_folder
from tests.report.suites import results, write_suite

TARGETS = {"//b:x": ["b/x.cc::f"], "//:y": ["exec_harness::y"]}
PROFILE = "b/x.simulation/profile/1.out"


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    runfiles = tmp_path / "runfiles"
    return read_suite(write_suite(runfiles, TARGETS), runfiles.joinpath)


@pytest.fixture
def out(suite: Suite, tmp_path: Path) -> Path:
    """The folder of an export."""
    export(suite, results(TARGETS), tmp_path / "out")
    return tmp_path / "out"


def tree(folder: Path) -> dict[str, object]:
    """Returns what a folder holds: the content of files, the targets of links."""
    found: dict[str, object] = {}
    for path in folder.rglob("*"):
        held = os.readlink(path) if path.is_symlink() else path.is_file() and path.read_bytes()
        found[str(path.relative_to(folder))] = held
    return found


def test_what_explains_a_measurement_is_exported_with_it(suite: Suite, tmp_path: Path) -> None:
    target = suite.targets[0]
    folder = explain(target.profile, target.provenance)
    export(suite, results(TARGETS), tmp_path / "out")
    (found,) = exported_profiles(tmp_path / "out", suite.targets, EXPLAINED)
    assert found[0] == target
    assert (found[1] / "1.out").read_text() == "explained"
    # Of an earlier measurement: nobody takes it for this one.
    (folder / MEASURED).write_text("{}")
    assert target.explained is None
    export(suite, results(TARGETS), tmp_path / "out")
    assert list(exported_profiles(tmp_path / "out", suite.targets, EXPLAINED)) == []


def explain(profile: Path, provenance: Path) -> Path:
    """Writes the profile of a second run beside that of a measurement."""
    folder = profile.with_name(f"{profile.name.removesuffix(PROFILE_SUFFIX)}{EXPLAINED_SUFFIX}")
    folder.mkdir()
    (folder / "1.out").write_text("explained")
    (folder / MEASURED).write_bytes(provenance.read_bytes())
    return folder


def refused(suite: Suite, folder: Path) -> str:
    """Returns the message of an export that left a folder alone."""
    before = tree(folder)
    with pytest.raises(CodSpeedError, match=r"^cannot write --out .* Got: .* Fix: ") as caught:
        export(suite, results(TARGETS), folder)
    assert tree(folder) == before
    assert not list(folder.parent.glob(".rules_codspeed-*"))
    return str(caught.value)


def test_export_replaces_an_export(suite: Suite, out: Path) -> None:
    export(suite, results({"//b:x": ["other"]}), out)
    assert "other" in (out / "results.json").read_text()
    smaller = Suite("//:s", suite.targets[:1])
    (out / PROFILE).unlink()
    export(smaller, results(TARGETS), out)
    assert (out / PROFILE).exists()
    assert not (out / "y.simulation").exists()


@pytest.fixture
def memory() -> Iterator[Path]:
    with memory_folder() as folder:
        yield folder


def test_killed_at_each_step(suite: Suite, memory: Path) -> None:
    out = memory / "out"
    first, second = results(TARGETS), results({"//b:x": ["other"]})
    export(suite, second, memory / "new")
    export(suite, first, out)
    wholes = [tree(out), tree(memory / "new")]

    def prepare() -> None:
        export(suite, first, out)

    def work(report: Callable[[str], None]) -> None:
        export(suite, second, out)
        report("written")

    def check(reported: list[str]) -> None:
        # Never half of one, never none.
        assert tree(out) == wholes[1] if reported else tree(out) in wholes
        # At most what this attempt left: the next export removed that of the one before.
        assert len(list(memory.glob(".*"))) <= 1

    assert killed_at_each_step(prepare, work, check) > 30
    export(suite, first, out)
    assert not list(memory.glob(".*"))


def test_what_a_killed_writer_left_in_an_export_is_nobody_s_work(suite: Suite, out: Path) -> None:
    name = f".rules_codspeed-{'0' * 16}.part"
    (out / "upload").mkdir()
    for folder in (out, out / "upload"):
        (folder / name).touch()
    (out / "upload").chmod(0o700)
    marker = json.loads((out / MARKER).read_text())
    marker["entries"]["upload"] = ""
    (out / MARKER).write_text(json.dumps(marker))
    export(suite, results(TARGETS), out)
    assert not (out / name).exists()


def test_a_full_disk(suite: Suite, tmp_path: Path) -> None:
    profile = suite.targets[0].profile
    profile.chmod(0o755)
    (profile / "2.out").write_bytes(b"x" * 3_000_000)
    with small_disk(tmp_path, 1 << 20) as disk:
        text = refused(suite, disk / "out")
        assert (
            f"cannot write --out {disk / 'out'}. Got: [Errno 28] No space left on device: " in text
        )
        assert re.search(r": 3,00\d,\d{3} bytes are needed, 1,0\d\d,\d{3} are free: '", text)
        assert list(disk.iterdir()) == []


def test_a_limit_of_a_file_s_size(suite: Suite, tmp_path: Path) -> None:
    profile = suite.targets[0].profile
    profile.chmod(0o755)
    (profile / "2.out").write_bytes(b"x" * 3_000_000)

    def work() -> str:
        return refused(suite, tmp_path / "out")

    assert "Got: [Errno 27] File too large: 3,00" in limited(work, 1_000_000)
    assert not (tmp_path / "out").exists()


def test_empty_folder_is_taken(suite: Suite, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    export(suite, results(TARGETS), tmp_path / "empty")
    assert (tmp_path / "empty" / "results.json").exists()


def test_project_with_printed_results_is_kept(suite: Suite, tmp_path: Path) -> None:
    """As after `--format json > proj/results.json`."""
    project = tmp_path / "proj"
    (project / ".git").mkdir(parents=True)
    (project / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    (project / "src").mkdir()
    (project / "results.json").write_text(results(TARGETS).to_json())
    assert "'.git' in it" in refused(suite, project)


def relink(path: Path) -> None:
    """Puts a link to the same content in place of a file or folder."""
    path.rename(path.parents[1] / "moved")
    path.symlink_to(path.parents[1] / "moved")


def swap(file: Path) -> None:
    """Puts a folder in place of a file."""
    file.unlink()
    file.mkdir()


FOREIGN: dict[str, Callable[[Path], object]] = {
    "notes": lambda out: (out / "notes").touch(),
    "b/notes": lambda out: (out / "b" / "notes").touch(),
    "b/x.simulation/profile/results/2.json": lambda out: (
        out / "b/x.simulation/profile/results/2.json"
    ).touch(),
    "empty": lambda out: (out / "empty").mkdir(),
    ".git": lambda out: (out / ".git" / "objects").mkdir(parents=True),
    "link": lambda out: (out / "link").symlink_to("/etc/passwd"),
    "dangling": lambda out: (out / "dangling").symlink_to("nowhere"),
    "pipe": lambda out: os.mkfifo(out / "pipe"),
    "results.json": lambda out: (out / "results.json").write_text("mine"),
    PROFILE: lambda out: (out / PROFILE).open("a").write("note\n"),
    "b/x.simulation/provenance.json": lambda out: swap(out / "b/x.simulation/provenance.json"),
    "b": lambda out: relink(out / "b"),
    "y.simulation": lambda out: relink(out / "y.simulation"),
}


@pytest.mark.parametrize("entry", FOREIGN)
def test_export_with_something_else_is_kept(suite: Suite, out: Path, entry: str) -> None:
    FOREIGN[entry](out)
    assert f"Got: '{entry}' in it" in refused(suite, out)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "[]",
        "{}",
        '{"schema": 1}',
        '{"schema": 2, "entries": {}}',
        "\x80",
        "3",
        # What anybody else would have written.
        '{"schema": 1, "entries": {"b": null}}',
        '{"schema": 1, "entries": {}, "other": 1}',
        '{"schema": 1, "entries": {}, "entries": {}}',
        '{"schema": 1, "entries": ' + "[" * 100_000,
    ],
)
def test_folder_without_a_marker_is_kept(suite: Suite, out: Path, text: str | None) -> None:
    (out / MARKER).unlink()
    if text is not None:
        (out / MARKER).write_text(text, encoding="latin-1")
    assert f"Got: '{'b' if text is None else MARKER}' in it" in refused(suite, out)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.binary(max_size=60)
    | st.builds(
        lambda value: json.dumps({"schema": 1, "entries": value}).encode(),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner),
        ),
    )
)
def test_any_marker_but_ours_protects_the_folder(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "notes").write_text("mine")
    (tmp_path / MARKER).write_bytes(content)
    assert foreign_entry(tmp_path) in (MARKER, "notes")


@pytest.mark.parametrize("make", [relink, os.unlink])
def test_marker_is_a_regular_file(suite: Suite, out: Path, make: Callable[[Path], None]) -> None:
    make(out / MARKER)
    if make is os.unlink:
        os.mkfifo(out / MARKER)
    assert MARKER in refused(suite, out)


def test_marker_lists_every_entry(out: Path) -> None:
    listed = json.loads((out / MARKER).read_text())["entries"]
    assert listed.keys() == tree(out).keys() - {MARKER}


def test_odd_entries_of_profiles_are_an_exports_own(suite: Suite, tmp_path: Path) -> None:
    profile = suite.targets[0].profile
    profile.chmod(0o755)
    (profile / "empty").mkdir()
    for name in (b"\xff\n.txt", b"%FF%0A.txt", "é".encode()):
        Path(os.fsdecode(os.fsencode(profile) + b"/" + name)).touch()
    for _ in range(2):
        export(suite, results(TARGETS), tmp_path / "out")
    assert len(list((tmp_path / "out/b/x.simulation/profile").iterdir())) == 6


def test_no_folder(suite: Suite, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to("empty")
    for name in ("file", "dangling", "link"):
        assert "not a folder" in refused(suite, tmp_path / name)
    with pytest.raises(CodSpeedError, match=r"cannot write --out /\. Got: '.*' in it"):
        export(suite, results(TARGETS), Path("/"))


def test_target_in_another_repository(tmp_path: Path) -> None:
    write_suite(tmp_path / "runfiles", {"@lib//a/b:c": ["u"]})
    files = tmp_path / "runfiles" / "_main"
    names = ("0.results.json", "0.profile", "0.provenance.json")
    target = Target("@lib//a/b:c", "simulation", *(files / name for name in names))
    export(Suite("//:s", (target,)), results({"@lib//a/b:c": ["u"]}), tmp_path / "out")
    assert (tmp_path / "out/external/lib/a/b/c.simulation/profile/1.out").is_file()
    clash = Suite("//:s", (target, target))
    with pytest.raises(CodSpeedError, match="cannot write"):
        export(clash, results({}), tmp_path / "clash")
