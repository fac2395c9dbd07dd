"""The machine that every program finds, its users, and files that describe it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

import rules_codspeed
from tests.measure.elsewhere import DRIVER, in_mounts, may

Printed = Callable[..., str]

OPENED = {
    "/etc/hostname": "localhost\n",
    "/etc/hosts": "127.0.0.1 localhost\n",
    "/etc/passwd": (
        "root:x:0:0:root:/root:/bin/sh\n"
        "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
    ),
    "/etc/timezone": "Etc/UTC\n",
    "/proc/loadavg": "0.00 0.00 0.00 1/100 1000\n",
    "/proc/self/cgroup": "0::/\n",
    "/proc/sys/kernel/hostname": "localhost\n",
    "/proc/uptime": "1000.00 1000.00\n",
    "/sys/devices/system/cpu/online": "0\n",
}


def test_name_and_kernel(printed: Printed) -> None:
    script = "import os, socket; print(socket.gethostname(), *os.uname(), sep='|')"
    machine = os.uname().machine
    assert printed(script) == f"localhost|Linux|localhost|5.10.0|#1 SMP|{machine}\n"


def test_one_processor(printed: Printed) -> None:
    script = """
import os
print(os.cpu_count(), os.sched_getaffinity(0), os.sched_getaffinity(os.getpid()))
print(os.sysconf("SC_NPROCESSORS_ONLN"), os.sysconf("SC_NPROCESSORS_CONF"))
try: os.sched_getaffinity(999999999)
except ProcessLookupError: print("no process")
"""
    assert printed(script) == "1 {0} {0}\n1 1\nno process\n"
    assert printed("nproc; grep -c ^processor /proc/cpuinfo", "/bin/sh", "-c") == "1\n1\n"


# Called as Valgrind's programs do, which find no vDSO.
SECOND = """
import ctypes, os, struct, time
libc = ctypes.CDLL(None)
def second():
    if os.uname().machine == "x86_64":
        return libc.syscall(201, None)
    answer = ctypes.create_string_buffer(16)
    assert libc.syscall(113, 5, answer) == 0
    return struct.unpack("qq", answer.raw)[0]
"""


def test_seconds_stand_still_while_they_are_compared(printed: Printed) -> None:
    script = f"""{SECOND}
while True:
    time.sleep(3.1)  # so that a burst begins
    start = last = time.time()
    answers, pause = {{second()}}, 0
    while last < start + 2.2:
        now = time.time()
        answers.add(second())
        pause, last = max(pause, now - last), now
    if pause < 1.5: break  # else others kept the processor from the program
print(len(answers))
"""
    assert printed(script) == "1\n"


def test_waiting_for_a_second_ends(printed: Printed) -> None:
    script = f"""{SECOND}
first, before = second(), time.time()
least = before
while (now := second()) == first:
    time.sleep(0.2)
    least = time.time()
assert int(least) - 1 <= now <= time.time(), (least, now)
time.sleep(3.1)
least = time.time()
assert int(least) - 1 <= second() <= time.time()
print("ended")
"""
    assert printed(script) == "ended\n"


def test_memory(printed: Printed) -> None:
    script = "import os; print(os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGESIZE') >> 30)"
    assert printed(script) == "16\n"
    assert printed("head -1 /proc/meminfo", "/bin/sh", "-c").split() == [
        "MemTotal:",
        "16777216",
        "kB",
    ]


@pytest.mark.parametrize("path", OPENED)
def test_opened_file(printed: Printed, path: str) -> None:
    script = f"""
import os
print(*(open({path!r}).read() for _ in range(2)), sep="", end="")
kept = os.open({path!r}, os.O_RDONLY | os.O_CLOEXEC)
passed = os.open({path!r}, os.O_RDONLY)
print(os.get_inheritable(kept), os.fstat(kept).st_mode & 0o777 == 0o444)
try: os.write(kept, b"x")
except OSError as error: print(error.errno)
"""
    assert printed(script) == OPENED[path] * 2 + "False True\n9\n"


def test_other_files_are_opened_by_the_kernel(printed: Printed, tmp_path: Path) -> None:
    (tmp_path / "hostname").write_text("own")
    script = """
import os
print(open("hostname").read())
with open("made", "x") as made: made.write("text")
os.close(os.open("/proc/cpuinfo", os.O_PATH))
for path, flags in ("none", 0), ("made", os.O_CREAT | os.O_EXCL), ("/proc/version", os.O_DIRECTORY):
    try: os.open(path, flags)
    except OSError as error: print(error.strerror)
"""
    found = printed(script).splitlines()
    assert found == ["own", "No such file or directory", "File exists", "Not a directory"]
    assert (tmp_path / "made").read_text() == "text"


@pytest.mark.parametrize("path", ["/etc/inputrc", "/etc/ld.so.preload"])
def test_file_that_no_machine_has(printed: Printed, path: str) -> None:
    script = f"""
try: open({path!r})
except FileNotFoundError as error: print(error.filename)
"""
    assert printed(script) == path + "\n"


def test_libraries_read_the_fixed_files(printed: Printed) -> None:
    script = """
