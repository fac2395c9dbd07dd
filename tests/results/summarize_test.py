"""The action's entry: profile folder and provenance to results.json."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pytest

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.results import summarize as module
from rules_codspeed.results.check import main as check
from rules_codspeed.results.readers.simulation import summarize
from rules_codspeed.results.summarize import main
from tests.contract.log_readers import COMMANDS, obeyed, unseen
from tests.results.accountings import write_accounting
from tests.results.profiles import Cost, Function, ProfilePart, random_parts, write_profile
from tests.results.provenance import PROVENANCE, provenance, provenance_json
from tests.results.walltime_provenance import walltime_provenance_json

TESTDATA = Path(__file__).parent / "testdata"


def run(
    profile: Path,
    *options: str,
    record_text: str | None = None,
) -> tuple[int, Path]:
    """Runs the command line on a folder; returns its status and the output."""
    record = profile.parent / "provenance.json"
    record.write_text(record_text if record_text is not None else provenance_json())
    output = profile.parent / "results.json"
    arguments = [
        "--mode",
        "simulation",
        "--measured",
        str(profile),
        "--provenance",
        str(record),
        "--accounting",
        str(write_accounting(profile.parent)),
        "--output",
        str(output),
    ]
    return main([*arguments, *options]), output


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """A profile folder with the benchmarks of two processes and an empty third."""
    folder = tmp_path / "bench.profile"
    folder.mkdir()
    (folder / "1.out").write_bytes((TESTDATA / "plain.out").read_bytes())
    (folder / "2.out").write_bytes((TESTDATA / "pytest.out").read_bytes())
    (folder / "3.out").touch()
    (folder / "valgrind.1.log").write_text("warning\n")
    return folder


def test_document(profile: Path) -> None:
    status, output = run(profile)
    assert status == 0
    document = json.loads(output.read_text(encoding="utf-8"))
    assert list(document) == ["schema", "benchmarks", "provenance", "mixed", "unmeasured"]
    assert document["schema"] == "rules_codspeed.results/1"
    assert document["provenance"] == [asdict(PROVENANCE)]
    assert [one["uri"] for one in document["benchmarks"]] == [
        "t_bench.py::test_x",
        "two_benchmarks.c::fib[10]",
        "two_benchmarks.c::fill[4096]",
    ]
    assert document["benchmarks"][1] == {
        "uri": "two_benchmarks.c::fib[10]",
        "label": "//pkg:bench",
        "mode": "simulation",
        "metrics": {
            **{"Ir": 2567, "Dr": 532, "Dw": 532, "I1mr": 3, "D1mr": 0, "D1mw": 7},
            **{"ILmr": 3, "DLmr": 0, "DLmw": 7, "sysCount": 0},
            **{"L1m": 10, "LLm": 10, "estimated_cycles": 2567 + 10 * 10 + 100 * 10},
        },
        "rounds_ns": [],
        "noise": {},
        "queries": [],
        "timeline": None,
    }


def test_same_profile_gives_same_bytes(profile: Path) -> None:
    first = run(profile)[1].read_bytes()
    assert run(profile)[1].read_bytes() == first


def test_runs_isolated_and_through_a_link(profile: Path, tmp_path: Path) -> None:
    """As the rule starts it: no import path, files that are links into another tree."""
    assert module.__file__
    package = Path(module.__file__).parents[1]
    for source in [
        *package.glob("*.py"),
        *package.glob("contract/**/*.py"),
        *package.glob("results/**/*.py"),
    ]:
        link = tmp_path / "sandbox" / "rules_codspeed" / source.relative_to(package)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(source)
    record = tmp_path / "provenance.json"
    record.write_text(provenance_json())
    done = subprocess.run(
        [
            *(sys.executable, "-I", "-S", "-B"),
            "sandbox/rules_codspeed/results/summarize.py",
            *("--mode", "simulation", "--measured", str(profile)),
            *("--provenance", str(record), "--output", "results.json"),
            *("--accounting", str(write_accounting(tmp_path))),
        ],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads((tmp_path / "results.json").read_text())["benchmarks"]


def counted(trigger: str, instructions: int) -> ProfilePart:
    """Returns a part with costs, or without."""
    costs = (Cost(3, (instructions,)),) if instructions else ()
    return ProfilePart(trigger, ("Ir",), (Function("bench", "a.c", "main", costs),))


def error_of(capsys: pytest.CaptureFixture[str]) -> str:
    """Returns the message of a failed run, which is one line."""
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert message.startswith("rules_codspeed: ")
    return message


def failure_of(output: Path) -> str:
    """Returns why a target failed, as its results state it: they have nothing else."""
    document = json.loads(output.read_text(encoding="utf-8"))
    assert (document["benchmarks"], document["provenance"]) == ([], [])
    (only,) = document["unmeasured"]
    assert (only["uri"], only["label"], only["outcome"]) == ("", "//pkg:bench", "failed")
    assert "\n" not in only["reason"]
    return str(only["reason"])


def test_truncated_profile(profile: Path) -> None:
    """A damaged profile is the target's fault: it does not keep others from being shown."""
    file = profile / "1.out"
    file.write_bytes(file.read_bytes()[:1500])
    status, output = run(profile)
    assert status == 0
    message = failure_of(output)
    assert "//pkg:bench left a profile that cannot be read" in message
    assert f"{file}:" in message
    assert "truncated" in message
    file.write_text("events: Ir\n")
    assert "not a callgrind profile" in failure_of(run(profile)[1])


