"""File metadata: fixed where it varies from machine to machine, kept where programs rely on it."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import rules_codspeed
from rules_codspeed.measure.stage.kernel import KernelLibrary
from tests.measure.elsewhere import DRIVER

Printed = Callable[..., str]

FIXED_TIME = 1577836800  # 2020-01-01
PACKAGE = str(Path(rules_codspeed.__file__).parents[1])


def look(printed: Printed, path: str = "", call: str = "os.stat({path!r})", setup: str = "") -> Any:
    """Returns the fields of a stat_result by name."""
    expression = call.format(path=path)
    return json.loads(
        printed(
            f"import json, os\n{setup}\nfound = {expression}\n"
            "print(json.dumps({n: getattr(found, n) for n in dir(found) if n.startswith('st_')}))"
        )
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "file"
    made.write_bytes(b"x" * 5000)
    return made


def test_file(printed: Printed, file: Path) -> None:
    file.chmod(0o640)
    found = look(printed, str(file))
    assert stat.filemode(found["st_mode"]) == "-rw-r-----"
    assert (found["st_size"], found["st_blocks"], found["st_blksize"]) == (5000, 16, 4096)
    assert (found["st_uid"], found["st_gid"], found["st_nlink"]) == (0, 0, 1)
    times = {found[f"st_{which}time_ns"] for which in "amc"}
    assert times == {FIXED_TIME * 10**9}


def test_every_call_gives_the_same(printed: Printed, file: Path) -> None:
    calls = [
        "os.stat('file')",
        "os.stat('./file', follow_symlinks=False)",
        "os.lstat({path!r})",
        "os.fstat(os.open('file', os.O_RDONLY))",
        "os.fstat(os.open('file', os.O_PATH))",
        "os.stat('file', dir_fd=os.open('.', os.O_RDONLY))",
        "os.stat('../' + os.getcwd().rsplit('/', 1)[1] + '/file')",
        "os.stat('/proc/self/cwd/file')",
        "os.stat('/proc/thread-self/cwd/file')",
        "os.stat('/dev/fd/' + str(os.open('file', os.O_RDONLY)))",
    ]
    found = [look(printed, str(file), call) for call in calls]
    for one in found[1:]:
        assert one == found[0]


@pytest.mark.parametrize(
    "change",
    [
        lambda file: os.utime(file, (5, os.stat(file).st_mtime)),
        lambda file: os.utime(file, ns=(7, os.stat(file).st_mtime_ns + 7)),
        lambda file: (file.parent / "other").touch(),
        lambda file: [(file.parent / f"d{n}").mkdir() for n in range(300)],
        lambda file: file.replace(file.parent / "moved"),
    ],
    ids=["access", "modification", "new-file", "300-folders", "inode"],
)
def test_what_varies_is_not_seen(
    printed: Printed, file: Path, change: Callable[[Path], object]
) -> None:
    def state() -> list[Any]:
        return [look(printed, str(path)) for path in (file, file.parent)]

    before = state()
    change(file)
    if not file.exists():
        file.write_bytes(b"x" * 5000)
    assert state() == before


def test_time_of_a_file_of_the_machine_is_kept_in_seconds(printed: Printed, file: Path) -> None:
    os.utime(file, ns=(3, 1_500_000_000_123_456_789))
    found = look(printed, str(file))
    assert found["st_mtime_ns"] == found["st_atime_ns"] == 1_500_000_000 * 10**9


def test_time_of_a_changed_file_changes(printed: Printed, file: Path) -> None:
    script = """
import os, time
seen = [os.stat(name).st_mtime_ns for name in ("file", ".")]
for _ in range(2):
    time.sleep(0.02)
    open("file", "a").write("more")
    open("new", "w").close(); os.unlink("new")
    seen += [os.stat(name).st_mtime_ns for name in ("file", ".")]
