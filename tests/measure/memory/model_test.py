"""Random programs against a model: what the library counts is what they did."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules_codspeed.measure.memory.channel import Mark, Timeline, Totals
from rules_codspeed.results.memtrack.fold import Fold
from tests.measure.memory.tracing import Traced, Tracer

Step = tuple[int, int, int, int]
MAIN, FIRST, SECOND, CHILD, REPLACED = range(5)
FREE, MALLOC, CALLOC, ALIGNED, REALLOC, MEMALIGN = range(6)
STEPS = st.tuples(
    st.integers(0, 4),
    st.integers(0, 15),
    st.integers(0, 5),
    st.one_of(st.integers(0, 300), st.integers(1 << 17, 1 << 20)),
)
CALLS = st.tuples(
    st.integers(0, 4), st.integers(0, 3), st.one_of(st.just(100), st.integers(0, 2000))
)


class Model:
    """What a list of steps allocates.

    Attributes:
      total: bytes.
      calls: allocations.
      live: bytes that are never freed.
      peak: bytes that are live at most, where threads take turns as they stand.
    """

    def __init__(self) -> None:
        self.total = self.calls = self.live = self.peak = 0
        self._ended = 0

    def run(self, steps: list[Step], place: int, inherited: dict[int, int]) -> dict[int, int]:
        """Runs the steps of one place; returns the size of each of its blocks by slot."""
        blocks = dict(inherited)
        for at, slot, kind, size in steps:
            if at == place:
                self._step(blocks, slot, kind, size)
        return blocks

    def _step(self, blocks: dict[int, int], slot: int, kind: int, size: int) -> None:
        if kind == REALLOC and size == 0 and slot in blocks:
            self.live -= blocks.pop(slot)
            return
        # A free comes before what follows it; a realloc has one step.
        self.live -= blocks.pop(slot, 0)
        if kind == FREE:
            return
        blocks[slot] = size * 3 if kind == CALLOC else size
        self.live += blocks[slot]
        self.total += blocks[slot]
        self.calls += 1
        self.peak = max(self.peak, self.live - self._ended)

    def end(self) -> None:
        """Ends the program of the process: what it leaves is never freed, and no longer there."""
        self._ended = self.live


def model(steps: list[Step]) -> Model:
    """Runs what replay.c does."""
    found = Model()
    for place in (MAIN, FIRST, SECOND):
        found.run(steps, place, {})
    # The child has other blocks than its parent.
    found.run(steps, CHILD, {})
    return found


@pytest.fixture(scope="module")
def replay(compile_program: Callable[..., Path]) -> Path:
    return compile_program("replay")


def _run(tracer: Tracer, replay: Path, folder: Path, steps: list[Step]) -> Traced:
    file = folder / "steps"
    file.write_text("".join(f"{' '.join(map(str, step))}\n" for step in steps))
    traced = tracer.run(replay, file, capacity=256)
    assert traced.status == 0
    return traced


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEPS, max_size=120))
def test_random_programs(tracer: Tracer, replay: Path, tmp_path: Path, steps: list[Step]) -> None:
    # libc allocates for threads.
    empty = _run(tracer, replay, tmp_path, []).totals
    traced = _run(tracer, replay, tmp_path, steps)
    one_at_a_time = model(steps)
    again = Model()
    again.run(steps, REPLACED, {})
    assert traced.totals.total == one_at_a_time.total + again.total + empty.total
    assert traced.totals.calls == one_at_a_time.calls + again.calls + empty.calls
    assert traced.totals.live == one_at_a_time.live + again.live + empty.live
    _check_artifact(traced)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEPS, max_size=120))
def test_peak_of_one_thread(
    tracer: Tracer, replay: Path, tmp_path: Path, steps: list[Step]
) -> None:
    alone = [(MAIN, *step[1:]) for step in steps]
    empty = _run(tracer, replay, tmp_path, []).totals
    traced = _run(tracer, replay, tmp_path, alone)
    expected = model(alone)
    # Threads begin when all is done, and add to what is live then.
    assert traced.totals.peak == max(expected.peak, expected.live + empty.peak)
    assert traced.totals.total == expected.total + empty.total


class WindowModel:
    """What windows count of the steps between their marks."""

    def __init__(self) -> None:
        self.peak = self.total = self.calls = self.largest = self.live = 0
        self.lives: list[int] = []  # after each call in a window
        self._is_open = False
        # By slot, whether it counts and its size.
        self._blocks: dict[int, tuple[bool, int]] = {}

    def take(self, step: Mark | tuple[int, int, int]) -> None:
        """Runs one step or mark."""
        if isinstance(step, Mark):
            self._is_open = step is Mark.START
            return
        kind, slot, size = step
        was_there = slot in self._blocks
        counts, freed = self._blocks.pop(slot, (False, 0))
        self.live -= freed if counts else 0
        if was_there and self._is_open and (kind != REALLOC or size == 0):
            self.lives.append(self.live)
        if kind == FREE or (kind == REALLOC and size == 0 and was_there):
            return
        size = size * 3 if kind == CALLOC else size
        self._blocks[slot] = (self._is_open, size)
        if self._is_open:
            self.live += size
            self.total += size
            self.calls += 1
            self.peak = max(self.peak, self.live)
            self.largest = max(self.largest, size)
            self.lives.append(self.live)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(windows=st.lists(st.lists(CALLS, max_size=12), min_size=1, max_size=8))
def test_windows_of_one_name(
    tracer: Tracer, compile_program: Callable[..., Path], windows: list[list[tuple[int, int, int]]]
) -> None:
    # Every other list is outside of a window; few slots and sizes, so that addresses come again.
    steps: list[Mark | tuple[int, int, int]] = []
    for number, calls in enumerate(windows):
        steps += [Mark.STOP if number % 2 else Mark.START, *calls]
    steps += [] if len(windows) % 2 == 0 else [Mark.STOP]
    expected = WindowModel()
    for step in steps:
        expected.take(step)
    found, timeline = tracer.steps(compile_program("steps"), steps)
    assert found == Totals(*(getattr(expected, name) for name in Totals._fields))
    assert timeline == Timeline(1, expected.lives)


def test_steps_of_a_timeline_become_longer(
    tracer: Tracer, compile_program: Callable[..., Path]
) -> None:
    # A number of calls that leaves the last step incomplete.
    calls = [(MALLOC if at % 3 else FREE, at % 5, at * 7919 % 3000) for at in range(701)]
    expected = WindowModel()
    steps: list[Mark | tuple[int, int, int]] = [Mark.START, *calls, Mark.STOP]
    for step in steps:
        expected.take(step)
    _, found = tracer.steps(compile_program("steps"), steps)
    lives = expected.lives
    assert 512 < len(lives) <= 1024
    assert len(lives) % 4
    assert found.step == 4
    assert found.live == [max(lives[at : at + 4]) for at in range(0, len(lives), 4)]


def _check_artifact(traced: Traced) -> None:
    """The artifact, read by the rules of the specification, gives the same numbers."""
    fold = Fold()
    for event in traced.events():
        fold.take(event)
    assert (fold.memory.total, fold.memory.calls) == (traced.totals.total, traced.totals.calls)
    # It has no ends of processes: what they left stays there.
    assert fold.memory.peak >= traced.totals.peak
