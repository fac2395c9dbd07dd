"""Typed input of the vectors (spec: upload 16), and of the official runner's own tests."""

from __future__ import annotations

import dataclasses

from rules_codspeed.contract.run_environments import EnvironmentKind
from rules_codspeed.contract.runner_versions import Runner
from rules_codspeed.publish.bundle.metadata import Metadata, build_metadata
from rules_codspeed.publish.bundle.system import SystemInfo
from rules_codspeed.publish.ci.environment import (
    JobRun,
    RunEnvironment,
    RunEvent,
    RunPart,
    Sender,
)
from rules_codspeed.publish.ci.repository import RepositoryProvider
from rules_codspeed.publish.runner_version import parse_runner_version

V4 = parse_runner_version("4.11.0")
V5 = parse_runner_version("5.0.2")
HELLO_MD5 = "XUFAKrxLKna5cZ2REBfFkg=="
COMMIT = "0123456789abcdef0123456789abcdef01234567"

MACHINE = SystemInfo(
    os="ubuntu",
    os_version="22.04",
    arch="x86_64",
    host="fv-az123-456",
    user="runner",
    cpu_brand="AMD EPYC 7763 64-Core Processor",
    cpu_name="cpu0",
    cpu_vendor_id="AuthenticAMD",
    cpu_cores=2,
    total_memory_gb=16,
    cpu_flags=("avx", "avx2", "fpu", "sse2"),
)
LAPTOP = dataclasses.replace(MACHINE, host="laptop", user="dev")

GITHUB = RunEnvironment(
    kind=EnvironmentKind.GITHUB_ACTIONS,
    provider=RepositoryProvider.GITHUB,
    owner="acme",
    repository="widgets",
    ref="refs/pull/42/merge",
    head_ref="feature/speedup",
    base_ref="main",
    event=RunEvent.PULL_REQUEST,
    sender=Sender(id="1001", login="octo-dev"),
    gh_data=JobRun(run_id="9876543210", job="bench"),
    gl_data=None,
    repository_root_path="/home/runner/work/widgets/widgets/",
    commit_hash=COMMIT,
    run_part=None,
    is_fork=False,
    is_private=False,
)


def vector_a() -> Metadata:
    return build_metadata(
        V4,
        GITHUB,
        MACHINE,
        executor="valgrind",
        run_part=RunPart(
            "9876543210",
            'bench-{"python":"3.12","shard":1}-{"job-total":2,"job-index":1}-{"run-index":0}',
            "bench",
            {"python": "3.12", "shard": 1, "job-total": 2, "job-index": 1, "run-index": 0},
        ),
        run_parts_count=1,
        profile_md5=HELLO_MD5,
        profile_encoding="gzip",
        tokenless=False,
    )


def vector_b() -> Metadata:
    fork = dataclasses.replace(
        GITHUB,
        ref="refs/pull/43/merge",
        head_ref="forker:fix-é",
        sender=Sender("1002", "forker"),
        gh_data=JobRun("9876543211", "bench"),
        is_fork=True,
    )
    return build_metadata(
        V4,
        fork,
        MACHINE,
        executor="walltime",
        run_part=RunPart("9876543211", 'bench-{"run-index":0}', "bench", {"run-index": 0}),
        run_parts_count=1,
        profile_md5=HELLO_MD5,
        profile_encoding=None,
        tokenless=True,
    )


def vector_c() -> Metadata:
    merge_request = dataclasses.replace(
        GITHUB,
        kind=EnvironmentKind.GITLAB_CI,
        provider=RepositoryProvider.GITLAB,
        ref="refs/pull/7/merge",
        head_ref="speedup",
        sender=Sender("2001", "gl-dev"),
        gh_data=None,
        gl_data=JobRun("5550001", "bench"),
        repository_root_path="/builds/acme/widgets",
    )
    return build_metadata(
        V4,
        merge_request,
        dataclasses.replace(MACHINE, host="runner-abc-project-1-concurrent-0", user="root"),
        executor="valgrind",
        run_part=RunPart("5550001", 'bench-{"run-index":0}', "bench", {"run-index": 0}),
        run_parts_count=1,
        profile_md5=HELLO_MD5,
        profile_encoding="gzip",
        tokenless=False,
    )


def vector_d() -> Metadata:
    push = dataclasses.replace(
        GITHUB,
        kind=EnvironmentKind.BUILDKITE,
        ref="refs/heads/main",
        head_ref=None,
        base_ref=None,
        event=RunEvent.PUSH,
        sender=None,
        gh_data=None,
        repository_root_path="/buildkite/builds/agent-1/acme/widgets-pipeline/",
    )
    return build_metadata(
        V4,
        push,
        dataclasses.replace(MACHINE, host="bk-agent", user="buildkite-agent"),
        executor="memory",
        run_part=None,
        run_parts_count=1,
        profile_md5=HELLO_MD5,
        profile_encoding=None,
        tokenless=False,
    )


LOCAL = dataclasses.replace(
    GITHUB,
    kind=EnvironmentKind.LOCAL,
    head_ref=None,
    base_ref=None,
    event=RunEvent.LOCAL,
    sender=None,
    gh_data=None,
    repository_root_path="/home/dev/src/widgets/",
)


def vector_e() -> Metadata:
    project = dataclasses.replace(
        LOCAL,
        provider=RepositoryProvider.PROJECT,
        owner="octo-dev",
        repository="local-runs",
        ref="a" * 40,
        commit_hash="a" * 40,
    )
    return build_metadata(
        V4,
        project,
        LAPTOP,
        executor="valgrind",
        run_part=None,
        run_parts_count=1,
        profile_md5=HELLO_MD5,
        profile_encoding="gzip",
        tokenless=False,
    )


def vector_f(version: Runner = V5, exclude_allocations: bool = True) -> Metadata:
    push = dataclasses.replace(
        GITHUB,
        ref="refs/heads/main",
        head_ref=None,
        base_ref="",
        event=RunEvent.PUSH,
        gh_data=JobRun("9876543212", "bench"),
    )
    return build_metadata(
        version,
        push,
        MACHINE,
        executor="valgrind",
        run_part=RunPart(
            "9876543212",
            'bench-{"executor":"valgrind","run-index":0}',
            "bench",
            {"executor": "valgrind", "run-index": 0},
        ),
        run_parts_count=1,
        profile_md5=HELLO_MD5,
        profile_encoding="gzip",
        tokenless=False,
        exclude_allocations=exclude_allocations,
    )


def vector_g(version: Runner = V5) -> Metadata:
    return build_metadata(
        version,
        dataclasses.replace(LOCAL, ref=COMMIT, head_ref="main"),
        LAPTOP,
        executor="walltime",
        run_part=RunPart(
            "6f1c1a52-7a5e-4c7e-9b1e-2f0d3f6a9b10",
            'local-job-{"executor":"walltime","run-part-index":1}',
            "local-job",
            {"executor": "walltime", "run-part-index": 1},
        ),
        run_parts_count=2,
        profile_md5=HELLO_MD5,
        profile_encoding=None,
        tokenless=False,
    )
