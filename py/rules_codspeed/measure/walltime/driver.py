"""One measurement of time: stage the program, run it under perf, keep what it left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.fields import write_document
from rules_codspeed.contract.instruments.queries import POSTGRES_FILE, PostgresDocument, Query
from rules_codspeed.contract.instruments.redaction import redact_documents
from rules_codspeed.contract.printing import print_message
from rules_codspeed.contract.provenance import Host
from rules_codspeed.contract.raw_run import RECORDING
from rules_codspeed.contract.runner_versions import Runner, runner_of
from rules_codspeed.contract.spec import Spec
from rules_codspeed.contract.times import TimedProcess, Times
from rules_codspeed.measure.frameworks.account import Account, accounting
from rules_codspeed.measure.frameworks.program import sanitizer_warnings
from rules_codspeed.measure.frameworks.registry import make_timed_program, with_framework
from rules_codspeed.measure.frameworks.timed_program import TimedProgram
from rules_codspeed.measure.instruments.instruments import running
from rules_codspeed.measure.stage.alone import Alone
from rules_codspeed.measure.stage.deadline import Deadline
from rules_codspeed.measure.stage.environment import check_this_machine, with_user_variables
from rules_codspeed.measure.stage.host import loaded_objects, read_host
from rules_codspeed.measure.stage.host_files import HostFiles
from rules_codspeed.measure.stage.inputs import inputs_digest
from rules_codspeed.measure.stage.manifest import StagePaths
from rules_codspeed.measure.stage.names import Names
from rules_codspeed.measure.stage.output_folder import output_folder
from rules_codspeed.measure.stage.runlog import RunLog
from rules_codspeed.measure.stage.stage_errors import check_space
from rules_codspeed.measure.stage.staging import Layout, exclusive_stage, fill_stage
from rules_codspeed.measure.walltime import raw_run
from rules_codspeed.measure.walltime.chosen import lower_median
from rules_codspeed.measure.walltime.environment import walltime_pins
from rules_codspeed.measure.walltime.machine.machine import read_machine
from rules_codspeed.measure.walltime.perf.profiler import Profiler, choose_profiler
from rules_codspeed.measure.walltime.perf.unwinding import FRAME_POINTERS, call_graph
from rules_codspeed.measure.walltime.provenance import walltime_provenance
from rules_codspeed.measure.walltime.timed_run import TimedRun, Timer

if TYPE_CHECKING:
    from rules_codspeed.capture.capture import Captured


class Request(NamedTuple):
    """What to measure and where to write.

    Attributes:
      spec: the benchmark.
      files: source of each file of the program, by runfiles path.
      raw: folder to write the raw run to, empty.
      walltime: file to write results and rounds of all runs to.
      provenance: file to describe the measurement in.
      accounting: file that states which benchmarks gave no number.
      log: file for what is printed.
      import_path: folders of modules that reading a recording needs.
      tracer: program of the MongoDB tracer; empty without that instrument.
    """

    spec: Spec
    files: dict[str, str]
    raw: str
    walltime: str
    provenance: str
    accounting: str
    log: str
    import_path: Sequence[str]
    tracer: str


def measure_walltime(request: Request) -> None:
    """Measures a benchmark target; where that fails for its own fault, the accounting states why.

    Raises:
      CodSpeedError: this machine cannot measure it now.
      OSError: an output cannot be written.
    """
    outputs = [request.walltime, request.provenance, request.log]
    secrets = _secrets(request.spec)
    with accounting(request.accounting, request.spec.label, outputs) as account:
        _measure(request, secrets, account)
    if secrets:
        for path in (request.accounting, request.walltime, request.provenance, request.raw):
            redact_documents(path, secrets)


def _secrets(spec: Spec) -> dict[str, str]:
    """Returns the variables that instruments name; raises CodSpeedError if one is not offered."""
    if not spec.instruments:
        return {}
    # Only here: most measurements need none, and start faster without.
    from rules_codspeed.contract.instruments.secret import PARENT, read_secret

    names = [one.variable for one in spec.instruments if one.variable]
    return {name: read_secret(name, spec.label, PARENT) for name in names}


def _measure(request: Request, secrets: Mapping[str, str], account: Account) -> None:
    spec = request.spec
    _check_request(spec)
    runner = runner_of(spec.label, spec.runner_version, "walltime")
    request = request._replace(spec=spec._replace(runner_version=runner.version))
    deadline = Deadline(spec.timeout_s)
    with (
        open(request.log, "wb") as stream,
        output_folder(request.raw, spec.label) as folder,
        exclusive_stage(deadline) as layout,
    ):
        log = RunLog(stream, secrets)
        _measure_staged(request, runner, layout, deadline, folder, log, account, secrets)


def _measure_staged(
    request: Request,
    runner: Runner,
    layout: Layout,
    deadline: Deadline,
    folder: str,
    log: RunLog,
    account: Account,
    secrets: Mapping[str, str],
) -> None:
    # Before our own work adds to the load.
    facts = read_machine(HostFiles())
    paths = StagePaths(request.files, request.spec.main_repository)
    fill_stage(layout, request.files, paths)
    spec = with_framework(request.spec, layout, paths).with_paths(paths.expand)
    program = make_timed_program(spec, layout, paths)
    program.check()
    names = Names(paths.repositories)
    # Other recordings hold copies of the stack, where the environment is.
    graph = FRAME_POINTERS if secrets else call_graph(program.kind, runner, spec.unwinding)
    pins = walltime_pins(layout, spec.platform, runner, graph)
    pins = program.pins({**pins, **runner.python_variables("walltime", spec.framework)})
    environment = {**with_user_variables(pins, spec.env, spec.label), **secrets}
    profiler = choose_profiler(spec, graph, program.own_results)
    _tell(profiler, spec, log)
    for warning in sanitizer_warnings(spec.label, program.built):
        log.note(warning)
        print_message(f"rules_codspeed: warning: {warning}")
    inputs = inputs_digest(request.spec, layout, paths)
    # Before a run can replace the program.
    loaded = loaded_objects(program.command[0], environment, layout.main)
    alone = Alone(spec, layout, request.files, paths, deadline, log)
    path = request.import_path
    instruments = partial(running, spec, secrets, request.tracer, layout.driver)
    timer = Timer(program, environment, profiler, names, alone, account, path, instruments)
    captured = None
    try:
        runs = _run_all(timer, spec, folder)
        if not spec.allow_empty and not any(run.collected.stats() for run in runs):
            logs = [("its output", log.tail)]
            raise account.nothing(program.command, logs, program.empty_fix)
        chosen = lower_median([run.collected.stats() for run in runs])
        raw_run.keep_recording(runs, chosen, folder)
        captured = raw_run.capture_run(runs[chosen], folder, request.import_path)
    finally:
        raw_run.remove_generated_maps(timer.pids, captured)
    for path, reason in captured.skipped if captured else []:
        log.note(f"left out of the profile: {path}: {reason}")
    raw_run.write_raw_run(folder, spec, runs[chosen], captured, program.modules)
    check_space(folder, f"the recording of {spec.label}")
    write_document(request.walltime, _times(runs, chosen))
    profiler = profiler._replace(event=captured.event if captured else profiler.event)
    integration = _integration(runs[chosen])
    arguments = runs[chosen].arguments
    host = _host(program, loaded, captured)
    write_document(
        request.provenance,
        walltime_provenance(
            spec, program, pins, names, facts, profiler, arguments, integration, inputs, host
        ),
    )


def _host(program: TimedProgram, loaded: set[str], captured: Captured | None) -> Host:
    """Returns what the program took from the machine."""
    path = program.command[0]
    objects = {*loaded, *program.modules, *(captured.objects if captured else ())}
    interpreter = (path, program.interpreter) if program.interpreter else None
    return read_host(objects, interpreter, HostFiles())


def _check_request(spec: Spec) -> None:
    """Raises CodSpeedError if this machine cannot measure the request."""
    if spec.mode != "walltime" or not spec.platform:
        raise CodSpeedError(
            f"the description of {spec.label} is not for walltime",
            got=f"mode {spec.mode}, platform {spec.platform or 'none'}",
            expected="mode walltime and a platform",
            fix="build the benchmark itself, not its smoke test",
        )
    check_this_machine(spec)


def _tell(profiler: Profiler, spec: Spec, log: RunLog) -> None:
    """Prints a remark if there will be no profile."""
    if not profiler.records:
        log.note(f"measured without a profile ({profiler.state}): {profiler.reason}")
        line = f"{spec.label} is measured without a profile: {profiler.reason}"
        print_message(f"rules_codspeed: {line}")


def _run_all(timer: Timer, spec: Spec, folder: str) -> list[TimedRun]:
    runs = []
    for number in range(1, spec.processes + 1):
        which = f" (process {number} of {spec.processes})" if spec.processes > 1 else ""
        runs.append(timer.run(f"{folder}/{RECORDING}.{number}", which))
    return runs


def _integration(run: TimedRun) -> Sequence[str]:
    """Returns name and version, as reported over the FIFO or else in the results."""
    if run.reported.integration:
        return run.reported.integration
    creators = [file.document["creator"] for file in run.collected.results]
    return [creators[0]["name"], creators[0]["version"]] if creators else []


def _queries(run: TimedRun) -> dict[str, list[Query]] | None:
    """Returns the queries of the benchmarks that have numbers, by URI; None without any."""
    found = run.findings.files.get(POSTGRES_FILE)
    if not isinstance(found, PostgresDocument):
        return None
    known = run.collected.stats()
    return {one.uri: one.queries for one in found.benchmarks if one.uri in known}


def _times(runs: Sequence[TimedRun], chosen: int) -> Times:
    processes = [
        TimedProcess(
            results=[file.document for file in run.collected.results],
            rounds_ns=run.collected.rounds,
            queries=_queries(run),
        )
        for run in runs
    ]
    return Times(schema=1, processes=processes, chosen=chosen)
