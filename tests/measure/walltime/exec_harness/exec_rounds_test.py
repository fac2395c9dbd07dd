"""How many times a command runs, on a clock that only rounds advance (spec: walltime 7.3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.measure.walltime.exec_harness.options import ExecOptions, read_exec_options
from rules_codspeed.measure.walltime.exec_harness.rounds import Round, measure_rounds

S = 1_000_000_000
TENTH = S // 10


class Machine:
    """Runs commands that take the times given, repeating the last of them.

    Starting a process takes time as well, before the round.
    """

    def __init__(self, durations: Iterable[int], spawn: int = 0) -> None:
        self.time = 17
        self.durations = list(durations)
        self.spawn = spawn
        self.runs = 0
        self.lines: list[str] = []

    def now(self) -> int:
        return self.time

    def one_round(self) -> Round:
        start = self.time + self.spawn
        index = min(self.runs, len(self.durations) - 1)
        self.time = start + self.durations[index]
        self.runs += 1
        return Round(start, self.time)

    def measure(self, options: ExecOptions) -> list[Round]:
        return measure_rounds(options, self.one_round, self.now, self.lines.append)


def rounds(duration: int, **arguments: Any) -> tuple[int, int]:
    """Returns how many rounds count, and how many there were before."""
    machine = Machine([duration])
    counted = machine.measure(read_exec_options(arguments, "x"))
    return len(counted), machine.runs - len(counted)


def test_defaults() -> None:
    """31 rounds by the average, stopped by max_time after 30."""
    machine = Machine([TENTH])
    assert len(machine.measure(ExecOptions())) == 30
    assert machine.lines == ["10 executions before the measurement; now 31 rounds"]
    assert machine.runs == 40


def test_one_execution_takes_all_the_time() -> None:
    machine = Machine([4 * S])
    assert machine.measure(ExecOptions()) == [Round(17, 17 + 4 * S)]
    assert machine.runs == 1
    assert "it is the only round" in machine.lines[0]


@pytest.mark.parametrize(
    ("duration", "arguments", "expected"),
    [
        # The examples.
        (TENTH, {"warmup_time": 0, "max_rounds": 10}, (10, 0)),
        (TENTH, {"min_time": "1s", "max_rounds": 50}, (31, 10)),
        # With executions before: every kind of bound.
        (TENTH, {"min_rounds": 7}, (7, 10)),
        (TENTH, {"max_rounds": 7}, (7, 10)),
        (TENTH, {"min_time": "1s"}, (12, 10)),
        (TENTH, {"min_rounds": 5, "min_time": "1s"}, (12, 10)),
        (TENTH, {"min_rounds": 20, "min_time": "1s"}, (20, 10)),
        (TENTH, {"max_rounds": 5, "max_time": "1s"}, (5, 10)),
        (TENTH, {"max_rounds": 20, "max_time": "1s"}, (10, 10)),
        (TENTH, {"min_rounds": 4, "max_rounds": 9}, (6, 10)),
        (TENTH, {"min_rounds": 4, "max_time": "1s"}, (7, 10)),
        (TENTH, {"min_time": "1s", "max_time": "2s"}, (16, 10)),
        # One execution of exactly max_time is the result; one a little shorter is not.
        (S, {"max_time": "1s"}, (1, 0)),
        (S - 1, {"warmup_time": "0.5s", "max_time": "1s"}, (2, 1)),
        # max_time of both kinds of bounds counts too.
        (2 * S, {"max_time": "1s", "max_rounds": 9}, (1, 0)),
        # Two executions before: then max_time is not looked at.
        (S, {"warmup_time": "1.5s", "max_time": "1s"}, (1, 2)),
        # Without: every kind of bound.
        (TENTH, {"warmup_time": 0, "min_rounds": 6}, (6, 0)),
        (TENTH, {"warmup_time": 0, "min_rounds": 6, "max_rounds": 9}, (9, 0)),
        (TENTH, {"warmup_time": 0, "min_rounds": 6, "max_rounds": 9, "min_time": "1s"}, (9, 0)),
        (TENTH, {"warmup_time": 0, "min_rounds": 6, "max_rounds": 9, "max_time": "5s"}, (6, 0)),
        (TENTH, {"warmup_time": 0, "max_rounds": 9, "max_time": "5s"}, (9, 0)),
        (TENTH, {"warmup_time": 0, "max_rounds": 9, "max_time": "0.5s"}, (5, 0)),
        (TENTH, {"warmup_time": 0, "min_rounds": 6, "min_time": "2s"}, (6, 0)),
        (
            TENTH,
            {
                "warmup_time": 0,
                "min_rounds": 2,
                "min_time": "0.1s",
                "max_rounds": 9,
                "max_time": "5s",
            },
            (9, 0),
        ),
        (TENTH, {"warmup_time": 0, "min_time": "0.35s"}, (4, 0)),
        (TENTH, {"warmup_time": 0, "max_time": "0.35s"}, (4, 0)),
        (TENTH, {"warmup_time": 0, "min_time": "0.15s", "max_time": "0.35s"}, (2, 0)),
        (TENTH, {"warmup_time": 0}, (30, 0)),
        # There is always one.
        (TENTH, {"warmup_time": 0, "max_rounds": 0}, (1, 0)),
        (9 * S, {"warmup_time": 0, "max_time": "1s"}, (1, 0)),
    ],
)
def test_rounds(duration: int, arguments: dict[str, Any], expected: tuple[int, int]) -> None:
    assert rounds(duration, **arguments) == expected


def test_bounds_that_contradict_each_other() -> None:
    machine = Machine([TENTH])
    options = read_exec_options({"min_time": "5s", "max_rounds": 3}, "x")
    assert len(machine.measure(options)) == 3
    assert machine.lines[0] == "warning: at least 52 rounds are more than 3; 3 are run"


@pytest.mark.parametrize("warmup", ["0", "1s"])
def test_nothing_bounds_the_rounds(warmup: str) -> None:
    options = read_exec_options({"warmup_time": warmup, "max_time": 0}, "x")
    with pytest.raises(CodSpeedError) as caught:
        Machine([TENTH]).measure(options)
    text = str(caught.value)
    assert "nothing limits how many rounds a benchmark has. Got: max_time of 0" in text
    assert "Fix: set one of them in walltime_args" in text


def test_starting_a_process_is_no_part_of_a_round_and_takes_time() -> None:
    machine = Machine([TENTH], spawn=TENTH)
    counted = machine.measure(ExecOptions())
    assert {one.duration for one in counted} == {TENTH}
    assert len(counted) == 15
    assert machine.lines == ["5 executions before the measurement; now 16 rounds"]


def test_first_execution_is_slow() -> None:
    """The average of two, the first of which took nearly all the time."""
    machine = Machine([9 * TENTH, TENTH])
    assert len(machine.measure(read_exec_options({"min_time": "2s"}, "x"))) == 6


def test_failing_round_ends_it() -> None:
    def fails() -> Round:
        raise CodSpeedError("the command failed", fix=None)

    with pytest.raises(CodSpeedError, match="the command failed"):
        measure_rounds(ExecOptions(), fails, Machine([]).now, print)


def test_clock_that_does_not_advance() -> None:
    machine = Machine([0])
    options = read_exec_options({"warmup_time": 0, "max_rounds": 3}, "x")
    assert [one.duration for one in machine.measure(options)] == [0, 0, 0]


BOUND = st.none() | st.integers(0, 50)


@given(
    st.lists(st.integers(1, 10), min_size=1, max_size=20),
    st.integers(0, 30),
    *[BOUND] * 4,
)
@settings(max_examples=400)
def test_always_ends(
    durations: list[int],
    warmup: int,
    min_time: int | None,
    min_rounds: int | None,
    max_time: int | None,
    max_rounds: int | None,
) -> None:
    options = ExecOptions(warmup, min_time, min_rounds, max_time or None, max_rounds)
    machine = Machine(durations)
    if not any(bound is not None for bound in options[1:]):
        with pytest.raises(CodSpeedError):
            machine.measure(options)
        return
    counted = machine.measure(options)
    assert counted
    if max_rounds is not None:
        # Without a warm-up, a minimum of rounds goes before a maximum of time and rounds.
        assert len(counted) <= max(1, max_rounds, min_rounds or 0)
    if max_time:
        assert counted[-1].start - counted[0].start < max_time
