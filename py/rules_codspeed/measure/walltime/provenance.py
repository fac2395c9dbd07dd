"""Provenance of walltime: how time was measured, free of paths of this machine's stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rules_codspeed.contract import provenance as records
from rules_codspeed.contract.provenance import Host, Machine, Provenance, Walltime
from rules_codspeed.contract.spec import Spec
from rules_codspeed.measure.frameworks.timed_program import TimedProgram
from rules_codspeed.measure.stage.names import Names
from rules_codspeed.measure.walltime.perf.profiler import Profiler


def walltime_provenance(
    spec: Spec,
    program: TimedProgram,
    pins: Mapping[str, str],
    names: Names,
    machine: Machine,
    profiler: Profiler,
    arguments: Sequence[str],
    integration: Sequence[str],
    inputs: str,
    host: Host,
) -> Provenance:
    """Returns what is written.

    Args:
      spec: the benchmark.
      program: that was measured.
      pins: the variables that the driver fixed.
      names: drops paths of the stage.
      machine: that measured.
      profiler: that took samples, or why there is none.
      arguments: perf's, without the program.
      integration: name and version that the program reported; empty if it reported none.
      inputs: digest of all that was measured.
      host: what the program took from the machine.
    """

    def plain(texts: Sequence[str]) -> list[str]:
        return [names.text(one.encode("utf-8", "surrogateescape")).decode() for one in texts]

    return Provenance(
        schema=1,
        label=spec.label,
        mode=spec.mode,
        framework=spec.framework,
        rules_version=spec.rules_version,
        platform=spec.platform,
        host_key=spec.host_key,
        interpreter=program.interpreter,
        simulator=None,
        arguments=plain(arguments),
        command=plain(program.command),
        pins={name: plain([value])[0] for name, value in sorted(pins.items())},
        # As the machine has it.
        aslr="off" if machine.aslr == "off" else "allowed",
        machine_answered=[],
        isolate=False,
        debug_info=program.debug_info,
        normalised=[],
        walltime=Walltime(
            runner_version=spec.runner_version,
            integration=list(integration),
            processes=spec.processes,
            profiler=records.Profiler(
                state=profiler.state,
                reason=_without_path(profiler.reason, spec),
                version=profiler.version,
                event=profiler.event,
                arguments=plain(arguments),
            ),
            machine=machine,
        ),
        compatibility=spec.compatibility,
        inputs=inputs,
        host=host,
    )


def _without_path(reason: str, spec: Spec) -> str:
    """Returns the spec without the path of a perf that the user named."""
    path = spec.perf.path if spec.perf else ""
    return reason.replace(path, "perf") if path else reason
