"""Profile folders become one: unique numbers, content that agrees, reported conflicts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.publish.bundle.merge import Profile, merge
from rules_codspeed.publish.errors import PublishError

LOG = "rules_codspeed\n"


def callgrind(pid: int, uri: str) -> bytes:
    return (
        "# callgrind format\nversion: 1\ncreator: callgrind-3.26.0.codspeed6\n"
        f"pid: {pid}\ncmd:  ./bench pid: {pid}\npart: 1\n\n\n"
        f"desc: Trigger: Client Request: {uri}\n\nfn=pid\n1 {pid}\ntotals: {pid}\n"
    ).encode()


def creator(pid: object) -> bytes:
    document = {"creator": {"name": "pytest-codspeed", "pid": pid}, "python": {"é": 1}}
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False).encode()


def write(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def profiles(tmp_path: Path, *folders: Mapping[str, bytes]) -> list[Profile]:
    return [
        Profile(f"//:b{index}", write(tmp_path / f"b{index}", files))
        for index, files in enumerate(folders)
    ]


def merged(tmp_path: Path, *folders: Mapping[str, bytes]) -> dict[str, bytes]:
    entries = merge(profiles(tmp_path, *folders), LOG)
    contents = {entry.path: b"".join(entry.blocks()) for entry in entries}
    assert list(contents) == sorted(contents)
    assert [entry.size() for entry in entries] == [len(content) for content in contents.values()]
    return contents


def test_first_folder_stays_as_it_is(tmp_path: Path) -> None:
    files = {
        "1.out": callgrind(1, "a"),
        "4242.out": b"",
        "valgrind.1.log": b"==1== x\n",
        "results/1.json": b'{ "creator": {"pid": 1} }',
    }
    assert merged(tmp_path, files) == {**files, "runner.log": LOG.encode()}


def test_stacks_of_allocations_are_not_uploaded(tmp_path: Path) -> None:
    files = {"results/1.MemtrackArtifact.msgpack": b"a"}
    assert merged(tmp_path, {**files, "allocation_stacks.json": b"{}"}) == {
        **files,
        "runner.log": LOG.encode(),
    }


def test_later_folders_get_numbers_of_their_own(tmp_path: Path) -> None:
    first = {"1.out": callgrind(1, "a"), "2.out": callgrind(2, "b")}
    second = {
        "1.out": callgrind(1, "c"),
        "3.out": callgrind(3, "d"),
        "valgrind.1.log": b"==1== Using\n--3-- x ==1==\n**1** y\n==9== z\n1\n",
        "environment-1.json": creator(3),
        "results/1.json": creator(1),
        "perf-1.map": b"1000 1 f\n",
        "results/.gitignore": b"*\n",
    }
    third = {"1.out": callgrind(1, "e"), "results/.gitignore": b"*\n"}
    assert merged(tmp_path, first, second, third) == {
        "1.out": callgrind(1, "a"),
        "2.out": callgrind(2, "b"),
        "3.out": callgrind(1, "c").replace(b"pid: 1\ncmd:", b"pid: 3\ncmd:"),
        "5.out": callgrind(3, "d").replace(b"pid: 3\ncmd:", b"pid: 5\ncmd:"),
        "valgrind.3.log": b"==3== Using\n--5-- x ==1==\n**3** y\n==9== z\n1\n",
        "environment-3.json": creator(5),
        "results/3.json": creator(3),
        "perf-3.map": b"1000 1 f\n",
        "results/.gitignore": b"*\n",
        "6.out": callgrind(1, "e").replace(b"pid: 1\ncmd:", b"pid: 6\ncmd:"),
        "runner.log": LOG.encode(),
    }


def test_costs_of_a_big_profile_are_not_copied(tmp_path: Path) -> None:
    big = callgrind(1, "b") + b"x" * (1 << 20)
    entry = merge(profiles(tmp_path, {"1.out": b""}, {"1.out": big}), LOG)[1]
    assert (entry.path, entry.owner) == ("2.out", "//:b1")
    assert entry.head.endswith(b"pid: 2")
    assert len(entry.head) < 100


@pytest.mark.parametrize(
    "name", ["01.out", "0.out", "x.out", "1.txt", "1.log", "results/x/1.json", "perf-1.json"]
)
def test_other_names_are_no_numbers(tmp_path: Path, name: str) -> None:
    assert name in merged(tmp_path, {"1.out": b""}, {name: b"pid: 1"})


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"creator": 1}', b"[" * 100_000, b"\xff", creator([1])]
)
def test_foreign_json_stays_as_it_is(tmp_path: Path, content: bytes) -> None:
    files = {"results/1.json": content}
    assert merged(tmp_path, {"1.out": b""}, files)["results/2.json"] == content


@pytest.mark.parametrize(("padding", "number"), [(0, 2), (4 << 20, 1)])
def test_json_is_rewritten_up_to_a_size(tmp_path: Path, padding: int, number: int) -> None:
    content = creator(1) + b" " * padding
    rewritten = merged(tmp_path, {"1.out": b""}, {"results/1.json": content})["results/2.json"]
    assert json.loads(rewritten)["creator"]["pid"] == number


MEMORY = """
import sys
from pathlib import Path
from rules_codspeed.publish.bundle.merge import Profile, merge
first, second = map(Path, sys.argv[1:])
log = merge([Profile("//:a", first), Profile("//:b", second)], "")[-1]
assert log.path == "valgrind.99.log"
assert log.size() > 100 << 20
assert sum(block.count(b"==99==") for block in log.blocks()) == (1 << 20) + 94 * 19_000
# Not ru_maxrss, which starts at what the parent used.
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
"""


def test_memory_does_not_grow_with_a_log(tmp_path: Path) -> None:
    write(tmp_path, {"a/90.out": b"", "b/valgrind.9.log": b""})
    with (tmp_path / "b/valgrind.9.log").open("wb") as file:
        file.write(b"==9==\n" * (1 << 20))
        for _ in range(94):
            file.write(b"==9== 54 bytes: most lines of a log are about as long\n" * 19_000)
    command = [sys.executable, "-c", MEMORY, f"{tmp_path}/a", f"{tmp_path}/b"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    output = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, timeout=60, env=environment
    ).stdout
    assert int(output) < 120_000  # KiB


@pytest.mark.parametrize("content", [b"", b"pid", b"version: 1\n", b"# callgrind format\npid: x\n"])
def test_profile_without_a_pid_stays_as_it_is(tmp_path: Path, content: bytes) -> None:
    assert merged(tmp_path, {"1.out": b""}, {"1.out": content})["2.out"] == content


def test_identical_files_are_stored_once(tmp_path: Path) -> None:
    shared = {"0__libc.so.6.symbols.map": b"0 1 f\n", "0__libc.so.6.unwind_data": b"\2"}
    assert merged(tmp_path, shared, shared) == {**shared, "runner.log": LOG.encode()}


def test_different_files_of_one_name_are_an_error_that_names_both(tmp_path: Path) -> None:
    one, other = {"0__a.so.symbols.map": b"1"}, {"0__a.so.symbols.map": b"2"}
    with pytest.raises(PublishError) as caught:
        merged(tmp_path, one, other)
    assert "0__a.so.symbols.map of //:b0 and 0__a.so.symbols.map of //:b1" in str(caught.value)


def test_file_where_another_has_a_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match=r"results of //:b0 and results/x of //:b1"):
        merged(tmp_path, {"results": b""}, {"results/x": b""})


@pytest.mark.parametrize("folders", [[], [{}], [{}, {}]])
def test_nothing_measured_is_an_error(tmp_path: Path, folders: list[dict[str, bytes]]) -> None:
    for index in range(len(folders)):
        (tmp_path / f"b{index}").mkdir()
    with pytest.raises(PublishError, match="nothing was measured"):
        merged(tmp_path, *folders)


def test_missing_folder_is_an_error_that_names_the_benchmark(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match="no profile of //:x"):
        merge([Profile("//:x", tmp_path / "none")], LOG)


def test_links_are_followed_and_other_things_refused(tmp_path: Path) -> None:
    elsewhere = write(tmp_path / "elsewhere", {"1.out": b"x", "results/1.json": b"{}"})
    folder = tmp_path / "b"
    folder.mkdir()
    (folder / "1.out").symlink_to(elsewhere / "1.out")
    (folder / "results").symlink_to(elsewhere / "results")
    names = [entry.path for entry in merge([Profile("//:b", folder)], LOG)]
    assert names == ["1.out", "results/1.json", "runner.log"]
    os.mkfifo(folder / "pipe")
    with pytest.raises(PublishError, match="pipe, which is not a regular file"):
        merge([Profile("//:b", folder)], LOG)


@given(
    st.lists(
        st.sets(st.integers(min_value=1, max_value=99_999), min_size=1, max_size=4),
        min_size=1,
        max_size=4,
    )
)
def test_numbers_are_unique_whatever_they_were(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[set[int]]
) -> None:
    folders = [
        {f"{number}.out": callgrind(number, f"{index}-{number}") for number in some}
        for index, some in enumerate(numbers)
    ]
    contents = merged(tmp_path_factory.mktemp("profiles"), *folders)
    assert len(contents) == sum(map(len, numbers)) + 1
    for path, content in contents.items():
        if path.endswith(".out"):
            assert f"pid: {path[:-4]}\ncmd".encode() in content
