"""Listings: sorted, complete, and each where its open description stands."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import rules_codspeed
from tests.measure.elsewhere import DRIVER, in_mounts, may

Printed = Callable[..., str]


@pytest.fixture
def names(tmp_path: Path) -> list[str]:
    """2,000 files, more than one call returns."""
    (tmp_path / "many").mkdir()
    found = [f"{n * 7919 % 2000}-{'x' * (n % 40)}" for n in range(2000)]
    for name in found:
        (tmp_path / "many" / name).touch()
    return sorted(found)


def test_sorted(printed: Printed, names: list[str]) -> None:
    assert printed("import os; print(*os.listdir('many'))").split() == names


def test_same_for_every_command(printed: Printed, names: list[str]) -> None:
    assert printed("ls -U many", "/bin/sh", "-c").split() == names
    assert printed("find many -type f", "/bin/sh", "-c").split() == [f"many/{one}" for one in names]


def test_closed_half_way(printed: Printed, names: list[str]) -> None:
    script = """
import os
for _ in range(3):
    with os.scandir("many") as listing:
        for _ in range(1500): next(listing)
print(*os.listdir("many"))
"""
    assert printed(script).split() == names


def test_deleted_while_listed(printed: Printed, names: list[str], tmp_path: Path) -> None:
    script = """
import os
for entry in os.scandir("many"): os.unlink(entry.path)
print(os.listdir("many"))
"""
    assert printed(script) == "[]\n"


def test_many_listings_inside_one(printed: Printed, names: list[str]) -> None:
    """No other listing, however many there are, moves one that is not at its end."""
    script = """
import os
seen = []
for entry in os.scandir("many"):
    seen.append(entry.name)
    os.unlink(entry.path)
    os.listdir(".")
print(*seen)
"""
    assert printed(script).split() == names


SEEK = """
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
static const char *name_of(DIR *folder) {
  struct dirent *found = readdir(folder);
  return found ? found->d_name : "-";
}
int main(void) {
  DIR *folder = opendir("many");
  char name[256] = "";
  for (int i = 0; i < 1200; ++i) readdir(folder);
  long place = telldir(folder);
  strcpy(name, name_of(folder));
  int rest = 1;
  while (readdir(folder)) ++rest;
  printf("%d ", rest);
  seekdir(folder, place);
  printf("%d ", !strcmp(name, name_of(folder)));
  rewinddir(folder);
  int all = 0;
  while (readdir(folder)) ++all;
  printf("%d ", all);
  closedir(folder);

  // A copy of the descriptor stands where the original does, in another process too.
  int one = open("many", O_RDONLY | O_DIRECTORY);
  char buffer[4096];
  DIR *copy = fdopendir(dup(one));
  name_of(copy);
  closedir(copy);
  int left = 0;
  fflush(stdout);
  if (fork() == 0) {
    copy = fdopendir(one);
    while (readdir(copy)) ++left;
    printf("%d ", left > 0 && left < 2002);
    return 0;
  }
  wait(NULL);
  copy = fdopendir(one);
  printf("%s\\n", name_of(copy));
  return 0;
}
"""


def test_places(
    printed: Printed, names: list[str], compile_c: Callable[..., Path], tmp_path: Path
) -> None:
    source = tmp_path / "seek.c"
    source.write_text(SEEK)
    assert printed("", str(compile_c(source))).split() == ["802", "1", "2002", "1", "-"]


@pytest.mark.parametrize("folder", [".", "/dev/shm", "/proc/self", "/sys/class", "/usr/bin"])
def test_on_any_file_system(printed: Printed, folder: str) -> None:
    script = f"import os; print(*os.listdir({folder!r}), sep='/')"
    found = printed(script).strip("\n").split("/")
    assert found == sorted(found)
    if folder.startswith("/usr"):
        assert set(found) == set(os.listdir(folder))


def test_own_descriptors(printed: Printed) -> None:
    script = "import os; print(os.listdir('/proc/self/fd'), os.listdir('/dev/fd'))"
    assert printed(script) == printed(script, fixed=False)


def test_errors_are_the_kernels(printed: Printed) -> None:
    script = """
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
file = os.open(os.devnull, os.O_RDONLY)
os.mkdir("gone")
gone = os.open("gone", os.O_RDONLY)
os.rmdir("gone")
path = os.open(".", os.O_PATH)
buffer = ctypes.create_string_buffer(100)
number = {"x86_64": 217, "aarch64": 61}[os.uname().machine]
for descriptor, address, size in [
    (99, buffer, 100), (file, buffer, 100), (path, buffer, 100), (gone, buffer, 100),
    (os.open(".", os.O_RDONLY), buffer, 5), (os.open(".", os.O_RDONLY), 8, 100),
]:
    libc.syscall(number, descriptor, address, size)
    print(errno.errorcode[ctypes.get_errno()])
