"""CodSpeed's own hooks library, as pytest-codspeed carries it, against our server.

Its FIFOs are always in /tmp: the test runs with a /tmp of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from typing import Any

import pytest
from pytest_codspeed.instruments.hooks import InstrumentHooks

# Serves in /tmp while the rest of the arguments run; prints what clients reported.
SERVER = """
import json, subprocess, sys
from pathlib import Path
from tests.measure.walltime.running import Notes, running
notes = Notes()
with running(Path("/tmp"), notes) as server:
    status = [subprocess.run([sys.executable, "-c", code]).returncode for code in sys.argv[1:]]
reported = [server.uri_by_ts, sorted(server.bench_pids), server.markers, server.integration]
print(json.dumps([status, notes.calls, server.warnings, str(server.failure), *reported]))
"""

CLIENT = """
import os, sys
from pytest_codspeed.instruments.hooks import InstrumentHooks
hooks = InstrumentHooks()
assert hooks.is_instrumented()
hooks.set_integration("pytest-codspeed", "5.0.4")
hooks.start_benchmark()
start = hooks.current_timestamp()
hooks.add_benchmark_timestamps(start, hooks.current_timestamp())
hooks.stop_benchmark()
hooks.set_executed_benchmark("a.py::b[" + "x" * LENGTH + "]")
"""


def served(*clients: str) -> list[Any]:
    """Runs clients one after another beside the server, in a mount name space."""
    unshare = shutil.which("unshare")
    if not unshare:
        pytest.skip("there is no unshare on this machine")
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    own_tmp = [unshare, *user, "--mount", "sh", "-ec", 'mount -t tmpfs none /tmp; exec "$@"', "sh"]
    probe = subprocess.run([*own_tmp, "true"], capture_output=True, text=True, check=False)
    if probe.returncode:
        pytest.skip(f"no /tmp of one's own can be had: {probe.stderr.strip()}")
    environment = {
        "CODSPEED_ENV": "runner",
        "CODSPEED_RUNNER_MODE": "walltime",
        "PATH": os.environ.get("PATH", os.defpath),
        "PYTHONPATH": os.pathsep.join(map(os.path.abspath, filter(None, sys.path))),
    }
    ended = subprocess.run(
        [*own_tmp, sys.executable, "-c", SERVER, *clients],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    reported: list[Any] = json.loads(ended.stdout.splitlines()[-1])
    return reported


def test_clock_is_that_of_our_stamps() -> None:
    before = time.monotonic_ns()
    assert before <= InstrumentHooks.current_timestamp() <= time.monotonic_ns()


def test_hooks_library() -> None:
    code = CLIENT.replace("LENGTH", "3")
    status, calls, warnings, failure, uris, pids, markers, integration = served(code)
    assert status == [0]
    assert calls == ["enable", "disable"]
    assert (warnings, failure) == ([], "None")
    assert [uri for _, uri in uris] == ["a.py::b[xxx]"]
    assert len(pids) == 1
    assert integration == ["pytest-codspeed", "5.0.4"]
    # Both of one clock: SampleStart, BenchmarkStart, BenchmarkEnd, SampleEnd.
    assert [kind for kind, _ in markers] == [0, 2, 3, 1]
    times = [at for _, at in markers]
    assert times == sorted(times)
    assert uris[0][0] >= times[-1]


def test_several_processes_and_one_that_dies() -> None:
    good = CLIENT.replace("LENGTH", "700")
    dies = CLIENT.replace("LENGTH", "3").replace(
        "hooks.stop_benchmark()",
        "open('/tmp/runner.ctl.fifo', 'wb').write(bytes([4, 0, 0, 0]));"
        "import time; time.sleep(0.6); os.kill(os.getpid(), 9)",
    )
    reported = served(good, dies, good)
    status, calls, warnings, failure, uris, pids, markers, _ = reported
    assert status == [0, -9, 0]
    assert calls == ["enable", "disable", "enable", "enable", "disable"]
    assert warnings == [
        "a client stopped inside a command, after 4 bytes",
        "a benchmark was started while another one ran",
    ]
    assert failure == "None"
    assert [len(uri) for _, uri in uris] == [709, 709]
    assert len(pids) == 2
    assert [kind for kind, _ in markers].count(0) == 2


def test_without_runner() -> None:
    """No FIFO, no measurement, and no wait."""
    code = "import os; os.unlink('/tmp/runner.ctl.fifo')\n" + CLIENT.replace(
        "assert ", "assert not "
    )
    status, calls, *_ = served(code.replace("LENGTH", "1"))
    assert (status, calls) == ([0], [])
