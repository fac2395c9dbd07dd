"""What only root can set up, and how two measurements affect each other.

Runs outside Bazel's sandbox, which grants none of it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.measure.modules import site
from tests.measure.target import MEASURE, SPEC, STAGE, Simulator, Target
from tests.measure.timed.timed_target import PACKAGES, TimedTarget

Make = Callable[..., TimedTarget]


def test_walltime_waits_for_simulation(
    hooks_timed: Make, simulator: Simulator, tmp_path: Path, program: Path, kernel: Path
) -> None:
    """Both have the same stage, so that neither disturbs the other's times."""
    spec = {**SPEC, "args": ["nap"]}
    simulated = Target(tmp_path, simulator.manifest, spec, kernel=kernel)
    simulated.spec["simulator"] = simulator.description
    simulated.stage("_main/pkg/program", program)
    command = simulated.command(tmp_path / "simulated")
    first = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    while not STAGE.exists():
        time.sleep(0.01)
    second = hooks_timed("measure").time().succeeded()
    assert "waiting for another measurement" in second.stderr
    first.wait(60)


def test_disk_is_full(hooks_timed: Make, tmp_path: Path, recording: None) -> None:
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode:
        pytest.skip("unshare --mount is refused here")
    target = hooks_timed("measure-long", "measure")
    raw = target.folder / "out/raw"
    command = target.timed_command(target.folder / "out")
    script = f'mkdir {raw}; mount -t tmpfs -o size=300k none {raw}; exec "$@"'
    wrapped = ["unshare", "--mount", "sh", "-ec", script, "sh", *command]
    ended = subprocess.run(wrapped, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert "space" in ended.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_without_privileges(hooks_timed: Make, recording: None) -> None:
    """Perf needs no privilege for the user part of one's own processes, up to kernel level 2."""
    level = int(Path("/proc/sys/kernel/perf_event_paranoid").read_text())
    target = hooks_timed("measure")
    folder = Path("/var/tmp/rules_codspeed_timed")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        ended = as_nobody(target, folder)
        assert ended.returncode == 0, ended.stderr
        recorded = (folder / "out/raw/perf.pipedata").exists()
        assert recorded == ("without a profile" not in ended.stderr)
        assert recorded == (level <= 2)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    assert not STAGE.exists()


def as_nobody(target: TimedTarget, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs a driver, all of it below a folder that everybody may read, as another user."""
    folder.mkdir(mode=0o777)
    shutil.copytree(MEASURE.parent, folder / "rules_codspeed")
    for name in PACKAGES:
        shutil.copytree(site(name) / name, folder / "site" / name)
    shutil.copy(target.files["_main/pkg/program"], folder / "program")
    moved = TimedTarget(folder, folder, target.spec, {"_main/pkg/program": f"{folder}/program"})
    moved.import_paths = [folder / "site"]
    command = moved.timed_command(folder / "out")
    for path in (folder, folder / "out"):
        path.chmod(0o777)
    command[0] = shutil.which("python3", path="/usr/bin") or command[0]
    command[4] = str(folder / "rules_codspeed/measure/walltime/main.py")
    user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    return subprocess.run([*user, *command], capture_output=True, text=True, check=False)
