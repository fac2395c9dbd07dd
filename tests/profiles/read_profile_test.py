"""Profiles of all formats as one JSON document, and what is no profile."""

from __future__ import annotations

import gzip
import io
import json
import random
import shutil
import tarfile
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
import zstandard

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.timestamps import encode_timestamps
from rules_codspeed.profiles.main import main
from rules_codspeed.profiles.reader import read_profiles

TESTS = Path(__file__).parents[1]
TESTDATA = TESTS / "results" / "testdata"
CORPUS = TESTS / "fuzz" / "corpus"
THREADS = [TESTDATA / "threads-4242.out", TESTDATA / "threads-4250.out"]
ARTIFACT = CORPUS / "memtrack" / "dup"


def read(*paths: Path, functions: bool = False) -> dict[str, Any]:
    found = json.loads(read_profiles(paths, functions).to_json())
    assert {"format", "version", "truncated", "benchmarks", "totals"} <= found.keys()
    return dict(found)


def named(found: dict[str, Any]) -> list[tuple[str, str, dict[str, int]]]:
    return [(one["uri"], one["name"], one["totals"]) for one in found["benchmarks"]]


def refused(*paths: Path) -> str:
    with pytest.raises(CodSpeedError) as caught:
        read_profiles(paths)
    return str(caught.value)


def test_callgrind() -> None:
    found = read(TESTDATA / "inline.callgrind.out", functions=True)
    assert (found["format"], found["version"], found["truncated"]) == ("callgrind", 1, False)
    totals = {"Ir": 78, "Dr": 7, "Ct": 7800, "Cl": 14000}
    assert named(found) == [("a.c::one", "a.c::one", totals)]
    functions = {one["name"]: one for one in found["benchmarks"][0]["functions"]}
    assert {name: one["self"]["Ir"] for name, one in functions.items()} == {
        "work": 3, "square": 5, "mul": 4, "cube": 6, "leaf": 60
    }  # fmt: skip
    assert functions["cube"]["inclusive"]["Ir"] == 26
    assert functions["work"]["inclusive"]["Ir"] == 78
    assert functions["cube"]["kind"] == "inlined"


def test_processes_that_are_read_together() -> None:
    assert named(read(THREADS[0])) == [("exec_harness::p", "exec_harness::p", {"Ir": 100})]
    assert named(read(THREADS[1])) == []
    assert read(THREADS[1])["totals"] == {"Ir": 500}
    found = read(*THREADS)
    assert found["format"] == "files"
    assert named(found) == [("exec_harness::p", "exec_harness::p", {"Ir": 600})]
    assert [one["totals"] for one in found["files"]] == [{"Ir": 100}, {"Ir": 500}]


@pytest.mark.parametrize("name", ["a-v3", "a-v4", "a-v4-literal", "a-v4-noend", "a-v5"])
def test_tracegrind(name: str) -> None:
    found = read(TESTDATA / "tracegrind" / f"{name}.tgtrace")
    assert (found["format"], found["version"]) == ("tracegrind", int(name[3]))
    assert found["truncated"] == name.endswith("noend")
    assert named(found) == [
        ("a.c::one", "a.c::one", {"Ir": 35}),
        ("a.c::two", "a.c::two", {"Ir": 8}),
    ]
    assert [one["outside_functions"] for one in found["benchmarks"]] == [{"Ir": 3}, {"Ir": 2}]


def test_a_trace_that_ends_early() -> None:
    found = read(TESTDATA / "tracegrind" / "a-v4-cut.tgtrace", functions=True)
    assert (found["truncated"], found["benchmarks"], found["totals"]) == (True, [], {"Ir": 11})
    rest = found["after_last_marker"]
    assert (rest["totals"], rest["outside_functions"]) == ({"Ir": 11}, {"Ir": 3})
    own = {one["name"]: one["self"]["Ir"] for one in rest["functions"]}
    assert own == {"work": 3, "square": 5}


def test_memtrack(tmp_path: Path) -> None:
    totals = {"peak": 562, "total": 826, "calls": 4}
    found = read(ARTIFACT)
    assert (found["format"], found["benchmarks"], found["totals"]) == ("memtrack", [], totals)
    results = tmp_path / "results"
    results.mkdir()
    shutil.copy(ARTIFACT, results / "7.MemtrackArtifact.msgpack")
    times = encode_timestamps([(1 << 62, "m::x")], [("SampleStart", 0), ("SampleEnd", 1 << 61)])
    (results / "ExecutionTimestamps.msgpack").write_bytes(times)
    found = read(tmp_path)
    assert found["format"] == "folder"
    assert named(found) == [("m::x", "m::x", totals)]


