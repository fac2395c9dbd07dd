from __future__ import annotations

import contextlib
import os
import random
import resource
import socket
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.collector.server import Server, serve, until
from tests.collector.uploads import Upload, plain, simulation, tar


def _state(server: Server, upload: Upload) -> str:
    return str(server.client.get(f"/runs/{upload.run_id}").json()["state"])


def _stored(data: Path) -> list[str]:
    return sorted(file.name for file in (data / "archives").iterdir())


def _send_part(server: Server, upload: Upload, count: int) -> socket.socket:
    """Sends the headers and `count` bytes of an archive; returns the open connection."""
    url = urlsplit(upload.url(server.client))
    lines = [f"PUT {url.path}?{url.query} HTTP/1.1", f"Host: {url.netloc}"]
    lines += [f"{name}: {value}" for name, value in upload.headers().items()]
    lines += [f"Content-Length: {len(upload.archive)}", "", ""]
    connection = socket.create_connection(server.address)
    connection.sendall("\r\n".join(lines).encode() + upload.archive[:count])
    return connection


class TestParts:
    def test_parts_of_a_run_are_stored_side_by_side(self, server: Server) -> None:
        parts = [plain(tar({"a": bytes([part])}), part) for part in (0, 1)]
        for upload in parts:
            assert upload.put(server.client).status_code == 200
        runs = server.client.get("/runs").json()
        assert {run["id"] for run in runs} == {upload.run_id for upload in parts}
        assert len({run["ci_run_id"] for run in runs}) == 1
        assert len({run["run_part_id"] for run in runs}) == 2

    def test_the_same_again_is_the_same_run(self, server: Server) -> None:
        upload = simulation({"1.out": b"same"})
        assert upload.put(server.client).status_code == 200
        before = server.client.get("/runs").json()
        assert upload.put(server.client).status_code == 200
        assert server.client.get("/runs").json() == before
        assert _stored(server.data) == [f"{upload.run_id}.tar.gz"]

    def test_a_part_has_one_archive(self, server: Server) -> None:
        first, second = (plain(tar({"a": content})) for content in (b"first", b"second"))
        url = second.url(server.client)
        assert first.put(server.client).status_code == 200
        answer = server.client.put(url, content=second.archive, headers=second.headers())
        assert answer.status_code == 409
        assert first.run_id in answer.text
        assert _stored(server.data) == [f"{first.run_id}.tar"]
        assert _state(server, second) == "refused"

    def test_of_archives_at_once_one_is_accepted(self, server: Server) -> None:
        uploads = [plain(tar({"a": bytes([byte])})) for byte in range(4)]
        with contextlib.ExitStack() as stack:
            # All are in progress before the first one ends.
            sent = [stack.enter_context(_send_part(server, upload, 99)) for upload in uploads]
            until(lambda: len(_stored(server.data)) == len(uploads))
            for connection, upload in zip(sent, uploads, strict=True):
                connection.sendall(upload.archive[99:])
            answers = [connection.recv(100).split()[1] for connection in sent]
        assert sorted(answers) == [b"200", b"409", b"409", b"409"]
        assert _stored(server.data) == [f"{uploads[answers.index(b'200')].run_id}.tar"]

    def test_runs_without_parts_never_conflict(self, server: Server) -> None:
        changes: dict[str, Any] = {
            "runEnvironment": "BUILDKITE",
            "runPart": None,
            "sender": None,
            "ghData": None,
        }
        for content in (b"first", b"second"):
            upload = simulation({"1.out": content}, **changes)
            assert upload.put(server.client).status_code == 200


def test_uploads_at_once_are_all_stored(server: Server) -> None:
    same = simulation({"1.out": bytes(200_000)}, event="schedule")
    uploads = [plain(tar({"a": bytes(100_000)}), part, 9) for part in range(9)] + [same] * 5

    def send(upload: Upload) -> int:
        with httpx.Client(base_url=server.url, trust_env=False) as client:
            return upload.put(client).status_code

    with ThreadPoolExecutor(len(uploads)) as pool:
        assert set(pool.map(send, uploads)) == {200}
    assert len(server.client.get("/runs").json()) == 10
    assert len(_stored(server.data)) == 10
    for upload in uploads:
        stored = server.client.get(f"/runs/{upload.run_id}/archive").content
        assert stored == upload.archive


