"""Provenance of memory: how allocations were counted, free of paths of the stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rules_codspeed.contract.provenance import Memory, Provenance, Root
from rules_codspeed.contract.spec import Spec
from rules_codspeed.measure.frameworks.framework import Framework
from rules_codspeed.measure.memory.runs import MemoryRuns
from rules_codspeed.measure.stage.host import read_host
from rules_codspeed.measure.stage.host_files import HostFiles
from rules_codspeed.measure.stage.inputs import file_digest
from rules_codspeed.measure.stage.names import Names

_NORMALISED = (
    "the stage's path, /proc/self/cwd and bazel-out/<configuration>/bin are dropped",
    "external/<canonical name> is external/<name>",
    "processes, threads and blocks are ordinals",
    "a call takes a microsecond",
)


def memory_provenance(
    spec: Spec,
    framework: Framework,
    pins: Mapping[str, str],
    names: Names,
    aslr: str,
    runs: MemoryRuns,
    inputs: str,
    loaded: set[str],
    root: str,
) -> Provenance:
    """Returns what is written.

    Args:
      spec: the benchmark.
      framework: that drove the program.
      pins: the variables that the driver fixed.
      names: drops paths of the stage.
      aslr: as `personality.switch_aslr_off` returned it.
      runs: the runs, ended.
      inputs: digest of all that was measured.
      loaded: object files that the loader found.
      root: archive of the pinned root; empty without one.
    """

    def plain(texts: Sequence[str]) -> list[str]:
        return [names.text(one.encode("utf-8", "surrogateescape")).decode() for one in texts]

    program = framework.command[0]
    interpreter = (program, framework.interpreter) if framework.interpreter else None
    return Provenance(
        schema=1,
        label=spec.label,
        mode=spec.mode,
        framework=spec.framework,
        rules_version=spec.rules_version,
        platform=spec.platform,
        host_key=spec.host_key,
        interpreter=framework.interpreter,
        simulator=None,
        arguments=[],
        command=plain(framework.command),
        pins={name: plain([value])[0] for name, value in sorted(pins.items())},
        aslr=aslr,
        clock=spec.clock,
        machine_answered=runs.machine_answered,
        isolate=spec.isolate,
        debug_info=framework.debug_info,
        normalised=list(_NORMALISED),
        inputs=inputs,
        host=read_host(
            {*loaded, *framework.object_skips}, interpreter, HostFiles(), under_root=bool(root)
        ),
        root=Root(spec.root, file_digest(root)) if root else None,
        memory=Memory(
            runner_version=spec.runner_version,
            integration=list(runs.integration or ()),
            python_malloc=spec.env.get("PYTHONMALLOC", ""),
            heaps=runs.heaps,
        ),
        compatibility=spec.compatibility,
    )