def test_uri_twice(profile: Path) -> None:
    (profile / "4.out").write_bytes((TESTDATA / "recursion.out").read_bytes())
    message = failure_of(run(profile, "--allow-empty")[1])
    assert "two_benchmarks.c::fill[4096]" in message
    assert "1.out:25" in message
    assert "4.out:" in message


@pytest.mark.parametrize("uri", [text for text in COMMANDS if "\n" not in text])
def test_a_name_commands_no_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], uri: str
) -> None:
    """An action does not know that it runs in CI."""
    folder = tmp_path / "bench.profile"
    folder.mkdir()
    write_profiles(folder, [[counted(f"Client Request: {uri}", 5)]] * 2)
    status, output = run(folder)
    assert status == 0
    # The action after it prints what is wrong.
    assert check(["--results", str(output), "--output", str(tmp_path / "checked")]) == 1
    message = error_of(capsys)
    assert " twice" in message
    assert obeyed(message) == []
    assert unseen(message) == ""


@pytest.mark.parametrize("content", [None, write_profile([])])
def test_nothing_measured(tmp_path: Path, content: bytes | None) -> None:
    folder = tmp_path / "bench.profile"
    folder.mkdir()
    if content is not None:
        part = ProfilePart("Program termination", ("Ir",), ())
        (folder / "1.out").write_bytes(write_profile([part]))
    message = failure_of(run(folder)[1])
    assert "//pkg:bench measured nothing" in message
    assert "allow_empty" in message
    status, output = run(folder, "--allow-empty")
    assert status == 0
    assert json.loads(output.read_text())["benchmarks"] == []


def test_zero_cost_is_no_measurement(tmp_path: Path) -> None:
    part = ProfilePart("Client Request: a.py::t", ("Ir", "Dr"), ())
    (tmp_path / "1.out").write_bytes(write_profile([part]))
    with pytest.raises(CodSpeedError, match=r"counted nothing for 'a.py::t'"):
        summarize(tmp_path, PROVENANCE)
    allowed = summarize(tmp_path, PROVENANCE, allow_empty=True)
    assert allowed.benchmarks == []
    assert [(one.uri, one.reason) for one in allowed.unmeasured] == [
        ("a.py::t", "it counted no instruction")
    ]
    (tmp_path / "2.out").write_bytes(write_profile([counted("Client Request: a.py::u", 7)]))
    (only,) = summarize(tmp_path, PROVENANCE, allow_empty=True).benchmarks
    assert (only.uri, only.metrics) == ("a.py::u", {"Ir": 7})


