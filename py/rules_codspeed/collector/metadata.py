"""The metadata of a run as the receiver reads it (spec: upload 4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic.alias_generators import to_camel

from rules_codspeed.contract.run_environments import RunEnvironmentName

Text = Annotated[str, Field(min_length=1)]
Unsigned32 = Annotated[int, Field(ge=0, lt=2**32)]
Unsigned64 = Annotated[int, Field(ge=0, lt=2**64)]
# 16 bytes: the last digit before the padding has four bits that are zero.
Md5 = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{21}[AQgw]==$")]
Commit = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$")]
# GitLab's groups may be nested.
NamePath = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$")]


@dataclass(frozen=True, slots=True)
class Since:
    """Marks a field that older schemas lack; an optional one may be left out."""

    version: int
    optional: bool = False


class _Object(BaseModel):
    """A model whose fields are in the order of the keys."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, alias_generator=to_camel)


class Runner(_Object):
    """What measured, how and on which machine (spec: upload 4.2)."""

    name: Text
    version: Annotated[str, Field(pattern=r"^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$")]
    instruments: list[Literal["MongoDB", "Postgres"]]
    executor: Literal["valgrind", "walltime", "memory"]
    exclude_allocations: Annotated[Literal[True] | None, Since(10, optional=True)] = None
    os: Text
    os_version: Text
    arch: Text
    host: Text
    user: Text
    cpu_brand: Text
    cpu_name: Text
    cpu_vendor_id: str
    cpu_cores: Unsigned32
    total_memory_gb: Unsigned64
    cpu_flags: Annotated[list[str], Since(10)] = []


class RunPart(_Object):
    """Which part of which run of the CI it is (spec: upload 4.3)."""

    run_id: Text
    run_part_id: Text
    job_name: Text
    metadata: dict[str, JsonValue]


class Sender(_Object):
    """Who started the run."""

    id: Text
    login: Text


class Job(_Object):
    """The job of a GitHub or GitLab run."""

    run_id: Text
    job: Text


class LocalData(_Object):
    """What only a local run has."""

    expected_run_parts_count: Annotated[Unsigned32, Field(ge=1)]


class Metadata(_Object):
    """The whole document (spec: upload 4.1)."""

    repository_provider: Literal["GITHUB", "GITLAB", "PROJECT"]
    version: Literal[8, 9, 10]
    tokenless: bool
    profile_md5: Md5
    profile_encoding: Literal["gzip"] | None
    runner: Runner
    run_environment: RunEnvironmentName
    run_part: RunPart | None
    commit_hash: Commit
    allow_empty: bool
    ref: Text
    head_ref: Text | None
    base_ref: str | None
    owner: NamePath
    repository: Name
    event: Literal["push", "pull_request", "workflow_dispatch", "schedule", "local"]
    sender: Sender | None
    gh_data: Job | None
    gl_data: Job | None
    local_data: Annotated[LocalData | None, Since(9)] = None
    repository_root_path: Annotated[str, Field(pattern="^/")]
