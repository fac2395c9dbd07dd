"""Which costs are those of a benchmark of Go: the time that its own timer counts.

The timer starts with a look at the clock, `time.Now`, after all that Go does before; it stops where
`StopTimer` starts. Callgrind writes a part at each of these, so what prepares a benchmark, and what
it does while its timer is stopped, is in parts that are left out. Source: src/testing/benchmark.go.

Callgrind takes a change of Go's stacks for a return, and may see a function start twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rules_codspeed.contract.errors import BenchmarkError

RUNS = 2
"""How often a benchmark is run; the last is its number."""

_METHODS = "--dump-before=testing.(*B)."
_RESET = f"{_METHODS}ResetTimer"
_START = f"{_METHODS}StartTimer"
_STOP = f"{_METHODS}StopTimer"
# What runN defers, by names of the compiler.
_END = f"{_METHODS}runN."
_CLOCK = "--dump-before=time.Now"
_MAIN = 1  # runs all benchmarks


class GoRegions:
    """The last run of the one benchmark of a process.

    Attributes:
      parents: by the URI of a benchmark, how many others it is in.
    """

    integration = "go"
    # Goroutines have stacks of their own: whose calls Callgrind believes to be open is chance.
    keeps_callers = False
    # In this order: of patterns that are the same up to an asterisk Callgrind may miss the first.
    arguments = (f"{_END}*", f"{_METHODS}*Timer", _CLOCK)

    def __init__(self) -> None:
        """Starts without benchmarks."""
        self.parents: dict[str, int] = {}

    def chosen(self, triggers: Sequence[str], uris: Sequence[str]) -> list[tuple[str, list[int]]]:
        """Returns the parts of the one benchmark that the run was to run.

        Raises:
          CodSpeedError: more was run than that.
        """
        ends = _ends(triggers)
        for uri in uris:
            # A parent ends after what it runs.
            expected = RUNS + self.parents.get(uri, 0) + _MAIN
            if len(ends) > expected:
                raise BenchmarkError(
                    f"{uri} cannot be found in the profile",
                    got=f"{len(ends)} functions that Go ran as benchmarks",
                    expected=f"{expected}: this one {RUNS} times, and those that it is in",
                    fix="give it a name that does not start with another's and a slash, or measure "
                    "it in mode walltime",
                )
            if len(ends) == expected:
                parts = _timed(list(enumerate(triggers))[ends[RUNS - 2] : ends[RUNS - 1]])
                return [(uri, parts)] if parts else []
        return []


def _ends(triggers: Sequence[str]) -> list[int]:
    """Returns where functions that Go ran as benchmarks ended: the first of what ends each."""
    return [
        index
        for index, trigger in enumerate(triggers)
        if trigger.startswith(_END) and not triggers[index - 1].startswith(_END)
    ]


def _timed(triggers: Iterable[tuple[int, str]]) -> list[int]:
    """Returns the indices of those parts in which the timer runs, since it was last reset."""
    parts: list[int] = []
    runs = starts = False
    for index, trigger in triggers:
        if runs:
            parts.append(index)
        if trigger == _RESET:
            # One that runs looks at the clock again.
            parts, runs, starts = [], False, starts or runs
        elif trigger == _START:
            starts = starts or not runs
        elif trigger == _CLOCK:
            runs, starts = runs or starts, False
        elif trigger == _STOP:
            runs = starts = False
    return parts
