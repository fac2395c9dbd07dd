"""Walltime is shown, exported and published: each target as a part of the run."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.collector import server as collectors
from tests.command.commands import TOKEN, Command, stored, upload_url
from tests.report.suites import STOCK

TARGETS = {
    "//b:x": ["b/x.cc::f"],
    "//:y": ["y.cc::g"],
    "//c:z": ["c/z.cc::h", "exec_harness::c/z"],
}
TIMED = {"//:y": "walltime", "//c:z": "walltime"}
BOTH = {"//b:x": "walltime", **TIMED}
PROFILE = [
    "0__bench.symbols.map",
    "0__bench.unwind_data",
    "ExecutionTimestamps.msgpack",
    "perf-4242.map",
    "perf.pipedata",
    "results/4242.json",
    "walltime.metadata",
]


def part_ids(collector: collectors.Server) -> list[str]:
    return [one["runPart"]["runPartId"] for one in stored(collector)]


def contents(archive: Path) -> dict[str, bytes]:
    found = {}
    with tarfile.open(archive) as tar:
        for entry in tar:
            if stream := tar.extractfile(entry):
                found[entry.name] = stream.read()
    return found


def benchmarks(files: dict[str, bytes]) -> list[str]:
    return [one["uri"] for one in json.loads(files["results/4242.json"])["benchmarks"]]


def test_each_target_is_a_part(command: Command, collector: collectors.Server) -> None:
    command.suite(modes=TIMED, targets={**TARGETS, "//d:s": ["d/s.cc::i"]})
    command.on("github_push", CODSPEED_TOKEN=TOKEN)
    output, _ = command.run(upload_url(collector))
    assert "Uploading results 3/3" in output
    assert [one["runner"]["executor"] for one in stored(collector)] == [
        "valgrind",
        "walltime",
        "walltime",
    ]
    assert [one["profileEncoding"] for one in stored(collector)] == ["gzip", None, None]
    base = stored(collector)[0]["runPart"]["jobName"]
    assert part_ids(collector) == [
        f'{base}-{{"executor":"valgrind","run-index":0,"run-part-index":0}}',
        f'{base}-{{"executor":"walltime","run-index":1,"run-part-index":1}}',
        f'{base}-{{"executor":"walltime","run-index":2,"run-part-index":2}}',
    ]
    assert {one["runPart"]["runId"] for one in stored(collector)} == {
        command.variables["GITHUB_RUN_ID"]
    }


def test_what_the_parts_hold(command: Command) -> None:
    command.suite(modes=TIMED, targets=TARGETS)
    command.on("gitlab_push", CODSPEED_TOKEN=TOKEN)
    command.run("--dry-run", "--out=out")
    out = command.folder / "out"
    archives = [contents(next((out / f"upload/part-{n}").glob("archive.*"))) for n in range(3)]
    assert sorted(archives[0]) == ["1.out", "results/1.json", "runner.log"]
    for files in archives[1:]:
        assert sorted(files) == sorted([*PROFILE, "runner.log"])
    assert [benchmarks(files) for files in archives[1:]] == [TARGETS["//:y"], TARGETS["//c:z"]]
    assert [files["runner.log"].decode() for files in archives] == [
        f"Measured by rules_codspeed for //:suite:\n{label}\n"
        for label in ("//b:x (simulation)", "//:y (walltime)", "//c:z (walltime)")
    ]
    # The folder of each target is that of its archive.
    for folder, files in zip(("y.walltime", "c/z.walltime"), archives[1:], strict=True):
        exported = out / folder / "profile"
        found = {
            str(path.relative_to(exported)): path.read_bytes()
            for path in exported.rglob("*")
            if path.is_file()
        }
        assert {**found, "runner.log": files["runner.log"]} == files
    results = json.loads((out / "results.json").read_text())
    assert [one["mode"] for one in results["provenance"]] == ["walltime", "simulation", "walltime"]


def test_old_schema_distinguishes_parts_by_the_index_alone(
    command: Command, collector: collectors.Server
) -> None:
    command.suite(modes=BOTH, targets=TARGETS, runner_version="4.11.0")
    command.on("gitlab_push", CODSPEED_TOKEN=TOKEN)
    command.run(upload_url(collector), "--runner-version=4.11.1")
    assert len(set(part_ids(collector))) == 3
    assert [one["runPart"]["metadata"] for one in stored(collector)] == [
        {"run-index": index} for index in range(3)
    ]


def test_local_run_shows_all_parts(command: Command, collector: collectors.Server) -> None:
    command.suite(modes=TIMED, targets={**TARGETS, "//b:x": ["b/x.cc::f"]})
    command.variables = {"CODSPEED_TOKEN": TOKEN, "CODSPEED_API_URL": f"{collector.url}/graphql"}
    output, errors = command.run(upload_url(collector))
    assert "1 benchmark, simulated by " in output
    assert "3 benchmarks, timed on AMD EPYC" in output
    assert part_ids(collector) == [
        'local-job-{"executor":"valgrind","run-part-index":0}',
        'local-job-{"executor":"walltime","run-part-index":1}',
        'local-job-{"executor":"walltime","run-part-index":2}',
    ]
    counts = {one["localData"]["expectedRunPartsCount"] for one in stored(collector)}
    assert counts == {3}
    assert "⏱ Walltime" in errors
    shown = [line.split() for line in errors.splitlines() if "y.cc::g" in line]
    # 100 ns at best, 5 rounds of 10 iterations, 192.35 ns of deviation.
    assert shown == [
        ["│", "y.cc::g", "│", "100.00", "ns", "│", "50", "│", "192.35%", "│", "16.00", "µs", "│"]
    ]


@pytest.mark.parametrize("extra", [[], ["--dry-run"]])
def test_layout_of_another_runner(command: Command, extra: list[str]) -> None:
    command.suite(modes=TIMED, targets=TARGETS)
    command.on("gitlab_push", CODSPEED_TOKEN=TOKEN)
    output, _ = command.run("--runner-version=4.15.0", *extra, status=1)
    assert "the walltime profile of //:y has the layout of another runner" in output
    assert "--@rules_codspeed//rules/settings:runner_version=4.15.0" in output
    assert "--runner-version=5.0.2" in output
    assert command.kept() == []
    # Simulations have one layout.
    command.suite(targets=TARGETS)
    command.run("--runner-version=4.15.0", "--dry-run")


def test_simulator_does_not_matter_to_walltime(
    command: Command, collector: collectors.Server
) -> None:
    command.suite(STOCK, modes=BOTH, targets=TARGETS)
    command.on("gitlab_push", CODSPEED_TOKEN=TOKEN)
    output, _ = command.run(upload_url(collector))
    assert "stock" not in output
    assert len(stored(collector)) == 3
    command.suite(STOCK, modes=TIMED, targets=TARGETS)
    output, _ = command.run(upload_url(collector), status=1)
    assert "1 targets were measured by the stock Valgrind, such as //b:x." in output


def test_workspace_in_a_folder_of_the_checkout(
    command: Command, collector: collectors.Server
) -> None:
    command.suite(modes=BOTH, targets={"//c:z": TARGETS["//c:z"]})
    command.workspace = command.checkout / "sub"
    command.workspace.mkdir()
    command.on("github_push", CODSPEED_TOKEN=TOKEN)
    command.run(upload_url(collector))
    (archive,) = (collector.data / "archives").iterdir()
    files = contents(archive)
    assert benchmarks(files) == ["sub/c/z.cc::h", "exec_harness::c/z"]
    metadata = json.loads(files["walltime.metadata"])
    assert [uri for _, uri in metadata["uri_by_ts"]] == ["sub/c/z.cc::h", "exec_harness::c/z"]
    assert b"\xadsub/c/z.cc::h" in files["ExecutionTimestamps.msgpack"]
    assert sorted(files) == sorted([*PROFILE, "runner.log"])


@pytest.mark.parametrize(
    ("where", "options", "words"),
    [
        ("buildkite_push", [], "On Buildkite runs have no parts: each of the 2 uploads becomes"),
        (
            None,
            ["--runner-version=4.11.0", "--dry-run"],
            "Local runs of runner 4.11.0 have no parts: each of the 2 uploads becomes a run of its "
            "own on CodSpeed. Speak as 4.12.0 or newer with --runner-version.",
        ),
    ],
)
def test_runs_without_parts(
    command: Command, where: str | None, options: list[str], words: str
) -> None:
    version = "4.11.0" if where is None else "5.0.2"
    command.suite(modes=BOTH, runner_version=version)
    if where:
        command.on(where, CODSPEED_TOKEN=TOKEN)
    output, errors = command.run("--dry-run", *options)
    assert words in output + errors
    command.suite(modes=BOTH, targets={"//:y": TARGETS["//:y"]}, runner_version=version)
    output, errors = command.run("--dry-run", *options)
    assert "have no parts" not in output + errors


def test_summary_of_a_step(command: Command, collector: collectors.Server) -> None:
    summary = command.folder / "summary.md"
    command.suite(modes=TIMED, targets=TARGETS)
    command.on("github_push", CODSPEED_TOKEN=TOKEN, GITHUB_STEP_SUMMARY=str(summary))
    command.run(upload_url(collector))
    text = summary.read_text()
    assert "| 1.23 µs | 1.25 µs | 25.00 ns (2.0%) | 31 | 1,000 | 2/1 |" in text
    assert "1,234,567" in text


def test_resume_sends_the_parts_that_are_missing(
    command: Command, collector: collectors.Server
) -> None:
    command.suite(modes=BOTH, targets=TARGETS)
    command.on("gitlab_push", CODSPEED_TOKEN=TOKEN)
    refuse: dict[str, Any] = {"kind": "answer", "status": 400, "body": "no"}
    rules = [
        {
            "match": {"method": "PUT", "path": "/"},
            "times": 1,
            "action": {"kind": "delay", "seconds": 0},
        },
        {"match": {"method": "PUT", "path": "/"}, "times": 1, "action": refuse},
    ]
    assert collector.client.post("/_faults", json=rules).is_success
    command.run(upload_url(collector), status=1)
    assert len(stored(collector)) == 1
    (bundle,) = command.kept()
    command.run(f"--resume={bundle}", upload_url(collector))
    assert len(set(part_ids(collector))) == 3