"""
    found = printed(script).split()
    assert found == ["EBADF", "ENOTDIR", "EBADF", "ENOENT", "EINVAL", "EFAULT"]
    assert printed(script, fixed=False).split() == found


def test_without_copies_of_descriptors(
    names: list[str], kernel: Path, refuse: Path, compile_c: Callable[..., Path], tmp_path: Path
) -> None:
    """Where containers refuse the driver the call that copies a descriptor."""
    (tmp_path / "seek.c").write_text(SEEK)
    program = compile_c(tmp_path / "seek.c")
    package = Path(rules_codspeed.__file__).parents[1]
    script = DRIVER.format(path=str(package), library=str(kernel))
    driver = [sys.executable, "-I", "-S", "-B", "-c", script]
    for command, expected in {
        # Only a copy of the descriptor from before the first call stands where it stood.
        (str(program),): "802 1 2002 0 .",
        ("/bin/ls", "-U", "many"): " ".join(names),
        ("/usr/bin/find", "many", "-type", "f", "-delete"): "",
        ("/bin/ls", "many"): "",
    }.items():
        ended = subprocess.run(
            [str(refuse), "pidfd_getfd", *driver, *command],
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        printed, lost = ended.stdout.split("ended with exit status 0")
        assert printed.split() == expected.split()
        assert lost.strip() == "()"


HALF_WAY = """
import os
for _ in range(700):
    with os.scandir("long") as listing: next(listing)
print(len(os.listdir(f"/proc/{os.getppid()}/fd")) < 600)
"""


def test_very_many_closed_half_way(kernel: Path, refuse: Path, tmp_path: Path) -> None:
    """The driver, which keeps listings open, runs out of neither descriptors nor memory."""
    (tmp_path / "long").mkdir()
    for number in range(200):
        (tmp_path / "long" / f"{number}{'x' * 200}").touch()
    package = Path(rules_codspeed.__file__).parents[1]
    script = DRIVER.format(path=str(package), library=str(kernel))
    python = [os.path.realpath(sys.executable), "-I", "-S"]
    ended = subprocess.run(
        [str(refuse), "pidfd_getfd", *python, "-B", "-c", script, *python, "-c", HALF_WAY],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert ended.stdout == "True\nended with exit status 0\n()\n"


MOUNT_POINT = """
import os
(listed,) = (entry.inode() for entry in os.scandir("/") if entry.name == "mnt")
print(listed, os.stat("/mnt").st_ino)
"""


@pytest.mark.skipif(not may("--mount"), reason="unshare --mount is refused here")
def test_folder_of_the_same_disk_that_is_mounted_elsewhere(
    kernel: Path, printed: Printed, tmp_path: Path
) -> None:
    """A sandbox does so with /tmp. A listing and a look show the same number, mounted or not."""
    driver = DRIVER.format(path=str(Path(rules_codspeed.__file__).parents[1]), library=str(kernel))
    python = [os.path.realpath(sys.executable), "-I", "-S"]
    command = [*in_mounts("mount --bind /usr /mnt"), *python, "-B", "-c", driver]
    ended = subprocess.run(
        [*command, *python, "-c", MOUNT_POINT], stdout=subprocess.PIPE, text=True, check=True
    )
    mounted = ended.stdout.split()[:2]
    assert len({*mounted, *printed(MOUNT_POINT).split()}) == 1
