"""Runs of the driver under other circumstances: in other places, as others, in name spaces."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.measure.target import MEASURE, Ended, Simulator, Target


def outside_tmp(target: Target, prefix: list[str]) -> Ended:
    """Runs a target none of which lies below /tmp, or where another user may not read."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        folder = Path(name)
        folder.chmod(0o777)
        shutil.copytree(MEASURE.parent, folder / "rules_codspeed")
        files = {path: _copied(source, folder / path) for path, source in target.files.items()}
        lines = [line.split("\t") for line in target.simulator.read_text().splitlines()]
        tools = {path: _copied(source, folder / path) for path, source in lines}
        simulator = Simulator.of(target.spec["simulator"], tools, folder / "simulator")
        kernel = _copied(str(target.kernel), folder / "libkernel.so")
        moved = Target(folder, simulator.manifest, target.spec, kernel=kernel)
        moved.files = {path: str(copy) for path, copy in files.items()}
        command = moved.command(folder / "out")
        (folder / "out").chmod(0o777)
        # The interpreter of the tests may be one that another user cannot read.
        command[0] = shutil.which("python3", path="/usr/bin") or command[0]
        command[4] = str(folder / "rules_codspeed/measure/simulation/main.py")
        ended = subprocess.run([*prefix, *command], capture_output=True, text=True, check=False)
        kept = target.folder / "outside"
        shutil.copytree(folder / "out", kept)
        return Ended(ended.returncode, ended.stderr, kept)


def _copied(source: str, copy: Path) -> Path:
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, copy)
    return copy


def in_mounts(script: str) -> list[str]:
    """A prefix that runs a command after mounting, in a name space of its own."""
    return ["unshare", "--mount", "sh", "-ec", script + '\nexec "$@"', "sh"]


def may(*flags: str) -> bool:
    """Whether this user may make such name spaces; in some containers not even root may."""
    return subprocess.run(["unshare", *flags, "true"], capture_output=True).returncode == 0


# A process-id namespace as Bazel's sandbox has one.
SMALL_IDS = ["unshare", "--pid", "--fork", "--mount-proc"]
# Another file system at /tmp; $1, which lies below it, stays visible, by way of $2, which does not.
OTHER_TMP = """
mount --bind "$1" "$2"
mount -t tmpfs none /tmp
mkdir -p "$1"
mount --bind "$2" "$1"
shift 2
exec "$@"
"""


# A driver that serves a program and prints what was lost; to be run as others, or where a call
# is refused.
DRIVER = """
import sys
sys.path[:0] = [{path!r}]
from rules_codspeed.measure.stage.kernel import FixedKernel, KernelLibrary
from rules_codspeed.measure.stage.process import run
service = FixedKernel(KernelLibrary({library!r}))
print(run(sys.argv[1:], {{}}, ".", 30, lambda text: print(text.decode(), end=""), [service]))
print(service.lost)
"""
