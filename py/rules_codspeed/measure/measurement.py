"""One measurement: stage the program, run it under Valgrind, collect the profile."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import NamedTuple

from rules_codspeed.measure import environment, valgrind
from rules_codspeed.measure.errors import problem, run_failure
from rules_codspeed.measure.framework import Framework
from rules_codspeed.measure.frameworks import make_framework
from rules_codspeed.measure.manifest import StagePaths
from rules_codspeed.measure.names import RULES, Names
from rules_codspeed.measure.personality import switch_aslr_off
from rules_codspeed.measure.process import Outcome, run
from rules_codspeed.measure.profile import (
    ProfileFolder,
    empty_folder,
    remove_perf_maps,
    without_host_caches,
)
from rules_codspeed.measure.randomness import FixedRandomness
from rules_codspeed.measure.runlog import RunLog
from rules_codspeed.measure.spec import Simulator, Spec
from rules_codspeed.measure.staging import Layout, copy_files, exclusive_stage, fill_stage

_SCHEMA = 1  # of provenance.json
_LEAST_SPACE = 256 << 10  # bytes that are free after a run that did not fill the disk


class Request(NamedTuple):
    """What to measure and where to write.

    Attributes:
      spec: the benchmark.
      files: source of each file of the program, by runfiles path.
      simulator_files: source of each file of the simulator's package, by path in it.
      profile: folder to write the profile to, empty.
      provenance: file to write how it was measured to.
      log: file to write what was printed to.
    """

    spec: Spec
    files: dict[str, str]
    simulator_files: dict[str, str]
    profile: str
    provenance: str
    log: str


def measure(request: Request) -> None:
    """Measures a benchmark target.

    Raises:
      MeasureError: it could not be measured, or measured nothing.
      OSError: an output cannot be written.
    """
    spec = request.spec
    simulator = _check_request(request)
    aslr = switch_aslr_off(spec.allow_aslr)
    with open(request.log, "wb") as stream, exclusive_stage() as layout:
        paths = StagePaths(request.files, spec.main_repository)
        fill_stage(layout, request.files, paths)
        needed = valgrind.needed_files(simulator, request.simulator_files)
        copy_files({f"{layout.simulator}/{path}": source for path, source in needed.items()})
        spec = spec.with_paths(paths.expand)
        framework = make_framework(spec, layout, paths)
        framework.check()
        names = Names(paths.repositories)
        measurement = _Measurement(spec, simulator, layout, framework, RunLog(stream))
        measurement.run_all(ProfileFolder(request.profile, names, spec.label))
        document = measurement.provenance(names, aslr)
    with open(request.provenance, "w", encoding="utf-8") as file:
        json.dump(document, file, indent=1, ensure_ascii=False)
        file.write("\n")


def _check_request(request: Request) -> Simulator:
    """Returns the simulator; raises MeasureError if this machine cannot measure the request."""
    spec, simulator = request.spec, request.spec.simulator
    if not simulator or not spec.platform:
        raise problem(
            f"the description of {spec.label} is that of a smoke test",
            "no simulator or platform",
            "both",
            "build the benchmark itself, not its smoke test",
        )
    for path in (simulator.launcher, f"{simulator.lib}/callgrind-{_valgrind_platform(spec)}"):
        source = request.simulator_files.get(path)
        if not source or not os.path.isfile(source):
            raise problem(
                f"the simulator of {spec.label} is not complete",
                f"no file {path}",
                f"the files of Valgrind {simulator.version} ({simulator.flavor})",
                "fetch it again (bazel sync, or remove its external repository), or check the "
                "registered codspeed_simulator_toolchain",
            )
    if os.uname().machine != environment.machine(spec.platform):
        raise problem(
            f"{spec.label} cannot be measured on this machine",
            os.uname().machine,
            environment.machine(spec.platform),
            "let the action run on a machine of the measured platform",
        )
    if os.path.isdir(request.profile) and os.listdir(request.profile):
        raise problem(
            f"the profile folder of {spec.label} is not empty",
            request.profile,
            "an empty folder",
            "remove what is in it",
        )
    return simulator


def _valgrind_platform(spec: Spec) -> str:
    return {"linux_x86_64": "amd64-linux", "linux_aarch64": "arm64-linux"}[spec.platform]


class _Measurement:
    """The runs of one target in a filled stage."""

    def __init__(
        self, spec: Spec, simulator: Simulator, layout: Layout, framework: Framework, log: RunLog
    ) -> None:
        self._spec = spec
        self._simulator = simulator
        self._layout = layout
        self._framework = framework
        self._log = log
        self._randomness = "fixed"
        lib = f"{layout.simulator}/{simulator.lib}"
        self._pins = framework.pins(environment.pins(layout, spec.platform, lib))
        self._environment = environment.with_user_variables(self._pins, spec.env, spec.label)
        self._arguments = valgrind.arguments(simulator, layout.profile, framework.object_skips)

    def run_all(self, profile: ProfileFolder) -> None:
        """Runs the program, once or once for each benchmark."""
        names = self._list() if self._spec.isolate and self._spec.framework != "exec" else []
        for name in names:
            self._run(self._framework.command_for(name), f" (benchmark {name})", profile)
        if not names:
            self._run(self._framework.command, "", profile)

    def provenance(self, names: Names, aslr: str) -> dict[str, object]:
        """Returns how it was measured, free of paths of the stage."""

        def plain(texts: Sequence[str]) -> list[str]:
            return [names.text(one.encode()).decode() for one in texts]

        simulator = self._simulator
        return {
            "schema": _SCHEMA,
            "label": self._spec.label,
            "mode": self._spec.mode,
            "framework": self._spec.framework,
            "rules_version": self._spec.rules_version,
            "platform": self._spec.platform,
            "host_key": self._spec.host_key,
            "simulator": {
                "name": simulator.name,
                "flavor": simulator.flavor,
                "version": simulator.version,
                "sha256": simulator.sha256,
            },
            "arguments": plain(self._arguments),
            "command": plain(self._framework.command),
            "pins": {name: plain([value])[0] for name, value in sorted(self._pins.items())},
            "aslr": aslr,
            "randomness": self._randomness,
            "isolate": self._spec.isolate,
            "debug_info": self._framework.debug_info,
            "normalised": list(RULES),
        }

    def _list(self) -> list[str]:
        """Asks the program for its benchmarks, without Valgrind."""
        command = self._framework.list_command()
        printed: list[bytes] = []
        self._log.start(f"list of the benchmarks of {self._spec.label}")

        def output(data: bytes) -> None:
            printed.append(data)
            self._log.write(data)

        quiet = environment.without_runner(self._environment, self._spec.env)
        outcome = run(command, quiet, self._layout.main, self._spec.timeout_s, output)
        self._log.end(str(outcome))
        if outcome.timed_out or outcome.status:
            self._fail(outcome, command, " (asked for the list of its benchmarks)")
        names = self._framework.listed(b"".join(printed))
        if not names and not self._spec.allow_empty:
            raise run_failure(
                f"{self._spec.label} measured nothing: it lists no benchmark",
                command,
                [("its output", self._log.tail)],
                "check list_args, and that the program has benchmarks; or set allow_empty",
            )
        return names

    def _run(self, command: tuple[str, ...], which: str, profile: ProfileFolder) -> None:
        """Runs the program under Valgrind and adds what it left to the profile."""
        layout = self._layout
        empty_folder(layout.profile)
        launcher = f"{layout.simulator}/{self._simulator.launcher}"
        simulated = (launcher, *self._arguments, *command)
        self._log.start(f"{self._spec.label}{which}")
        randomness = FixedRandomness()
        try:
            outcome = run(
                simulated,
                self._environment,
                layout.main,
                self._spec.timeout_s,
                self._log.write,
                randomness,
            )
            if not randomness.works:
                self._randomness = "kernel"
            self._log.end(str(outcome))
            if outcome.timed_out or outcome.status:
                self._fail(outcome, command, which)
            self._check_disk()
            harvested = profile.add_run(layout.profile, outcome.pid)
        finally:
            remove_perf_maps(layout.profile)
        if harvested.spawned and self._spec.framework == "exec":
            raise run_failure(
                f"{self._spec.label} starts other processes ({harvested.spawned}); CPU simulation "
                "does not support that for framework exec",
                command,
                [("its output", self._log.tail)],
                "name the program that does the work as binary, not a script or a parent of it; "
                "or use framework hooks",
            )
        if not harvested.benchmarks and not harvested.others and not self._spec.allow_empty:
            raise run_failure(
                f"{self._spec.label}{which} measured nothing",
                command,
                self._logs(outcome),
                self._framework.empty_fix(),
            )

    def _check_disk(self) -> None:
        """Refuses what a full disk may have cut off: Valgrind loses parts without a word."""
        disk = os.statvfs(self._layout.root)
        if disk.f_bavail * disk.f_frsize < _LEAST_SPACE:
            raise problem(
                f"the profile of {self._spec.label} may be cut off",
                f"no space left at {self._layout.root}",
                "space for the profile and for what the program writes",
                "free space on that file system",
            )

    def _fail(self, outcome: Outcome, command: Sequence[str], which: str) -> None:
        """Raises the error of a run that ended badly."""
        what = f"{self._spec.label}{which} {outcome}"
        if outcome.timed_out:
            limit = f"within {self._spec.timeout_s} s (timeout_s) and was killed"
            what = f"{self._spec.label}{which} did not end {limit}"
            if outcome.status is not None:
                left = f"left processes behind that did not end {limit}"
                what = f"{self._spec.label}{which} {outcome}, but {left}"
        raise run_failure(what, command, self._logs(outcome), self._framework.failure_fix(outcome))

    def _logs(self, outcome: Outcome) -> list[tuple[str, bytes]]:
        """Returns what the program and its simulator printed."""
        path = f"{self._layout.profile}/valgrind.{outcome.pid}.log"
        try:
            with open(path, "rb") as file:
                simulator = without_host_caches(file.read())
        except OSError:
            simulator = b""
        return [("its output", self._log.tail), ("Valgrind's log", simulator)]
