"""The command line of Valgrind: as CodSpeed's runner builds it, and what is ours in it.

Ours (docs/fidelity.md): `--vgdb=no`, as the pipes of vgdb lie in the program's temporary folder,
where a listing shows their names, which hold process ids; `--trace-redir=yes`, by which the log
states where object files were loaded (link_map.py); a log for each process in every version; and
`--instr-atstart=yes` where functions, not requests of the program, begin and end a benchmark; and
`--collect-atstart=no` where a program counts on one of its threads.
The runner's wrapper script is left out: it only carries the exit status of the
program past Valgrind, which passes the status on by itself. Here Valgrind starts the
program, so no shell is simulated.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rules_codspeed.contract.runner_versions import Runner
from rules_codspeed.contract.spec import Simulator

# Fixed, so that results do not depend on the host: size in bytes, associativity, line in bytes.
GEOMETRY = ("--I1=32768,8,64", "--D1=32768,8,64", "--LL=8388608,16,64")

PROFILE_NAME = re.compile(r"([0-9]+)\.out")
"""Name of the profile of one process, with its id."""

KEEPING_NOTHING = ("--callgrind-out-file=/dev/null", "--log-file=/dev/null")
"""More arguments, for a run whose numbers nobody wants."""

_START = "--instr-atstart=no"
_INHERIT = "--instr-atstart=inherit"
# Iterations of CodSpeed's build.
_FIRST_WITH_CYCLES = 4
_FIRST_THAT_INHERITS = 7
_FORK_VERSION = re.compile(r".*\.codspeed(\d+)")


def arguments(
    runner: Runner,
    simulator: Simulator,
    profile: str,
    object_skips: Sequence[str] = (),
    regions: Sequence[str] | None = None,
    *,
    track: bool = False,
    one_thread: bool = False,
) -> tuple[str, ...]:
    """Returns Valgrind's arguments.

    Args:
      runner: version of CodSpeed's runner to follow.
      simulator: which Valgrind; only CodSpeed's build knows all arguments.
      profile: absolute path of the folder to write to, free of `%`.
      object_skips: paths of objects whose costs go to their callers (spec: simulation 5).
      regions: that name the functions between which costs are a benchmark's; None if the program
        states by client requests when to count.
      track: whether started processes are counted, as far as Valgrind can hand that on.
      one_thread: whether only threads are counted that ask for it.
    """
    track = track and hands_on(simulator)
    official = official_arguments(runner, profile, object_skips, track=track)
    unknown = _unknown_to(simulator)
    known = [one for one in official if not (unknown and one.startswith(unknown))]
    if regions is not None:
        # Callgrind looks at functions only while it counts.
        known[known.index(_START)] = "--instr-atstart=yes"
    *known, out, _ = known
    own = ("--vgdb=no", "--trace-redir=yes", *(regions or ()))
    if one_thread:
        own = (*own, "--collect-atstart=no")
    return (*known, *own, out, f"--log-file={profile}/valgrind.%p.log")


def official_arguments(
    runner: Runner, profile: str, object_skips: Sequence[str] = (), *, track: bool = False
) -> tuple[str, ...]:
    """Returns the arguments that a version of CodSpeed's runner passes, in its order.

    Args:
      runner: the version (spec: simulation 3.1).
      profile: path of the profile folder.
      object_skips: paths of objects whose costs go to their callers.
      track: whether it is to count started processes.
    """
    start = _INHERIT if track else _START
    tool = ["--tool=callgrind"]
    output = ["--compress-strings=no", "--combine-dumps=yes", "--dump-line=no"]
    cycles = ["--cycle-estimation=yes"] if runner.cycle_estimation else []
    caches = ["--trace-children=yes", "--cache-sim=yes", *GEOMETRY]
    times, inlined = "--collect-systime=nsec", "--read-inline-info=yes"
    if runner.tool_first:
        counted = ["-q", *tool, *caches, start, times, *output, inlined]
    elif runner.separate_threads:
        counted = ["-q", *caches, times, inlined, start]
        counted += [f"--separate-threads={'yes' if track else 'no'}"]
        counted += [*cycles, *tool, *output]
    else:
        counted = ["-q", *caches, start, times, inlined, *cycles, *tool, *output]
    log = "valgrind.%p.log" if runner.log_by_process else "valgrind.log"
    return (
        *counted,
        f"--trace-children-skip={runner.native_children}",
        *(f"--obj-skip={path}" for path in object_skips),
        f"--callgrind-out-file={profile}/%p.out",
        f"--log-file={profile}/{log}",
    )


def _unknown_to(simulator: Simulator) -> tuple[str, ...]:
    """Returns how the arguments begin that a Valgrind refuses."""
    if simulator.flavor != "codspeed":
        return ("--cycle-estimation=", "--obj-skip=")
    return () if _iteration(simulator) >= _FIRST_WITH_CYCLES else ("--cycle-estimation=",)


def hands_on(simulator: Simulator) -> bool:
    """Returns whether a started process counts from its start where its parent counts."""
    return _iteration(simulator) >= _FIRST_THAT_INHERITS


def _iteration(simulator: Simulator) -> int:
    """Returns which of CodSpeed's builds it is; 0 for any other."""
    found = _FORK_VERSION.fullmatch(simulator.version)
    return int(found[1]) if found and simulator.flavor == "codspeed" else 0


def tool(simulator: Simulator, platform: str) -> str:
    """Returns the path of the tool, which simulates programs of a platform, in the package."""
    names = {"linux_x86_64": "amd64-linux", "linux_aarch64": "arm64-linux"}
    return f"{simulator.lib}/callgrind-{names[platform]}"


def needed_files(simulator: Simulator, files: dict[str, str]) -> dict[str, str]:
    """Returns those files of the package that a run needs: launcher, tool, suppressions."""
    prefixes = (f"{simulator.lib}/callgrind-", f"{simulator.lib}/vgpreload_core")
    return {
        path: source
        for path, source in files.items()
        if path == simulator.launcher
        or path.startswith(prefixes)
        or (path.startswith(simulator.lib + "/") and path.endswith(".supp"))
    }