import datetime, grp, os, pwd, socket
print(pwd.getpwuid(0).pw_dir, pwd.getpwnam("nobody").pw_uid, grp.getgrgid(0).gr_name)
print(socket.gethostbyname("localhost"))
os.environ["TZ"] = ":/etc/localtime"
print(datetime.datetime.fromtimestamp(0).astimezone().tzname())
"""
    assert printed(script) == "/root 65534 root\n127.0.0.1\nUTC\n"


def test_terminal(printed: Printed) -> None:
    """The fixed description is one that terminals' own tools read."""
    path = next(filter(os.path.exists, ["/lib/terminfo/d/dumb", "/usr/share/terminfo/d/dumb"]), "")
    if not path or not shutil.which("infocmp"):
        pytest.skip("no description of terminals, or no infocmp, on this machine")
    folder = path.removesuffix("/d/dumb")
    command = f"infocmp -1 -A {folder} dumb | tail -n +2 | tr -d '\\n\\t'"
    assert printed(command, "/bin/sh", "-c") == (
        "dumb|80-column dumb tty,am,cols#80,bel=^G,cr=\\r,cud1=\\n,ind=\\n,"
    )


def test_loader_cache(printed: Printed) -> None:
    """The loader finds the libraries beside libc by itself; a listing is the machine's."""
    script = """
import ctypes, ctypes.util, os, struct
cache = os.open("/etc/ld.so.cache", os.O_RDONLY | os.O_CLOEXEC)
content = os.read(cache, 1 << 24)
magic, count, _ = struct.unpack_from("20sII", content)
print(len(content), magic.decode(), b"libc.so.6" in content)
ctypes.CDLL("libresolv.so.2")
print(ctypes.util.find_library("c"))
"""
    assert printed(script) == "1048576 glibc-ld.so.cache1.1 False\nlibc.so.6\n"


# A folder before libc's, with a library that is also beside libc.
OTHER_FOLDER = """
mount -t tmpfs none /mnt
mkdir /mnt/lib
cp "$(ldconfig -p | sed -n 's/.*libresolv.so.2 .*=> //p' | head -1)" /mnt/lib
echo /mnt/lib > /mnt/conf
ldconfig -X -C /mnt/cache -f /mnt/conf
mount --bind /mnt/cache /etc/ld.so.cache
"""
LOADED_FROM = """
import ctypes
ctypes.CDLL("libresolv.so.2")
print(*{line.split()[5] for line in open("/proc/self/maps") if "libresolv" in line})
"""


@pytest.mark.skipif(not may("--mount"), reason="unshare --mount is refused here")
def test_libraries_of_other_folders_stay(kernel: Path) -> None:
    package = str(Path(rules_codspeed.__file__).parents[1])
    driver = DRIVER.format(path=package, library=str(kernel))
    python = [os.path.realpath(sys.executable), "-I", "-S"]
    command = [*in_mounts(OTHER_FOLDER), *python, "-B", "-c", driver, *python, "-c", LOADED_FROM]
    path = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    ended = subprocess.run(command, env=path, stdout=subprocess.PIPE, text=True, check=True)
    assert ended.stdout.split("\n")[:2] == ["/mnt/lib/libresolv.so.2", "ended with exit status 0"]


USER = """
import os
print(os.getuid(), os.geteuid(), os.getgid(), os.getegid(), os.getresuid(), os.getresgid())
print(os.getgroups(), os.stat(".").st_uid)
os.setuid(0); os.setgid(0); os.setresuid(-1, 0, 0); os.setgroups([0]); os.setreuid(0, -1)
os.chown(".", 0, 0); os.chown("file", 0, -1, follow_symlinks=False)
os.fchown(os.open(".", os.O_RDONLY), 0, 0)
try: os.chown("none", 0, 0)
except FileNotFoundError: print("none")
"""
USERS = "0 0 0 0 (0, 0, 0) (0, 0, 0)\n[0] 0\nnone\n"


def test_user(printed: Printed, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert printed(USER) == USERS
    assert printed("id", "/bin/sh", "-c") == "uid=0(root) gid=0(root) groups=0(root)\n"


NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
needs_users = pytest.mark.skipif(
    subprocess.run([*NOBODY, "true"], capture_output=True).returncode != 0,
    reason="only root can become another user",
)
FORBIDDEN = """
import os
print(os.getuid(), os.access("secret", os.R_OK), os.access("/", os.W_OK))
for forbidden in lambda: open("secret"), lambda: os.chown("secret", 5, 5):
    try: forbidden()
    except PermissionError: print("refused")
"""


@needs_users
def test_access_is_the_kernels_to_decide(kernel: Path) -> None:
    """A user that is shown as 0 may do no more than before."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "secret").touch(0o600)
        shutil.copy(kernel, folder / "libkernel.so")
        shutil.copytree(Path(rules_codspeed.__file__).parent, folder / "rules_codspeed")
        (folder / "driver.py").write_text(DRIVER.format(path=name, library=f"{name}/libkernel.so"))
        # The interpreter of the tests may be one that another user cannot read.
        python = ["/usr/bin/python3", "-I", "-S", "-B"]
        command = [*NOBODY, *python, f"{name}/driver.py", *python, "-c", FORBIDDEN]
        ended = subprocess.run(command, cwd=name, capture_output=True, text=True, check=False)
    assert ended.stdout.split("ended")[0] == "0 False False\nrefused\nrefused\n", ended.stderr
    assert ended.stdout.endswith("()\n")


@needs_users
def test_another_user_is_the_machines_to_answer(printed: Printed) -> None:
    script = """
import os
os.setuid(65534)
print(os.getuid(), os.stat("/").st_ino)
"""
    found = printed(script, lost=("files", "users"))
    assert found.split() == ["65534", str(os.stat("/").st_ino)]
