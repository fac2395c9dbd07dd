"""A measurement: stage the program, run it under Valgrind, collect the profile; repeat that."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, cast

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.fields import write_document
from rules_codspeed.contract.spec import Simulator, Spec
from rules_codspeed.measure.frameworks.account import Account, accounting
from rules_codspeed.measure.frameworks.registry import make_framework, with_framework
from rules_codspeed.measure.simulation import valgrind
from rules_codspeed.measure.simulation.conditions import other_conditions, set_other_times
from rules_codspeed.measure.simulation.profile import ProfileFolder
from rules_codspeed.measure.simulation.repetition import check_equal
from rules_codspeed.measure.simulation.runs import Simulation
from rules_codspeed.measure.simulation.spawned import check_tracking
from rules_codspeed.measure.stage import environment
from rules_codspeed.measure.stage.alone import Alone
from rules_codspeed.measure.stage.deadline import Deadline
from rules_codspeed.measure.stage.inputs import file_digest, inputs_digest
from rules_codspeed.measure.stage.kernel import KernelLibrary
from rules_codspeed.measure.stage.manifest import StagePaths
from rules_codspeed.measure.stage.names import Names, rules
from rules_codspeed.measure.stage.output_folder import output_folder
from rules_codspeed.measure.stage.personality import switch_aslr_off
from rules_codspeed.measure.stage.root import check_root, unpack_root
from rules_codspeed.measure.stage.runlog import RunLog
from rules_codspeed.measure.stage.staging import Layout, copy_files, exclusive_stage, fill_stage
from rules_codspeed.measure.stage.trees import remove_tree

if TYPE_CHECKING:
    from rules_codspeed.contract.provenance import Host, Provenance
    from rules_codspeed.measure.frameworks.framework import Framework


class Request(NamedTuple):
    """What to measure and where to write.

    Attributes:
      spec: the benchmark.
      files: source of each file of the program, by runfiles path.
      simulator_files: source of each file of the simulator's package, by path in it.
      kernel: library of the fixed kernel; empty if the machine answers.
      root: archive of the pinned root; empty if the machine's libraries are used.
      profile: folder to write the profile to, empty.
      provenance: file to describe the measurement in.
      accounting: file that states which benchmarks gave no number.
      log: file for what is printed.
      frames: library by which a Python program is explained, not measured; empty to measure it.
      measured: provenance of the measurement that is explained; else empty.
    """

    spec: Spec
    files: dict[str, str]
    simulator_files: dict[str, str]
    kernel: str
    root: str
    profile: str
    provenance: str
    accounting: str
    log: str
    frames: str = ""
    measured: str = ""


class _Machine(NamedTuple):
    """What stands for the machine: its processor, and its kernel unless the real one answers."""

    simulator: Simulator
    kernel: KernelLibrary | None


def measure(request: Request) -> None:
    """Measures a benchmark target; where that fails for its own fault, the accounting states why.

    Raises:
      CodSpeedError: this machine cannot measure it now.
      OSError: an output cannot be written.
    """
    outputs = [request.provenance, request.log]
    if request.frames:
        # In one process: each fork would have names of its own.
        once = request.spec._replace(layouts=0, verify=1, isolate=False)
        request = request._replace(spec=once)
    with accounting(request.accounting, request.spec.label, outputs) as account:
        _measure(request, account)
    if request.frames and os.path.getsize(request.provenance):
        from rules_codspeed.contract.suite import MEASURED

        # So that nobody takes it for an explanation of another measurement.
        copy_files({f"{request.profile}/{MEASURED}": request.measured})


def _measure(request: Request, account: Account) -> None:
    spec = request.spec
    kernel = KernelLibrary(request.kernel, spec.clock) if spec.fixed_kernel else None
    machine = _Machine(_check_request(request), kernel)
    with (
        open(request.log, "wb") as stream,
        output_folder(request.profile, spec.label) as folder,
    ):
        log = RunLog(stream)
        aslr = switch_aslr_off(spec.allow_aslr)
        deadline = Deadline(spec.timeout_s)
        with exclusive_stage(deadline, beside=_needed(request)) as layout:
            paths, simulation = _prepared(
                request, machine, layout, deadline, request.files, log, account
            )
            loaded = _loaded(simulation, layout)
            given = {"kernel": request.kernel, "root": request.root}
            libraries = {name: path for name, path in given.items() if path}
            inputs = inputs_digest(spec, layout, paths, libraries)
            names = Names(paths.repositories)
            profile = ProfileFolder(folder, names, spec)
            simulation.run_all(profile)
            host = _host(simulation, {*loaded, *profile.objects})
            layouts = simulation.run_layouts()
            provenance = _provenance(simulation, names, aslr, inputs, layouts, host, request.root)
        for number in range(2, spec.verify + 1):
            _measure_again(request, machine, folder, log, number)
        write_document(request.provenance, provenance)


def _needed(request: Request) -> list[str]:
    """Returns the paths that are read and written while the program is measured."""
    outputs = [request.profile, request.provenance, request.accounting, request.log]
    inputs = [*request.files.values(), *request.simulator_files.values()]
    return [*outputs, request.kernel, request.root, *inputs]


def _prepared(
    request: Request,
    machine: _Machine,
    layout: Layout,
    deadline: Deadline,
    files: Mapping[str, str],
    log: RunLog,
    account: Account,
) -> tuple[StagePaths, Simulation]:
    """Copies the program's files, in their order, and the simulator; nothing runs yet."""
    paths = StagePaths(request.files, request.spec.main_repository)
    fill_stage(layout, files, paths)
    needed = valgrind.needed_files(machine.simulator, request.simulator_files)
    copy_files({f"{layout.simulator}/{path}": source for path, source in needed.items()})
    if request.root:
        unpack_root(request.root, layout.pinned, request.spec.root)
    spec = with_framework(request.spec, layout, paths).with_paths(paths.expand)
    framework = make_framework(spec, layout, paths)
    framework.check()
    check_tracking(spec, framework, machine.simulator)
    more: tuple[str, ...] = ()
    if request.frames:
        # No measurement needs it.
        from rules_codspeed.measure.simulation.python_frames import Explained, skips

        objects = [framework.command[0], *framework.object_skips]
        framework = cast("Framework", Explained(framework, layout, request.frames))
        more = skips(machine.simulator, objects)
    alone = Alone(spec, layout, files, paths, deadline, log)
    names = Names(paths.repositories)
    simulation = Simulation(
        machine.simulator, framework, machine.kernel, alone, names, account, more
    )
    return paths, simulation