def test_parts_with_other_events(tmp_path: Path) -> None:
    (tmp_path / "1.out").write_bytes(write_profile(random_parts(1, 3)))
    (tmp_path / "2.out").write_bytes(write_profile([counted("Client Request: x::y", 7)]))
    first, second = summarize(tmp_path, PROVENANCE).benchmarks
    assert "estimated_cycles" in first.metrics
    assert second.metrics == {"Ir": 7}


# What the first process of a correct program writes, and one that is forked as it measures.
METADATA = counted("Client Request: Metadata: codspeed-cpp 2.3.0", 0)
MEASURED = counted("Client Request: a.c::f", 6011)
END = counted("Program termination", 0)
FIRST = [METADATA, MEASURED, END]
FORKED = counted("Program termination", 4915)
REGISTERED_LATE = counted("Client Request: Metadata: codspeed-cpp 2.3.0", 8191)
CHILD = counted("Client Request: a.c::child", 219)
DUMP = counted("Client Request", 600011)
NAMED_METADATA = counted("Client Request: Metadata: x y", 30011)

FOREIGN_COSTS = [
    # Between start and stop a program dumps by itself, or forks a process that does so.
    ("1.out", DUMP, "DUMP_STATS", [[METADATA, DUMP, MEASURED, END]]),
    ("2.out", DUMP, "DUMP_STATS", [FIRST, [DUMP, END]]),
    # A region is stopped but not reported, or runs to the end of the program.
    ("1.out", FORKED, "URI", [[METADATA, MEASURED, FORKED]]),
    ("1.out", FORKED, "URI", [[FORKED]]),
    # The same in a program that the first one started.
    ("2.out", FORKED, "URI", [FIRST, [METADATA, FORKED]]),
    # A benchmark is named like a registration.
    ("1.out", NAMED_METADATA, "a name", [[METADATA, NAMED_METADATA, MEASURED, END]]),
]


def write_profiles(folder: Path, processes: Sequence[list[ProfilePart]]) -> None:
    for number, parts in enumerate(processes, start=1):
        (folder / f"{number}.out").write_bytes(write_profile(parts))


@pytest.mark.parametrize(("file", "part", "fix", "processes"), FOREIGN_COSTS)
def test_costs_of_no_benchmark(
    tmp_path: Path, file: str, part: ProfilePart, fix: str, processes: list[list[ProfilePart]]
) -> None:
    write_profiles(tmp_path, processes)
    for allow_empty in (False, True):
        with pytest.raises(CodSpeedError, match="costs that belong to no benchmark") as caught:
            summarize(tmp_path, PROVENANCE, allow_empty)
        got, _, advice = str(caught.value).partition(" Fix: ")
        assert f"{part.totals()[0]} Ir at {tmp_path / file}:" in got
        assert f"the trigger is '{part.trigger}'" in got
        assert fix in advice


def test_costs_of_a_whole_program_that_does_not_report(tmp_path: Path) -> None:
    write_profiles(tmp_path, [[METADATA, FORKED]])
    with pytest.raises(CodSpeedError, match=r"Fix: let the program end by .* exit\(\)"):
        summarize(tmp_path, provenance(framework="exec"), allow_empty=True)


@pytest.mark.parametrize(
    "other",
    [[FORKED], [REGISTERED_LATE, CHILD, END], [CHILD, END], [METADATA, CHILD, END], [END]],
)
def test_forked_process_may_hold_costs_of_its_parent(
    tmp_path: Path, other: list[ProfilePart]
) -> None:
    harmless_dump = counted("Client Request", 0)
    write_profiles(tmp_path, [[harmless_dump, *FIRST], other])
    found = [one.uri for one in summarize(tmp_path, PROVENANCE).benchmarks]
    assert found == ["a.c::child"] * (CHILD in other) + ["a.c::f"]


