"""Processes whose calls cannot be seen: each is an error, never a number that is too small."""

from __future__ import annotations

import os
from collections.abc import Iterable

from rules_codspeed.contract.errors import BenchmarkError
from rules_codspeed.measure.frameworks.counting import COUNT_BY_ITSELF
from rules_codspeed.measure.memory.channel import MOST_NOTES, Channel, Note
from rules_codspeed.measure.memory.marks import Span

# By `enum reason` of rules/memory/channel.h: what is wrong, what is expected, and the next step.
_STATIC = 1
_BARE = 2
_PRIVILEGED = 3
_ALLOCATOR = 4
_OPERATORS = 5
_GO = 6
_JAVA = 7
_REASONS = {
    _STATIC: (
        "is linked statically, or for another processor",
        "dynamically linked programs, into which the library that measures them is preloaded, or "
        "ones that count by themselves",
        f"{COUNT_BY_ITSELF}; or start it outside of what is measured",
    ),
    _BARE: (
        "was started without the variables that measure it",
        "programs that inherit LD_PRELOAD and CODSPEED_MEMORY_CHANNEL",
        "let the program pass its environment on (no `env -i`), or start it outside of what is "
        "measured",
    ),
    _PRIVILEGED: (
        "changes the user or group, so that nothing is preloaded",
        "programs without the setuid and setgid bits",
        "start it outside of what is measured",
    ),
    _ALLOCATOR: (
        "has an allocator of its own linked into it",
        "programs that use the malloc of a shared library: calls of another one cannot be seen",
        "link the allocator dynamically, measure with the system's, or link all of the program "
        'statically (-static) with malloc = "@rules_codspeed//rules/memory:wrap"',
    ),
    _OPERATORS: (
        "has an allocator with C++ operators of its own linked into it",
        "operators new and delete that are counted, too",
        'let its cc_binary have malloc = "@rules_codspeed//rules/memory:wrap_operators"',
    ),
    _GO: (
        "is written in Go: not measured, its runtime has an allocator of its own",
        "programs that take their memory from malloc",
        "have Go report bytes and allocations itself (go test -bench . -benchmem), or start it "
        "outside of what is measured",
    ),
    _JAVA: (
        "runs Java: not measured, the heap of its virtual machine is not taken from malloc",
        "programs that take their memory from malloc",
        "have Java report allocated bytes itself (JMH's -prof gc), or start it outside of what is "
        "measured",
    ),
}


class Coverage:
    """Whether all processes that run in a window are measured."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._before = 0

    def window_opens(self) -> None:
        """Checks the processes that run now.

        Raises:
          CodSpeedError: one of them is not measured, or there were too many to know.
        """
        # By the number of notes: one that is still being written is none that can be read.
        self._before = self._channel.noted()
        if self._before > MOST_NOTES:
            raise _too_many(self._before)
        for note in self._channel.notes():
            if _runs(note.process):
                raise _uncovered(note)

    def check_spans(self, spans: Iterable[Span]) -> None:
        """Checks the processes that ran in windows which a program opened itself.

        Raises:
          CodSpeedError: one of them was not measured, or there were too many to know.
        """
        notes = self._channel.notes()
        for span in spans:
            first = span.running - 1 if span.running else span.before
            if max(span.after, span.before) > MOST_NOTES:
                raise _too_many(span.after)
            for note in notes[first : max(span.after, span.running)]:
                raise _uncovered(note)

    def window_closes(self) -> None:
        """Checks the processes that were started since the window was opened.

        Raises:
          CodSpeedError: one of them was not measured.
        """
        noted = self._channel.noted()
        for note in self._channel.notes(self._before):
            raise _uncovered(note)
        if noted > MOST_NOTES:
            raise _too_many(noted)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _too_many(number: int) -> BenchmarkError:
    return BenchmarkError(
        "too many programs that cannot be measured were started",
        got=f"{number:,} programs, in windows or outside of them",
        expected=f"at most {MOST_NOTES} of them, all outside of what is measured",
        fix="start fewer such programs (statically linked, without LD_PRELOAD, setuid, or with an "
        "allocator of their own), or split the benchmark into several targets",
    )


def _uncovered(note: Note) -> BenchmarkError:
    what, expected, fix = _REASONS[note.reason]
    detail = f" ({note.detail})" if note.detail else ""
    return BenchmarkError(
        f"a program whose memory is measured {what}",
        got=f"{note.program}{detail}",
        expected=expected,
        fix=fix,
    )