def _measure_again(
    request: Request, machine: _Machine, folder: str, log: RunLog, number: int
) -> None:
    """Measures under other conditions; raises CodSpeedError if the profile is another one."""
    deadline = Deadline(request.spec.timeout_s)
    again = f"{request.profile}.again"
    remove_tree(again)  # a measurement was killed
    os.mkdir(again)
    try:
        with exclusive_stage(deadline, beside=_needed(request)) as layout, other_conditions():
            files = dict(reversed(request.files.items()))
            paths, simulation = _prepared(
                request, machine, layout, deadline, files, log, Account(request.spec.label)
            )
            set_other_times(layout.root, number)
            names = Names(paths.repositories)
            simulation.run_all(ProfileFolder(again, names, request.spec))
        check_equal(folder, again, request.spec.label)
    finally:
        remove_tree(again)


def _check_request(request: Request) -> Simulator:
    """Returns the simulator; raises CodSpeedError if this machine cannot measure the request."""
    spec, simulator = request.spec, request.spec.simulator
    if spec.mode != "simulation" or not simulator or not spec.platform:
        raise CodSpeedError(
            f"the description of {spec.label} is not for simulation",
            got=f"mode {spec.mode}, with {'a' if simulator else 'no'} simulator, platform "
            f"{spec.platform or 'none'}",
            expected="mode simulation, a simulator and a platform",
            fix="build the benchmark itself, not its smoke test",
        )
    check_root(spec, request.root, handed_out=True)
    for path in (simulator.launcher, valgrind.tool(simulator, spec.platform)):
        source = request.simulator_files.get(path)
        if not source or not os.path.isfile(source):
            raise CodSpeedError(
                f"the simulator of {spec.label} is not complete",
                got=f"no file {path}",
                expected=f"the files of Valgrind {simulator.version} ({simulator.flavor})",
                fix="fetch it again (bazel sync, or remove its external repository), or check the "
                "registered codspeed_simulator_toolchain",
            )
    environment.check_this_machine(spec)
    return simulator


def _provenance(
    simulation: Simulation,
    names: Names,
    aslr: str,
    inputs: str,
    layouts: list[dict[str, dict[str, int]]],
    host: Host,
    root: str,
) -> Provenance:
    """Returns the description of the measurement, free of paths of the stage."""
    # Only here: a driver starts without dataclasses, which take as long to import as all else.
    from rules_codspeed.contract import provenance as records

    def plain(texts: Sequence[str]) -> list[str]:
        return [names.text(one.encode()).decode() for one in texts]

    spec, framework = simulation.spec, simulation.framework
    simulator = spec.simulator
    assert simulator
    return records.Provenance(
        schema=1,
        label=spec.label,
        mode=spec.mode,
        framework=spec.framework,
        rules_version=spec.rules_version,
        platform=spec.platform,
        host_key=spec.host_key,
        interpreter=framework.interpreter,
        simulator=records.Simulator(
            simulator.name, simulator.flavor, simulator.version, simulator.sha256
        ),
        arguments=plain(simulation.arguments),
        command=plain(framework.command),
        pins={name: plain([value])[0] for name, value in sorted(simulation.pins.items())},
        aslr=aslr,
        machine_answered=simulation.machine_answered,
        clock=spec.clock,
        isolate=spec.isolate or framework.isolated,
        debug_info=framework.debug_info,
        normalised=rules(spec),
        inputs=inputs,
        layouts=layouts,
        host=host,
        root=records.Root(spec.root, file_digest(root)) if root else None,
        compatibility=spec.compatibility,
        track_subprocess=spec.track_subprocess,
        uncounted_children=simulation.uncounted_children,
    )


def _loaded(simulation: Simulation, layout: Layout) -> set[str]:
    """Returns the object files that the loader finds; before a run can replace the program."""
    # As above.
    from rules_codspeed.measure.stage.host import loaded_objects

    program = simulation.framework.command[0]
    if simulation.spec.root:
        # The machine's loader would find the machine's.
        return {program}
    with simulation.surroundings() as services:
        return loaded_objects(program, simulation.environment, layout.main, services)


def _host(simulation: Simulation, objects: set[str]) -> Host:
    """Returns what the runs took from the machine, by the object files whose code ran."""
    # As above.
    from rules_codspeed.measure.stage.host import read_host
    from rules_codspeed.measure.stage.host_files import HostFiles

    framework = simulation.framework
    program = framework.command[0]
    interpreter = (program, framework.interpreter) if framework.interpreter else None
    found = {*objects, *framework.object_skips}
    return read_host(found, interpreter, HostFiles(), under_root=bool(simulation.spec.root))
