"""What a program leaves for its profile: files of its own, or one error that names it."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.measure.simulation import normalise, perf_maps
from rules_codspeed.measure.simulation.perf_maps import remove_perf_maps
from rules_codspeed.measure.simulation.profile import Harvested, ProfileFolder
from rules_codspeed.measure.stage.names import Names
from rules_codspeed.measure.stage.output_folder import open_profile
from rules_codspeed.measure.stage.staging import Layout
from rules_codspeed.measure.stage.trees import remove_tree
from tests.measure.target import make_spec

_PID = 4711
_PROFILE = b"# callgrind format\nevents: Ir\n"


class Run:
    """What a run left; `tmp` stands for /tmp, and `stage` for the stage."""

    def __init__(self, folder: Path) -> None:
        self.secret = folder / "secret"
        self.secret.write_bytes(b"secret")
        self.tmp, self.stage, self.output = folder / "tmp", folder / "stage", folder / "output"
        self.source = self.stage / "profile"
        for one in (self.tmp, self.source, self.output):
            one.mkdir(parents=True)
        self.map = self.tmp / f"perf-{_PID}.map"
        (self.source / f"{_PID}.out").write_bytes(_PROFILE)
        self.folder = ProfileFolder(str(self.output), Names({}), make_spec())

    def add(self) -> Harvested:
        with open_profile(Layout(str(self.stage)), "//pkg:bench") as source:
            return self.folder.add_run(source, _PID)

    def added(self) -> dict[str, bytes]:
        self.add()
        return {path.name: path.read_bytes() for path in self.output.iterdir()}

    def refused(self, place: Path, reason: str) -> str:
        with pytest.raises(CodSpeedError) as error:
            self.add()
        text = str(error.value)
        assert text.startswith("//pkg:bench ")
        assert f"Got: {place}: {reason}" in text
        assert "Fix: let the program" in text
        for path in self.output.rglob("*"):
            assert b"secret" not in path.read_bytes()
        return text


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """A run that left one profile."""
    made = Run(tmp_path)
    monkeypatch.setattr(perf_maps, "_FOLDER", str(made.tmp))
    yield made
    # Deeper than pytest, which removes the test's folder some time, can go.
    remove_tree(str(made.stage))


def bind(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        # The path of a socket has 107 bytes at most.
        os.chdir(path.parent)
        made.bind(path.name)


def sparse(path: Path) -> None:
    path.touch()
    os.truncate(path, 9 << 30)


SHAPES: dict[str, tuple[Callable[[Run, Path], object], str]] = {
    "link": (lambda run, path: path.symlink_to(run.secret), "it is not a regular file but a symb"),
    "endless": (
        lambda _, path: path.symlink_to("/dev/zero"),
        "it is not a regular file but a symb",
    ),
    "loop": (lambda _, path: path.symlink_to(path), "it is not a regular file but a symbolic link"),
    "FIFO": (lambda _, path: os.mkfifo(path), "it is not a regular file but a FIFO"),
    "socket": (lambda _, path: bind(path), "it is not a regular file but a socket"),
    "hard link": (lambda run, path: os.link(run.secret, path), "it is a hard link"),
    "sparse": (lambda _, path: sparse(path), "it has 9,663,676,416 bytes"),
}
shapes = pytest.mark.parametrize("shape", SHAPES)


@shapes
def test_map(run: Run, shape: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    make, reason = SHAPES[shape]
    make(run, run.map)
    text = run.refused(run.map, reason)
    assert "Expected: a regular file, a map of generated code of at most 536,870,912 bytes." in text


@shapes
@pytest.mark.parametrize(
    "name",
    ["notes.txt", "9.out", "valgrind.9.log", "results/9.json", "environment-9.json", "a/b/c"],
)
def test_file(run: Run, shape: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    place = run.source / name
    place.parent.mkdir(parents=True, exist_ok=True)
    make, reason = SHAPES[shape]
    make(run, place)
    run.refused(place, reason)


def test_folder_in_place_of_a_map(run: Run) -> None:
    run.map.mkdir()
    run.refused(run.map, "it is not a regular file but a folder")


@pytest.mark.parametrize("name", ["results", "a"])
def test_link_to_a_folder(run: Run, name: str) -> None:
    (run.source / name).symlink_to(run.secret.parent)
    run.refused(run.source / name, "it is not a regular file but a symbolic link")


def test_unreadable(run: Run) -> None:
    if not os.geteuid():
        pytest.skip("root reads all files")
    (run.source / "notes.txt").touch(0)
    run.refused(run.source / "notes.txt", "Permission denied")


@pytest.mark.parametrize("levels", [1100, 3000])
def test_deep_folders(run: Run, levels: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(run.source)
    for _ in range(levels):
        os.mkdir("d")
        os.chdir("d")
    Path("file").touch()
    text = run.refused(run.source / "/".join(["d"] * 64), "it is too deep")
    assert "Expected: up to 64 levels." in text


@pytest.mark.parametrize("what", ["profile", "stage"])
def test_profile_folder_is_replaced(run: Run, what: str) -> None:
    folder = run.source if what == "profile" else run.stage
    folder.rename(run.output / "away")
    folder.symlink_to(run.secret.parent)
    with pytest.raises(CodSpeedError, match="//pkg:bench removed its profile folder"):
        run.add()


def test_map_of_another_user_is_left_out(run: Run) -> None:
    run.map.write_bytes(b"secret")
    other = 65533 if os.geteuid() == 65534 else 65534
    try:
        os.chown(run.map, other, -1)
    except OSError as error:  # also root of a name space of users
        pytest.skip(f"no file can be given away: {error}")
    found = run.add()
    assert found.remarks == [
        f"left out of the profile: {run.map}: it belongs to user id {other}",
    ]
    assert os.listdir(run.output) == ["1.out"]


def test_regular_files_arrive(run: Run) -> None:
    lines = b"7f0000000000 10 /tmp/rules_codspeed/w/_main/f\n" * 100_000
    run.map.write_bytes(lines + b"end")
    (run.source / "notes.txt").write_bytes(b"x" * (3 << 20))
    (run.source / f"valgrind.{_PID}.log").write_bytes(b"==4711== a\n" * 200_000)
    found = run.added()
    assert found["perf-1.map"] == b"7f0000000000 10 f\n" * 100_000 + b"end"
    assert found["notes.txt"] == b"x" * (3 << 20)
    assert found["valgrind.1.log"] == b"==1== a\n" * 200_000


def test_deep_json_stays(run: Run) -> None:
    """Some can be read, but not be written again: that takes more calls."""
    for levels in (*range(900, 1000), 100_000):
        name = f"environment-{levels}.json"
        (run.source / name).write_bytes(b"[" * levels + b"]" * levels)
    found = [content for name, content in run.added().items() if "environment" in name]
    assert len(found) == 101
    assert all(content.count(b"[") == content.count(b"]") >= 900 for content in found)


def test_profile_without_lines(run: Run) -> None:
    with (run.source / "9.out").open("wb") as file:
        file.write(_PROFILE)
        file.truncate(3 << 30)
    with pytest.raises(CodSpeedError, match=r"9\.out: it has a line of more than 16,777,216 bytes"):
        run.add()


def test_profile_of_one_endless_part(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(normalise, "LARGEST_PART", 1 << 20)
    (run.source / "9.out").write_bytes(_PROFILE + b"1 2\n" * (1 << 20))
    with pytest.raises(CodSpeedError, match=r"9\.out: it has a part of more than 1,048,576 bytes"):
        run.add()


def test_profile_of_too_many_objects(run: Run) -> None:
    lines = b"".join(b"ob=/o%d\n" % number for number in range(10_001))
    (run.source / "9.out").write_bytes(_PROFILE + lines)
    with pytest.raises(CodSpeedError, match=r"9\.out: it names more than 10,000 object files"):
        run.add()


@pytest.mark.parametrize("make", [Path.touch, Path.mkdir, lambda path: path.symlink_to("/etc")])
def test_maps_are_removed_whatever_they_are(run: Run, make: Callable[[Path], object]) -> None:
    (run.tmp / "perf-5.map").write_text("other")
    make(run.map)
    remove_perf_maps(str(run.source), str(run.source.parent), 10)
    assert os.listdir(run.tmp) == ["perf-5.map"]
    remove_perf_maps(str(run.source / "nothing"), str(run.source), 10)