print(*(one // 10**9 for one in seen))
"""
    first = [int(word) - FIXED_TIME for word in printed(script).split()]
    assert first == [0, 0, 1, 1, 2, 2]


def test_identity(printed: Printed, file: Path) -> None:
    os.link(file, file.parent / "linked")
    (file.parent / "other").touch()
    script = """
import os
one, linked, other = map(os.stat, ("file", "linked", "other"))
print(os.path.samestat(one, linked), os.path.samestat(one, other), one.st_nlink)
print(os.path.samestat(one, os.fstat(os.open("linked", os.O_RDONLY))))
print(os.path.ismount("/proc"), os.path.ismount("/proc/self"), os.path.ismount("."))
print(next(e for e in os.scandir(".") if e.name == "file").inode() == one.st_ino)
"""
    assert printed(script).split("\n")[:4] == [
        "True False 2",
        "True",
        "True False False",
        "True",
    ]


def test_deleted_file_and_folder(printed: Printed, file: Path) -> None:
    script = """
import os
os.mkdir("folder")
opened = os.open("file", os.O_RDONLY), os.open("folder", os.O_RDONLY)
os.unlink("file"); os.rmdir("folder")
print(*(os.fstat(one).st_nlink for one in opened))
"""
    assert printed(script).split() == ["0", "0"]


def test_sparse_file(printed: Printed, tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as sparse:
        sparse.truncate(1 << 20)
    assert look(printed, f"{tmp_path}/sparse")["st_blocks"] == 0


def test_link(printed: Printed, file: Path) -> None:
    (file.parent / "link").symlink_to("file")
    found = look(printed, "link", "os.lstat({path!r})")
    assert stat.S_ISLNK(found["st_mode"])
    assert found["st_size"] == 4
    assert look(printed, "link")["st_size"] == 5000


def test_special_files(printed: Printed, tmp_path: Path) -> None:
    null = look(printed, "/dev/null")
    assert null["st_rdev"] == os.stat("/dev/null").st_rdev
    assert stat.S_ISCHR(null["st_mode"])
    assert stat.S_ISFIFO(look(printed, call="os.fstat(1)")["st_mode"])
    with socket.socket(socket.AF_UNIX) as server:
        os.chdir(tmp_path)  # the path of a socket is short
        server.bind("s")
        assert stat.S_ISSOCK(look(printed, "s")["st_mode"])


ERRORS = {
    "os.stat('none')": "ENOENT",
    "os.stat('file/x')": "ENOTDIR",
    "os.stat('')": "ENOENT",
    "os.fstat(99)": "EBADF",
    "os.stat('x', dir_fd=99)": "EBADF",
    "os.stat('x', dir_fd=os.open('file', os.O_RDONLY))": "ENOTDIR",
    "os.stat('y' * 300)": "ENAMETOOLONG",
    "os.stat('y/' * 3000)": "ENAMETOOLONG",
    "os.stat('loop')": "ELOOP",
    "os.fstat(-100)": "EBADF",
    "os.statvfs('none')": "ENOENT",
    "os.statvfs(99)": "EBADF",
}


def test_errors_are_the_kernels(printed: Printed, file: Path) -> None:
    (file.parent / "loop").symlink_to("loop")
    script = f"""
import errno, os
for call in {list(ERRORS)!r}:
    try: eval(call)
    except OSError as error: print(errno.errorcode[error.errno])
    else: print("none")
"""
    assert printed(script).split() == printed(script, fixed=False).split() == list(ERRORS.values())


STATX = """
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void) {
  struct statx one;
  struct stat other;
  if (statx(AT_FDCWD, "file", 0, STATX_BASIC_STATS, &one) || stat("file", &other)) return 1;
  printf("%d\\n", one.stx_ino == other.st_ino && one.stx_mode == other.st_mode);
  printf("%lld %u\\n", (long long)one.stx_mtime.tv_sec, one.stx_uid);
  int file = open("file", O_RDONLY);
  if (statx(file, "", AT_EMPTY_PATH, STATX_ALL, &one) || one.stx_size != 5000) return 2;
  printf("%d", statx(AT_FDCWD, "file", 0, STATX__RESERVED, &one) == -1 && errno == EINVAL);
  printf("%d", statx(AT_FDCWD, "file", 0x8000, 1, &one) == -1 && errno == EINVAL);
  printf("%d", syscall(SYS_statx, AT_FDCWD, 8L, 0, 1, &one) == -1 && errno == EFAULT);
  printf("%d", syscall(SYS_statx, AT_FDCWD, "file", 0, 1, 8L) == -1 && errno == EFAULT);
  printf("%d", syscall(SYS_fstat, file, 8L) == -1 && errno == EFAULT);
  // What may be read only stays as it is.
  printf("%d", syscall(SYS_fstat, file, "constant text that is longer than a struct stat") == -1 &&
               errno == EFAULT);
  return 0;
}
"""


def test_calls_that_languages_hide(
    printed: Printed, file: Path, compile_c: Callable[..., Path]
) -> None:
    source = file.parent / "statx.c"
    source.write_text(STATX)
    program = str(compile_c(source))
    assert printed("", program).split() == ["1", str(FIXED_TIME), "0", "111111"]


def test_file_systems_look_the_same(printed: Printed, tmp_path: Path) -> None:
    script = "import os; print(os.statvfs({!r}))"
    places = [str(tmp_path), "/dev/shm", "/usr"]
    assert len({printed(script.format(place)) for place in places}) == 1
    # Programs recognise it by its type.
    command = ["/usr/bin/stat", "-f", "-c", "%T"]
    assert printed("/proc", *command) == "proc\n"


def test_another_root_is_the_machines_to_answer(printed: Printed, tmp_path: Path) -> None:
    path = {"PATH": "/usr/sbin:/usr/bin"}
    if subprocess.run(["chroot", "/", "true"], env=path, capture_output=True).returncode:
        pytest.skip("only root may change the root")
    script = "import os; os.chroot('.'); print(os.stat('/').st_ino)"
    assert int(printed(script, lost=("files",))) == tmp_path.stat().st_ino


def test_reused_inode_is_another_file(printed: Printed) -> None:
    script = """
import os, time
seen = set()
for _ in range(4):
    open("reused", "w").close()
    seen.add(os.stat("reused").st_ino)
    os.unlink("reused")
    time.sleep(0.02)
print(len(seen))
"""
    assert printed(script) == "4\n"


def test_files_without_a_name(printed: Printed, tmp_path: Path) -> None:
    """The machine calls them by their inodes; programs see the same numbers whatever those are."""
    script = """
import os
flags = os.O_TMPFILE | os.O_RDWR
print([os.fstat(os.open(".", flags, 0o600)).st_ino for _ in range(3)])
"""
    try:
        os.close(os.open(tmp_path, os.O_TMPFILE | os.O_RDWR, 0o600))
    except OSError as error:
        pytest.skip(f"no such files here: {error}")
    first = printed(script)
    assert len(set(first.split())) == 3
    # Takes the inode that the first one had.
    (tmp_path / "another").touch()
    assert printed(script) == first


def test_file_that_is_made_anew_very_often(printed: Printed) -> None:
    """Each is another file, and the time for an answer does not grow with their number."""
    script = """
import os
seen = set()
for _ in range(25_000):
    file = os.open("again", os.O_CREAT | os.O_WRONLY)
    seen.add(os.fstat(file).st_ino)
    os.unlink("again"); os.close(file)
print(len(seen))
"""
    assert printed(script) == "25000\n"


def test_file_staged_as_a_second_begins(kernel: Path, tmp_path: Path) -> None:
    """The clock that stamps files is late: such a file belongs to the measurement, too."""
    KernelLibrary(str(kernel))  # from now on it is loaded at once
    second = int(time.time())
    while int(time.time()) == second:
        pass
    loaded = KernelLibrary(str(kernel)).loaded
    os.close(os.open(tmp_path / "staged", os.O_CREAT | os.O_WRONLY))
    assert int((tmp_path / "staged").stat().st_mtime) >= loaded


HIDDEN = """
import ctypes, os
folder = os.open(".", os.O_RDONLY)
ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)  # PR_SET_DUMPABLE
os.fstat(folder); os.statvfs(folder); os.fchown(folder, -1, -1); os.stat("file")
print(os.listdir(folder))
"""


def test_process_that_hides_from_the_driver(kernel: Path, file: Path) -> None:
    """As one whose program may not be read: the machine answers, nothing fails."""
    without_privilege = ["setpriv", "--bounding-set", "-sys_ptrace"] if os.geteuid() == 0 else []
    driver = DRIVER.format(path=PACKAGE, library=str(kernel))
    python = [os.path.realpath(sys.executable), "-I", "-S"]
    ended = subprocess.run(
        [*without_privilege, *python, "-B", "-c", driver, *python, "-c", HIDDEN],
        cwd=file.parent,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert ended.stdout.split("\n")[:3] == [
        "['file']",
        "ended with exit status 0",
        "('files', 'folders', 'users')",
    ]
