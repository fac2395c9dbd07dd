"""Callgrind files for viewers: one benchmark each, complete, and read as before."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.report.exports.callgrind import export, write_callgrind_files
from rules_codspeed.results.callgrind.trigger import BenchmarkEnd
from rules_codspeed.results.changes import Change, Key
from rules_codspeed.results.graphs.call_tree import CallTree
from rules_codspeed.results.graphs.graph_body import read_graphs
from rules_codspeed.results.model import SCHEMA, Results
from tests.contract.disks import limited
from tests.contract.steps import killed_at_each_step
from tests.results.profiles import ProfilePart, Style, random_parts, write_profile

TESTDATA = Path(__file__).parents[2] / "results" / "testdata"
ANNOTATE = shutil.which("callgrind_annotate")


def folder(tmp_path: Path, content: bytes) -> Path:
    made = tmp_path / "profile"
    made.mkdir()
    (made / "1.out").write_bytes(content)
    return made


def renamed(part: ProfilePart, uri: str) -> ProfilePart:
    return ProfilePart(f"Client Request: {uri}", part.events, part.functions)


@pytest.mark.parametrize("name", ["plain", "compressed", "recursion", "pytest"])
def test_each_benchmark_of_a_real_profile_is_a_file(tmp_path: Path, name: str) -> None:
    content = (TESTDATA / f"{name}.out").read_bytes()
    files = write_callgrind_files([folder(tmp_path, content)], tmp_path / "out")
    with (TESTDATA / f"{name}.out").open("rb") as stream:
        parts = [
            one for one in read_graphs(stream, name) if isinstance(one[0].trigger, BenchmarkEnd)
        ]
    assert len(files) == len(parts) > 0
    for file, (part, graph) in zip(files, parts, strict=True):
        with file.open("rb") as stream:
            ((copy, same),) = read_graphs(stream, str(file))
        assert (copy.trigger, copy.totals, same) == (part.trigger, part.totals, graph)
        header = file.read_text().partition("\n\n")[0]
        assert header.startswith("# callgrind format\nversion: 1\ncreator: callgrind-3.19.0\ncmd: ")
        assert f"\nsummary: {' '.join(map(str, part.totals))}\n" in file.read_text()


@given(
    st.integers(0, 30),
    st.builds(Style, compress_names=st.booleans(), line_end=st.sampled_from(["\n", "\r\n"])),
)
@settings(max_examples=20)
def test_a_file_needs_no_other_part(
    tmp_path_factory: pytest.TempPathFactory, seed: int, style: Style
) -> None:
    tmp_path = tmp_path_factory.mktemp("export")
    (part,) = random_parts(1, 8, seed)
    # The second part defines no name again where names are short.
    content = write_profile([renamed(part, "a"), renamed(part, "b")], style)
    first, second = write_callgrind_files([folder(tmp_path, content)], tmp_path)
    graphs = []
    for file in (first, second):
        with file.open("rb") as stream:
            graphs += [graph for _, graph in read_graphs(stream, str(file))]
    assert graphs[0] == graphs[1]


def test_killed_at_each_step(tmp_path: Path) -> None:
    (part,) = random_parts(1, 8)
    out, uris = tmp_path / "out", ["a.cc::x", "a.cc::y"]
    profile = folder(tmp_path, write_profile([renamed(part, uri) for uri in uris]))
    whole = {file.name: file.read_bytes() for file in write_callgrind_files([profile], out)}

    def prepare() -> None:
        shutil.rmtree(out)

    def work(report: Callable[[str], None]) -> None:
        write_callgrind_files([profile], out)
        report("written")

    def check(reported: list[str]) -> None:
        out.mkdir(exist_ok=True)
        named = {one.name: one.read_bytes() for one in out.iterdir() if one.name[0] != "."}
        assert named == whole if reported else named.items() <= whole.items()
        write_callgrind_files([profile], out)
        assert {one.name: one.read_bytes() for one in out.iterdir()} == whole

    assert killed_at_each_step(prepare, work, check) > 10


def test_after_an_error_the_files_are_those_from_before(tmp_path: Path) -> None:
    (part,) = random_parts(1, 8)
    content = write_profile([renamed(part, f"a.cc::{number}") for number in range(3)])
    profile = folder(tmp_path, content)
    (tmp_path / "out").mkdir()
    (tmp_path / "out/callgrind.out.mine").write_text("mine")

    def work() -> str:
        try:
            write_callgrind_files([profile], tmp_path / "out")
        except OSError as error:
            return str(error)
        return "written"

    needed = f"File too large: {len(content):,} bytes are needed: '{tmp_path / 'out'}'"
    assert needed in limited(work, len(content) // 10)
    assert [one.name for one in (tmp_path / "out").iterdir()] == ["callgrind.out.mine"]
    assert limited(work, len(content)) == "written"
    assert len(list((tmp_path / "out").iterdir())) == 4


def test_files_have_safe_and_different_names(tmp_path: Path) -> None:
    (part,) = random_parts(1, 2)
    uris = ["a/b.cc::X[1, 2]", "a/b.cc::x[1, 2]", "../..", "é" * 500, "a" * 500, "a" * 501]
    content = write_profile([renamed(part, uri) for uri in uris])
    files = write_callgrind_files([folder(tmp_path, content)], tmp_path / "out")
    assert [one.name for one in files] == [
        "callgrind.out.a_b.cc_X_1_2",
        "callgrind.out.a_b.cc_x_1_2-2",
        "callgrind.out.benchmark",
        "callgrind.out.benchmark-2",
        "callgrind.out." + "a" * 120,
        "callgrind.out." + "a" * 120 + "-2",
    ]
    assert {one.parent for one in files} == {tmp_path / "out"}


@pytest.mark.skipif(ANNOTATE is None, reason="there is no callgrind_annotate on this machine")
@pytest.mark.parametrize("name", ["plain", "compressed"])
def test_valgrinds_own_viewer_reads_a_file(tmp_path: Path, name: str) -> None:
    assert ANNOTATE
    content = (TESTDATA / f"{name}.out").read_bytes()
    fill, _ = write_callgrind_files([folder(tmp_path, content)], tmp_path / "out")
    shown = subprocess.run([ANNOTATE, fill], check=True, capture_output=True, text=True).stdout
    assert "24,588" in shown
    assert "two_benchmarks.c:fill" in shown


def test_a_damaged_profile_is_an_error_that_names_the_next_step(tmp_path: Path) -> None:
    class Run:
        suite = "//:suite"
        results = Results(SCHEMA, [], [])

        changes: Sequence[Change] = ()

        def call_trees(self) -> dict[Key, CallTree]:
            return {}

        def callgrind_folders(self) -> list[Path]:
            return [folder(tmp_path, b"# callgrind format\nevents: Ir\nfn=(1\n")]

    with pytest.raises(CodSpeedError, match="Fix: build the suite again"):
        export(Run(), tmp_path / "out")
