"""Uploads are kept until they are sent: dry runs, folders of `--out`, interruptions, resumption."""

from __future__ import annotations

import json
import signal
from typing import Any

import pytest

from tests.collector import server as collectors
from tests.command.commands import TOKEN, Command, answer, fault, stored, upload_url


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


def test_out_that_cannot_be_written_is_reported_first(
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
    ("method", "action", "words"),
    [
        (
            "POST",
            answer(401, '{"error": "who are you"}'),
            "401 Unauthorized%0A  -> Reason: who are you%0A%0ACheck that the workflow",
        ),
        ("POST", answer(403, "no"), "Failed to retrieve upload data: 403 Forbidden"),
        ("POST", answer(200, "{"), "the server's answer is not one of CodSpeed's"),
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
