"""Rules between the fields of a run's metadata (spec: upload 3.1, 4; upload-environment 6, 7)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from rules_codspeed.collector.metadata import Metadata, RunPart
from rules_codspeed.contract.run_environments import CIS, LOCAL_HOSTS, EnvironmentKind
from rules_codspeed.contract.runner_versions import first_with

_PULL_REQUEST = re.compile(r"refs/pull/[0-9]+/merge")

# First runner that speaks each schema (spec: upload 4.1).
_FIRST_RUNNERS = {
    8: (0, 0, 0),
    **{schema: first_with(metadata_schema=schema) for schema in (9, 10)},
}

_HOSTS = {ci.kind.value: ci.hosts for ci in CIS} | {EnvironmentKind.LOCAL.value: LOCAL_HOSTS}


def find_faults(metadata: Metadata) -> Iterator[str]:
    """Yields what is wrong with metadata whose single fields are valid."""
    yield from _of_runner(metadata)
    yield from _of_repository(metadata)
    yield from _of_environment(metadata)
    if metadata.run_environment == "LOCAL":
        yield from _of_local_run(metadata)
    if metadata.run_part:
        yield from _of_run_part(metadata, metadata.run_part)


def _of_runner(metadata: Metadata) -> Iterator[str]:
    runner = metadata.runner
    if runner.executor == "valgrind" and metadata.profile_encoding is None:
        yield "profileEncoding: null, expected 'gzip' for the executor valgrind"
    if runner.cpu_flags != sorted(runner.cpu_flags):
        yield "runner.cpuFlags: not sorted"
    if runner.name == "codspeed-runner":
        number = tuple(int(part) for part in runner.version.partition("-")[0].split("."))
        schema = max(schema for schema, first in _FIRST_RUNNERS.items() if number >= first)
        if schema != metadata.version:
            yield f"version: {metadata.version}, expected {schema} of runner {runner.version}"


def _of_repository(metadata: Metadata) -> Iterator[str]:
    provider = metadata.repository_provider
    if provider not in _HOSTS[metadata.run_environment]:
        yield f"repositoryProvider: {provider} in a run on {metadata.run_environment}"
    if "/" in metadata.owner and provider != "GITLAB":
        yield f"owner: {metadata.owner!r}, expected no slash"
    if {".", ".."} & {*metadata.owner.split("/"), metadata.repository}:
        yield "owner, repository: no names"


def _of_environment(metadata: Metadata) -> Iterator[str]:
    environment = metadata.run_environment
    present = {
        "runPart": metadata.run_part is not None,
        "sender": metadata.sender is not None,
        "ghData": metadata.gh_data is not None,
        "glData": metadata.gl_data is not None,
        "localData": metadata.local_data is not None,
    }
    local = environment == "LOCAL" and metadata.version >= 9
    of_job = environment in ("GITHUB_ACTIONS", "GITLAB_CI")
    expected = {
        "runPart": of_job or local,
        "sender": of_job,
        "ghData": environment == "GITHUB_ACTIONS",
        "glData": environment == "GITLAB_CI",
        "localData": local,
    }
    for key, is_expected in expected.items():
        if present[key] != is_expected:
            yield f"{key}: expected {'an object' if is_expected else 'null'} on {environment}"
    if (metadata.event == "local") != (environment == "LOCAL"):
        yield f"event: {metadata.event!r} on {environment}"
    is_pull_request = bool(_PULL_REQUEST.fullmatch(metadata.ref))
    if environment != "LOCAL" and is_pull_request != (metadata.head_ref is not None):
        yield f"headRef: {metadata.head_ref!r} with the ref {metadata.ref!r}"


def _of_local_run(metadata: Metadata) -> Iterator[str]:
    if metadata.ref != metadata.commit_hash:
        yield f"ref: {metadata.ref!r}, expected the commit hash in a local run"
    if metadata.base_ref is not None:
        yield "baseRef: expected null in a local run"
    if metadata.repository_provider == "PROJECT" and metadata.head_ref is not None:
        yield "headRef: expected null in a project"


def _of_run_part(metadata: Metadata, part: RunPart) -> Iterator[str]:
    if list(part.metadata) != sorted(part.metadata):
        yield "runPart.metadata: keys are not sorted"
    job = metadata.gh_data or metadata.gl_data
    if job and (job.run_id, job.job) != (part.run_id, part.job_name):
        yield "runPart: not the run and job of ghData or glData"
    if metadata.version >= 9 and part.metadata.get("executor") != metadata.runner.executor:
        yield "runPart.metadata.executor: not that of the runner"
    if job and not _is_index(part.metadata.get("run-index")):
        yield "runPart.metadata.run-index: no index"
    if not part.run_part_id.endswith(tuple(_suffixes(metadata, part))):
        yield "runPart.runPartId: does not end with the suffix that runPart.metadata describes"


def _suffixes(metadata: Metadata, part: RunPart) -> Iterator[str]:
    """Yields the ends that the id of a part may have (spec: upload-environment 7.4).

    There are two: `run-part-index` in the metadata may come from the matrix.
    """
    keys = ["run-index"] if metadata.run_environment != "LOCAL" else []
    if metadata.version >= 9:
        keys = ["executor", *keys]
    for optional in ([], ["run-part-index"]):
        suffix = {key: part.metadata.get(key) for key in [*keys, *optional]}
        yield "-" + json.dumps(suffix, separators=(",", ":"))


def _is_index(value: object) -> bool:
    return type(value) is int and value >= 0
