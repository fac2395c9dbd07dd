"""The command publishes: as a process, to a collector that checks every byte of the protocol."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import rules_codspeed.command.bench as module
from rules_codspeed.results.model import Simulator
from tests.collector import server as collectors
from tests.publish.checkouts import GIT_VARIABLES, make_checkout
from tests.publish.environments import NAMES, load_environment
from tests.publish.loopback import Reply, serve
from tests.report.suites import CODSPEED, STOCK, write_suite

TOKEN = "cs-token-0123456789abcdef"
TARGETS = {"//b:x": ["b/x.cc::f"], "//:y": ["y.cc::g"]}
# A profile that can be read: the collector makes results of it.
PROFILE = """\
# callgrind format
version: 1
creator: callgrind-3.26.0.codspeed6
pid: 1
cmd:  b/x
part: 1

desc: Trigger: Client Request: b/x.cc::f

positions: line
events: Ir Dr Dw I1mr D1mr D1mw ILmr DLmr DLmw
fl=b/x.cc
fn=f
1 1000 10 10 1 1 1 0 0 0

totals: 1000 10 10 1 1 1 0 0 0
"""


class Command:
    """A suite in a checkout, and the environment of whoever runs its command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.checkout = folder / "checkout"
        self.workspace = self.checkout
        self.head = make_checkout(self.checkout, origin="https://github.com/acme/widgets.git")
        self.runfiles = folder / "runfiles"
        self.suite()
        self.variables: dict[str, str] = {}

    def suite(
        self,
        simulator: Simulator = CODSPEED,
        modes: Mapping[str, str] | None = None,
        profile: str = PROFILE,
    ) -> None:
        """Writes the suite, each time another one."""
        self.runfiles = self.runfiles.with_name(f"{self.runfiles.name}1")
        self.manifest = write_suite(self.runfiles, TARGETS, simulator, profile, modes)

    def on(self, name: str, **more: str) -> None:
        """Takes the place of a recorded environment."""
        self.variables = {**load_environment(name, self.folder, self.checkout), **more}

    @property
    def environment(self) -> dict[str, str]:
        return {
            **GIT_VARIABLES,
            "HOME": str(self.folder / "home"),
            "PYTHONPATH": os.pathsep.join(sys.path),
            "RUNFILES_DIR": str(self.runfiles),
            "BUILD_WORKSPACE_DIRECTORY": str(self.workspace),
            "BUILD_WORKING_DIRECTORY": str(self.folder),
            **self.variables,
        }

    def start(self, *options: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(module.__file__), "--manifest", str(self.manifest), *options],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *options: str, status: int = 0, typed: str = "") -> tuple[str, str]:
        """Runs the command; returns standard output and standard error."""
        process = self.start(*options)
        output, errors = process.communicate(typed, timeout=60)
        assert process.returncode == status, f"{output}\n{errors}"
        assert "Traceback" not in output + errors
        return output, errors

    def kept(self) -> list[Path]:
        """Returns the bundles that wait."""
        return sorted((self.folder / "home/.local/state/rules_codspeed/uploads").glob("*"))


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(tmp_path)


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[collectors.Server]:
    with collectors.serve(tmp_path / "collected", "--allow-faults") as server:
        yield server


def upload_url(collector: collectors.Server) -> str:
    return f"--upload-url={collector.url}/upload"


def stored(collector: collectors.Server) -> list[dict[str, Any]]:
    """Returns the metadata of all runs that are complete, the oldest first."""
    files = (collector.data / "metadata").glob("*.json")
    archives = {file.name.partition(".")[0] for file in (collector.data / "archives").iterdir()}
    ordered = sorted(files, key=lambda file: file.stat().st_mtime_ns)
    return [json.loads(file.read_bytes()) for file in ordered if file.stem in archives]


def fault(
    collector: collectors.Server, method: str, action: dict[str, Any], times: int = 1
) -> None:
    rule = {"match": {"method": method, "path": "/"}, "times": times, "action": action}
    assert collector.client.post("/_faults", json=[rule]).is_success


