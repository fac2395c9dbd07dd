"""The description of a benchmark, as the rules write it (SPEC.json, schema 1)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, NamedTuple

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.fields import among, parse_record
from rules_codspeed.contract.modes import MODES
from rules_codspeed.contract.strict_json import DocumentError
from rules_codspeed.contract.values import shown

Clock = Literal["machine", "logical"]
"""What time a simulated program sees: the machine's, or one that its own calls move."""

PLATFORMS = ("linux_x86_64", "linux_aarch64")
FLAVORS = ("codspeed", "stock")
UNWINDING = ("", "fp", "dwarf")
PROFILERS = ("perf", "none")
STACKS = ("none", "sampled", "full")
COMPATIBILITY = ("none", "codspeed")
INSTRUMENTS = ("mongodb", "postgres")
PYTHON_FRAMEWORKS = ("pytest", "pytest_benchmark")
WALLTIME_ARGS = ("warmup_time", "max_time", "min_time", "max_rounds", "min_rounds")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")
"""Name of a secret: the path of the socket that offers it must fit into 107 bytes."""
_FRAMEWORK = re.compile(r"[a-z][a-z0-9_]{0,63}")
_VERSION = re.compile(r"[0-9]{1,6}\.[0-9]{1,6}\.[0-9]{1,6}")


class Simulator(NamedTuple):
    """A Valgrind package.

    Attributes:
      name: `valgrind`.
      flavor: `codspeed` (CodSpeed's build) or `stock`.
      version: as `valgrind --version` prints it, without `valgrind-`.
      sha256: of the package.
      launcher: path of the launcher in the package.
      lib: folder of the tools in the package.
    """

    name: str
    flavor: str
    version: str
    sha256: str
    launcher: str
    lib: str


class Perf(NamedTuple):
    """The perf of the measuring machine.

    Attributes:
      path: absolute path; empty to search as CodSpeed's runner does (spec: walltime 3).
      minimum_version: an older one records no profile; empty if any will do.
    """

    path: str
    minimum_version: str


class PythonProgram(NamedTuple):
    """How pytest is run.

    Attributes:
      interpreter: stage path, or absolute path of an interpreter of the machine.
      imports: stage paths of the folders that targets add to the import path.
      added: the same, of our pytest-codspeed: searched last, for programs that have none.
      tests: stage paths of the files that hold benchmarks.
    """

    interpreter: str
    imports: list[str]
    added: list[str]
    tests: list[str]


class Instrument(NamedTuple):
    """What is observed beside time.

    Attributes:
      name: one of `INSTRUMENTS`.
      variable: of the environment; its value says where the server is, and is a secret. Empty where
        a program names its MongoDB itself.
    """

    name: str
    variable: str


class Spec(NamedTuple):
    """One benchmark target.

    Attributes:
      label: Bazel label of the target.
      mode: one of `MODES`.
      framework: name of a module of `measure.frameworks`.
      main_repository: stage path of the main repository.
      executable: stage path of the program.
      args: its arguments; paths of files are marked, see `StagePaths.expand`.
      env: variables of the target; likewise.
      host_key: what the measuring machines have in common, or empty.
      machine_key: what the machine of Bazel adds to programs, where there is no host_key; only
        for the cache key of the action.
      isolate: whether each benchmark runs in a process of its own.
      list_args: arguments that make the program list its benchmarks.
      filter_args: arguments that choose one; `{name}` and `{regex}` are replaced.
      timeout_s: seconds that all runs of a measurement may take together.
      allow_empty: whether measuring nothing is fine.
      allow_aslr: whether to go on when the kernel keeps address randomisation on.
      fixed_kernel: whether calls that ask about the machine get fixed answers.
      clock: simulation: the clock that the program sees.
      layouts: simulation: how many more times the program runs with its memory laid out otherwise.
      memory_stacks: memory: one of `STACKS`: which allocations have a call stack; empty in others.
      preload: stage path of the library that measures a whole program, or empty.
      python: for `PYTHON_FRAMEWORKS`.
      root: simulation and memory: name of the pinned root that stands for the machine's libraries;
        empty if the machine's are used.
      rules_version: version of rules_codspeed.
      platform: one of `PLATFORMS`; empty in a smoke test.
      simulator: None in a smoke test and in walltime.
      processes: walltime: how many times the program runs.
      walltime_args: walltime: options of pytest and exec, with names among `WALLTIME_ARGS`.
      runner_version: CodSpeed's runner to behave like, such as `5.0.2`; empty for the default.
      unwinding: walltime: how perf finds call chains; empty to choose as the runner does.
      profiler: walltime: one of `PROFILERS`.
      perf: walltime: None if no toolchain has one; it is searched for all the same.
      remeasure: anything; another value measures again.
      verify: simulation: how many times it is measured, each time under other conditions; 1 to
        measure it once. All must give the same bytes.
      compatibility: one of `COMPATIBILITY`: `codspeed` to do as CodSpeed's runner where we differ
        by choice.
      track_subprocess: simulation: whether what a benchmark starts is counted to it.
      instruments: walltime: what is observed beside time, each at most once.
    """

    schema: Literal[1]
    label: str
    mode: str
    framework: str
    main_repository: str
    executable: str
    args: list[str]
    env: dict[str, str]
    host_key: str
    machine_key: str
    isolate: bool
    list_args: list[str]
    filter_args: list[str]
    timeout_s: int
    allow_empty: bool
    allow_aslr: bool
    fixed_kernel: bool
    clock: Clock
    layouts: int
    memory_stacks: str
    preload: str
    python: PythonProgram | None
    root: str
    rules_version: str
    platform: str
    simulator: Simulator | None
    processes: int
    walltime_args: dict[str, str]
    runner_version: str
    unwinding: str
    profiler: str
    perf: Perf | None
    remeasure: str
    verify: int
    compatibility: str
    track_subprocess: bool
    instruments: list[Instrument]

    @property
    def as_codspeed(self) -> bool:
        """Whether to do as CodSpeed's runner where we differ by choice (docs/fidelity.md)."""
        return self.compatibility == "codspeed"

    def with_paths(self, expand: Callable[[str], str]) -> Spec:
        """Returns it with the paths of files put into arguments and variables."""
        return self._replace(
            args=[expand(argument) for argument in self.args],
            env={name: expand(value) for name, value in self.env.items()},
        )


