"""What the frameworks hooks and exec do beyond running a program."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from rules_codspeed.contract.accounting import Unmeasured
from rules_codspeed.measure.frameworks.framework import taken
from rules_codspeed.measure.frameworks.google.skips import PrintedSkips, SkipFinder, fork_uri
from rules_codspeed.measure.stage.process import Outcome
from rules_codspeed.measure.stage.staging import Layout
from tests.measure.target import STAGE, Ended, Target

Make = Callable[..., Target]


def test_what_a_run_left_is_read_once(tmp_path: Path) -> None:
    layout = Layout(str(tmp_path / "stage"))
    report = Path(layout.driver, "report.json")
    report.parent.mkdir(parents=True)
    report.write_text("[1]")
    assert taken(layout, "report.json") == [1]
    # The next run ends before it writes its own.
    assert taken(layout, "report.json") is None
    report.write_text("[1")
    assert taken(layout, "report.json") is None


def test_hooks_isolated(hooks_target: Make) -> None:
    ended = hooks_target(isolate=True).run().succeeded()
    assert list(ended.benchmarks("1.out")) == ["pkg/b.c::one"]
    assert list(ended.benchmarks("2.out")) == ["pkg/b.c::two[8/64]"]
    assert sorted(ended.profile) == ["1.out", "2.out", "valgrind.1.log", "valgrind.2.log"]
    assert ended.provenance["isolate"] is True
    assert ended.provenance["interpreter"] == ""
    # Both do the same work, except for the argument: neighbours change nothing.
    assert ended.benchmarks("1.out")["pkg/b.c::one"][0] > 1000


def test_hooks_isolated_filter_that_finds_nothing(hooks_target: Make) -> None:
    text = hooks_target(isolate=True, filter_args=["--benchmark_filter=^nothing$"]).run().failed()
    assert "measured nothing: of its 2 benchmarks 2 failed" in text
    assert "lists 'pkg/b.c::one', but measured nothing when asked for it" in text


def test_hooks_isolated_filter_that_is_not_exact(hooks_target: Make) -> None:
    text = hooks_target(isolate=True, filter_args=["--benchmark_filter=^pkg/b.c"]).run().failed()
    assert "measured 'pkg/b.c::one' when it was asked for 'pkg/b.c::one', and again" in text
    assert "asked for 'pkg/b.c::two[8/64]'" in text
    assert "Fix: let filter_args choose the one benchmark" in text


def test_hooks_isolated_list_with_a_banner(hooks_target: Make) -> None:
    ended = hooks_target("--banner", isolate=True).run().succeeded()
    outcome, reason = ended.unmeasured.pop("program 1.0, 2 benchmarks")
    assert outcome == "failed"
    assert "lists 'program 1.0, 2 benchmarks', but measured nothing" in reason
    assert "let list_args print names of benchmarks only" in reason
    # What can be measured is.
    assert len([name for name in ended.profile if name.endswith(".out")]) == 3


def test_hooks_isolated_names_are_exact(hooks_target: Make) -> None:
    ended = hooks_target("--blanks", isolate=True).run().succeeded()
    names = [name for n in (1, 2, 3) for name in ended.benchmarks(f"{n}.out")]
    assert names == ["pkg/b.c::one", "pkg/b.c::two[8/64]", "pkg/b.c::one "]
    assert ended.unmeasured == {}


def test_hooks_isolated_one_that_fails(google_target: Make) -> None:
    """It does not keep the others from being measured, nor them from being shown."""
    ended = google_target("third=exit", isolate=True).run().succeeded()
    assert [uri for file in _profiles(ended) for uri in ended.benchmarks(file)] == GOOGLE[:2]
    ((uri, (outcome, reason)),) = ended.unmeasured.items()
    assert (uri, outcome) == (GOOGLE[2], "failed")
    assert "(benchmark pkg/b.cc::third) ended with exit status 3" in reason


def test_hooks_isolated_one_that_takes_all_the_time(google_target: Make) -> None:
    """The others are not forgotten."""
    text = google_target("first=hang", isolate=True, timeout_s=5).run().failed()
    assert "measured nothing: of its 3 benchmarks 3 failed" in text
    assert "pkg/b.cc::first: //pkg:bench (benchmark pkg/b.cc::first) did not end within 5 s" in text
    assert "pkg/b.cc::third: it was not run: what came before took all of timeout_s" in text


GOOGLE = ["pkg/b.cc::first", "pkg/b.cc::second[int, std\\:\\:x]", "pkg/b.cc::third"]


@pytest.mark.parametrize("isolate", [False, True])
@pytest.mark.parametrize(
    ("how", "outcome", "reason"),
    [
        ("error", "failed", "SkipWithError: input file is missing"),
        ("message", "skipped", "needs a GPU, which this machine has not"),
        ("late", "failed", "SkipWithError: wrong result"),
        ("break", "failed", "SkipWithError: wrong result"),
    ],
)
def test_google_benchmark_that_skips_itself(
    google_target: Make, how: str, outcome: str, reason: str, isolate: bool
) -> None:
    for name, number in (("second", 1), ("third", 2)):
        target = google_target(f"{name}={how}", isolate=isolate)
        ended = target.run(f"{name}-{how}").succeeded()
        measured = [uri for file in _profiles(ended) for uri in ended.benchmarks(file)]
        assert measured == [uri for uri in GOOGLE if uri != GOOGLE[number]]
        assert ended.unmeasured == {GOOGLE[number]: (outcome, reason)}


def test_google_benchmarks_that_all_skip_themselves(google_target: Make) -> None:
    args = ("first=message", "second=message", "third=message")
    text = google_target(*args).run().failed()
    assert "measured nothing: of its 3 benchmarks all were skipped" in text
    assert "pkg/b.cc::first: needs a GPU" in text
    ended = google_target(*args, allow_empty=True).run("allowed").succeeded()
    assert [outcome for outcome, _ in ended.unmeasured.values()] == ["skipped"] * 3


def test_google_benchmark_that_reports_nothing(google_target: Make) -> None:
    ended = google_target("second=return").run().succeeded()
    assert list(ended.benchmarks()) == [GOOGLE[0], GOOGLE[2]]
    outcome, reason = ended.unmeasured[GOOGLE[1]]
    assert outcome == "failed"
    assert "it is listed, and left no number" in reason
    assert "KeepRunning" in reason


def test_google_benchmark_where_nothing_may_be_traced(google_target: Make, refuse: Path) -> None:
    ended = google_target("second=error").run(prefix=[str(refuse), "ptrace"])
    assert "//pkg:bench: a benchmark that skips itself would not be seen" in ended.stderr
    assert len(ended.succeeded().benchmarks()) == 3


def test_google_benchmark_under_a_pinned_root(google_target: Make, tmp_path: Path) -> None:
    """It is not run to look for skips: what looks is the machine's Python."""
    layout = Layout(str(tmp_path / "stage"))
    program = google_target("first=error").files["_main/pkg/program"]

    def never(command: Sequence[str], what: str) -> tuple[Outcome, bytes]:
        raise AssertionError(f"{command} was asked for {what}")

    finder = SkipFinder(layout, [program], never)
    os.makedirs(layout.driver)
    with pytest.raises(AssertionError, match="which benchmarks skip themselves"):
        finder.find(["first"])
    os.makedirs(layout.pinned)
    assert finder.find(["first"]) == []
    assert finder.remarks == ["a benchmark that skips itself would not be seen under a pinned root"]


