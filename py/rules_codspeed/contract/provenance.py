"""provenance.json: how a target was measured.

The measuring driver of a mode writes it, the actions that make results read it, and results hold
it. Of `simulator`, `walltime` and `memory` it has the one that belongs to its mode, or `imported`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from rules_codspeed.contract.fields import among, parse_record
from rules_codspeed.contract.modes import MODES
from rules_codspeed.contract.spec import COMPATIBILITY, Clock
from rules_codspeed.contract.strict_json import DocumentError

ProfilerState = Literal["recorded", "off", "missing", "forbidden"]


@dataclass(frozen=True, slots=True)
class Simulator:
    """The simulator of a measurement; `sha256` is that of its package."""

    name: str
    flavor: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Profiler:
    """How samples were taken.

    Attributes:
      state: `recorded`, or why there is no profile: `off`, `missing` or `forbidden`.
      reason: why nothing was recorded, for people; empty otherwise.
      version: perf's, for example `6.1.187`; empty where there is none.
      event: by which samples were taken, for example `cycles`, or `cpu-clock` on a machine
        without hardware counters, with `:u` at its end where perf may not sample the kernel;
        empty where nothing was recorded.
      arguments: perf's command line without the program's.
    """

    state: ProfilerState
    reason: str
    version: str
    event: str
    arguments: list[str]


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine that measured time. What is not known is an empty text.

    Attributes:
      cpu: model of the processor.
      cores: processors that the measuring process may run on.
      kernel: release of the kernel.
      governor: of the processors' frequency; several are joined by `,`.
      turbo: `on` or `off`.
      smt: `on` or `off`.
      aslr: `off`, `partial` or `on`.
      virtualisation: for example `kvm` or `none`.
      cgroup: limits of processor time, for example `max` or `200000/100000`.
      load: average number of running processes in the minute before.
    """

    cpu: str
    cores: int
    kernel: str
    governor: str
    turbo: str
    smt: str
    aslr: str
    virtualisation: str
    cgroup: str
    load: float


@dataclass(frozen=True, slots=True)
class Walltime:
    """How time was measured.

    Attributes:
      runner_version: version of CodSpeed's runner whose profile folder was written.
      integration: name and version that the program reported; empty if it reported none.
      processes: how many times the program ran.
      profiler: how samples were taken.
      machine: where it ran.
    """

    runner_version: str
    integration: list[str]
    processes: int
    profiler: Profiler
    machine: Machine


