"""What a suite uploads: profile folders that become one archive each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from rules_codspeed.contract.executors import Executor
from rules_codspeed.contract.modes import MODES
from rules_codspeed.publish.bundle.merge import Profile
from rules_codspeed.publish.errors import PublishError
from rules_codspeed.publish.prepare import Measured
from rules_codspeed.report.collect import Suite, Target
from rules_codspeed.results.modes.mode import Mode
from rules_codspeed.results.modes.registry import mode_of


def measured(suite: Suite) -> list[Measured]:
    """Returns the profiles of a suite by executor; each becomes an upload, a part of the run.

    Simulations of all targets are one part. In walltime each target is a part of its own: its
    folder has files of fixed names (`walltime.metadata`), which describe the processes, modules
    and benchmarks of one recording, so folders cannot be merged. CodSpeed's runner makes parts
    in the same way, of each entry point (spec: upload-environment 7.5).
    A target that left no file has no profile. A mode that CodSpeed does not know has no executor.

    Raises:
      PublishError: there are none.
    """
    parts = [
        _measured(suite, mode.executor, mode.name, targets)
        for mode in map(mode_of, MODES)
        if mode.executor
        for targets in _of_parts(suite, mode)
    ]
    if not parts:
        left_out = not_uploaded(suite)
        raise PublishError(
            f"{suite.label} has nothing to publish",
            got=left_out or "no measurement",
            expected="at least one measurement in a mode that CodSpeed knows",
            fix="measure in such a mode, or pass --skip-upload"
            if left_out
            else "list benchmarks in the suite",
        )
    return parts


def not_uploaded(suite: Suite) -> str:
    """Returns the sentence on targets of modes that CodSpeed does not know; empty without any."""
    unknown = [target for target in suite.targets if mode_of(target.mode).executor is None]
    if not unknown:
        return ""
    modes = ", ".join(dict.fromkeys(target.mode for target in unknown))
    return (
        f"{len(unknown)} {'target is' if len(unknown) == 1 else 'targets are'} not uploaded, such "
        f"as {unknown[0].label}: CodSpeed does not know the mode {modes}"
    )


def _of_parts(suite: Suite, mode: Mode) -> Iterator[Sequence[Target]]:
    """Yields the targets of each part of a mode, in the order of the suite."""
    targets = [target for target in suite.targets if target.mode == mode.name]
    if mode.one_part:
        if targets:
            yield targets
    else:
        # A target that was allowed to measure nothing is not an error, as among simulations.
        yield from ([target] for target in targets if not _is_empty(target.profile))


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(one.is_file() for one in folder.rglob("*"))


def _measured(suite: Suite, executor: Executor, mode: str, targets: Sequence[Target]) -> Measured:
    profiles = tuple(Profile(target.label, target.profile) for target in targets)
    labels = "".join(f"{target.label} ({mode})\n" for target in targets)
    log = f"Measured by rules_codspeed for {suite.label}:\n{labels}"
    printed = "".join(map(_printed, targets))
    return Measured(executor, profiles, log + printed)


def _printed(target: Target) -> str:
    """Returns what was printed while a target was measured, where archives have it.

    Raises:
      PublishError: it cannot be read.
    """
    if not target.log:
        return ""
    try:
        return target.log.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise PublishError(
            f"no log of {target.label}",
            got=f"{target.log}: {error.strerror}",
            expected="what Bazel made with compatibility=codspeed",
            fix="build the suite again with 'bazel run'",
        ) from error
