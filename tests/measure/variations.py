"""What may differ between machines: the rows of variations_test.py, each one change.

Rows of one group change what no other row of the group does, so one run can carry all of them.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import shlex
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.measure.elsewhere import OTHER_TMP, SMALL_IDS, in_mounts, may
from tests.measure.target import STAGE

Around = Callable[[], AbstractContextManager[None]]

NATIVE = ("hooks", "exec", "shell")
# An interpreter takes long under Valgrind, so only for what moved its numbers.
ALL = (*NATIVE, "pytest")


@dataclass(frozen=True)
class Row:
    """One change: in the machine around the run, of the driver's process, or of its name spaces.

    Attributes:
      kinds: of targets that are measured: those of variations_test.py.
      around: what is changed on the machine, and restored.
      options: of the driver's process, as `subprocess.run` takes them.
      namespaces: flags of `unshare` that the change needs.
      prefix: a command that starts the driver.
      tmp: a script that replaces /tmp, but for its first argument.
      root: whether only root can set it up.
      outside: whether all lies outside of /tmp, where another user can read.
      folder: of the run's output, below the test's.
      group: rows that are measured in one run first; empty for a row that is always alone.
    """

    kinds: tuple[str, ...] = NATIVE
    around: Around = nullcontext
    options: dict[str, Any] = field(default_factory=dict)
    namespaces: tuple[str, ...] = ()
    prefix: tuple[str, ...] = ()
    tmp: str = ""
    root: bool = False
    outside: bool = False
    folder: str = "changed"
    group: str = ""

    @contextlib.contextmanager
    def set_up(self, kept: Path) -> Iterator[list[str]]:
        """Changes the machine, or skips the test with a reason.

        Args:
          kept: a folder below /tmp that is the same in another /tmp.

        Yields:
          The command that starts the driver.
        """
        if self.root and os.geteuid():
            pytest.skip("only root can set this up")
        if self.namespaces and not may(*self.namespaces):
            pytest.skip(f"unshare {' '.join(self.namespaces)} is refused here")
        with contextlib.ExitStack() as stack:
            prefix = list(self.prefix)
            if self.tmp:
                way = stack.enter_context(tempfile.TemporaryDirectory(dir="/dev/shm"))
                prefix = ["unshare", "--mount", "sh", "-ec", self.tmp, "sh", str(kept), way]
            stack.enter_context(self.around())
            yield prefix


@dataclass(frozen=True)
class Together:
    """Rows that one run carries.

    Attributes:
      rows: in the order in which they change the machine; none is `outside`.
      outside: as of a row.
    """

    rows: Sequence[Row]
    outside: bool = False

    @property
    def folder(self) -> str:
        """The deepest folder that a row asks for."""
        return max((row.folder for row in self.rows), key=len)

    @property
    def options(self) -> dict[str, Any]:
        """The options of the driver's process, as `subprocess.run` takes them."""
        found = [row.options for row in self.rows]
        variables = dict(pair for one in found for pair in one.get("env", {}).items())
        calls = [one["preexec_fn"] for one in found if "preexec_fn" in one]
        return {
            **({"env": variables} if variables else {}),
            **({"preexec_fn": lambda: [call() for call in calls]} if calls else {}),
        }

    @contextlib.contextmanager
    def set_up(self, kept: Path) -> Iterator[list[str]]:
        """Changes the machine as all rows do; yields the command that starts the driver."""
        with contextlib.ExitStack() as stack:
            prefixes = [stack.enter_context(row.set_up(kept)) for row in self.rows]
            yield [word for prefix in prefixes for word in prefix]


@contextlib.contextmanager
def _many_folders() -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(tempfile.TemporaryDirectory(dir=STAGE.parent))
        yield


def _one_cpu() -> None:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def _limits() -> None:
    for limit, value in {
        resource.RLIMIT_STACK: 64 << 20,
        resource.RLIMIT_NOFILE: 4096,
        resource.RLIMIT_MEMLOCK: 64 << 10,
        resource.RLIMIT_NPROC: 30000,
    }.items():
        hard = resource.getrlimit(limit)[1]
        resource.setrlimit(limit, (value if hard < 0 else min(value, hard), hard))
    os.umask(0o077)


