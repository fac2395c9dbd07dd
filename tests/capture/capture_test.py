"""What the measuring action copies for the harvest: object files, and files that are not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rules_codspeed.capture.capture import Captured, capture
from rules_codspeed.capture.errors import DamagedFile
from rules_codspeed.contract.errors import CodSpeedError
from tests.capture.machine import HOOKS, WHOLE_PROGRAMS, Machine
from tests.capture.perf.recordings import Recorder


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_objects_are_numbered_by_path(machine: Machine) -> None:
    z, a, again = (
        machine.elf("z/lib.so", b"z"),
        machine.elf("b/lib.so", b"a"),
        machine.elf("c", b"c"),
    )
    for path in (z, again, a, z):
        machine.map(path)
    captured = machine.capture()
    assert captured == Captured(
        event="cpu-clock",
        objects={str(a): "objects/0/lib.so", str(again): "objects/1/c", str(z): "objects/2/lib.so"},
        debug_files={},
        perf_maps={},
        jit_dumps={},
        skipped=[],
    )
    assert list(captured.objects) == sorted(captured.objects)
    assert machine.copies() == {
        "objects/0/lib.so": b"\x7fELFa",
        "objects/1/c": b"\x7fELFc",
        "objects/2/lib.so": b"\x7fELFz",
    }


def test_a_copy_is_no_link(machine: Machine) -> None:
    path = machine.elf("lib.so", b"old")
    machine.map(path)
    machine.capture()
    with path.open("r+b") as file:
        file.write(b"\x7fELFnew")
    assert path.stat().st_nlink == 1
    assert machine.copies() == {"objects/0/lib.so": b"\x7fELFold"}


def test_a_large_object(machine: Machine) -> None:
    content = os.urandom(1 << 20) * 5 + b"end"
    path = machine.elf("lib.so", content)
    machine.map(path)
    machine.capture()
    assert machine.copies()["objects/0/lib.so"] == b"\x7fELF" + content


def test_the_same_file_by_two_paths_is_copied_once(machine: Machine) -> None:
    path = machine.elf("lib.so")
    other = machine.folder / "other.so"
    other.hardlink_to(path)
    last = machine.elf("z.so", b"z")
    for one in (path, other, last):
        machine.map(one)
    assert machine.capture().objects == {
        str(path): "objects/0/lib.so",
        str(other): "objects/0/lib.so",
        str(last): "objects/1/z.so",
    }


def test_only_code_of_tracked_processes(machine: Machine) -> None:
    names = ("of_1", "of_2", "of_3", "of_8", "data", "late")
    files = {name: machine.elf(name) for name in names}
    machine.map(files["of_1"], 1)
    machine.map(files["data"], 1, prot=1)
    machine.map(files["of_8"], 8)
    machine.map(files["late"], 2)
    machine.recorder.fork(2, 1).fork(3, 2).fork(9, 8)
    machine.map(files["of_2"], 2)
    machine.map(files["of_3"], 3)
    captured = machine.capture()
    assert list(captured.objects) == [str(files[name]) for name in ("of_1", "of_2", "of_3")]
    assert captured.skipped == []


def test_all_processes_of_the_exec_harness(machine: Machine) -> None:
    files = [machine.elf(f"of_{pid}") for pid in (1, 2)]
    for pid, path in enumerate(files, 1):
        machine.map(path, pid)
    assert list(machine.capture((), WHOLE_PROGRAMS).objects) == list(map(str, files))
    assert machine.capture((), None).objects == {}


def test_what_is_no_elf_file_is_left_out(machine: Machine) -> None:
    for name, content in (("jit-1.dump", b"DTiJ"), ("empty", b""), ("short", b"\x7fEL")):
        machine.map(machine.file(name, content))
    for path in (b"//anon", b"[vdso]", b"[anon:.bss]"):
        machine.map(path)
    assert machine.capture() == Captured("cpu-clock", {}, {}, {}, {}, [])
    assert machine.copies() == {}


def test_what_cannot_be_copied_is_reported(machine: Machine) -> None:
    fifo = machine.folder / "fifo"
    os.mkfifo(fifo)
    gone = machine.folder / "gone.so (deleted)"
    good = machine.elf("good.so")
    paths: list[Path | bytes] = [
        b"anon_inode:[perf]x",
        b"/dev/zero",
        b"//toolong",
        b"/memfd:jit (deleted)",
    ]
    for path in [fifo, gone, good, machine.folder, *paths]:
        machine.map(path)
    captured = machine.capture()
    assert captured.objects == {str(good): "objects/0/good.so"}
    missing = "No such file or directory"
    assert dict(captured.skipped) == {
        str(fifo): "not a regular file",
        str(gone): missing,
        str(machine.folder): "not a regular file",
        "anon_inode:[perf]x": "not the path of a file",
        "/dev/zero": "not a regular file",
        "//toolong": missing,
        "/memfd:jit (deleted)": missing,
    }
    assert [path for path, _ in captured.skipped] == sorted(path for path, _ in captured.skipped)


def test_file_that_must_not_be_read(machine: Machine) -> None:
    if os.geteuid() == 0:
        pytest.skip("root reads everything")
    path = machine.elf("secret.so")
    path.chmod(0)
    machine.map(path)
    assert machine.capture().skipped == [(str(path), "Permission denied")]


def test_names_that_not_every_tool_takes(machine: Machine) -> None:
    odd = os.fsencode(machine.folder) + b"/a \n\xff$;b.so"
    with open(odd, "wb") as file:
        file.write(b"\x7fELF")
    machine.map(odd)
    captured = machine.capture()
    assert captured.objects == {odd.decode("utf-8", "replace"): "objects/0/a_____b.so"}
    assert list(machine.copies()) == ["objects/0/a_____b.so"]


def test_more_than_the_limit(machine: Machine) -> None:
    for name in ("a", "b"):
        machine.map(machine.elf(name, bytes(96)))
    assert len(machine.capture(limit=200).objects) == 2
    with pytest.raises(CodSpeedError) as caught:
        machine.capture(limit=199)
    text = str(caught.value)
    assert text.startswith(f"{machine.raw}: '{machine.folder / 'b'}' cannot be copied to it. Got: ")
    assert "Got: more than 199 bytes of files in all. Expected: room for" in text
    assert "Fix: make room on the disk, or measure a smaller program." in text


def test_no_room_for_a_copy(machine: Machine) -> None:
    """The limit of a process stands in for a full disk: it is the same kind of error."""
    machine.map(machine.elf("big.so", bytes(1 << 16)))
    machine.capture()
    shutil.rmtree(machine.raw / "objects")
    script = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from rules_codspeed.capture.capture import capture\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))\n"
        "try:\n"
        "    capture(Path(sys.argv[1]), [1], None, Path(sys.argv[2]))\n"
        "except Exception as error:\n"
        "    print(type(error).__name__, error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(machine.folder / "perf.pipedata"), str(machine.raw)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert done.stdout.startswith("CodSpeedError "), done
    assert "big.so' cannot be copied to it. Got: File too large. Expected: room" in done.stdout
    assert machine.copies() == {}


def test_folder_that_cannot_be_written(machine: Machine) -> None:
    machine.map(machine.elf("a"))
    machine.file("raw/objects", b"no folder")
    with pytest.raises(
        CodSpeedError, match=r"cannot be copied to it\. Got: (Not a dir|File exists)"
    ):
        machine.capture()


@pytest.mark.parametrize("start", [b"", b"PERFILE2" + bytes(12), Recorder().data])
def test_damaged_recording(machine: Machine, start: bytes) -> None:
    machine.map(machine.elf("a"))
    recording = machine.file("perf.pipedata", start + machine.recorder.data[16:] + bytes(8))
    with pytest.raises(DamagedFile) as caught:
        capture(recording, [1], HOOKS, machine.raw, machine.tmp)
    assert caught.value.file == str(recording)
    assert machine.copies() == {}


def test_damaged_object_is_copied_as_it_is(machine: Machine) -> None:
    path = machine.elf("lib.so", b"\x02\x01 nothing else")
    machine.map(path)
    assert machine.capture().objects == {str(path): "objects/0/lib.so"}