def answer(status: int, body: str) -> dict[str, Any]:
    return {"kind": "answer", "status": status, "body": body}


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("github")])
def test_ci_with_a_token(command: Command, collector: collectors.Server, name: str) -> None:
    command.on(name, CODSPEED_TOKEN=TOKEN)
    output, _ = command.run(upload_url(collector))
    assert "Performance data uploaded" in output
    (metadata,) = stored(collector)
    assert metadata["commitHash"] == command.head
    assert (metadata["tokenless"], metadata["version"]) == (False, 10)
    assert (metadata["runner"]["version"], metadata["runner"]["executor"]) == ("5.0.2", "valgrind")
    assert command.kept() == []


@pytest.mark.parametrize(
    "name", ["github_push", "github_pull_request", "github_schedule", "github_workflow_dispatch"]
)
def test_github_by_oidc(
    command: Command, collector: collectors.Server, name: str, tmp_path: Path
) -> None:
    answer = json.dumps({"count": 1, "value": TOKEN}).encode()
    summary = tmp_path / "summary.md"
    with serve(Reply(body=answer), Reply(body=answer)) as github:
        url = f"{github.url}/token?api-version=2.0"
        command.on(name, ACTIONS_ID_TOKEN_REQUEST_URL=url, GITHUB_STEP_SUMMARY=str(summary))
        output, _ = command.run(upload_url(collector))
        assert {one.path for one in github.requests} == {
            "/token?api-version=2.0&audience=codspeed.io"
        }
    assert "::group::Uploading results\n" in output
    (metadata,) = stored(collector)
    assert metadata["tokenless"] is False
    assert metadata["ghData"]["runId"] == command.variables["GITHUB_RUN_ID"]
    assert "1,234,567" in summary.read_text()


def test_fork_goes_without_a_token(command: Command, collector: collectors.Server) -> None:
    command.on("github_fork_pull_request")
    for name in ("ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"):
        command.variables.pop(name, None)
    output, _ = command.run(upload_url(collector))
    (file,) = (collector.data / "metadata").glob("*.json")
    body = file.read_bytes()
    assert json.loads(body)["tokenless"] is True
    assert f'\nCodSpeed Run Hash: "{hashlib.sha256(body).hexdigest()}"\n' in output


def test_jobs_of_a_matrix_and_uploads_of_a_job(
    command: Command, collector: collectors.Server
) -> None:
    command.on("github_matrix", CODSPEED_TOKEN=TOKEN)
    command.run(upload_url(collector))
    command.run(upload_url(collector))
    strategy = '{"fail-fast":true,"job-index":0,"job-total":2,"max-parallel":2}'
    command.variables |= {"GH_STRATEGY": strategy, "GH_MATRIX": '{"python":"3.12","shard":0}'}
    command.run(upload_url(collector))
    parts = [metadata["runPart"] for metadata in stored(collector)]
    assert {part["runId"] for part in parts} == {"9876543210"}
    jobs = [
        f'{{"python":"3.12","shard":{number}}}-{{"job-total":2,"job-index":{number}}}'
        for number in (1, 0)
    ]
    assert [part["runPartId"] for part in parts] == [
        f'bench-{job}-{{"executor":"valgrind","run-index":{index}}}'
        for job, index in [(jobs[0], 0), (jobs[0], 1), (jobs[1], 0)]
    ]


def test_two_executors_make_two_parts(command: Command, collector: collectors.Server) -> None:
    command.suite(modes={"//:y": "walltime"})
    command.on("gitlab_push", CODSPEED_TOKEN=TOKEN)
    output, _ = command.run(upload_url(collector))
    assert "Uploading results 1/2" in output
    first, second = stored(collector)
    executors = [one["runner"]["executor"] for one in (first, second)]
    assert executors == ["valgrind", "walltime"]
    assert (first["profileEncoding"], second["profileEncoding"]) == ("gzip", None)
    assert second["runPart"]["metadata"]["run-part-index"] == 1


@pytest.mark.parametrize(("version", "schema"), [("4.11.0", 8), ("4.13.0", 9), ("v5.0.2", 10)])
def test_speaks_as_another_runner(
    command: Command, collector: collectors.Server, version: str, schema: int
) -> None:
    command.on("gitlab_push", CODSPEED_TOKEN=TOKEN)
    command.run(upload_url(collector), f"--runner-version={version}")
    (metadata,) = stored(collector)
    assert (metadata["version"], metadata["runner"]["version"]) == (schema, version.strip("v"))