@dataclass(frozen=True, slots=True)
class Memory:
    """How allocations were counted.

    Attributes:
      runner_version: version of CodSpeed's runner whose profile folder was written.
      integration: name and version that the program reported; empty if it reported none.
      python_malloc: PYTHONMALLOC, which decides how much of Python is seen; empty if not set.
      heaps: runtimes that ran, of whose heaps nothing was seen: `node`.
    """

    runner_version: str
    integration: list[str]
    python_malloc: str
    heaps: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """A file of results that another tool wrote: its path in the workspace, and SHA-256."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Imported:
    """Where numbers come from that rules_codspeed did not measure itself.

    Attributes:
      files: that they were read from.
      tool: what measured, such as `JMH 1.37`, as far as the files state it.
      cpu: model of the processor; empty where the files do not state it.
    """

    files: list[ImportedFile]
    tool: list[str]
    cpu: str


@dataclass(frozen=True, slots=True)
class ObjectFile:
    """A file of the measuring machine whose code ran. What is not known is an empty text.

    Attributes:
      name: without folder, such as `libc.so.6`.
      version: of an interpreter, a C library or its loader.
      build_id: the GNU build id, in hexadecimal.
    """

    name: str
    version: str
    build_id: str


@dataclass(frozen=True, slots=True)
class Root:
    """A pinned root, which stands for the machine's libraries; `sha256` is that of its archive."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Host:
    """What a run took from the measuring machine, beside its declared inputs.

    Attributes:
      loader: the dynamic loader; None where the program needs none.
      libc: the C library; None where the program takes none from the machine.
      interpreter: of the machine; None where it is a declared input, or there is none.
      libraries: all other object files of the machine, sorted by name.
      kernel: release of the kernel.
      cpu: model of the processor.
      worker: name that the machine's owner gave it (PRETTY_HOSTNAME of machine-info(5)).
    """

    loader: ObjectFile | None
    libc: ObjectFile | None
    interpreter: ObjectFile | None
    libraries: list[ObjectFile]
    kernel: str
    cpu: str
    worker: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """How a target was measured, as the measuring driver writes it.

    Attributes:
      label: Bazel label of the benchmark target.
      mode: how it was measured.
      framework: how the program is driven, for example `hooks`.
      rules_version: version of rules_codspeed.
      platform: operating system and processor, for example `linux_x86_64`.
      host_key: what the measuring machines have in common, or empty.
      interpreter: version and build of the interpreter that ran the program, or empty.
      simulator: what simulated the processor; None in other modes.
      arguments: command line of the simulator or profiler without the program's.
      command: command line of the program.
      pins: environment variables that the driver fixed.
      aslr: `off`, or `allowed` where the kernel would not switch it off; walltime leaves it as
        the machine has it, which `walltime.machine` states.
      machine_answered: what the machine's kernel answered itself (`files`, `folders`, `machine`,
        `users`, `random numbers`, `clock`), where the fixed kernel was off or could not.
      isolate: whether each benchmark had a process of its own.
      debug_info: whether the program has debug info; None where it was not looked for.
      normalised: what was made independent of the machine in the profile.
      walltime: how time was measured; None in other modes, and where it was imported.
      inputs: digest of all that was measured: the same one with other numbers means that these
        are not repeatable. Empty where it is not known.
      layouts: simulation: count by event and URI in each of the other layouts of memory. Results
        hold `noise` instead.
      host: what it took from the machine; None where an earlier version measured, which did
        not record it.
      clock: simulation and memory: the clock that the program was to see, `machine` or `logical`.
      memory: how allocations were counted; None in other modes.
      imported: where numbers come from; None where they were measured here. `framework` then is
        the format of the files.
      root: simulation: what stood for the machine's libraries; None if the machine's were used.
      compatibility: one of `spec.COMPATIBILITY`.
      track_subprocess: simulation: whether what benchmarks start is counted to them.
      uncounted_children: simulation: processes that the program started and that counted nothing.
    """

    schema: Literal[1]
    label: str
    mode: str
    framework: str
    rules_version: str
    platform: str
    host_key: str
    interpreter: str
    simulator: Simulator | None
    arguments: list[str]
    command: list[str]
    pins: dict[str, str]
    aslr: str
    machine_answered: list[str]
    isolate: bool
    debug_info: bool | None
    normalised: list[str]
    walltime: Walltime | None = None
    inputs: str = ""
    layouts: list[dict[str, dict[str, int]]] = field(default_factory=list)
    host: Host | None = None
    clock: Clock = "machine"
    memory: Memory | None = None
    imported: Imported | None = None
    root: Root | None = None
    compatibility: str = "none"
    track_subprocess: bool = False
    uncounted_children: int = 0


def parse_provenance(text: str | bytes) -> Provenance:
    """Reads the document.

    Raises:
      DocumentError: it is not a JSON object with exactly the fields of `Provenance`, of their
        types, or it states another way to measure than its mode.
    """
    return checked(parse_record(Provenance, text))


def checked(provenance: Provenance) -> Provenance:
    """Returns a provenance whose mode and way to measure agree.

    Raises:
      DocumentError: they do not.
    """
    among("mode", provenance.mode, MODES)
    among("compatibility", provenance.compatibility, COMPATIBILITY)
    if provenance.walltime and provenance.imported:
        raise DocumentError("fields walltime and imported exclude each other")
    stated = {
        "simulation": provenance.simulator,
        "walltime": provenance.walltime or provenance.imported,
        "memory": provenance.memory,
    }
    for mode, how in stated.items():
        if (how is not None) != (mode == provenance.mode):
            field = "simulator" if mode == "simulation" else mode
            wrong = "missing from" if how is None else "of no use to"
            raise DocumentError(f"field {field} is {wrong} mode {provenance.mode}")
    return provenance