class TestCrash:
    upload = plain(tar({"a": random.Random(1).randbytes(500_000)}))

    def test_in_the_middle_of_an_archive(self, tmp_path: Path) -> None:
        archives = tmp_path / "archives"
        with serve(tmp_path) as server, _send_part(server, self.upload, 400_000):
            until(lambda: any(file.stat().st_size for file in archives.glob("*.part")))
            server.kill()
            assert len(_stored(tmp_path)) == 1
        with serve(tmp_path) as server:
            assert _stored(tmp_path) == []
            assert _state(server, self.upload) == "pending"
            assert self.upload.put(server.client).status_code == 200

    def test_between_archive_and_index(self, tmp_path: Path) -> None:
        archive = tmp_path / "archives" / f"{self.upload.run_id}.tar"
        with serve(tmp_path) as server:
            self.upload.announce(server.client)
            with sqlite3.connect(tmp_path / "index.sqlite", isolation_level=None) as index:
                # The collector cannot write its index, and waits.
                index.execute("BEGIN IMMEDIATE")
                with _send_part(server, self.upload, len(self.upload.archive)):
                    until(archive.exists)
                    server.kill()
                index.execute("ROLLBACK")
            index.close()
        with serve(tmp_path) as server:
            assert _state(server, self.upload) == "complete"
            stored = server.client.get(f"/runs/{self.upload.run_id}/archive").content
            assert stored == self.upload.archive
            assert self.upload.put(server.client).status_code == 200

    def test_at_any_moment(self, tmp_path: Path) -> None:
        choose = random.Random(7)
        sent = [simulation({"1.out": choose.randbytes(20_000)}, str(run)) for run in range(300)]
        accepted: list[Upload] = []
        for turn in range(3):
            uploads = sent[turn * 100 : (turn + 1) * 100]
            accepted += _send_until_a_crash(tmp_path, uploads, choose.randint(1, 30))
        with serve(tmp_path) as server:
            runs = {run["id"]: run["state"] for run in server.client.get("/runs").json()}
            assert {runs[upload.run_id] for upload in accepted} == {"complete"}
            names = {f"{run}.tar.gz" for run, state in runs.items() if state == "complete"}
            assert set(_stored(tmp_path)) == names
            for upload in sent:
                if runs.get(upload.run_id) == "complete":
                    file = tmp_path / "archives" / f"{upload.run_id}.tar.gz"
                    assert file.read_bytes() == upload.archive

    def test_a_lost_connection_leaves_nothing(self, server: Server) -> None:
        archives = server.data / "archives"
        with _send_part(server, self.upload, 400_000):
            until(lambda: any(archives.glob("*.part")))
        until(lambda: not any(archives.iterdir()))
        assert self.upload.put(server.client).status_code == 200


def _send_until_a_crash(data: Path, uploads: list[Upload], goal: int) -> list[Upload]:
    """Kills the collector when it has accepted about `goal` uploads; returns which."""
    accepted: list[Upload] = []

    def send(url: str) -> None:
        with (
            httpx.Client(base_url=url, trust_env=False) as client,
            contextlib.suppress(httpx.TransportError),
        ):
            for upload in uploads:
                assert upload.put(client).status_code == 200
                accepted.append(upload)

    with serve(data) as server:
        sender = threading.Thread(target=send, args=(server.url,))
        sender.start()
        until(lambda: len(accepted) >= goal)
        server.kill()
        sender.join()
    assert len(accepted) < len(uploads)
    return accepted