def test_workspace_in_a_folder_of_the_checkout(
    command: Command, collector: collectors.Server
) -> None:
    command.workspace = command.checkout / "sub" / "dir"
    command.workspace.mkdir(parents=True)
    command.on("github_push", CODSPEED_TOKEN=TOKEN)
    command.run(upload_url(collector))
    (metadata,) = stored(collector)
    assert metadata["repositoryRootPath"] == f"{command.checkout}/"
    (file,) = (collector.data / "archives").iterdir()
    with tarfile.open(file) as archive:
        profile = archive.extractfile("1.out")
        assert profile
        assert b"Client Request: sub/dir/b/x.cc::f\n" in profile.read()


def test_local_run_shows_what_came_of_it(command: Command, collector: collectors.Server) -> None:
    command.variables = {"CODSPEED_TOKEN": TOKEN, "CODSPEED_API_URL": f"{collector.url}/graphql"}
    output, errors = command.run(upload_url(collector))
    assert "2 benchmarks" in output
    assert "Performance data uploaded" in errors
    assert "View full report:" in errors
    (metadata,) = stored(collector)
    assert (metadata["runEnvironment"], metadata["owner"]) == ("LOCAL", "acme")
    events, errors = command.run(upload_url(collector), "--message-format=json")
    lines = [json.loads(line) for line in events.splitlines()]
    assert lines[0]["event"] == "run_finished"
    assert "b/x.cc::f" in {line.get("name") for line in lines}


def test_local_run_of_a_project(command: Command, collector: collectors.Server) -> None:
    command.variables = {"CODSPEED_TOKEN": TOKEN, "CODSPEED_API_URL": f"{collector.url}/graphql"}
    command.run(upload_url(collector), "--project=experiments")
    (metadata,) = stored(collector)
    assert (metadata["repositoryProvider"], metadata["repository"]) == ("PROJECT", "experiments")


def test_token_of_standard_input_and_of_a_file(
    command: Command, collector: collectors.Server, tmp_path: Path
) -> None:
    command.on("buildkite_push")
    output, _ = command.run(upload_url(collector), status=1)
    assert "Token authentication is required for Buildkite" in output
    command.run(upload_url(collector), "--token-stdin", typed=f"{TOKEN}\n")
    assert len(stored(collector)) == 1
    (tmp_path / "token").write_text(TOKEN)
    output, _ = command.run(upload_url(collector), "--token-file=token")
    assert "Performance data uploaded" in output
    assert "no token in standard input" in command.run("--token-stdin", status=1)[0]
    assert "--token-file /none" in command.run("--token-file=/none", status=1)[0]


def test_on_a_persons_machine_nothing_is_published_without_a_token(command: Command) -> None:
    output, errors = command.run("--upload-url=http://127.0.0.1:9/upload")
    assert ("2 benchmarks" in output, errors) == (True, "")
    command.variables = {"CODSPEED_TOKEN": TOKEN}
    for skip in (["--skip-upload"], []):
        command.variables["CODSPEED_SKIP_UPLOAD"] = "false" if skip else "true"
        assert command.run("--upload-url=http://127.0.0.1:9/upload", *skip)[1] == ""


def test_dry_run_sends_nothing_and_resume_sends_it(
    command: Command, collector: collectors.Server
) -> None:
    command.on("gitlab_push", CODSPEED_TOKEN=TOKEN)
    output, _ = command.run("--dry-run", "--out=out", upload_url(collector))
    assert "Would upload" in output
    assert stored(collector) == []
    folder = command.folder / "out"
    metadata = (folder / "upload/part-0/metadata.json").read_bytes()
    assert (folder / "upload/part-0/archive.tar.gz").stat().st_mode & 0o777 == 0o600
    assert (folder / "results.json").exists()
    output, _ = command.run("--resume=out", upload_url(collector))
    assert "CodSpeed run: " in output
    (sent,) = stored(collector)
    assert sent == json.loads(metadata)
    assert "uploaded already" in command.run("--resume=out/upload", upload_url(collector))[0]
    # It is still a folder that we wrote, and may be replaced.
    command.run("--dry-run", "--out=out", upload_url(collector))
    assert len(stored(collector)) == 1


