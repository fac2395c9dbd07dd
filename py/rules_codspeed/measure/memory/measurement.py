"""A measurement of memory: stage the program, run it with the library preloaded, keep numbers."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import NamedTuple

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.fields import write_document
from rules_codspeed.contract.runner_versions import runner_of
from rules_codspeed.contract.spec import Spec
from rules_codspeed.measure.frameworks.account import Account, accounting
from rules_codspeed.measure.frameworks.registry import make_traced_program, with_framework
from rules_codspeed.measure.memory.channel import PRELOADED, Channel, Detail, FoldLibrary
from rules_codspeed.measure.memory.environment import channel_path, memory_pins
from rules_codspeed.measure.memory.output import (
    artifact_path,
    discard_profile,
    write_numbers,
    write_timestamps,
)
from rules_codspeed.measure.memory.recorder import Recorder
from rules_codspeed.measure.memory.runs import MemoryRuns
from rules_codspeed.measure.memory.window import Windows
from rules_codspeed.measure.stage.alone import Alone
from rules_codspeed.measure.stage.deadline import Deadline
from rules_codspeed.measure.stage.environment import check_this_machine, with_user_variables
from rules_codspeed.measure.stage.inputs import inputs_digest
from rules_codspeed.measure.stage.kernel import KernelLibrary
from rules_codspeed.measure.stage.manifest import StagePaths
from rules_codspeed.measure.stage.mounted_root import unpack_mounted
from rules_codspeed.measure.stage.names import Names
from rules_codspeed.measure.stage.output_folder import output_folder
from rules_codspeed.measure.stage.personality import switch_aslr_off
from rules_codspeed.measure.stage.root import check_root
from rules_codspeed.measure.stage.runlog import RunLog
from rules_codspeed.measure.stage.staging import Layout, copy_files, exclusive_stage, fill_stage


class Request(NamedTuple):
    """What to measure and where to write.

    Attributes:
      spec: the benchmark.
      files: source of each file of the program, by runfiles path.
      fold: library that folds events.
      kernel: library of the fixed kernel; empty if the machine answers.
      root: archive of the pinned root; empty if the machine's libraries are used.
      numbers: file to write the numbers to.
      profile: folder to write the profile to, empty.
      provenance: file to describe the measurement in.
      accounting: file that states which benchmarks gave no number.
      log: file for what is printed.
      import_path: folders of modules that compressing needs.
    """

    spec: Spec
    files: dict[str, str]
    fold: str
    kernel: str
    root: str
    numbers: str
    profile: str
    provenance: str
    accounting: str
    log: str
    import_path: Sequence[str]


def measure_memory(request: Request) -> None:
    """Measures a benchmark target; where that fails for its own fault, the accounting states why.

    Raises:
      CodSpeedError: this machine cannot measure it now.
      OSError: an output cannot be written.
    """
    outputs = [request.numbers, request.provenance, request.log]
    with accounting(request.accounting, request.spec.label, outputs) as account:
        _measure(request, account)


def _measure(request: Request, account: Account) -> None:
    spec = request.spec
    _check_request(request)
    spec = spec._replace(
        runner_version=runner_of(spec.label, spec.runner_version, "memory").version
    )
    request = request._replace(spec=spec)
    sys.path += [path for path in request.import_path if path not in sys.path]
    deadline = Deadline(spec.timeout_s)
    with (
        open(request.log, "wb") as stream,
        output_folder(request.profile, spec.label) as folder,
        exclusive_stage(deadline, beside=_needed(request)) as layout,
    ):
        _measure_staged(request, layout, deadline, folder, RunLog(stream), account)


def _needed(request: Request) -> list[str]:
    """Returns the paths that are read and written while the program is measured."""
    outputs = [request.numbers, request.profile, request.provenance, request.accounting]
    inputs = [request.fold, request.kernel, request.root, *request.files.values()]
    return [*outputs, request.log, *inputs]


def _measure_staged(
    request: Request,
    layout: Layout,
    deadline: Deadline,
    folder: str,
    log: RunLog,
    account: Account,
) -> None:
    # Only here: a driver starts without dataclasses, which take as long to import as all else.
    from rules_codspeed.measure.memory.provenance import memory_provenance
    from rules_codspeed.measure.stage.host import loaded_objects

    spec = request.spec
    fold = FoldLibrary(request.fold)
    aslr = switch_aslr_off(allowed=True)
    paths = StagePaths(request.files, request.spec.main_repository)
    fill_stage(layout, request.files, paths)
    if request.root:
        unpack_mounted(request.root, layout.pinned, spec.root)
    spec = with_framework(spec, layout, paths).with_paths(paths.expand)
    kernel = KernelLibrary(request.kernel, spec.clock) if spec.fixed_kernel else None
    copy_files({f"{layout.driver}/{PRELOADED}": f"{layout.work}/{paths(spec.preload)}"})
    framework = make_traced_program(spec, layout, paths)
    framework.check()
    pins, user = memory_pins(layout, spec.platform, spec.env)
    runner = runner_of(spec.label, spec.runner_version, "memory")
    pins = framework.pins({**pins, **runner.python_variables("memory", spec.framework)})
    variables = with_user_variables(pins, user, spec.label)
    given = {"fold": request.fold, "kernel": request.kernel, "root": request.root}
    libraries = {name: path for name, path in given.items() if path}
    inputs = inputs_digest(request.spec, layout, paths, libraries)
    channel = Channel(fold, channel_path(layout))
    alone = Alone(spec, layout, request.files, paths, deadline, log)
    names = Names(paths.repositories)
    detail = Detail[spec.memory_stacks.upper() or "NONE"]
    with open(artifact_path(folder), "wb") as artifact:
        recorder = Recorder(channel, artifact, detail)
        windows = Windows(channel, recorder.marks)
        runs = MemoryRuns(framework, variables, kernel, windows, alone, names, account)
        # Before a run can replace the program.
        with runs.surroundings() as services:
            loaded = loaded_objects(framework.command[0], variables, layout.main, services)
        with recorder.running():
            runs.run_all()
    uris = [None if uri is None else runs.uri(uri) for uri in windows.names]
    if detail and not runs.counted:
        # Only here: symbols are read when nothing is measured any more.
        from rules_codspeed.measure.memory.stacks import Stacks

        found = zip(uris, recorder.weights, strict=True)
        stacks = Stacks(channel, names, layout.pinned if spec.root else "")
        stacks.write(folder, {uri: one for uri, one in found if uri is not None})
    channel.close()
    if runs.counted:
        discard_profile(folder)
    else:
        write_timestamps(folder, uris, recorder)
    write_numbers(request.numbers, uris, recorder, runs.counted, spec.label)
    write_document(
        request.provenance,
        memory_provenance(spec, framework, pins, names, aslr, runs, inputs, loaded, request.root),
    )


def _check_request(request: Request) -> None:
    """Raises CodSpeedError if this machine cannot measure the request."""
    spec = request.spec
    if spec.mode != "memory" or not spec.platform or not spec.preload:
        raise CodSpeedError(
            f"the description of {spec.label} is not for memory",
            got=f"mode {spec.mode}, platform {spec.platform or 'none'}, "
            f"{'a' if spec.preload else 'no'} library to preload",
            expected="mode memory, a platform and a library",
            fix="build the benchmark itself, not its smoke test",
        )
    check_this_machine(spec)
    check_root(spec, request.root)