def parse_spec(text: str, name: str) -> Spec:
    """Reads SPEC.json.

    Args:
      text: the document.
      name: what to call it in errors.

    Raises:
      CodSpeedError: it is not JSON, or a field is missing, unknown or of the wrong type or value.
    """
    try:
        spec = parse_record(Spec, text)
        _check_values(spec)
    except DocumentError as error:
        raise CodSpeedError(
            f"the description of the benchmark, {name}, cannot be used",
            got=error,
            expected="what the rules of the same version write",
            fix="build the benchmark again; if that does not help, report a bug of rules_codspeed",
        ) from error
    return spec


def _check_values(spec: Spec) -> None:
    """Raises DocumentError for a value that its field cannot have."""
    among("mode", spec.mode, MODES)
    if not _FRAMEWORK.fullmatch(spec.framework):
        raise DocumentError(f"field framework is {shown(spec.framework)}, not such as hooks")
    among("platform", spec.platform, (*PLATFORMS, ""))
    among("compatibility", spec.compatibility, COMPATIBILITY)
    if spec.as_codspeed and spec.verify > 1:
        raise DocumentError("field verify is of no use to compatibility codspeed")
    if spec.simulator:
        among("simulator.flavor", spec.simulator.flavor, FLAVORS)
    among("memory_stacks", spec.memory_stacks, (*STACKS, ""))
    if spec.layouts < 0:
        raise DocumentError(f"field layouts is {spec.layouts}, negative")
    for name, number in (("timeout_s", spec.timeout_s), ("verify", spec.verify)):
        if number <= 0:
            raise DocumentError(f"field {name} is {number}, not positive")
    if (spec.framework in PYTHON_FRAMEWORKS) != (spec.python is not None):
        names = " and ".join(PYTHON_FRAMEWORKS)
        raise DocumentError(f"field python belongs to frameworks {names}, and to no other")
    for name in spec.env:
        if not name or "=" in name:
            raise DocumentError(f"field env has a variable named {shown(name)}")
    _check_walltime(spec)


def _check_walltime(spec: Spec) -> None:
    among("unwinding", spec.unwinding, UNWINDING)
    among("profiler", spec.profiler, PROFILERS)
    if spec.processes < 1:
        raise DocumentError(f"field processes is {spec.processes}, not positive")
    for name in spec.walltime_args:
        among("walltime_args, a name,", name, WALLTIME_ARGS)
    _check_instruments(spec)
    if spec.mode != "walltime":
        return
    if spec.runner_version and not _VERSION.fullmatch(spec.runner_version):
        raise DocumentError(
            f"field runner_version is {shown(spec.runner_version)}, not such as 5.0.2"
        )
    if spec.simulator or spec.isolate:
        raise DocumentError("fields simulator and isolate belong to mode simulation")


def _check_instruments(spec: Spec) -> None:
    names = [one.name for one in spec.instruments]
    for one in spec.instruments:
        among("instruments, a name,", one.name, INSTRUMENTS)
        unnamed = one.name == "mongodb" and not one.variable
        if not unnamed and not VARIABLE.fullmatch(one.variable):
            raise DocumentError(f"field instruments has the variable {shown(one.variable)}")
        if one.variable in spec.env:
            raise DocumentError(f"field env has {one.variable}, the secret of an instrument")
    if len(set(names)) < len(names):
        raise DocumentError("field instruments has one twice")
    variables = [one.variable for one in spec.instruments if one.variable]
    if len(set(variables)) < len(variables):
        raise DocumentError("field instruments has one variable for two")
    if names and spec.mode != "walltime":
        raise DocumentError("field instruments belongs to mode walltime")
    if names and spec.unwinding == "dwarf":
        raise DocumentError("field unwinding is dwarf, which would copy secrets of instruments")
