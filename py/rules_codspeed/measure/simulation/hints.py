"""What failures of a simulated run mean, by what the simulator or a runtime library prints.

Each hint names what is at fault and the next step; `diagnosis.py` chooses one.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from rules_codspeed.contract.errors import BenchmarkError


class Hint(NamedTuple):
    """What one kind of line means.

    Attributes:
      name: of the hint, for tests.
      pattern: regular expression of what is in Valgrind's log or in the program's output; the
        lines that it is in are quoted. It is searched for in whatever the program printed, so it
        must not begin with a repetition: the time would grow with the square of a line's length.
      what: what happened, in the words that follow `…: `.
      fix: the next step.
      fix_split, fix_go: the next step for a program with split debug information, or for one that
        Go built, where it differs.
      sure: whether it explains a failure even of a program that may fail by itself.
    """

    name: str
    pattern: bytes
    what: str
    fix: str
    fix_split: str = ""
    fix_go: str = ""
    sure: bool = True


_WHOLE_DEBUG_INFO: Final = (
    "compile it without split debug information: no -gsplit-dwarf in copts, or -gno-split-dwarf "
    "after it (the mode sets --fission=no), or -gdwarf-4 with it"
)
_WALLTIME: Final = 'measure this target in mode walltime (modes = ["walltime"])'

HINTS: Final = (
    Hint(
        "debug information",
        rb"debuginfo reader: Possibly corrupted debuginfo file",
        "the simulator cannot read debug information, and gave up",
        "compile with -gdwarf-4, which all its versions read, and libraries without -gsplit-dwarf",
        fix_split=_WHOLE_DEBUG_INFO,
    ),
    Hint(
        "assertion",
        rb"(?m:^)(?:valgrind|Callgrind): [^\s:]+:\d+ \([^\n]*\): Assertion '[^\n]*' failed\.",
        "the simulator itself failed",
        f"it is a fault of Valgrind, not of the program: {_WALLTIME}, or report it to Valgrind "
        "with its whole log",
        fix_go="it is a fault of Valgrind, which the signals of Go's scheduler lead to: set env = "
        '{"GODEBUG": "asyncpreemptoff=1"}, or ' + _WALLTIME,
    ),
    Hint(
        "panic",
        rb"valgrind: the 'impossible' happened:\n[^\n]+",
        "the simulator itself failed",
        f"it is a fault of Valgrind, not of the program: {_WALLTIME}, or report it to Valgrind "
        "with its whole log",
    ),
    Hint(
        "sanitizer",
        rb"(?:ASan runtime does not come first|Shadow memory range interleaves|"
        rb"(?:Address|HWAddress|Memory|Thread|Leak)Sanitizer[^\n]*"
        rb"(?:CHECK failed|shadow memory|memory mapping|fatal error))",
        "a sanitizer does not run in the simulator",
        "build what is measured, its libraries included, without -fsanitize= "
        "(--features=-asan and the like)",
    ),
    Hint(
        "system call",
        rb"WARNING: unhandled [a-z0-9]+-linux syscall: \d+",
        "the simulator does not know a system call that the program needs",
        f"let the program do without it where the kernel answers ENOSYS, or {_WALLTIME}",
        sure=False,  # most programs go on without it
    ),
)
"""In the order in which they are looked for; the first one counts."""


def split_debug_info(what: str, program: str) -> BenchmarkError:
    """Returns the error of a profile in which the files of functions are wrong.

    Args:
      what: which run of which target.
      program: path of the program.
    """
    return BenchmarkError(
        f"{what} has split debug information, which the simulator cannot read",
        got=f"functions without their files in {program}",
        expected="debug information that the program holds itself",
        fix=_WHOLE_DEBUG_INFO,
    )


def debug_info_warning(label: str, path: str, is_go: bool) -> str:
    """Returns what is reported where Valgrind could not read all of an object file.

    Args:
      label: of the target.
      path: of the object file.
      is_go: whether Go's linker made it.
    """
    build = "Build with GOEXPERIMENT=nodwarf5" if is_go else "Compile with -gdwarf-4"
    return (
        f"{label}: the simulator could not read the debug information of {path}; names of its "
        f"functions and files may be missing. {build}, which all versions of the simulator read."
    )