def test_walltime() -> None:
    found = read(CORPUS / "walltime_results" / "example")
    written = json.loads((CORPUS / "walltime_results" / "example").read_text())
    assert found["format"] == "walltime"
    assert [(uri, name) for uri, name, _ in named(found)] == [
        (one["uri"], one["name"]) for one in written["benchmarks"]
    ]
    stats = written["benchmarks"][0]["stats"]
    assert found["benchmarks"][0]["totals"]["median_ns"] == stats["median_ns"]
    assert found["creator"]["name"] == written["creator"]["name"]


def _memory_profile(folder: Path, uri: str, size: int) -> None:
    """As memory mode writes one: each has process 1, and a clock that starts at nothing."""
    (folder / "results").mkdir(parents=True)
    event: dict[str, int | str] = {"pid": 1, "tid": 1, "timestamp": 2000, "addr": 1}
    event |= {"type": "Malloc", "size": size}
    packed = b"\x86" + b"".join(_text(name) + _packed(value) for name, value in event.items())
    artifact = folder / "results" / "1.MemtrackArtifact.msgpack"
    artifact.write_bytes(zstandard.compress(packed))
    times = encode_timestamps([(4000, uri)], [("SampleStart", 1000), ("SampleEnd", 3000)])
    (folder / "results" / "ExecutionTimestamps.msgpack").write_bytes(times)


def _packed(value: int | str) -> bytes:
    return _text(value) if isinstance(value, str) else b"\xcf" + value.to_bytes(8, "big")


def _text(text: str) -> bytes:
    return bytes([0xA0 + len(text)]) + text.encode()


def test_memory_of_two_targets_is_not_added_up(tmp_path: Path) -> None:
    _memory_profile(tmp_path / "a_memory.profile", "a::bench", 100)
    _memory_profile(tmp_path / "b_memory.profile", "b::bench", 7)
    found = read(tmp_path)
    assert [(uri, totals) for uri, _, totals in named(found)] == [
        ("a::bench", {"peak": 100, "total": 100, "calls": 1}),
        ("b::bench", {"peak": 7, "total": 7, "calls": 1}),
    ]


def test_an_artifact_that_expands_far_takes_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "1.MemtrackArtifact.msgpack"
    compressor = zstandard.ZstdCompressor(1).compressobj()
    pieces = [compressor.compress(bytes(1 << 24)) for _ in range(16)]
    path.write_bytes(b"".join([*pieces, compressor.flush()]))
    assert path.stat().st_size < 1 << 16
    tracemalloc.start()
    try:
        assert "int, where an event is due" in refused(path)
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()


def test_processes_of_two_runs_have_the_same_id(tmp_path: Path) -> None:
    for name in ("a.out", "b.out"):
        shutil.copy(TESTDATA / "plain.out", tmp_path / name)
    found = read(tmp_path / "a.out", tmp_path / "b.out")
    assert [one["uri"] for one in found["benchmarks"]] == [
        *("two_benchmarks.c::fill[4096]", "two_benchmarks.c::fib[10]"),
    ] * 2


def test_perf_with_its_metadata(tmp_path: Path) -> None:
    samples = read(CORPUS / "perf" / "recording-0")["totals"]
    shutil.copy(CORPUS / "perf" / "recording-0", tmp_path / "perf.pipedata")
    metadata = {
        "ignored_modules": [],
        "uri_by_ts": [[1 << 62, "p::x"], [(1 << 62) + 9, "p::y"]],
        "markers": [{"SampleStart": 0}, {"SampleEnd": 1 << 61}],
    }
    (tmp_path / "walltime.metadata").write_text(json.dumps(metadata))
    found = read(tmp_path)
    assert named(found) == [
        ("p::x", "p::x", samples),
        ("p::y", "p::y", {"samples": 0, "period": 0}),
    ]


def test_perf() -> None:
    found = read(CORPUS / "perf" / "recording-0")
    assert (found["format"], found["benchmarks"]) == ("perf", [])
    assert found["totals"]["samples"] > 0


