"""The one error that a person reads, and its one renderer.

The measuring drivers import it: nothing beyond the standard library, and little of that.
"""

from __future__ import annotations

import errno
import os
import shlex
import sys
from collections.abc import Callable, Sequence

from rules_codspeed.contract.escaping import printable, printable_lines
from rules_codspeed.contract.printing import print_message

PROGRAM = "rules_codspeed"
FAILED = 1
"""Exit status of a command that could not do its work."""
BROKEN_PIPE = 141
"""Exit status that a shell reports for a program that dies of SIGPIPE."""
INTERRUPTED = 130
"""Exit status that a shell reports for a program that Ctrl-C ends."""

_NEXT_STEPS = {
    errno.ENOENT: "name a file or folder that exists",
    errno.ENOTDIR: "name a path whose parents are folders",
    errno.EISDIR: "name a file, not a folder",
    errno.ELOOP: "name a path without links that lead to each other",
    errno.ENAMETOOLONG: "use a shorter name",
    errno.ENOSPC: "free space on that file system, and start it again",
    errno.EDQUOT: "free space of your quota on that file system, and start it again",
    errno.EROFS: "choose a place on a file system that can be written",
    errno.EFBIG: "raise the limit of the size of files (ulimit -f), and start it again",
    errno.EMFILE: "raise the limit of open files (ulimit -n), and start it again",
    errno.ENFILE: "close programs that hold many files open, and start it again",
}
"""What to do about errors of the operating system that have a cause of their own."""

_LAST_LINES = 20
_LINE_LENGTH = 300  # characters


class CodSpeedError(Exception):
    """Something cannot be done, and a person can act on it.

    A subclass exists only where some code catches it to act differently; its docstring says which.

    Attributes:
      what: what is wrong, and what it is about.
      got: what was found, and where; may be empty.
      expected: what would have been right; may be empty.
      fix: the next step; empty where `what` ends with it, in the words of CodSpeed's own runner.
      below: lines that stand below the sentences, such as the last that a program printed.
    """

    def __init__(
        self,
        what: str,
        *,
        got: object = "",
        expected: object = "",
        fix: object | None,
        below: Sequence[str] = (),
    ) -> None:
        super().__init__(what)
        self.what = what
        self.got = str(got)
        self.expected = str(expected)
        self.fix = "" if fix is None else str(fix)
        self.below = tuple(below)

    def __str__(self) -> str:
        """Returns `What. Got: …. Expected: …. Fix: ….`, and the lines below.

        Only `what` may have lines: elsewhere a newline is part of something from outside.
        """
        below = [printable(line) for line in self.below]
        if not self.fix:
            return "\n".join([self.what, *below])
        fix = f"Fix: {printable(self.fix)}."
        if "\n" in self.what:
            return "\n".join([self.what, *below, fix])
        sentences = [self.what if self.what.endswith(("?", ".")) else f"{self.what}."]
        sentences += [f"Got: {printable(self.got)}."] if self.got else []
        sentences += [f"Expected: {printable(self.expected)}."] if self.expected else []
        if below and len(sentences) == 1:
            # What a program printed says what was found: the next step comes after it.
            return "\n".join([*sentences, *below, f"  {fix}"])
        return "\n".join([" ".join([*sentences, fix]), *below])

    def about(self, subject: str) -> CodSpeedError:
        """Returns the error with a subject put in front: what it is about, such as a label."""
        return self._like(f"{subject}: {self.what}", self.below)

    def with_lines(self, *lines: str) -> CodSpeedError:
        """Returns the error with more lines below."""
        return self._like(self.what, (*self.below, *lines))

    def _like(self, what: str, below: Sequence[str]) -> CodSpeedError:
        """Returns the same error with another subject and other lines."""
        return CodSpeedError(
            what, got=self.got, expected=self.expected, fix=self.fix or None, below=below
        )


class BenchmarkError(CodSpeedError):
    """A benchmark is at fault, on whatever machine it is measured.

    `measure/frameworks/account.py` and `results/summarize.py` catch it and record it: it must not
    hide the numbers of other benchmarks. Any other error fails the action, which is not cached.
    """

    def _like(self, what: str, below: Sequence[str]) -> CodSpeedError:
        return BenchmarkError(
            what, got=self.got, expected=self.expected, fix=self.fix or None, below=below
        )


