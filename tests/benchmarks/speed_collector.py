"""Measures the collector's pages beside uploads: `python3 tests/benchmarks/speed_collector.py`.

It prints the times of each kind of page; the aim is 300 ms at the 99th percentile, with 300 runs of
1,000 benchmarks stored and 20 uploads at once. `--runs` and `--benchmarks` make it smaller.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "py")]

from tests.collector.pages_test import BROWSER, page, run  # noqa: E402
from tests.collector.server import Server, serve  # noqa: E402

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


def _upload_until(done: threading.Event, server: Server, benchmarks: int, first: int) -> int:
    sent = 0
    with httpx.Client(base_url=server.url, trust_env=False, timeout=120) as client:
        for number in itertools.count(first):
            if done.is_set():
                return sent
            costs = {f"pkg/x.cc::bench[{at}]": 100_000 + number for at in range(benchmarks)}
            assert run(number, costs).put(client).is_success
            sent += 1
    raise AssertionError("there is always another number")


def _times(client: httpx.Client, path: str) -> list[float]:
    times = []
    for _ in range(_LOOKS):
        start = time.perf_counter()
        assert client.get(path, headers=BROWSER).is_success
        times.append(time.perf_counter() - start)
    return times


def main() -> None:
    """Prints a row for each kind of page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--benchmarks", type=int, default=1000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, serve(Path(name) / "data") as server:
        first = _store(server, options.runs, options.benchmarks)
        page(server.client, f"/reports/{first}")
        done = threading.Event()
        with ThreadPoolExecutor(_UPLOADS) as pool:
            uploads = [
                pool.submit(_upload_until, done, server, options.benchmarks, 10**6 * (one + 1))
                for one in range(_UPLOADS)
            ]
            for path in ("/", "/projects/github/acme/widgets", f"/reports/{first}"):
                times = sorted(_times(server.client, path))
                p99 = times[len(times) * 99 // 100]
                print(f"{path:40} median {statistics.median(times):.3f} s  p99 {p99:.3f} s")
            done.set()
            print(f"{sum(one.result() for one in uploads)} uploads meanwhile")


if __name__ == "__main__":
    main()
