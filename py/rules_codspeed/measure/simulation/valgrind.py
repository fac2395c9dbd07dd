"""The command line of Valgrind, as CodSpeed's runner v5.0.2 builds it (spec: simulation 3.1).

Two arguments are not the runner's. `--vgdb=no`: the pipes of vgdb lie in the program's
temporary folder, where a listing shows their names, which hold process ids. `--trace-redir=yes`:
the log states where object files were loaded (link_map.py).
The runner's wrapper script is left out: it only carries the exit status of the
program past Valgrind, which passes the status on by itself. Here Valgrind starts the
program, so no shell is simulated.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rules_codspeed.contract.spec import Simulator

# CodSpeedHQ/codspeed@v5.0.2:src/executor/valgrind/measure.rs. Fixed, so that
# results do not depend on the host: size in bytes, associativity, line in bytes.
GEOMETRY = ("--I1=32768,8,64", "--D1=32768,8,64", "--LL=8388608,16,64")

PROFILE_NAME = re.compile(r"([0-9]+)\.out")
"""Name of the profile of one process, with its id."""

KEEPING_NOTHING = ("--callgrind-out-file=/dev/null", "--log-file=/dev/null")
"""More arguments, for a run whose numbers nobody wants."""

_FIRST_WITH_CYCLES = 4  # iteration of CodSpeed's build
_FORK_VERSION = re.compile(r".*\.codspeed(\d+)")


def arguments(
    simulator: Simulator,
    profile: str,
    object_skips: Sequence[str] = (),
    regions: Sequence[str] | None = None,
) -> tuple[str, ...]:
    """Returns Valgrind's arguments.

    Args:
      simulator: which Valgrind; only CodSpeed's build knows all arguments.
      profile: absolute path of the folder to write to, free of `%`.
      object_skips: paths of objects whose costs go to their callers (spec: simulation 5).
      regions: that name the functions between which costs are a benchmark's; None if the program
        states by client requests when to count.
    """
    ours = simulator.flavor == "codspeed"
    iteration = _FORK_VERSION.fullmatch(simulator.version)
    cycles = ours and iteration is not None and int(iteration[1]) >= _FIRST_WITH_CYCLES
    return (
        "-q",
        "--trace-children=yes",
        "--cache-sim=yes",
        *GEOMETRY,
        # Callgrind looks at functions only while it counts.
        f"--instr-atstart={'no' if regions is None else 'yes'}",
        "--collect-systime=nsec",
        "--read-inline-info=yes",
        *(("--cycle-estimation=yes",) if cycles else ()),
        "--tool=callgrind",
        "--compress-strings=no",
        "--combine-dumps=yes",
        "--vgdb=no",
        "--trace-redir=yes",
        "--dump-line=no",
        "--trace-children-skip=*esbuild,*.rustup-wrapped",
        *(f"--obj-skip={path}" for path in object_skips if ours),
        *(regions or ()),
        f"--callgrind-out-file={profile}/%p.out",
        f"--log-file={profile}/valgrind.%p.log",
    )


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