def of_benchmark(error: CodSpeedError) -> BenchmarkError:
    """Returns an error whose cause is what a benchmark wrote."""
    return BenchmarkError(
        error.what,
        got=error.got,
        expected=error.expected,
        fix=error.fix or None,
        below=error.below,
    )


def of_machine(error: BenchmarkError) -> CodSpeedError:
    """Returns an error that another machine, or this one later, may not have."""
    return CodSpeedError(
        error.what,
        got=error.got,
        expected=error.expected,
        fix=error.fix or None,
        below=error.below,
    )


def _of_system(error: OSError) -> CodSpeedError:
    """Returns what the operating system refuses, with what a person can do about it."""
    file = error.filename
    about = os.fsdecode(file) if isinstance(file, (str, bytes)) else "the operating system refuses"
    return CodSpeedError(
        printable(f"{about}: {error.strerror or error}"),
        fix=_NEXT_STEPS.get(
            error.errno or 0, "make sure that this user may read and write it, and start it again"
        ),
    )


def error_text(error: CodSpeedError | OSError, program: str = PROGRAM) -> str:
    """Returns what is printed of an error: the name of the program first, fit for a terminal."""
    if isinstance(error, OSError):
        error = _of_system(error)
    return printable_lines(f"{program}: {error}")


def report(error: CodSpeedError | OSError, program: str = PROGRAM) -> int:
    """Prints an error to standard error; returns the exit status."""
    print_message(error_text(error, program))
    return FAILED


def run_entry(work: Callable[[], int | None], program: str = PROGRAM) -> int:
    """Does the work of an entry; returns its exit status, and prints what a person can act on.

    Args:
      work: returns the exit status; None is success.
      program: the name that errors begin with.
    """
    try:
        status = work() or 0
        # What is buffered fails here, not at exit, if it cannot be written.
        if sys.stdout:
            sys.stdout.flush()
        return status
    except BrokenPipeError:
        # The reader has enough.
        _discard_output()
        return BROKEN_PIPE
    except CodSpeedError as error:
        return report(error, program)
    except OSError as error:
        # For example, standard output may be on a full disk.
        _discard_output()
        return report(error, program)
    except MemoryError:
        return report(
            CodSpeedError(
                "there is not enough memory", fix="start it where more is free, or on less at once"
            ),
            program,
        )
    except KeyboardInterrupt:
        return INTERRUPTED


def _discard_output() -> None:
    """Drops what cannot be written: Python flushes once more at exit, and would fail again."""
    try:
        if sys.stdout:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def run_failure(
    what: str, command: Sequence[str], logs: Sequence[tuple[str, bytes]], fix: str
) -> BenchmarkError:
    """Returns the error of a run that went wrong.

    Args:
      what: what happened, starting with the label.
      command: the command line of the benchmark.
      logs: name and content of what was printed; the last lines are shown.
      fix: the next step.
    """
    return BenchmarkError(printable(what), fix=fix, below=_of_run(command, logs))


def with_run(
    error: CodSpeedError, command: Sequence[str], end: str, logs: Sequence[tuple[str, bytes]]
) -> CodSpeedError:
    """Adds to an error what a person needs to know of the run that it is about."""
    return error.with_lines(f"  the program {end}", *_of_run(command, logs))


def _of_run(command: Sequence[str], logs: Sequence[tuple[str, bytes]]) -> list[str]:
    lines = [f"  command: {shlex.join(command)}"]
    for name, content in logs:
        shown = last_lines(content)
        if shown:
            lines += [f"  last lines of {name}:", *(f"    | {line}" for line in shown)]
    return lines


def last_lines(content: bytes) -> list[str]:
    """Returns the last lines of any bytes, fit for a terminal and bounded in length."""
    tail = content[-_LAST_LINES * _LINE_LENGTH * 4 :].decode("utf-8", "backslashreplace")
    lines = [line.rstrip() for line in tail.split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return [_bounded(line) for line in lines[-_LAST_LINES:]]


def _bounded(line: str) -> str:
    text = printable(line[:_LINE_LENGTH].replace("\t", " "))
    return text if len(line) <= _LINE_LENGTH else text + " ..."