def _no_huge_pages() -> None:
    # PR_SET_THP_DISABLE, for this process and all that it starts.
    if ctypes.CDLL(None).prctl(41, 1, 0, 0, 0):
        raise OSError("prctl")


def _signals() -> None:
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1, signal.SIGCHLD])


def _mounted(script: str, *kinds: str, around: Around = nullcontext) -> Row:
    """A row whose files are others in a name space of mounts."""
    prefix = tuple(in_mounts(script))
    return Row(kinds, around, namespaces=("--mount",), prefix=prefix, root=True, group="files")


# On a tmpfs, /etc can be changed.
_OWN_ETC = """
mount -t tmpfs none /mnt
cp -a /etc /mnt
mount --bind /mnt/etc /etc
umount /mnt
"""
# As after the installation of many libraries: one thousand more in the folder of the libc.
_LARGER_CACHE = """
/usr/bin/python3 - <<'END'
import struct, sys
data = open("/etc/ld.so.cache", "rb").read()
head = data[:48]
count, strings = struct.unpack_from("<II", data, 20)
old = [list(struct.unpack_from("<IIIIQ", data, 48 + 24 * i)) for i in range(count)]
text = lambda at: data[at : data.index(0, at)]
folder = next(text(one[2]) for one in old if text(one[1]) == b"libc.so.6").rpartition(b"/")[0]
entries = [(one[0], text(one[1]), text(one[2]), one[4]) for one in old]
# Names descend.
entries = [(old[0][0], name, folder + b"/" + name, 0) for name in
           (b"libzzzz%04d.so.1" % n for n in range(999, -1, -1))] + entries
made, at = b"", 48 + 24 * len(entries)
texts = b""
for kind, name, path, processor in entries:
    made += struct.pack("<IIIIQ", kind, at + len(texts), at + len(texts) + len(name) + 1, 0,
                        processor)
    texts += name + b"\\0" + path + b"\\0"
head = head[:20] + struct.pack("<II", len(entries), len(texts)) + head[28:32] + bytes(16)
open("/etc/ld.so.cache", "wb").write(head + made + texts)
END
"""
# Not on the disk: other tests, and whatever else runs on the machine, read the same files.
_OWN_LIBRARY = f"""
library={shlex.quote(str(Path(os.__file__).parent))}
mount -t tmpfs none /mnt
mkdir /mnt/upper /mnt/work
mount -t overlay none -o "lowerdir=$library,upperdir=/mnt/upper,workdir=/mnt/work" "$library"
umount -l /mnt
"""
_ACCESS_TIMES = """
cd "$library"
touch -a -d @0.000000007 . encodings os.py re/__init__.py
cd - >/dev/null
"""
_TIMES_OF_FOLDERS = 'touch -m -d @1600000000.000000007 "$library" "$library/encodings"'
_OTHER_USERS = """
for n in $(seq 1000); do echo "user$n:x:$n:$n:$n:/home/user$n:/bin/sh"; done > /etc/passwd
echo "root:x:0:0:another root:/home/of/another/root:/bin/sh" >> /etc/passwd
echo "passwd: compat" > /etc/nsswitch.conf
"""
_OTHER_ZONES = """
rm -f /etc/localtime /etc/timezone
echo Asia/Kathmandu > /etc/timezone
[ ! -d /usr/share/zoneinfo ] || mount -t tmpfs none /usr/share/zoneinfo
"""
_NO_LOCALES = """
for folder in /usr/lib/locale /usr/share/locale /usr/share/i18n; do
  [ ! -d "$folder" ] || mount -t tmpfs none "$folder"
done
"""
_NO_TERMINALS = """
for folder in /etc/terminfo /lib/terminfo /usr/share/terminfo; do
  [ ! -d "$folder" ] || mount -t tmpfs none "$folder"
done
"""
_OVERLAY_TMP = OTHER_TMP.replace(
    "mount -t tmpfs none /tmp",
    "mount -t tmpfs none /mnt; mkdir -m 1777 /mnt/lower /mnt/upper /mnt/work; "
    "mount -t overlay -o lowerdir=/mnt/lower,upperdir=/mnt/upper,workdir=/mnt/work none /tmp",
)

