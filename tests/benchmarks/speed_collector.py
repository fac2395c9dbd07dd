"""Measures the collector's pages beside uploads: `python3 tests/benchmarks/speed_collector.py`.

It prints the times of each kind of page; the aim is 300 ms at the 99th percentile, with 300 runs of
1,000 benchmarks stored and 20 uploads at once. `--runs` and `--benchmarks` make it smaller.
"""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "py")]

from tests.collector.pages_test import BROWSER, page, run  # noqa: E402
from tests.collector.server import Server, serve  # noqa: E402
from tests.collector.uploads import Upload, compact  # noqa: E402

_UPLOADS = 20  # at once
_LOOKS = 200  # at each page


def _store(server: Server, count: int, benchmarks: int) -> str:
    """Stores runs; returns the first one."""
    found = []
    for number in range(1, count + 1):
        costs = {f"pkg/x.cc::bench[{at}]": 100_000 + at + number for at in range(benchmarks)}
        upload = run(number, costs)
        assert upload.put(server.client).is_success
        found.append(upload.run_id)
    return found[0]


def _upload(url: str, benchmarks: int, done: Event, sent: Queue[int]) -> None:
    """Uploads until it is told to end: in a process of its own, which keeps no page waiting."""
    one = run(1, {f"pkg/x.cc::bench[{at}]": 100_000 + at for at in range(benchmarks)})

    def upload(first: int) -> int:
        with httpx.Client(base_url=url, trust_env=False, timeout=120) as client:
            for number in itertools.count(first):
                if done.is_set():
                    return number - first
                assert _renumbered(one, number).put(client).is_success
        raise AssertionError("there is always another number")

    with ThreadPoolExecutor(_UPLOADS) as pool:
        sent.put(sum(pool.map(upload, range(10**6, 10**6 * (_UPLOADS + 1), 10**6))))


def _renumbered(upload: Upload, number: int) -> Upload:
    """Returns an upload with the same archive that is of another run and commit."""
    body = json.loads(upload.body)
    body["runPart"]["runId"] = body["ghData"]["runId"] = str(number)
    body["commitHash"] = f"{number:040x}"
    return Upload(compact(body), upload.archive, compressed=True)


def _times(client: httpx.Client, path: str) -> list[float]:
    times = []
    for _ in range(_LOOKS):
        start = time.perf_counter()
        assert client.get(path, headers=BROWSER).is_success
        times.append(time.perf_counter() - start)
    return times


def _processor(server: Server) -> float:
    """Returns the seconds that the server's process has computed."""
    stat = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, stat[11:13])) / os.sysconf("SC_CLK_TCK")


def _alone(server: Server, path: str) -> float:
    """Returns the seconds that the server computes for a page without uploads."""
    start = _processor(server)
    _times(server.client, path)
    return (_processor(server) - start) / _LOOKS


def main() -> None:
    """Prints a row for each kind of page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--benchmarks", type=int, default=1000)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as name,
        open(os.devnull, "w") as log,
        serve(Path(name) / "data", errors=log) as server,
    ):
        first = _store(server, options.runs, options.benchmarks)
        page(server.client, f"/reports/{first}")
        paths = ("/", "/projects/github/acme/widgets", f"/reports/{first}")
        alone = {path: _alone(server, path) for path in paths}
        done = multiprocessing.Event()
        sent: Queue[int] = multiprocessing.Queue()
        uploads = multiprocessing.Process(
            target=_upload, args=(server.url, options.benchmarks, done, sent)
        )
        uploads.start()
        for path in paths:
            times = sorted(_times(server.client, path))
            p99 = times[len(times) * 99 // 100]
            print(
                f"{path:40} median {statistics.median(times):.3f} s  p99 {p99:.3f} s  "
                f"alone {alone[path] * 1000:.1f} ms of processor time",
                flush=True,
            )
        done.set()
        print(f"{sent.get()} uploads meanwhile")
        uploads.join()


if __name__ == "__main__":
    main()
