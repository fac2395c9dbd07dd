"""The run metadata: the body of the upload request (spec: upload 4).

The order of the fields is the order of the keys. What is None is written as null.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter
from pydantic.alias_generators import to_camel

from rules_codspeed.contract.executors import Executor
from rules_codspeed.contract.instruments.queries import MONGO_FILE, POSTGRES_FILE
from rules_codspeed.contract.run_environments import EnvironmentKind, RunEnvironmentName
from rules_codspeed.contract.runner_versions import Runner as SpokenRunner
from rules_codspeed.contract.validation import parse_json
from rules_codspeed.publish.bundle.system import SystemInfo
from rules_codspeed.publish.ci import environment as environments
from rules_codspeed.publish.ci.environment import RunEnvironment, RunEvent
from rules_codspeed.publish.ci.repository import RepositoryProvider
from rules_codspeed.publish.compact_json import dumps
from rules_codspeed.publish.runner_version import parse_runner_version

Instrument = Literal["MongoDB", "Postgres"]
INSTRUMENT_FILES: dict[Instrument, str] = {"MongoDB": MONGO_FILE, "Postgres": POSTGRES_FILE}
"""What each leaves in the archive, in the order of the metadata."""


class _Wire(BaseModel):
    """An object whose keys are in camel case."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        from_attributes=True,
        extra="forbid",
        frozen=True,
        strict=True,
    )


class Sender(_Wire):
    """Who started the run: number and name of the account."""

    id: str
    login: str


class JobRun(_Wire):
    """A job of a CI: the number of its run, and its name."""

    run_id: str
    job: str


class LocalData(_Wire):
    """How many uploads make up a local run."""

    expected_run_parts_count: int


class RunPart(_Wire):
    """One of the uploads that make up a run; the keys of `metadata` are sorted."""

    run_id: str
    run_part_id: str
    job_name: str
    metadata: dict[str, Any]


class Runner(_Wire):
    """What measured, and the machine: see `SystemInfo`.

    `exclude_allocations` is written only where it is true, from schema 10 on; `cpu_flags` from
    schema 10 on.
    """

    name: Literal["codspeed-runner"] = "codspeed-runner"
    version: str
    instruments: tuple[Instrument, ...]
    executor: Executor
    exclude_allocations: bool = False
    os: str
    os_version: str
    arch: str
    host: str
    user: str
    cpu_brand: str
    cpu_name: str
    cpu_vendor_id: str
    cpu_cores: int
    total_memory_gb: int
    cpu_flags: tuple[str, ...] = ()


class Metadata(_Wire):
    """Everything that CodSpeed learns about an upload; `version` is that of the schema.

    `local_data` is written from schema 9 on.
    """

    repository_provider: RepositoryProvider
    version: int
    tokenless: bool
    profile_md5: str
    profile_encoding: Literal["gzip"] | None
    runner: Runner
    run_environment: EnvironmentKind
    run_part: RunPart | None
    commit_hash: str
    allow_empty: bool
    ref: str
    head_ref: str | None
    base_ref: str | None
    owner: str
    repository: str
    event: RunEvent
    sender: Sender | None
    gh_data: JobRun | None
    gl_data: JobRun | None
    local_data: LocalData | None = None
    repository_root_path: str


def build_metadata(
    version: SpokenRunner,
    where: RunEnvironment,
    system: SystemInfo,
    *,
    executor: Executor,
    run_part: environments.RunPart | None,
    run_parts_count: int,
    profile_md5: str,
    profile_encoding: Literal["gzip"] | None,
    tokenless: bool,
    allow_empty: bool = False,
    exclude_allocations: bool = False,
    instruments: tuple[Instrument, ...] = (),
) -> Metadata:
    """Returns the metadata of one upload.

    Args:
      version: which runner we speak as.
      where: where the publisher runs.
      system: the machine.
      executor: what measured.
      run_part: from `upload_run_part`.
      run_parts_count: how many uploads the command makes.
      profile_md5: of the archive, in Base64.
      profile_encoding: how the archive is compressed.
      tokenless: whether there is no token.
      allow_empty: whether a run without benchmarks is right.
      exclude_allocations: whether the costs leave allocations out.
      instruments: what else was measured.
    """
    runner = Runner(
        version=version.version,
        instruments=instruments,
        executor=executor,
        exclude_allocations=exclude_allocations,
        **asdict(system),
    )
    local = where.kind is EnvironmentKind.LOCAL
    return Metadata(
        repository_provider=where.provider,
        version=version.metadata_schema,
        tokenless=tokenless,
        profile_md5=profile_md5,
        profile_encoding=profile_encoding,
        runner=runner,
        run_environment=where.kind,
        run_part=_sorted(run_part) if run_part else None,
        commit_hash=where.commit_hash,
        allow_empty=allow_empty,
        ref=where.ref,
        head_ref=where.head_ref,
        base_ref=where.base_ref,
        owner=where.owner,
        repository=where.repository,
        event=where.event,
        sender=Sender.model_validate(where.sender) if where.sender else None,
        gh_data=JobRun.model_validate(where.gh_data) if where.gh_data else None,
        gl_data=JobRun.model_validate(where.gl_data) if where.gl_data else None,
        local_data=LocalData(expected_run_parts_count=run_parts_count) if local else None,
        repository_root_path=where.repository_root_path,
    )


def metadata_bytes(metadata: Metadata) -> bytes:
    """Returns the body of the upload request, as its schema wants it."""
    body = metadata.model_dump(mode="json", by_alias=True)
    runner = body["runner"]
    if metadata.version < 9:
        del body["localData"]
    if metadata.version < 10:
        del runner["cpuFlags"]
    if metadata.version < 10 or not metadata.runner.exclude_allocations:
        del runner["excludeAllocations"]
    version = parse_runner_version(metadata.runner.version)
    return dumps(body, version.signed_exponents).encode()


class MetadataHead(BaseModel):
    """What an upload needs to know of the metadata."""

    model_config = ConfigDict(strict=True, alias_generator=to_camel)

    profile_md5: str
    tokenless: bool
    run_environment: RunEnvironmentName
    owner: str
    repository: str


_HEAD = TypeAdapter(MetadataHead)


def metadata_head(body: bytes) -> MetadataHead:
    """Parses what an upload needs to know of the metadata.

    Raises:
      DocumentError: they are no metadata.
    """
    return parse_json(_HEAD, body, document="the metadata")


def run_hash(body: bytes) -> str:
    """Returns the SHA-256 of the metadata, in hexadecimal, which identifies a tokenless run."""
    return hashlib.sha256(body).hexdigest()


def _sorted(part: environments.RunPart) -> RunPart:
    return RunPart(
        run_id=part.run_id,
        run_part_id=part.run_part_id,
        job_name=part.job_name,
        # Code points sort as their UTF-8 bytes do.
        metadata=dict(sorted(part.metadata.items())),
    )
