"""From a raw run to a profile folder, step by step (spec: walltime 9.1)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rules_codspeed.capture.copies import copy_file
from rules_codspeed.capture.errors import DamagedFile
from rules_codspeed.capture.perf.order import ordered_events
from rules_codspeed.capture.processes import first_tracked
from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.raw_run import INSTRUMENTS, RECORDING, RESULTS, RawRun
from rules_codspeed.contract.strict_json import DocumentError, load_json
from rules_codspeed.contract.timestamps import FILE as TIMESTAMPS
from rules_codspeed.contract.timestamps import encode_timestamps
from rules_codspeed.harvest.jit.generated_code import copy_perf_maps, harvest_jit_dumps
from rules_codspeed.harvest.layout import Layout, layout_of
from rules_codspeed.harvest.legacy import LegacySaver, load_legacy_modules
from rules_codspeed.harvest.log import Log
from rules_codspeed.harvest.metadata import write_metadata
from rules_codspeed.harvest.modules import ModuleRules, load_modules
from rules_codspeed.harvest.objects import Objects
from rules_codspeed.harvest.raw_run import read_raw_run
from rules_codspeed.harvest.save import Saver


@dataclass(frozen=True, slots=True)
class Summary:
    """The outcome of a harvest.

    Attributes:
      label: of the target.
      version: of the runner whose layout was written.
      modules: how many modules some process had.
      processes: how many processes were tracked.
      metadata: whether the metadata file was written; without it nothing can be resolved.
    """

    label: str
    version: str
    modules: int
    processes: int
    metadata: bool


def harvest(raw: Path, profile: Path, log: Log) -> Summary:
    """Makes the official profile folder of a raw run.

    Damage is reported as a warning, and the rest is harvested; without a recording that can
    be read to its end there is no metadata file, as with the official runner.

    Args:
      raw: folder of the raw run.
      profile: empty folder to write to; made if it is not there.
      log: takes notes and warnings.

    Raises:
      CodSpeedError: the raw run cannot be used at all, or the profile folder is not empty.
      OSError: a file cannot be read or written.
    """
    run = read_raw_run(raw)
    layout = layout_of(run.runner_version)
    profile.mkdir(parents=True, exist_ok=True)
    if any(profile.iterdir()):
        raise CodSpeedError(
            f"the profile folder of {run.label} is not empty",
            got=profile,
            expected="an empty folder",
            fix="remove what is in it",
        )
    _copy_results(run, profile, log)
    if not run.profiled:
        log.note("no recording: only the results are there")
        return Summary(run.label, layout.version, 0, 0, False)
    with (run.folder / RECORDING).open("rb") as recording:
        copy_file(recording, profile / RECORDING)
    return _Harvest(run, layout, profile, log).everything()


def _copy_results(run: RawRun, profile: Path, log: Log) -> None:
    """Copies what integrations and instruments wrote, as it is."""
    (profile / RESULTS).mkdir()
    found = [*(run.folder / RESULTS).glob("*.json"), *run.folder.glob("environment-*.json")]
    found += (run.folder / INSTRUMENTS).glob("*.json")
    for source in sorted(found):
        name = source.relative_to(run.folder)
        content = source.read_bytes()
        (profile / name).parent.mkdir(exist_ok=True)
        (profile / name).write_bytes(content)
        try:
            load_json(content, document="")
        except DocumentError as error:
            log.warn(f"{name} is copied as it is, with a fault: {error}")


class _Harvest:
    """The steps that follow the copy of the recording."""

    def __init__(self, run: RawRun, layout: Layout, profile: Path, log: Log) -> None:
        self._run = run
        self._layout = layout
        self._profile = profile
        self._log = log
        self._objects = Objects(run, layout, log)
        self._markers = [(layout.marker_name(name), time) for name, time in run.markers]

    def everything(self) -> Summary:
        timestamps = encode_timestamps(self._run.uri_by_ts, self._markers)
        (self._profile / TIMESTAMPS).write_bytes(timestamps)
        try:
            modules, processes, saver = self._legacy() if self._layout.legacy else self._keyed()
        except DamagedFile as error:
            self._log.warn(f"nothing is harvested from the recording: {error}")
            return Summary(self._run.label, self._layout.version, 0, 0, False)
        written = self._write_metadata(saver)
        return Summary(self._run.label, self._layout.version, modules, processes, written)

    def _keyed(self) -> tuple[int, int, Saver]:
        rules = ModuleRules(self._layout.fork_inheritance, self._layout.exec_purge)
        tracked = first_tracked(self._run.bench_pids, self._run.integration)
        with (self._run.folder / RECORDING).open("rb") as file:
            events = ordered_events(file, RECORDING)
            modules = load_modules(events, tracked, self._objects.segments, rules)
        copy_perf_maps(self._run, self._profile, modules.tracked, self._log)
        functions = harvest_jit_dumps(self._run, self._profile, modules.tracked, self._log)
        saver = Saver(self._profile, self._layout, self._run.interpreters)
        saver.save_modules(modules, self._objects)
        saver.save_jit(functions)
        return len(modules.by_path), len(modules.tracked), saver

    def _legacy(self) -> tuple[int, int, LegacySaver]:
        with (self._run.folder / RECORDING).open("rb") as file:
            modules = load_legacy_modules(ordered_events(file, RECORDING), self._objects)
        copy_perf_maps(self._run, self._profile, modules.pids, self._log)
        functions = harvest_jit_dumps(self._run, self._profile, modules.pids, self._log)
        saver = LegacySaver(self._profile, self._run.interpreters)
        saver.save_modules(modules, self._objects)
        saver.save_jit(functions)
        return len(modules.by_path), len(modules.pids), saver

    def _write_metadata(self, saver: Saver | LegacySaver) -> bool:
        name = self._layout.metadata_file
        if self._run.integration is None:
            self._log.warn(
                f"{self._run.label} was profiled, but no integration reported its name, so there "
                f"is no {name}, and samples belong to no benchmark. Got: no SetIntegration. "
                "Expected: a program that reports its benchmarks. Fix: build the program with "
                "CodSpeed's integration, or measure without a profile."
            )
            return False
        metadata = saver.metadata(self._run.integration, self._run.uri_by_ts, self._markers)
        with (self._profile / name).open("wb") as file:
            write_metadata(metadata, file)
        return True
