"""A measurement: stage the program, run it under Valgrind, collect the profile; repeat that."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.fields import write_document
from rules_codspeed.contract.spec import Simulator, Spec
from rules_codspeed.measure.frameworks.framework import Framework
from rules_codspeed.measure.frameworks.registry import make_framework
from rules_codspeed.measure.simulation import valgrind
from rules_codspeed.measure.simulation.conditions import other_conditions, set_other_times
from rules_codspeed.measure.simulation.profile import ProfileFolder
from rules_codspeed.measure.simulation.repetition import check_equal
from rules_codspeed.measure.simulation.runs import Simulation
from rules_codspeed.measure.stage import environment
from rules_codspeed.measure.stage.inputs import inputs_digest
from rules_codspeed.measure.stage.kernel import KernelLibrary
from rules_codspeed.measure.stage.manifest import StagePaths
from rules_codspeed.measure.stage.names import RULES, Names
from rules_codspeed.measure.stage.output_folder import output_folder
from rules_codspeed.measure.stage.personality import switch_aslr_off
from rules_codspeed.measure.stage.runlog import RunLog
from rules_codspeed.measure.stage.staging import Layout, copy_files, exclusive_stage, fill_stage

if TYPE_CHECKING:
    from rules_codspeed.contract.provenance import Host, Provenance

_NO_CHANGE = contextlib.nullcontext()


class Request(NamedTuple):
    """What to measure and where to write.

    Attributes:
      spec: the benchmark.
      files: source of each file of the program, by runfiles path.
      simulator_files: source of each file of the simulator's package, by path in it.
      kernel: library of the fixed kernel; empty if the machine answers.
      profile: folder to write the profile to, empty.
      provenance: file to describe the measurement in.
      log: file for what is printed.
    """

    spec: Spec
    files: dict[str, str]
    simulator_files: dict[str, str]
    kernel: str
    profile: str
    provenance: str
    log: str


class _Machine(NamedTuple):
    """What stands for the machine: its processor, and its kernel unless the real one answers."""

    simulator: Simulator
    kernel: KernelLibrary | None


def measure(request: Request) -> None:
    """Measures a benchmark target.

    Raises:
      CodSpeedError: it could not be measured, measured nothing, or is not repeatable.
      OSError: an output cannot be written.
    """
    spec = request.spec
    machine = _Machine(
        _check_request(request), KernelLibrary(request.kernel) if spec.fixed_kernel else None
    )
    with (
        open(request.log, "wb") as stream,
        output_folder(request.profile, spec.label) as folder,
    ):
        provenance = _measure_once(request, machine, folder, RunLog(stream), 1)
        for number in range(2, spec.verify + 1):
            _measure_again(request, machine, folder, RunLog(stream), number)
        write_document(request.provenance, provenance)


def _measure_once(
    request: Request, machine: _Machine, folder: str, log: RunLog, number: int
) -> Provenance:
    """Makes the profile in an empty folder; returns the description of the measurement.

    From number 2 on the conditions are others.
    """
    spec, simulator = request.spec, machine.simulator
    aslr = switch_aslr_off(spec.allow_aslr)
    with exclusive_stage() as layout, other_conditions() if number > 1 else _NO_CHANGE:
        paths = StagePaths(request.files, spec.main_repository)
        files = dict(reversed(request.files.items())) if number > 1 else request.files
        fill_stage(layout, files, paths)
        needed = valgrind.needed_files(simulator, request.simulator_files)
        copy_files({f"{layout.simulator}/{path}": source for path, source in needed.items()})
        declared, spec = spec, spec.with_paths(paths.expand)
        framework = make_framework(spec, layout, paths)
        framework.check()
        if number > 1:
            set_other_times(layout.root, number)
        names = Names(paths.repositories)
        simulation = Simulation(spec, simulator, layout, framework, machine.kernel, log)
        inputs = inputs_digest(declared, layout, paths, request.kernel)
        profile = ProfileFolder(folder, names, spec.label)
        simulation.run_all(profile)
        host = _host(framework, simulation, profile, layout)
        layouts = simulation.run_layouts(names) if number == 1 else []
        return _provenance(spec, framework, simulation, names, aslr, inputs, layouts, host)


def _measure_again(
    request: Request, machine: _Machine, folder: str, log: RunLog, number: int
) -> None:
    """Measures under other conditions; raises CodSpeedError if the profile is another one."""
    again = f"{request.profile}.again"
    shutil.rmtree(again, ignore_errors=True)  # a measurement was killed
    os.mkdir(again)
    try:
        _measure_once(request, machine, again, log, number)
        check_equal(folder, again, request.spec.label)
    finally:
        shutil.rmtree(again, ignore_errors=True)


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
    for path in (simulator.launcher, f"{simulator.lib}/callgrind-{_valgrind_platform(spec)}"):
        source = request.simulator_files.get(path)
        if not source or not os.path.isfile(source):
            raise CodSpeedError(
                f"the simulator of {spec.label} is not complete",
                got=f"no file {path}",
                expected=f"the files of Valgrind {simulator.version} ({simulator.flavor})",
                fix="fetch it again (bazel sync, or remove its external repository), or check the "
                "registered codspeed_simulator_toolchain",
            )
    if os.uname().machine != environment.machine(spec.platform):
        raise CodSpeedError(
            f"{spec.label} cannot be measured on this machine",
            got=os.uname().machine,
            expected=environment.machine(spec.platform),
            fix="let the action run on a machine of the measured platform",
        )
    return simulator


def _valgrind_platform(spec: Spec) -> str:
    return {"linux_x86_64": "amd64-linux", "linux_aarch64": "arm64-linux"}[spec.platform]


def _provenance(
    spec: Spec,
    framework: Framework,
    simulation: Simulation,
    names: Names,
    aslr: str,
    inputs: str,
    layouts: list[dict[str, dict[str, int]]],
    host: Host,
) -> Provenance:
    """Returns the description of the measurement, free of paths of the stage."""
    # Only here: a driver starts without dataclasses, which take as long to import as all else.
    from rules_codspeed.contract import provenance as records

    def plain(texts: Sequence[str]) -> list[str]:
        return [names.text(one.encode()).decode() for one in texts]

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
        isolate=spec.isolate,
        debug_info=framework.debug_info,
        normalised=list(RULES),
        inputs=inputs,
        layouts=layouts,
        host=host,
    )


def _host(
    framework: Framework, simulation: Simulation, profile: ProfileFolder, layout: Layout
) -> Host:
    """Returns what the runs took from the machine."""
    # As above.
    from rules_codspeed.measure.stage.host import loaded_objects, read_host
    from rules_codspeed.measure.stage.host_files import HostFiles

    program = framework.command[0]
    loaded = loaded_objects(program, simulation.environment, layout.main)
    interpreter = (program, framework.interpreter) if framework.interpreter else None
    objects = {*loaded, *profile.objects, *framework.object_skips}
    return read_host(objects, interpreter, HostFiles())
