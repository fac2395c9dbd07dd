"""What a benchmark, a server, a changed folder or a mistake could do: tokens and logs stay safe."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from rules_codspeed.contract.fields import document
from rules_codspeed.contract.provenance import Host
from tests.collector import server as collectors
from tests.command.commands import TOKEN, Command, answer, fault, stored, upload_url
from tests.contract.log_readers import COMMANDS, obeyed, unseen
from tests.publish.loopback import Reply, serve
from tests.report.suites import STOCK
from tests.results.hosts import DEBIAN, GLIBC_243


def test_a_bundle_for_another_service_gets_no_token(
    command: Command, collector: collectors.Server
) -> None:
    command.on("gitlab_push", CODSPEED_TOKEN=TOKEN)
    command.run("--dry-run", "--out=out", "--upload-url=http://127.0.0.1:9/upload")
    output, _ = command.run("--resume=out", upload_url(collector), status=1)
    assert "is for another service, which would get the token" in output
    assert "127.0.0.1:9" in output
    assert stored(collector) == []


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
        printed: list[str] = []
        printed += command.run(*options, status=1, typed=typed)
        printed += command.run(*options, "--out=out", typed=typed)
    assert len(stored(collector)) == 1
    assert not [text for text in printed if TOKEN in text]
    for file in command.folder.rglob("*"):
        if file.is_file() and file.name not in ("token", "config.yaml"):
            assert TOKEN.encode() not in file.read_bytes(), file
    (archive,) = (collector.data / "archives").iterdir()
    with tarfile.open(archive) as files:
        for member in files.getmembers():
            content = files.extractfile(member)
            assert content is None or TOKEN.encode() not in content.read()


def test_no_core_file_has_the_token() -> None:
    program = (
        "import contextlib, resource\n"
        "from rules_codspeed.command import bench\n"
        "hard = resource.getrlimit(resource.RLIMIT_CORE)[1]\n"
        "resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))\n"
        "with contextlib.suppress(SystemExit):\n"
        "    bench.main(['--help'])\n"
        "print('limits', *resource.getrlimit(resource.RLIMIT_CORE))\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    run = [sys.executable, "-c", program]
    printed = subprocess.run(
        run, check=True, stdout=subprocess.PIPE, text=True, env=environment
    ).stdout
    assert printed.splitlines()[-1] == "limits 0 0"


@pytest.mark.parametrize(
    ("place", "options"),
    [
        ("github_push", ["--skip-upload"]),
        ("gitlab_push", ["--dry-run", "--compare=base.json"]),
        ("", ["--format=json", "--compare=base.json"]),
        ("", ["--summary=summary.md", "--compare=base.json"]),
    ],
)
def test_names_of_benchmarks_command_nothing(
    command: Command, place: str, options: list[str]
) -> None:
    command.suite(targets={"//:y": [*COMMANDS, "a.cc::f"]})
    if place:
        command.on(place, CODSPEED_TOKEN=TOKEN)
    command.variables["FORCE_COLOR"] = "1"  # as of some CI
    results = (command.runfiles / "_main/0.results.json").read_text()
    (command.folder / "base.json").write_text(results.replace("1234567", "1"))
    output, errors = command.run(*options)
    if "--format=json" in options:
        uris = {one["uri"] for one in json.loads(output)["benchmarks"]}
        assert uris == {*COMMANDS, "a.cc::f"}
    else:
        assert re.search(r"^  a\.cc::f  +1,234,567 ", output, re.MULTILINE)
        assert r"##\x5bstop-commands]token" in output
    assert obeyed(output + errors) == []
    shown = re.sub("\x1b\\[[0-9;]*m", "", output) + errors
    assert unseen(shown) == ""
    if "--summary=summary.md" in options:
        assert obeyed((command.folder / "summary.md").read_text()) == []


def test_a_benchmark_cannot_command_the_ci(command: Command, collector: collectors.Server) -> None:
    body = json.dumps({"error": "::set-env name=X::y\n::error::z"})
    command.on("github_push", CODSPEED_TOKEN=TOKEN)
    fault(collector, "POST", {"kind": "answer", "status": 400, "body": body})
    output, _ = command.run(upload_url(collector), status=1)
    commands = set(re.findall(r"^::(\w+)", output, re.MULTILINE))
    assert commands <= {"group", "endgroup", "error", "notice"}


def test_numbers_of_the_stock_simulator(command: Command, collector: collectors.Server) -> None:
    command.suite(STOCK)
    command.on("gitlab_push", CODSPEED_TOKEN=TOKEN)
    output, _ = command.run(upload_url(collector), status=1)
    assert "--allow-stock-simulator" in output
    assert stored(collector) == []
    command.run(upload_url(collector), "--allow-stock-simulator")
    assert len(stored(collector)) == 1
    # The numbers of a local run are shown anyway.
    command.variables = {"CODSPEED_TOKEN": TOKEN}
    output, errors = command.run(upload_url(collector))
    assert "2 benchmarks" in output
    assert "Not published: 2 targets were measured by the stock Valgrind" in errors


def measured_on(command: Command, hosts: Sequence[Host]) -> None:
    """Lets the targets of the suite be measured on machines, one each."""
    for number, host in enumerate(hosts):
        file = command.runfiles / f"_main/{number}.results.json"
        results = json.loads(file.read_text())
        results["provenance"][0]["host"] = document(host)
        file.write_text(json.dumps(results))


def test_a_mixed_suite(command: Command, collector: collectors.Server) -> None:
    measured_on(command, [DEBIAN, GLIBC_243])
    command.on("gitlab_push", CODSPEED_TOKEN=TOKEN)
    output, _ = command.run(upload_url(collector), status=1)
    assert "measured 2 targets, such as //:y, differ in libc." in output
    assert "-- --allow-mixed-machines" in output
    assert "Measured on machines that differ in libc: glibc 2.36 (build" in output
    assert stored(collector) == []
    command.run(upload_url(collector), "--allow-mixed-machines")
    assert len(stored(collector)) == 1
    command.variables = {"CODSPEED_TOKEN": TOKEN}
    printed, errors = command.run(upload_url(collector), "--format=json")
    assert "Not published: The machines that measured 2 targets" in errors
    (found,) = json.loads(printed)["mixed"]
    assert (found["what"], [*found["targets"].values()]) == ("libc", [["//b:x"], ["//:y"]])
    measured_on(command, [DEBIAN, DEBIAN])
    assert json.loads(command.run("--format=json", "--skip-upload")[0])["mixed"] == []


def test_mistakes(command: Command) -> None:
    command.on("gitlab_push", CODSPEED_TOKEN=TOKEN)
    for options, words in {
        ("--runner-version=6.0.0",): "unknown runner version",
        ("--upload-url=ftp://a",): "Invalid upload URL",
        ("--profile=none",): "CodSpeed profile `none` does not exist",
        ("--repository=a/b",): "Specifying owner and repository from CLI is not supported",
        ("--project=a",): "--project is for local runs",
        ("--resume=none",): "none is not a bundle that can be uploaded",
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
    assert "the variable CODSPEED_SKIP_UPLOAD is not a flag" in command.run(status=1)[1]
