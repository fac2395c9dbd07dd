"""How the uploads of one run are distinguished (spec: upload-environment 7)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rules_codspeed.contract.executors import Executor
from rules_codspeed.contract.run_environments import EnvironmentKind
from rules_codspeed.contract.runner_versions import Runner
from rules_codspeed.publish.ci.environment import JobRun, RunEnvironment, RunPart
from rules_codspeed.publish.ci.run_index import next_run_index
from rules_codspeed.publish.compact_json import JsonValue, dumps, loads

# These do not describe a part. Removed in this order, which decides the order of the rest.
_STRATEGY_NOISE = ("fail-fast", "max-parallel")


def matrix_run_part(
    job: JobRun, matrix: str | None, strategy: str | None, version: Runner
) -> RunPart:
    """Returns the part of a job on GitHub Actions, before its suffix.

    Args:
      job: the job.
      matrix: JSON of the job's `matrix` context; anything but an object where it has none.
      strategy: JSON of its `strategy` context.
      version: how numbers are written.
    """
    values, context = _members(matrix), _members(strategy)
    if values is None or context is None:
        return RunPart(job.run_id, job.job, job.job, {})
    for key in _STRATEGY_NOISE:
        swap_remove(context, key)
    texts = (dumps(one, version.signed_exponents) for one in (values, context))
    return RunPart(job.run_id, "-".join((job.job, *texts)), job.job, {**values, **context})


def swap_remove(members: dict[str, JsonValue], key: str) -> None:
    """Removes a member; the last one takes its place, as in the official runner."""
    if key not in members:
        return
    items = list(members.items())
    position = list(members).index(key)
    items[position] = items[-1]
    members.clear()
    members.update(items[:-1])


def upload_run_part(
    environment: RunEnvironment,
    version: Runner,
    executor: Executor,
    position: int,
    count: int,
    warn: Callable[[str], None],
    *,
    counted: bool = True,
) -> RunPart | None:
    """Returns the part of one upload, and counts the upload where it is one of a CI job.

    Args:
      environment: where the publisher runs.
      version: decides what the suffix contains.
      executor: what measured.
      position: of this upload among those of the command, from 0.
      count: how many uploads the command makes.
      warn: called with a message when the counter of the job cannot be kept.
      counted: whether the upload is counted; else it gets the index of the next one.

    Returns:
      The part; None where the run has one upload.
    """
    base = environment.run_part
    local = environment.kind is EnvironmentKind.LOCAL
    if base is None or (local and version.metadata_schema == 8):
        return None
    suffix: dict[str, JsonValue] = {}
    if version.metadata_schema > 8:
        suffix["executor"] = executor
    if not local:
        root = environment.repository_root_path
        suffix["run-index"] = next_run_index(
            root, base.run_id, base.run_part_id, warn, counted=counted
        )
    if version.metadata_schema > 8 and count > 1:
        suffix["run-part-index"] = position
    # No number in it is a fraction.
    text = dumps(suffix, signed_exponents=False)
    return replace(
        base,
        run_part_id=f"{base.run_part_id}-{text}",
        metadata={**base.metadata, **suffix},
    )


def _members(text: str | None) -> dict[str, JsonValue] | None:
    """Returns the members of a JSON object, or None where the text is not one."""
    try:
        value = loads(text) if text is not None else None
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