@pytest.mark.parametrize("written", ["5", '{"a": 1}', "[1]", '["abc"]'])
def test_skips_that_the_program_wrote_itself(
    google_target: Make, tmp_path: Path, written: str
) -> None:
    layout = Layout(str(tmp_path / "stage"))
    os.makedirs(layout.driver)

    def writes(command: Sequence[str], what: str) -> tuple[Outcome, bytes]:
        Path(command[command.index("-B") + 2]).write_text(written)
        return Outcome(1, 0, False), b""

    program = google_target("first=error").files["_main/pkg/program"]
    assert SkipFinder(layout, [program], writes).find(["first"]) == []


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_rows_of_google_benchmark_that_were_skipped(size: int) -> None:
    printed = b"""\
a::b       SKIPPED: 'no GPU'
a::c       12 ns   12 ns   100
a::d e     ERROR OCCURRED: 'it's \xff: SKIPPED: 'x''
 a::f      SKIPPED: 'not a name'
a::g       SKIPPED: '
a::h       SKIPPED: ''
a::i SKIPPED: 'no file:
it's gone'
1 of 2 a::j ERROR OCCURRED: 'behind what it prints'
"""
    printed += b"." * (1 << 20) + b"a::k SKIPPED: '" + b"x" * (1 << 18) + b"'\n"
    rows = PrintedSkips()
    for start in range(0, len(printed), size):
        rows.read(printed[start : start + size])
    *found, (uri, outcome, reason) = rows.found([f"a::{one}" for one in "bcijk"], fork_uri)
    assert found == [
        Unmeasured("a::b", "skipped", "no GPU"),
        Unmeasured("a::d e", "failed", "SkipWithError: it's \\xff: SKIPPED: 'x'"),
        Unmeasured("a::g", "skipped", ""),
        Unmeasured("a::h", "skipped", ""),
        Unmeasured("a::i", "skipped", "no file:"),
        Unmeasured("a::j", "failed", "SkipWithError: behind what it prints"),
    ]
    assert (uri, outcome, reason[:9]) == ("a::k", "skipped", "x" * 9)