def test_dry_run_that_keeps_nothing_counts_nothing(
    command: Command, collector: collectors.Server
) -> None:
    command.on("gitlab_push", CODSPEED_TOKEN=TOKEN)
    command.run("--dry-run")
    assert command.kept() == []
    assert not (command.checkout / ".codspeed").exists()
    command.run(upload_url(collector))
    (metadata,) = stored(collector)
    assert metadata["runPart"]["metadata"]["run-index"] == 0


def test_a_bundle_for_another_service_gets_no_token(
    command: Command, collector: collectors.Server
) -> None:
    command.on("gitlab_push", CODSPEED_TOKEN=TOKEN)
    command.run("--dry-run", "--out=out", "--upload-url=http://127.0.0.1:9/upload")
    output, _ = command.run("--resume=out", upload_url(collector), status=1)
    assert "is for another service, which would get the token" in output
    assert "127.0.0.1:9" in output
    assert stored(collector) == []


def test_a_local_dry_run_belongs_to_nothing(command: Command, collector: collectors.Server) -> None:
    command.run("--dry-run", "--out=out", upload_url(collector))
    command.variables = {"CODSPEED_TOKEN": TOKEN}
    _, errors = command.run("--resume=out", upload_url(collector), status=1)
    assert "belongs to no repository" in errors
    assert stored(collector) == []


def test_out_has_what_was_uploaded(command: Command, collector: collectors.Server) -> None:
    command.on("gitlab_push", CODSPEED_TOKEN=TOKEN)
    for _ in range(2):
        command.run("--out=out", upload_url(collector))
        record = json.loads((command.folder / "out/upload/bundle.json").read_bytes())
        assert [part["state"] for part in record["parts"]] == ["uploaded"]
    assert command.kept() == []
    assert len(stored(collector)) == 2


def test_out_that_cannot_be_written_is_told_first(
    command: Command, collector: collectors.Server
) -> None:
    command.on("gitlab_push", CODSPEED_TOKEN=TOKEN)
    (command.folder / "out").mkdir()
    (command.folder / "out" / "mine").touch()
    _, errors = command.run("--out=out", upload_url(collector), status=1)
    assert "'mine' in it" in errors
    (command.folder / "file").touch()
    assert "cannot write --out" in command.run("--out=file", status=1)[1]
    assert command.kept() == []
    assert stored(collector) == []


def test_refused_twice_with_out_loses_nothing(
    command: Command, collector: collectors.Server
) -> None:
    command.on("gitlab_push", CODSPEED_TOKEN=TOKEN)
    fault(collector, "POST", answer(400, "no"), times=2)
    for _ in range(2):
        output, _ = command.run("--out=out", upload_url(collector), status=1)
    assert len(command.kept()) == 2
    assert str(command.kept()[0]) in output or str(command.kept()[1]) in output
    for bundle in command.kept():
        command.run(f"--resume={bundle}", upload_url(collector))
    assert len(stored(collector)) == 2
    assert command.kept() == []


def test_without_a_home(command: Command, collector: collectors.Server) -> None:
    for home in ("", "/dev/null/home"):
        command.on("gitlab_push", CODSPEED_TOKEN=TOKEN, HOME=home, TMPDIR=str(command.folder))
        output, _ = command.run(upload_url(collector))
        assert "kept in a temporary folder" in output
    assert len(stored(collector)) == 2


def test_equal_profiles_give_equal_archives(command: Command) -> None:
    command.on("gitlab_push", CODSPEED_TOKEN=TOKEN)
    archives = []
    for out in ("one", "two"):
        command.run("--dry-run", f"--out={out}")
        archives.append((command.folder / out / "upload/part-0/archive.tar.gz").read_bytes())
    assert archives[0] == archives[1]


@pytest.mark.parametrize(
    ("method", "action"),
    [
        ("POST", answer(503, "later")),
        ("POST", answer(429, "later")),
        ("PUT", answer(500, "later")),
        ("PUT", {"kind": "reset", "after_bytes": 1_000_000}),
        ("PUT", {"kind": "reset"}),
    ],
)
def test_faults_that_pass(
    command: Command, collector: collectors.Server, method: str, action: dict[str, Any]
) -> None:
    # Of a size that goes in many pieces, compressed too.
    noise = random.Random(1).randbytes(2_000_000).hex()
    command.suite(profile=PROFILE + f"# {noise}\n")
    command.on("gitlab_push", CODSPEED_TOKEN=TOKEN)
    fault(collector, method, action)
    command.run(upload_url(collector))
    assert len(stored(collector)) == 1


