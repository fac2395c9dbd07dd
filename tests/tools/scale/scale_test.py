"""The cost model: against sums by hand, a cluster slot by slot, and docs/scale.md."""

from __future__ import annotations

import heapq
import json
from pathlib import Path
from random import Random

import pytest

from tools.scale.cost import cost
from tools.scale.main import main
from tools.scale.model import Commit, Model, day, fewest_slots, percentile, waits, ways

_DOCUMENT = Path(__file__).parents[3] / "docs/scale.md"
_MODEL = Model(benchmarks=1_000, commits=200, fan=10, shares=(1, 1, 1, 1), same=0.0, slower=3)


def test_the_document_has_these_tables(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    printed = capsys.readouterr().out
    assert len(printed.splitlines()) == 16
    assert printed in _DOCUMENT.read_text("utf-8")


def test_a_day() -> None:
    commits = day(_MODEL, Random(1))
    assert commits == day(_MODEL, Random(1))
    assert [one.time for one in commits] == sorted(one.time for one in commits)
    assert {one.count for one in commits} == {1, 10, 100, 1_000}
    assert all(one.first % one.count == 0 for one in commits)
    assert all(one.first + one.count <= 1_000 for one in commits)


def _slot_by_slot(work: list[tuple[float, int]], slots: int) -> list[float]:
    """Gives each measurement of a second to the slot that is free first."""
    free = [0.0] * slots
    found = []
    for time, count in work:
        ends = []
        for _ in range(count):
            end = max(heapq.heappop(free), time) + 1
            heapq.heappush(free, end)
            ends.append(end)
        found.append(max(ends) - time)
    return found


@pytest.mark.parametrize("slots", [1, 7, 40])
def test_waiting_is_that_of_slots(slots: int) -> None:
    """It differs by less than the second that one measurement takes."""
    work = [(one.time / 100, one.count) for one in day(_MODEL, Random(2))]
    simulated = _slot_by_slot(work, slots)
    model = waits([(time, float(count)) for time, count in work], slots)
    assert model == pytest.approx(simulated, abs=1)


def test_the_fewest_slots() -> None:
    work = [(one.time / 100, float(one.count)) for one in day(_MODEL, Random(3))]
    slots = fewest_slots(work, 60)
    assert percentile(waits(work, slots), 0.95) <= 60
    assert percentile(waits(work, slots - 1), 0.95) > 60
    assert fewest_slots([], 60) == 1


def test_ways() -> None:
    # The second commit changes again what the first one did, and something else.
    commits = [Commit(0, 0, 10), Commit(1, 0, 100), Commit(2, 990, 10)]
    everything, some, night = ways(_MODEL, commits, 5)
    assert [count for _, count in everything.by_commit] == [10, 100, 10]
    assert (everything.by_night, everything.bisected, everything.measured) == (0, 0, 120)
    assert [count for _, count in some.by_commit] == [5, 5, 5]
    assert (some.by_night, some.bisected) == (95 + 5, 3 * 2)
    assert [count for _, count in night.by_commit] == [0, 0, 0]
    assert (night.by_night, night.measured) == (110, 110 + 3 * 2)


def _spawn(mnemonic: str, seconds: float, *sizes: int, hit: bool = False) -> str:
    outputs = [{"path": "x", "digest": {"sizeBytes": str(size)}} for size in sizes]
    spawn = {"mnemonic": mnemonic, "cacheHit": hit, "actualOutputs": outputs}
    return json.dumps({**spawn, "metrics": {"executionWallTime": f"{seconds}s"}}, indent=1)


def test_the_cost_of_a_log(tmp_path: Path) -> None:
    log = tmp_path / "log.json"
    log.write_text(
        "\n".join(
            [
                _spawn("CppCompile", 100, 7),
                _spawn("CppLink", 0.5, 1_000),
                _spawn("CodSpeedSimulate", 1.0, 500, 20),
                _spawn("CodSpeedSimulate", 2.0, 700, 20),
                _spawn("CodSpeedSimulate", 90, 700, 20, hit=True),
                _spawn("CodSpeedResults", 0.1, 60),
                _spawn("CodSpeedResults", 0.3, 60),
            ]
        )
    )
    found = cost([log])
    assert found.program_s == 0.5
    assert found.measure_s == pytest.approx(1.7)
    assert found.size == (1_000 + 520 + 720 + 120) / 2
    assert found.writes == (2 + 3 + 3 + 2 + 2) / 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "nothing is measured in"),
        (_spawn("CodSpeedSimulate", 1, hit=True), "nothing is measured in"),
        ("[1]", "no object, but [1]"),
        ("{", "is no execution log. Got: JSONDecodeError: Expecting property name"),
        ('{"mnemonic": "CppLink"}', "is no execution log. Got: KeyError: 'metrics'"),
        (None, "No such file"),
    ],
)
def test_a_log_that_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None, words: str
) -> None:
    log = tmp_path / "log.json"
    if content is not None:
        log.write_text(content)
    assert main(["--log", str(log)]) == 1
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    "option", ["--benchmarks=0", "--depths=0,0", "--depths=a", "--same=2", "--same=1"]
)
def test_numbers_that_are_none(capsys: pytest.CaptureFixture[str], option: str) -> None:
    with pytest.raises(SystemExit):
        main([option])
    assert f"argument {option.partition('=')[0]}" in capsys.readouterr().err


def test_one_benchmark_and_one_commit(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--benchmarks=1", "--commits=1", "--depths=1"]) == 0
    assert "| all that changed | 1 | 0.000 % |" in capsys.readouterr().out
