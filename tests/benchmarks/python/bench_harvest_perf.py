"""The reader of perf's recordings on one of about 500 kB, in memory."""

from __future__ import annotations

import io

from pytest_codspeed import BenchmarkFixture

from rules_codspeed.capture.elf.file import Segment
from rules_codspeed.capture.perf.order import ordered_events
from rules_codspeed.harvest.modules import ModuleRules, load_modules
from rules_codspeed.harvest.samples.samples import read_samples
from tests.capture.perf.recordings import Recorder, compressed

ROUNDS = 10
SAMPLES = 300  # in a round
SEGMENTS = [Segment(0, 0, 0x1000, 4), Segment(0x1000, 0x1000, 0x1000, 5)]


def one_round(number: int) -> bytes:
    """Returns the records of a round: samples, and forks that map the same few files."""
    recorder = Recorder(attributes=[])
    start = len(recorder.data)
    for sample in range(SAMPLES):
        chain = range(0x555555554000, 0x555555554000 + 0x40 * (4 + sample % 20), 0x40)
        recorder.sample(1, 0x555555554000 + sample, number * 1000 + sample, chain)
    for child in range(number * 10 + 2, number * 10 + 6):
        recorder.fork(child, 1, number * 1000 + child)
        for file in range(8):
            path = b"/usr/lib/x86_64-linux-gnu/libfile%d.so.1" % file
            recorder.mmap2(child, 0x7F0000000000 + (file << 20), 0x1000, 0x1000, path, child)
    return recorder.data[start:]


PIECES = [one_round(number) for number in range(ROUNDS)]
PLAIN = Recorder()
COMPRESSED = Recorder()
for plain, packed in zip(PIECES, compressed(PIECES), strict=True):
    PLAIN.add(plain).end_round()
    COMPRESSED.add(packed).end_round()
EVENTS = list(ordered_events(io.BytesIO(PLAIN.data), "perf.pipedata"))


def events_of(data: bytes) -> int:
    return sum(1 for _ in ordered_events(io.BytesIO(data), "perf.pipedata"))


def samples_of(data: bytes) -> int:
    return sum(1 for _ in read_samples(io.BytesIO(data), "perf.pipedata"))


def modules_of() -> int:
    rules = ModuleRules(fork_inheritance=True, exec_purge=True)
    return len(load_modules(EVENTS, {1}, lambda path: SEGMENTS, rules).tracked)


def test_events(benchmark: BenchmarkFixture) -> None:
    assert benchmark(events_of, PLAIN.data) == ROUNDS * 4 * 9


def test_events_of_a_compressed_recording(benchmark: BenchmarkFixture) -> None:
    assert benchmark(events_of, COMPRESSED.data) == ROUNDS * 4 * 9


def test_samples(benchmark: BenchmarkFixture) -> None:
    assert benchmark(samples_of, PLAIN.data) == ROUNDS * SAMPLES


def test_modules(benchmark: BenchmarkFixture) -> None:
    assert benchmark(modules_of) == 1 + ROUNDS * 4