ROWS = {
    "nothing": Row(ALL, group="process"),
    "access-times": _mounted(_OWN_LIBRARY + _ACCESS_TIMES, *NATIVE),
    "folder-times": _mounted(_OWN_LIBRARY + _TIMES_OF_FOLDERS, *NATIVE),
    "300-folders": Row(around=_many_folders, group="process"),
    # An interpreter reads more of them than a program, and one run takes as long as many of those.
    "times-and-folders": _mounted(
        _OWN_LIBRARY + _ACCESS_TIMES + _TIMES_OF_FOLDERS, "pytest", around=_many_folders
    ),
    "tmpfs": Row(ALL, namespaces=("--mount",), tmp=OTHER_TMP, root=True, group="user"),
    "overlay": Row(
        ("hooks", "exec"), namespaces=("--mount",), tmp=_OVERLAY_TMP, root=True, group="files"
    ),
    "host-name": Row(
        ALL,
        namespaces=("--uts",),
        prefix=("unshare", "--uts", "sh", "-ec", f'hostname {"h" * 60}; exec "$@"', "sh"),
        root=True,
        group="process",
    ),
    "other-user": Row(
        ALL,
        prefix=("setpriv", "--reuid=1234", "--regid=1234", "--groups=5,6"),
        root=True,
        outside=True,
    ),
    "user-namespace": Row(
        ALL,
        namespaces=("--user", "--map-root-user"),
        prefix=("unshare", "--user", "--map-root-user"),
        group="user",
    ),
    "process-ids": Row(namespaces=tuple(SMALL_IDS[1:]), prefix=tuple(SMALL_IDS), group="process"),
    "one-cpu": Row(options={"preexec_fn": _one_cpu}, group="process"),
    "limits": Row(options={"preexec_fn": _limits}, group="process"),
    "huge-pages": Row(("exec",), options={"preexec_fn": _no_huge_pages}, group="process"),
    "signals": Row(("exec",), options={"preexec_fn": _signals}, group="process"),
    "environment": Row(
        options={
            "env": {
                **{f"VARIABLE_{n}": "x" * n for n in range(100)},
                "PATH": os.defpath,
                # Another one is a row of its own.
                "TZ": os.environ.get("TZ", ""),
            }
        },
        group="process",
    ),
    "time-zone": Row(
        options={"env": {"TZ": "Asia/Kathmandu", "LC_ALL": "tr_TR.UTF-8", "PATH": os.defpath}},
        group="process",
    ),
    "time-namespace": Row(
        ("exec",),
        namespaces=("--time",),
        prefix=("unshare", "--time", "--boottime=9999999", "--monotonic=9999999", "--fork"),
        root=True,
        group="process",
    ),
    "deep-path": Row(("exec", "files"), folder="one/of/five/levels/more", group="process"),
    "loader-cache": _mounted(_OWN_ETC + _LARGER_CACHE, *ALL, "files"),
    "loader-preload": _mounted(
        _OWN_ETC + "ldconfig -p | sed -n 's/.*libm.so.6 .*=> //p' > /etc/ld.so.preload", "files"
    ),
    "inputrc": _mounted(_OWN_ETC + "echo set editing-mode vi > /etc/inputrc", "files"),
    "terminfo": _mounted(_NO_TERMINALS, "files"),
    "users": _mounted(_OWN_ETC + _OTHER_USERS, "files"),
    "hosts": _mounted(_OWN_ETC + "rm -f /etc/hosts", "files"),
    "time-zone-files": _mounted(_OWN_ETC + _OTHER_ZONES, "files"),
    "locale-files": _mounted(_NO_LOCALES, "files"),
    "proc-sys": _mounted("mount -t tmpfs none /proc/sys", "exec", "files"),
}


def groups() -> dict[tuple[str, str], list[str]]:
    """Returns the names of rows that are measured together, by kind and group."""
    found: dict[tuple[str, str], list[str]] = {}
    for name, row in ROWS.items():
        for kind in row.kinds if row.group else ():
            found.setdefault((kind, row.group), []).append(name)
    return {group: names for group, names in found.items() if len(names) > 1}