@pytest.mark.parametrize(
    ("method", "action", "words"),
    [
        (
            "POST",
            answer(401, '{"error": "who are you"}'),
            "401 Unauthorized%0A  -> Reason: who are you%0A%0ACheck that the workflow",
        ),
        ("POST", answer(403, "no"), "Failed to retrieve upload data: 403 Forbidden"),
        ("POST", answer(200, "{"), "the server's answer is none of CodSpeed's"),
        ("POST", {"kind": "json_field", "field": "uploadUrl", "value": "ftp://a"}, "uploadUrl"),
        (
            "PUT",
            answer(403, "Request has expired"),
            "performance report: 403 Forbidden%0A  -> Reason: Request has expired",
        ),
    ],
)
def test_faults_that_last_lose_nothing(
    command: Command,
    collector: collectors.Server,
    method: str,
    action: dict[str, Any],
    words: str,
) -> None:
    command.on("github_push", CODSPEED_TOKEN=TOKEN)
    fault(collector, method, action)
    output, errors = command.run(upload_url(collector), status=1)
    assert words in output
    (bundle,) = command.kept()
    url = f"{collector.url}/upload"
    assert f"bazel run //:suite -- --resume {bundle} --upload-url {url}" in output
    assert stored(collector) == []
    command.run(f"--resume={bundle}", upload_url(collector))
    assert len(stored(collector)) == 1
    assert command.kept() == []
    assert TOKEN not in output + errors


def test_killed_in_the_middle_of_an_upload(command: Command, collector: collectors.Server) -> None:
    command.on("gitlab_push", CODSPEED_TOKEN=TOKEN)
    fault(collector, "PUT", {"kind": "answer", "status": 503, "body": "later"}, times=100)
    process = command.start(upload_url(collector))
    collectors.until(lambda: any(collector.data.glob("metadata/*.json")))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert stored(collector) == []
    (bundle,) = command.kept()
    collector.client.post("/_faults", json=[])
    command.run(f"--resume={bundle}", upload_url(collector))
    assert len(stored(collector)) == 1


def test_cancelled_in_the_middle_of_an_upload(
    command: Command, collector: collectors.Server
) -> None:
    command.on("gitlab_push", CODSPEED_TOKEN=TOKEN)
    fault(collector, "PUT", answer(503, "later"), times=100)
    process = command.start(upload_url(collector))
    collectors.until(lambda: any(collector.data.glob("metadata/*.json")))
    process.terminate()
    output, _ = process.communicate()
    assert process.returncode == 1
    (bundle,) = command.kept()
    assert f"interrupted\nNothing is lost: what was to be uploaded is in {bundle}" in output


def test_two_publishers_at_once(command: Command, collector: collectors.Server) -> None:
    command.on("gitlab_push", CODSPEED_TOKEN=TOKEN)
    processes = [command.start(upload_url(collector)) for _ in range(2)]
    outputs = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    indices = [one["runPart"]["metadata"]["run-index"] for one in stored(collector)]
    assert sorted(indices) == [0, 1]
    assert command.kept() == []


def test_numbers_of_the_stock_simulator(command: Command, collector: collectors.Server) -> None:
    command.suite(STOCK)
    command.on("gitlab_push", CODSPEED_TOKEN=TOKEN)
    output, _ = command.run(upload_url(collector), status=1)
    assert "--allow-stock-simulator" in output
    assert stored(collector) == []
    command.run(upload_url(collector), "--allow-stock-simulator")
    assert len(stored(collector)) == 1
    # A person's numbers are shown all the same.
    command.variables = {"CODSPEED_TOKEN": TOKEN}
    output, errors = command.run(upload_url(collector))
    assert "2 benchmarks" in output
    assert "Not published: 2 targets were measured by the stock Valgrind" in errors