@pytest.mark.parametrize("uri", ["", "  "])
@pytest.mark.parametrize("instructions", [0, 5])
def test_benchmark_without_a_name(tmp_path: Path, uri: str, instructions: int) -> None:
    write_profiles(tmp_path, [[counted(f"Client Request: {uri}", instructions), END]])
    with pytest.raises(CodSpeedError, match=f"without a name.*URI '{uri}' at .*1.out:.*Fix: "):
        summarize(tmp_path, PROVENANCE, allow_empty=True)


def test_files_of_the_program_are_no_profiles(profile: Path) -> None:
    for name in ("notes.out", "1.2.out", "x1.out", "1.out.old", "\u0661.out", ".out"):
        (profile / name).write_text("no profile\n")
    (profile / "results").mkdir()
    assert run(profile)[0] == 0


def test_profiles_are_read_in_the_order_of_processes(tmp_path: Path) -> None:
    write_profiles(tmp_path, [*[[END]] * 8, [MEASURED], [MEASURED]])
    with pytest.raises(CodSpeedError, match=r"Got: \S*/9\.out:\d+ and \S*/10\.out:"):
        summarize(tmp_path, PROVENANCE)


@pytest.mark.parametrize(
    "processes",
    [[[MEASURED, MEASURED]], [[counted("Client Request: a.c::f", 0)]], [[DUMP]], []],
)
def test_errors_name_command_and_log(tmp_path: Path, processes: list[list[ProfilePart]]) -> None:
    write_profiles(tmp_path, processes)
    (tmp_path / "9.out").write_text("no profile\n")
    command = ["w/_main/pkg/bench", "--filter=a b", "two\nlines\x1b[31m", "x" * 1000]
    with pytest.raises(CodSpeedError) as caught:
        summarize(tmp_path, provenance(command=command))
    message = str(caught.value)
    shown = r"; the program was: w/_main/pkg/bench '--filter=a b' 'two\nlines\x1b[31m' xxx"
    assert shown in message
    assert "xxx .... Expected: " in message
    assert len(message) < 1000
    assert message.isprintable()
    assert message.endswith("'bazel build --output_groups=log //pkg:bench'.")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        provenance_json(label=None),
        provenance_json(new=1),
        provenance_json(simulator=3),
        walltime_provenance_json(),
    ],
)
def test_other_provenance(profile: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    assert run(profile, record_text=text)[0] == 1
    assert "provenance.json" in error_of(capsys)


def test_missing_file(profile: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "--mode",
        "simulation",
        "--measured",
        str(profile),
        "--provenance",
        "nowhere.json",
        "--accounting",
        str(write_accounting(profile.parent)),
        "--output",
        "x",
    ]
    assert main(arguments) == 1
    assert "nowhere.json" in error_of(capsys)


def test_other_layouts_become_noise(profile: Path) -> None:
    plain = summarize(profile, PROVENANCE).benchmarks
    first = plain[0]
    events = {name: int(value) for name, value in first.metrics.items() if name in _EVENTS}
    layouts = [
        {first.uri: {**events, "Ir": events["Ir"] + 30}},
        {first.uri: {**events, "Ir": events["Ir"] - 12}},
        {},
    ]
    found = summarize(profile, provenance(layouts=layouts))
    noisy = found.benchmarks[0]
    assert noisy.metrics == first.metrics
    assert noisy.noise["Ir"] == 42
    assert noisy.noise.get("estimated_cycles", 42) == 42
    assert {name for name, value in noisy.noise.items() if value} <= {"Ir", "estimated_cycles"}
    assert [one.noise for one in found.benchmarks[1:]] == [{}] * (len(plain) - 1)
    assert found.provenance == [PROVENANCE]
    assert all(one.noise == {} for one in plain)


_EVENTS = ("Ir", "Dr", "Dw", "I1mr", "D1mr", "D1mw", "ILmr", "DLmr", "DLmw")
