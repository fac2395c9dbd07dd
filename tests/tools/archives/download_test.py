"""Whatever a server does: the final name is a whole, verified file's, or nobody's."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.tools.archives.releases import sha256
from tests.tools.archives.server import Answer, Server
from tools.archives.download import Downloader, FetchError, Wanted
from tools.archives.progress import Lines
from tools.archives.retry import Retry
from tools.archives.transport import open_client

CONTENT = bytes(range(256)) * 2000
HASH = sha256(CONTENT)
TAGGED = {"ETag": '"v1"'}
DATED = {"Last-Modified": "Wed, 25 Nov 2026 00:00:00 GMT"}


@dataclass
class Bench:
    """A downloader, and where and what it downloads."""

    downloader: Downloader
    target: Path
    waited: list[float] = field(default_factory=list)

    def fetch(self, *urls: str, sha256: str = HASH, limit: int = 1 << 20) -> bool:
        return self.downloader.fetch(Wanted("the archive", urls, sha256, limit), self.target)

    def left(self) -> list[str]:
        return sorted(file.name for file in self.target.parent.iterdir())


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    waited: list[float] = []
    retry = Retry(attempts=3, sleep=waited.append, random=lambda: 1)
    with open_client(httpx.Timeout(0.3)) as client:
        downloader = Downloader(client, Lines(sys.stderr), retry)
        yield Bench(downloader, tmp_path / "out/archive.tar.gz", waited)


def test_a_file_is_fetched_once(bench: Bench, server: Server) -> None:
    url = server.put("/a", Answer(CONTENT))
    assert bench.fetch(url)
    assert bench.target.read_bytes() == CONTENT
    assert not bench.fetch(url)
    assert len(server.requests) == 1
    assert bench.left() == ["archive.tar.gz"]


def test_a_damaged_file_is_replaced(bench: Bench, server: Server) -> None:
    bench.target.parent.mkdir()
    bench.target.write_bytes(CONTENT[:-1])
    assert bench.fetch(server.put("/a", Answer(CONTENT)))
    assert bench.target.read_bytes() == CONTENT


def test_a_damaged_file_stays_until_a_whole_one_is_there(bench: Bench, server: Server) -> None:
    bench.target.parent.mkdir()
    bench.target.write_bytes(b"old")
    with pytest.raises(FetchError):
        bench.fetch(server.put("/a", Answer(b"wrong")))
    assert bench.target.read_bytes() == b"old"


@pytest.mark.parametrize(
    ("headers", "validator"),
    [
        (TAGGED, '"v1"'),
        (DATED, DATED["Last-Modified"]),
        ({"ETag": 'W/"weak"', **DATED}, DATED["Last-Modified"]),
    ],
)
def test_a_lost_connection_is_resumed(
    bench: Bench, server: Server, headers: dict[str, str], validator: str
) -> None:
    cut = Answer(CONTENT, headers=headers, sent=300_000)
    assert bench.fetch(server.put("/a", cut, Answer(CONTENT, headers=headers)))
    assert bench.target.read_bytes() == CONTENT
    again = server.requests[1].headers
    assert again["Range"] == "bytes=300000-"
    assert again["If-Range"] == validator
    assert bench.waited == [1]


def test_a_server_without_ranges_starts_again(bench: Bench, server: Server) -> None:
    assert bench.fetch(server.put("/a", Answer(CONTENT, sent=300_000), Answer(CONTENT)))
    assert bench.target.read_bytes() == CONTENT
    assert "Range" not in server.requests[1].headers


def test_a_file_that_changed_meanwhile_starts_again(bench: Bench, server: Server) -> None:
    old = Answer(b"x" * 400_000, headers={"ETag": '"old"'}, sent=300_000)
    assert bench.fetch(server.put("/a", old, Answer(CONTENT, headers=TAGGED)))
    assert bench.target.read_bytes() == CONTENT


def test_a_server_that_resumes_another_file_is_found_out(bench: Bench, server: Server) -> None:
    old = Answer(b"x" * 400_000, headers=TAGGED, sent=300_000)
    assert bench.fetch(server.put("/a", old, Answer(CONTENT, headers=TAGGED)))
    assert bench.target.read_bytes() == CONTENT
    assert ["Range" in request.headers for request in server.requests] == [False, True, False]


def test_a_range_that_was_not_asked_for_is_not_used(bench: Bench, server: Server) -> None:
    cut = Answer(CONTENT, headers=TAGGED, sent=300_000)
    odd = Answer(CONTENT[5:], 206, {"Content-Range": "bytes 5-511999/512000"})
    assert bench.fetch(server.put("/a", cut, odd, Answer(CONTENT)))
    assert bench.target.read_bytes() == CONTENT


def test_a_file_that_became_shorter_starts_again(bench: Bench, server: Server) -> None:
    long = Answer(CONTENT * 2, headers=TAGGED, sent=len(CONTENT) + 5)
    assert bench.fetch(server.put("/a", long, Answer(CONTENT, headers=TAGGED)))
    assert bench.target.read_bytes() == CONTENT
    assert len(server.requests) == 3


def test_a_killed_process_leaves_what_the_next_one_needs(bench: Bench, server: Server) -> None:
    stuck = Answer(CONTENT, headers=TAGGED, sent=300_000, stuck=True)
    url = server.put("/a", stuck, Answer(CONTENT, headers=TAGGED))
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from tools.archives.download import Downloader, Wanted\n"
        "from tools.archives.progress import Lines\n"
        "from tools.archives.transport import open_client\n"
        "wanted = Wanted('the archive', (sys.argv[1],), sys.argv[2])\n"
        "with open_client() as client:\n"
        "    Downloader(client, Lines(sys.stderr)).fetch(wanted, Path(sys.argv[3]))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, url, HASH, str(bench.target)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    part = bench.target.with_name("archive.tar.gz.part")
    deadline = time.monotonic() + 20
    while not (part.exists() and part.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not bench.target.exists()

    kept = part.stat().st_size
    assert bench.fetch(url)
    assert bench.target.read_bytes() == CONTENT
    assert server.requests[1].headers["Range"] == f"bytes={kept}-"
    assert bench.left() == ["archive.tar.gz"]


def test_a_whole_part_needs_no_server(bench: Bench) -> None:
    bench.target.parent.mkdir()
    bench.target.with_name("archive.tar.gz.part").write_bytes(CONTENT)
    assert bench.fetch("https://nowhere.invalid/a")
    assert bench.target.read_bytes() == CONTENT
    assert bench.left() == ["archive.tar.gz"]


@pytest.mark.parametrize(
    ("answer", "printed"),
    [
        (Answer(CONTENT[:-1]), f"0.5 MB of unknown type with SHA-256 {sha256(CONTENT[:-1])}"),
        (Answer(b"other"), f"5 bytes of unknown type with SHA-256 {sha256(b'other')}"),
        (
            Answer(b"<html>log in", headers={"Content-Type": "text/html; charset=utf-8"}),
            f"12 bytes of text/html with SHA-256 {sha256(b'<html>log in')}",
        ),
        (Answer(status=404), "404 Not Found"),
        (Answer(status=403), "403 Forbidden"),
        (Answer(status=204), "204 No Content"),
        (Answer(CONTENT * 3), "1.5 MB"),
        (Answer(status=302, headers={"Location": "http://plain.example/a?key=s3cret"}), "plain"),
        (Answer(status=302, headers={"Location": "ftp://plain.example/a"}), "ftp://plain.example"),
        (Answer(status=302, headers={"Location": "/a"}), "more than 5 redirects"),
    ],
)
def test_what_is_not_the_file_is_asked_for_once_and_told(
    bench: Bench, server: Server, answer: Answer, printed: str
) -> None:
    url = server.put("/a", answer)
    with pytest.raises(FetchError, match=rf"cannot fetch the archive\. Got: .*{printed}") as raised:
        bench.fetch(url)
    assert HASH in str(raised.value)
    assert url in str(raised.value)
    assert "s3cret" not in str(raised.value)
    assert bench.waited == []
    assert bench.left() == []


def test_the_limit_holds_without_a_length_too(bench: Bench, server: Server) -> None:
    endless = Answer(
        b"10000\r\n" + b"x" * 65536 + b"\r\n0\r\n\r\n",
        headers={"Transfer-Encoding": "chunked"},
    )
    with pytest.raises(FetchError, match="more than 1000 bytes"):
        bench.fetch(server.put("/a", endless), sha256="", limit=1000)
    assert bench.left() == []


def test_bytes_are_not_decoded(bench: Bench, server: Server) -> None:
    assert bench.fetch(server.put("/a", Answer(CONTENT, headers={"Content-Encoding": "gzip"})))
    assert bench.target.read_bytes() == CONTENT


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again(bench: Bench, server: Server, status: int) -> None:
    busy = Answer(status=status)
    assert bench.fetch(server.put("/a", busy, busy, Answer(CONTENT)))
    assert bench.target.read_bytes() == CONTENT
    assert bench.waited == [1, 2]


@pytest.mark.parametrize(("asked", "waited"), [("7", 7), ("9" * 400, 30), ("soon", 1), ("-3", 1)])
def test_a_server_says_how_long_to_wait(
    bench: Bench, server: Server, asked: str, waited: float
) -> None:
    busy = Answer(status=503, headers={"Retry-After": asked})
    assert bench.fetch(server.put("/a", busy, Answer(CONTENT)))
    assert bench.waited == [waited]


def test_a_server_that_stays_busy_is_told(bench: Bench, server: Server) -> None:
    with pytest.raises(FetchError, match="503 Service Unavailable"):
        bench.fetch(server.put("/a", Answer(status=503)))
    assert len(server.requests) == 3
    assert bench.left() == []


def test_a_slow_server_is_given_up(bench: Bench, server: Server) -> None:
    slow = Answer(CONTENT, headers=TAGGED, sent=100, stuck=True)
    with pytest.raises(FetchError, match="no answer in time") as raised:
        bench.fetch(server.put("/a", slow))
    assert not raised.value.absent
    assert len(server.requests) == 3
    assert not bench.target.exists()


def test_the_next_address_is_asked(bench: Bench, server: Server) -> None:
    urls = [
        server.put("/a", Answer(status=404)),
        server.put("/b", Answer(b"wrong")),
        server.put("/c", Answer(CONTENT)),
        server.put("/d", Answer(CONTENT)),
    ]
    assert bench.fetch(*urls)
    assert bench.target.read_bytes() == CONTENT
    assert [request.path for request in server.requests] == ["/a", "/b", "/c"]


def test_every_address_is_told(bench: Bench, server: Server) -> None:
    urls = [server.put("/a", Answer(status=404)), server.put("/b", Answer(status=410))]
    with pytest.raises(FetchError) as raised:
        bench.fetch(*urls)
    assert f"{urls[0]}: 404 Not Found; {urls[1]}: 410 Gone" in str(raised.value)
    assert raised.value.absent


@pytest.mark.parametrize(
    "url",
    [
        "http://plain.example/a",
        "https://me:s3cret@host.example/a",
        "https://\x00/",
        "",
        "file:///a",
    ],
)
def test_an_unsafe_address_is_never_asked(bench: Bench, url: str) -> None:
    with pytest.raises(FetchError) as raised:
        bench.fetch(url)
    assert bench.waited == []
    assert "s3cret" not in str(raised.value)


def test_a_host_name_that_cannot_be_is_told(bench: Bench) -> None:
    with pytest.raises(FetchError, match="no answer"):
        bench.fetch(f"https://{'a' * 300}/a")


def test_without_a_hash_any_file_will_do(bench: Bench, server: Server) -> None:
    url = server.put("/a", Answer(b"first"), Answer(b"second"))
    assert bench.fetch(url, sha256="")
    assert bench.fetch(url, sha256="")
    assert bench.target.read_bytes() == b"second"


def test_two_at_once_fetch_once(bench: Bench, server: Server) -> None:
    with ThreadPoolExecutor(2) as pool:
        second = []

        def start_second() -> None:
            second.append(pool.submit(bench.fetch, url))

        url = server.put("/a", Answer(CONTENT, meanwhile=start_second))
        assert pool.submit(bench.fetch, url).result(20)
        assert not second[0].result(20)
    assert len(server.requests) == 1
    assert bench.left() == ["archive.tar.gz"]


def test_the_second_goes_on_where_the_first_failed(bench: Bench, server: Server) -> None:
    with ThreadPoolExecutor(2) as pool:
        second = []

        def start_second() -> None:
            second.append(pool.submit(bench.fetch, good))

        bad = server.put("/bad", Answer(b"wrong", meanwhile=start_second))
        good = server.put("/good", Answer(CONTENT))
        with pytest.raises(FetchError):
            pool.submit(bench.fetch, bad).result(20)
        assert second[0].result(20)
    assert bench.target.read_bytes() == CONTENT


def test_a_folder_that_cannot_be_written_is_an_error_of_the_system(
    bench: Bench, server: Server
) -> None:
    bench.target.parent.write_text("no folder")
    with pytest.raises(OSError, match="exists"):
        bench.fetch(server.put("/a", Answer(CONTENT)))