@pytest.fixture
def few_seconds() -> Iterator[None]:
    """Ends a test that computes for long: seconds of its own, whatever else the machine does."""

    def stop(number: int, frame: object) -> None:
        pytest.fail("it computed for 10 s what takes milliseconds")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, 10)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@pytest.mark.usefixtures("few_seconds")
@pytest.mark.parametrize("end", [b"", b"'", b"SKIPPED: '", b"SKIPPED: ''x"])
def test_long_lines_are_read_once(end: bytes) -> None:
    rows = PrintedSkips()
    rows.read((b"x" + b" " * 60_000 + end + b"\n") * 4)
    assert len(rows.found([], fork_uri)) == (4 if end.startswith(b"SKIPPED") else 0)


def _profiles(ended: Ended) -> list[str]:
    return [name for name in ended.profile if name.endswith(".out")]


def test_hooks_isolated_without_list(hooks_target: Make) -> None:
    text = hooks_target("fail", isolate=True, list_args=[]).run().failed()
    assert "(asked for the list of its benchmarks) ended with exit status 3" in text


def test_environment_and_place(hooks_target: Make) -> None:
    target = hooks_target(
        "measure", "print-environment", "print-place", env={"MINE": "a b"}, main_repository="ws"
    )
    target.files["ws/pkg/program"] = target.files.pop("_main/pkg/program")
    target.spec["executable"] = "ws/pkg/program"
    target.stage("far~~ext~data/file.txt", "content\n")
    ended = target.run(env={"SECRET": "1", "HOME": "/home/me"}).succeeded()
    assert f"{STAGE}/w/_main/pkg/program {STAGE}/w/_main" in ended.log
    variables = dict(line.split("=", 1) for line in ended.log.splitlines() if "=" in line)
    assert variables["MINE"] == "a b"
    assert "SECRET" not in variables
    expected = {
        "CODSPEED_ENV": "runner",
        "CODSPEED_RUNNER_MODE": "instrumentation",
        "CODSPEED_PROFILE_FOLDER": f"{STAGE}/profile",
        "HOME": f"{STAGE}/home",
        "PYTHONMALLOC": "malloc",
        "RUNFILES_DIR": f"{STAGE}/w",
    }
    assert expected.items() <= variables.items()
    assert all("/" not in value for value in ended.provenance["pins"].values() if "HOME" in value)


def test_script_as_whole_program(exec_target: Make) -> None:
    """A script's interpreter is measured; it may not start other processes, like any program."""
    script = "#!/bin/bash\necho measured\n"
    target = exec_target()
    path = Path(target.stage("_main/pkg/program", script).files["_main/pkg/program"])
    path.chmod(0o755)
    ended = target.run().succeeded()
    assert list(ended.benchmarks()) == ["exec_harness::pkg:bench"]
    assert ended.provenance["debug_info"] is None
    path.write_text("#!/bin/bash\n/bin/echo measured\n:\n")
    assert "starts other processes" in target.run().failed()


def test_other_layouts_are_counted_beside_the_profile(hooks_target: Make) -> None:
    usual = hooks_target(isolate=True).run().succeeded()
    measured = hooks_target(isolate=True, layouts=2).run("layouts").succeeded()
    assert measured.profile == usual.profile
    benchmarks = {**usual.benchmarks("1.out"), **usual.benchmarks("2.out")}
    assert len(benchmarks) == 2
    first, second = measured.provenance["layouts"]
    assert first.keys() == second.keys() == benchmarks.keys()
    assert first != second
    for uri, totals in benchmarks.items():
        assert first[uri]["Ir"] == pytest.approx(totals[0], rel=0.2)
    assert usual.provenance["layouts"] == []
    assert {**measured.provenance, "layouts": []} == usual.provenance


def test_a_launcher_of_node_without_a_plugin(make_target: Make) -> None:
    script = "#!/bin/sh\nexec node bench.mjs\n"
    text = make_target().stage("_main/pkg/program", script).run().failed()
    assert "is of Node, and has no package that calls hooks" in text
    assert 'set framework = "node" on the target' in text