def tar_of(files: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return written.getvalue()


def compressed(content: bytes, kind: str) -> bytes:
    if kind == "tar.gz":
        return gzip.compress(content)
    return zstandard.compress(content) if kind == "tar.zst" else content


PROFILE = {
    "4242.out": THREADS[0].read_bytes(),
    "4250.out": THREADS[1].read_bytes(),
    "runner.log": b"hello",
}


@pytest.mark.parametrize("kind", ["tar", "tar.gz", "tar.zst"])
def test_archives(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "profile"
    file.write_bytes(compressed(tar_of(PROFILE | {"inner.tar": tar_of(PROFILE)}), kind))
    found = read(file)
    assert found["format"] == "archive"
    assert named(found) == [("exec_harness::p", "exec_harness::p", {"Ir": 600})]
    assert [one["file"] for one in found["files"]] == ["4242.out", "4250.out"]
    assert found["other_files"] == ["inner.tar", "runner.log"]


def test_an_archive_of_large_blocks(tmp_path: Path) -> None:
    file = tmp_path / "profile"
    noise = random.Random(0).randbytes(1 << 18)
    file.write_bytes(zstandard.compress(tar_of({"a": noise, **PROFILE})))
    assert read(file)["format"] == "archive"


@pytest.mark.parametrize("kind", ["tar", "tar.gz", "tar.zst"])
def test_archives_that_are_cut_off(kind: str, tmp_path: Path) -> None:
    file = tmp_path / f"profile.{kind}"
    content = compressed(tar_of(PROFILE), kind)
    file.write_bytes(content[: 1500 if kind == "tar" else len(content) // 2])
    assert "the archive is damaged" in refused(file)


def test_a_damaged_file_in_an_archive_is_named(tmp_path: Path) -> None:
    file = tmp_path / "profile.tar"
    file.write_bytes(tar_of({"a/1.out": PROFILE["4242.out"][:-5]}))
    text = refused(file)
    assert "profile.tar cannot be read" in text
    assert "a/1.out:" in text
    assert "(byte " in text
    assert "/files/" not in text


def test_a_name_that_no_file_can_have(tmp_path: Path) -> None:
    file = tmp_path / "profile.tar"
    with tarfile.open(file, "w", format=tarfile.GNU_FORMAT) as tar:
        tar.addfile(tarfile.TarInfo("long" * 100 + ".out"))
    text = refused(file)
    assert "no file here can have the name 'longlong" in text
    assert "/files/" not in text


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_links_in_an_archive_are_refused(kind: bytes, tmp_path: Path) -> None:
    file = tmp_path / "profile.tar"
    with tarfile.open(file, "w", format=tarfile.USTAR_FORMAT) as tar:
        entry = tarfile.TarInfo("1.out")
        entry.type, entry.linkname = kind, "/etc/passwd"
        tar.addfile(entry)
    assert "cannot be read as a profile" in refused(file)


def test_an_archive_that_expands_too_far(tmp_path: Path) -> None:
    file = tmp_path / "profile.tar.zst"
    start = tar_of({"1.out": b""})[:512]
    file.write_bytes(zstandard.compress(start + bytes(80 << 20)))
    assert "expands to more than 67,108,864 bytes" in refused(file)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "it is empty (byte 0)"),
        (b"hello", "its first bytes are those of no profile (byte 0)"),
        (b'{"a": 1}', "its first bytes are those of no profile (byte 0)"),
        (PROFILE["4242.out"][:300], "(byte "),
        (b"TGMP\5\0\0\0", "(byte 8)"),
        (ARTIFACT.read_bytes()[:-3], "at byte "),
    ],
)
def test_what_is_no_profile(content: bytes, problem: str, tmp_path: Path) -> None:
    file = tmp_path / "1.MemtrackArtifact.msgpack"
    file.write_bytes(content)
    text = refused(file)
    assert text.startswith(f"{file} cannot be read as a profile. Got: ")
    assert problem in text


def test_devices_and_folders_without_a_profile(tmp_path: Path) -> None:
    assert "it is not a regular file" in refused(Path("/dev/zero"))
    (tmp_path / "link.out").symlink_to(THREADS[0])
    assert "there is no profile in it" in refused(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_profiles([tmp_path / "missing"])


def test_command_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("BUILD_WORKING_DIRECTORY", str(TESTDATA))
    assert main(["threads-4242.out", "threads-4250.out"]) == 0
    assert named(json.loads(capsys.readouterr().out))[0][2] == {"Ir": 600}
    (tmp_path / "notes.md").write_text("none")
    assert main([str(tmp_path / "notes.md")]) == 1
    assert "notes.md cannot be read as a profile" in capsys.readouterr().err