def test_an_index_that_is_gone_is_made_again(tmp_path: Path) -> None:
    complete, pending = simulation({"1.out": b"content"}), plain(tar({}))
    with serve(tmp_path) as server:
        assert complete.put(server.client).status_code == 200
        assert pending.announce(server.client).status_code == 200
        before = server.client.get("/runs").json()
        server.stop()
    for file in tmp_path.glob("index.sqlite*"):
        file.unlink()
    (tmp_path / "metadata" / "notes.json").write_text("{}")
    with serve(tmp_path) as server:
        after = server.client.get("/runs").json()
    times = ("created_at", "completed_at")
    assert [{**run, **dict.fromkeys(times)} for run in after] == [
        {**run, **dict.fromkeys(times)} for run in before
    ]


def test_the_index_of_an_earlier_version_is_made_again(tmp_path: Path) -> None:
    upload = simulation({"1.out": b"content"})
    with serve(tmp_path) as server:
        assert upload.put(server.client).status_code == 200
        server.stop()
    with contextlib.closing(sqlite3.connect(tmp_path / "index.sqlite")) as connection:
        connection.execute("PRAGMA user_version = 1")
        connection.execute("DROP TABLE runs")
        connection.execute("CREATE TABLE runs (id TEXT PRIMARY KEY, state TEXT NOT NULL)")
        connection.commit()
    with serve(tmp_path) as server:
        assert _state(server, upload) == "complete"


def test_an_archive_that_is_gone_can_be_sent_again(tmp_path: Path) -> None:
    upload = simulation({"1.out": b"content"})
    with serve(tmp_path) as server:
        assert upload.put(server.client).status_code == 200
        server.stop()
    (tmp_path / "archives" / f"{upload.run_id}.tar.gz").unlink()
    with serve(tmp_path) as server:
        assert _state(server, upload) == "pending"
        assert upload.put(server.client).status_code == 200
        assert _state(server, upload) == "complete"


def test_upload_urls_outlive_a_restart(tmp_path: Path) -> None:
    upload = simulation({"1.out": b"content"})
    with serve(tmp_path) as server:
        url = urlsplit(upload.url(server.client))
    with serve(tmp_path) as server:
        answer = server.client.put(
            f"{url.path}?{url.query}", content=upload.archive, headers=upload.headers()
        )
        assert answer.status_code == 200


def _limit_files(server: Server, size: int) -> None:
    """Keeps files of a collector from growing beyond `size` bytes, like a full disk."""
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def test_a_full_disk_stores_nothing(server: Server) -> None:
    upload = plain(tar({"a": bytes(2_000_000)}))
    url = upload.url(server.client)
    _limit_files(server, 500_000)
    answer = server.client.put(url, content=upload.archive, headers=upload.headers())
    assert (answer.status_code, answer.text) == (507, "the disk of the collector is full")
    assert _stored(server.data) == []
    assert _state(server, upload) == "pending"

    _limit_files(server, 0)
    other = simulation({})
    assert other.announce(server.client).status_code == 507
    assert server.client.get(f"/runs/{other.run_id}").status_code == 404
    assert os.listdir(server.data / "metadata") == [f"{upload.run_id}.json"]

    _limit_files(server, resource.RLIM_INFINITY)
    assert upload.put(server.client).status_code == 200


def test_an_index_that_cannot_grow_stores_nothing(server: Server) -> None:
    upload, other = simulation({}, run="1"), simulation({}, run="2")
    url = upload.url(server.client)
    # Room for what is sent, but not for another record.
    _limit_files(server, (server.data / "index.sqlite-wal").stat().st_size)
    answer = server.client.put(url, content=upload.archive, headers=upload.headers())
    assert answer.status_code in (500, 507)
    assert _stored(server.data) == []
    assert other.announce(server.client).status_code in (500, 507)
    assert os.listdir(server.data / "metadata") == [f"{upload.run_id}.json"]
    _limit_files(server, resource.RLIM_INFINITY)
    for run in (upload, other):
        assert run.put(server.client).status_code == 200


def test_memory_does_not_grow_with_the_archive(server: Server) -> None:
    def peak() -> int:
        status = Path(f"/proc/{server.process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) << 10

    assert plain(tar({"a": b"warm"}), part=0).put(server.client).status_code == 200
    before = peak()
    upload = plain(tar({"a": random.Random(1).randbytes(64 << 20)}))
    assert upload.put(server.client).status_code == 200
    assert peak() - before < 8 << 20