def test_mistakes(command: Command) -> None:
    command.on("gitlab_push", CODSPEED_TOKEN=TOKEN)
    for options, words in {
        ("--runner-version=6.0.0",): "unknown runner version",
        ("--upload-url=ftp://a",): "Invalid upload URL",
        ("--profile=none",): "CodSpeed profile `none` does not exist",
        ("--repository=a/b",): "Specifying owner and repository from CLI is not supported",
        ("--project=a",): "--project is for local runs",
        ("--resume=none",): "none is no bundle that can be uploaded",
    }.items():
        output, errors = command.run(*options, status=1)
        assert words in output + errors, options
        assert command.kept() == []
    for pair, words in {
        ("--resume=a", "--out=b"): "writes no --out",
        ("--format=json", "--message-format=json"): "both need standard output",
        ("--token-stdin", "--token-file=a"): "not allowed with",
    }.items():
        assert words in command.run(*pair, status=2)[1]
    command.variables["CODSPEED_SKIP_UPLOAD"] = "yes"
    assert "the variable CODSPEED_SKIP_UPLOAD is no flag" in command.run(status=1)[1]


def test_project_configuration_is_read(command: Command) -> None:
    (command.checkout / "codspeed.yaml").write_text("options:\n  max-tme: 1s\nbenchmark: []\n")
    output, errors = command.run()
    assert "options.max-tme" in errors
    assert "Did you mean `max-time`?" in errors
    assert "2 benchmarks" in output


@pytest.mark.parametrize("source", ["variable", "stdin", "file", "oidc", "profile"])
def test_the_token_is_nowhere(
    command: Command, collector: collectors.Server, source: str, tmp_path: Path
) -> None:
    reply = Reply(body=json.dumps({"value": TOKEN}).encode())
    with serve(*[reply] * 9) as github:
        command.on("github_push", RUNNER_DEBUG="1", CODSPEED_LOG="trace")
        options: list[str] = []
        typed = ""
        if source == "variable":
            command.variables["CODSPEED_TOKEN"] = TOKEN
        elif source == "stdin":
            options, typed = ["--token-stdin"], TOKEN
        elif source == "file":
            (tmp_path / "token").write_text(TOKEN)
            options = ["--token-file=token"]
        elif source == "oidc":
            command.variables["ACTIONS_ID_TOKEN_REQUEST_URL"] = f"{github.url}/token?v=2"
        else:
            config = tmp_path / "home/.config/codspeed/config.yaml"
            config.parent.mkdir(parents=True)
            config.write_text(f"auth:\n  token: {TOKEN}\n")
        fault(collector, "POST", answer(401, json.dumps({"error": f"bad token {TOKEN}"})))
        options += [upload_url(collector), "--verbose"]
        told: list[str] = []
        told += command.run(*options, status=1, typed=typed)
        told += command.run(*options, "--out=out", typed=typed)
    assert len(stored(collector)) == 1
    assert not [text for text in told if TOKEN in text]
    for file in command.folder.rglob("*"):
        if file.is_file() and file.name not in ("token", "config.yaml"):
            assert TOKEN.encode() not in file.read_bytes(), file
    (archive,) = (collector.data / "archives").iterdir()
    with tarfile.open(archive) as files:
        for member in files.getmembers():
            content = files.extractfile(member)
            assert content is None or TOKEN.encode() not in content.read()


def test_names_of_benchmarks_command_nothing(command: Command) -> None:
    uris = ["::stop-commands::abc", "##[error]x", "a.cc::f"]
    runfiles = command.folder / "odd"
    command.manifest = write_suite(runfiles, {"//:y": uris}, CODSPEED, PROFILE)
    command.runfiles = runfiles
    command.on("github_push", CODSPEED_TOKEN=TOKEN)
    output, _ = command.run("--dry-run")
    assert "stop-commands" in output
    lines = [line.strip() for line in output.splitlines()]
    assert not [line for line in lines if line.startswith("::stop") or "##[" in line]
    assert [line for line in lines if line.startswith("a.cc::f")]


def test_a_benchmark_cannot_command_the_ci(command: Command, collector: collectors.Server) -> None:
    body = json.dumps({"error": "::set-env name=X::y\n::error::z"})
    command.on("github_push", CODSPEED_TOKEN=TOKEN)
    fault(collector, "POST", {"kind": "answer", "status": 400, "body": body})
    output, _ = command.run(upload_url(collector), status=1)
    commands = set(re.findall(r"^::(\w+)", output, re.MULTILINE))
    assert commands <= {"group", "endgroup", "error", "notice"}
