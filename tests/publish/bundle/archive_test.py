"""Archives: the format byte by byte, the same bytes each time, bounded memory, no halves."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import os
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from rules_codspeed.publish.bundle.archive import Archive, file_md5, write_archive
from rules_codspeed.publish.bundle.entry import Entry
from rules_codspeed.publish.errors import PublishError

FILES = {
    "1.out": b"# callgrind format\n" * 100,
    "results/.gitignore": b"*\n",
    "results/1.json": b"{}",
    f"{'long/' * 30}name": b"deep",
    "runner.log": b"",
}


def entries(files: Mapping[str, bytes] = FILES) -> list[Entry]:
    return [Entry(path, "//:b", files[path]) for path in sorted(files)]


def test_hash_of_the_specification() -> None:
    assert file_md5(io.BytesIO(b"hello")) == ("XUFAKrxLKna5cZ2REBfFkg==", 5)


def check_hash(archive: Archive) -> bytes:
    content = archive.path.read_bytes()
    assert archive.size == len(content)
    assert base64.b64decode(archive.md5) == hashlib.md5(content).digest()
    return content


@pytest.mark.parametrize("executor", ["walltime", "memory"])
def test_plain_archive_as_a_tar_reader_sees_it(tmp_path: Path, executor: str) -> None:
    archive = write_archive(entries(), executor, tmp_path)  # type: ignore[arg-type]
    assert (archive.encoding, archive.path.name) == (None, "archive.tar")
    check_hash(archive)
    with tarfile.open(archive.path, "r:") as tar:
        members = tar.getmembers()
        contents = {m.name: f.read() for m in members if (f := tar.extractfile(m))}
    assert contents == FILES
    seen = {"."}
    for member in members[1:]:
        assert os.path.dirname(member.name) in {*seen, ""}
        seen.add(member.name)
        assert member.mode == (0o040755 if member.isdir() else 0o100644)
        assert (member.uid, member.gid, member.mtime) == (0, 0, 0)
        assert (member.uname, member.gname) == ("", "")


def test_small_archive_byte_by_byte(tmp_path: Path) -> None:
    archive = write_archive([Entry("d/f", "//:b", b"hi")], "walltime", tmp_path)
    content = check_hash(archive)

    def header(name: bytes, mode: bytes, size: bytes, checksum: bytes, kind: bytes) -> bytes:
        zero = b"0000000\0"
        time = b"00000000000\0"
        start = name.ljust(100, b"\0") + mode + zero + zero + size + time
        return (start + checksum + kind + bytes(100) + b"ustar  \0").ljust(512, b"\0")

    assert content == b"".join(
        [
            header(b"./", b"0040755\0", b"00000000000\0", b"006046\0 ", b"5"),
            header(b"d", b"0040755\0", b"00000000000\0", b"006055\0 ", b"5"),
            header(b"d/f", b"0100644\0", b"00000000002\0", b"006271\0 ", b"0"),
            b"hi".ljust(512, b"\0"),
            bytes(1024),
        ]
    )


def test_simulation_is_gzip_without_name_and_time(tmp_path: Path) -> None:
    archive = write_archive(entries(), "valgrind", tmp_path / "new")
    assert (archive.encoding, archive.path.name) == ("gzip", "archive.tar.gz")
    content = check_hash(archive)
    # Magic, deflate, no flags (no name), no time.
    assert content[:8] == b"\x1f\x8b\x08\x00" + bytes(4)
    plain = write_archive(entries(), "walltime", tmp_path)
    assert gzip.decompress(content) == plain.path.read_bytes()


@pytest.mark.parametrize(("limit", "encoding"), [(10, "gzip"), (11, None)])
def test_threshold_is_the_size_of_the_files(
    tmp_path: Path, limit: int, encoding: str | None
) -> None:
    files = {"a": b"1234", "b": b"123456"}
    archive = write_archive(entries(files), "memory", tmp_path, compress_from=limit)
    assert archive.encoding == encoding


def test_same_files_make_the_same_bytes(tmp_path: Path) -> None:
    hashes = set()
    for number, mode in enumerate((0o600, 0o755)):
        folder = tmp_path / str(number)
        folder.mkdir()
        made = []
        for name in ("a", "b")[:: 1 if number else -1]:
            file = folder / name
            file.write_bytes(name.encode())
            file.chmod(mode)
            os.utime(file, (number * 1000, number * 1000))
            made.append(Entry(name, "//:b", file=file))
        made.sort(key=lambda one: one.path)
        hashes.add(write_archive(made, "valgrind", folder / "out").md5)
    assert len(hashes) == 1


def test_file_that_is_gone_is_an_error_without_an_archive(tmp_path: Path) -> None:
    gone = Entry("1.out", "//:b", file=tmp_path / "gone")
    out = tmp_path / "out"
    with pytest.raises(PublishError, match=r"1\.out of the profile of //:b. Got: No such file"):
        write_archive([gone], "valgrind", out)
    assert list(out.iterdir()) == []


class Growing(Entry):
    """A file that another process writes to."""

    def size(self) -> int:
        return super().size() - 1


def test_file_that_changes_is_an_error_without_an_archive(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match="changed while it was archived"):
        write_archive([Growing("1.out", "//:b", b"12345")], "walltime", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(PublishError, match=r"cannot write the archive of valgrind. Got: Not a dir"):
        write_archive(entries(), "valgrind", tmp_path / "file/below")


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


FULL_DISK = """
import resource, sys
from pathlib import Path
from rules_codspeed.publish.bundle.archive import write_archive
from rules_codspeed.publish.bundle.entry import Entry
from rules_codspeed.publish.errors import PublishError
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    write_archive([Entry("1.out", "//:b", bytes(200_000))], "walltime", Path(sys.argv[1]))
except PublishError as error:
    print(error)
"""


def test_file_system_that_takes_no_more_is_one_error_and_leaves_nothing(tmp_path: Path) -> None:
    output, _ = start(FULL_DISK, tmp_path).communicate(timeout=30)
    assert output.startswith("cannot write the archive of walltime. Got: File too large")
    assert "XDG_STATE_HOME" in output
    assert list(tmp_path.iterdir()) == []


KILLED = """
import signal, sys
from pathlib import Path
from rules_codspeed.publish.bundle.archive import write_archive
from rules_codspeed.publish.bundle.entry import Entry
class Endless(Entry):
    def blocks(self):
        yield b"half"
        print("writing", flush=True)
        signal.pause()
write_archive([Endless("1.out", "//:b", b"1234")], "walltime", Path(sys.argv[1]))
"""


def test_killed_writer_leaves_no_archive(tmp_path: Path) -> None:
    with start(KILLED, tmp_path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        process.kill()
    assert not (tmp_path / "archive.tar").exists()


MEMORY = """
import sys
from pathlib import Path
from rules_codspeed.publish.bundle.archive import write_archive
from rules_codspeed.publish.bundle.merge import Profile, merge
folder, out = map(Path, sys.argv[1:])
entries = merge([Profile("//:a", folder), Profile("//:b", folder)], "")
assert sum(one.size() for one in entries) > 300 << 20
write_archive(entries, "valgrind", out)
# Not ru_maxrss, which starts at what the parent used.
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
"""


def test_memory_does_not_grow_with_the_profile(tmp_path: Path) -> None:
    folder = tmp_path / "profile"
    folder.mkdir()
    with (folder / "1.out").open("wb") as file:
        file.write(b"# callgrind format\nversion: 1\ncreator: x\npid: 1\n")
        file.truncate(151 << 20)
    output, _ = start(MEMORY, folder, tmp_path).communicate(timeout=60)
    assert int(output) < 60_000  # KiB
