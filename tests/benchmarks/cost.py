"""Measures what the rules cost besides Valgrind, on a real Bazel. Not a test.

Run it on an idle machine: `python3 tests/benchmarks/cost.py`. It prints, for each
target, the time of the action CodSpeedSimulate, of Valgrind's runs within it (as the
action's log states them) and, for native programs, of bare Valgrind on the same program; and
the time of `bazel run` when nothing has changed.
"""

from __future__ import annotations

import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.e2e.bazel import spawns  # noqa: E402

SUITE = "//:bench_codspeed"
TARGETS = (
    "//tests/benchmarks/native:word_count",
    "//tests/benchmarks/native:matrix",
    "//tests/benchmarks/python:results",
)
_RUN = re.compile(r"^# .* after ([0-9.]+) s$", re.MULTILINE)
_ROUNDS = 5


def bazel(*arguments: str) -> str:
    """Runs one command; returns its standard output."""
    run = subprocess.run(
        [ROOT / "bazelw", *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    return run.stdout


def action_seconds(target: str) -> tuple[float, float]:
    """Measures a target anew; returns the seconds of the action and of Valgrind within it."""
    output = "--output_groups=log,profile"
    root = Path(bazel("info", "execution_root").strip())
    files = bazel("cquery", output, "--output=files", target).split()
    for file in files:
        # Bazel reruns an action whose outputs are gone.
        path = root / file
        if path.is_dir():
            path.chmod(0o755)
            shutil.rmtree(path)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log.json")
        bazel("build", "--noshow_progress", output, f"--execution_log_json_file={log}", target)
        (spawn,) = (one for one in spawns(log) if one["mnemonic"] == "CodSpeedSimulate")
    action = float(spawn["metrics"]["executionWallTime"].rstrip("s"))
    (text,) = ((root / file).read_text() for file in files if file.endswith(".log"))
    return action, sum(float(seconds) for seconds in _RUN.findall(text))


def manifest(file: Path, root: Path) -> dict[str, Path]:
    """Reads a manifest of the rules: source by path."""
    lines = [line.split("\t") for line in file.read_text().splitlines()]
    return {path: root / source for path, source in lines}


def bare_command(root: Path, log: Path, folder: Path) -> tuple[list[str], Path, dict[str, str]]:
    """Returns how plain Valgrind runs a measured program that is no Python.

    Args:
      root: Bazel's execution root.
      log: of the measuring action, in the folder of its other outputs.
      folder: to make, for the program's files and what Valgrind writes.

    Returns:
      the command, the folder that it runs in, and its environment.
    """
    spec = json.loads(log.with_suffix(".spec.json").read_text())
    simulator = manifest(log.with_suffix(".simulator"), root)
    files = manifest(log.with_suffix(".files"), root)
    provenance = json.loads(log.with_suffix(".provenance.json").read_text())
    launcher = simulator[spec["simulator"]["launcher"]]
    lib = next(path for name, path in simulator.items() if "/callgrind-" in name).parent
    environment = {**provenance["pins"], "VALGRIND_LIB": str(lib), "TMPDIR": str(folder)}
    if spec["preload"]:
        environment["LD_PRELOAD"] = str(files[spec["preload"]])
    for path, source in files.items():
        staged = folder / path
        staged.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, staged)
    options = [option.replace("=profile/", f"={folder}/") for option in provenance["arguments"]]
    command = [launcher, *options, files[spec["executable"]], *provenance["command"][1:]]
    return [str(word) for word in command], folder / spec["main_repository"], environment


def bare_seconds(target: str) -> float | None:
    """Runs plain Valgrind on a target's program; None for Python."""
    root = Path(bazel("info", "execution_root").strip())
    (log,) = (
        root / file
        for file in bazel("cquery", "--output_groups=log", "--output=files", target).split()
    )
    if json.loads(log.with_suffix(".spec.json").read_text())["python"]:
        return None
    with tempfile.TemporaryDirectory() as folder:
        command, work, environment = bare_command(root, log, Path(folder))
        start = time.perf_counter()
        subprocess.run(command, cwd=work, env=environment, check=True, capture_output=True)
        return time.perf_counter() - start


def main() -> int:
    """Prints the table; returns the exit status."""
    bazel("build", "--noshow_progress", f"{SUITE}_profiles")
    print(f"{'':40} {'action':>8} {'its runs':>9} {'bare':>8}  (aim: bare and at most 0.15 s)")
    for target in TARGETS:
        pairs = [action_seconds(target) for _ in range(_ROUNDS)]
        action, runs = map(statistics.median, zip(*pairs, strict=True))
        bare = [seconds for _ in range(_ROUNDS) if (seconds := bare_seconds(target)) is not None]
        shown = f"{statistics.median(bare):7.3f}s" if bare else "-"
        print(f"{target:40} {action:7.3f}s {runs:8.3f}s {shown:>8}")
    bazel("run", SUITE)
    times = []
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        bazel("run", "--noshow_progress", SUITE)
        times.append(time.perf_counter() - start)
    print(f"{'bazel run, nothing changed':42} {statistics.median(times):7.3f}s  (aim: under 1.5 s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
