"""`bazel run //:bench` measures and publishes, to a collector that `bazel run` starts too."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import tarfile
import tempfile
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.e2e.bazel import Bazel, git, scratch_root, spawns
from tests.e2e.consumer_test import copy_consumer
from tests.publish.environments import load_environment

TOKEN = "cs-token-0123456789abcdef"
_LARGEST = 64 << 20  # bytes of a file that is searched for the token


@contextlib.contextmanager
def collector(bazel: Bazel, data: Path) -> Iterator[str]:
    """Starts the collector as a user does; yields its address."""
    script = data.with_suffix(".sh")
    bazel.run("run", f"--script_path={script}", "@rules_codspeed//tools:collector")
    command = [str(script), f"--data={data}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield process.stdout.readline().split()[3].rstrip(",")
        finally:
            process.terminate()


def stored(data: Path) -> list[dict[str, Any]]:
    """Returns the metadata that a collector has, by the index of the upload."""
    runs = [json.loads(file.read_bytes()) for file in (data / "metadata").iterdir()]
    return sorted(runs, key=lambda run: run["runPart"]["metadata"]["run-index"])


def holding(folder: Path, secret: str) -> list[Path]:
    """Returns the files below a folder that have a secret."""
    paths = [Path(name, file) for name, _, files in os.walk(folder) for file in files]
    own = [path for path in paths if path.is_file() and not path.is_symlink()]
    small = [path for path in own if path.stat().st_size < _LARGEST]
    return [path for path in small if secret.encode() in path.read_bytes()]


class PublishTest(unittest.TestCase):
    """A workspace below the root of a checkout, in a CI job."""

    def test_a_job_measures_once_and_publishes(self) -> None:
        with contextlib.ExitStack() as stack:
            scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=scratch_root())))
            checkout = scratch / "widgets"
            checkout.mkdir()
            copy_consumer(checkout / "sub")
            git(checkout, "init", "-q")
            git(checkout, "add", "-A")
            git(checkout, "commit", "-qm", "Begin")
            home = scratch / "home"
            home.mkdir()
            bazel = stack.enter_context(Bazel(checkout / "sub"))
            data = scratch / "collected"
            url = stack.enter_context(collector(bazel, data))
            bazel.environment = {
                **load_environment("gitlab_push", scratch, checkout),
                "CI_PROJECT_DIR": str(checkout),
                "CODSPEED_TOKEN": TOKEN,
                "CODSPEED_UPLOAD_URL": f"{url}/upload",
                "XDG_STATE_HOME": str(home),
            }
            log = scratch / "spawns.json"
            for _ in range(2):
                flag = f"--execution_log_json_file={log}"
                run = bazel.run("run", flag, "//:bench", "--", "--allow-stock-simulator")
                self.assertIn("Performance data uploaded", run.stdout)
            # The second time nothing was left to measure.
            mnemonics = {spawn["mnemonic"] for spawn in spawns(log)}
            self.assertNotIn("CodSpeedSimulate", mnemonics)
            runs = stored(data)
            head = git(checkout, "rev-parse", "HEAD")
            self.assertEqual([run["commitHash"] for run in runs], [head, head])
            self.assertEqual(runs[0]["profileMd5"], runs[1]["profileMd5"])
            self.assertEqual(list(home.rglob("archive*")), [])
            self.check_uris(data)
            self.check_token(bazel, scratch)

    def check_uris(self, data: Path) -> None:
        """Shows that URIs start at the root of the checkout."""
        archive = next((data / "archives").iterdir())
        with tarfile.open(archive) as opened:
            files = [opened.extractfile(one) for one in opened if one.name.endswith(".out")]
            profiles = b"".join(file.read() for file in files if file)
        self.assertIn(b"Client Request: sub/fib_bench.c::fib\n", profiles)

    def check_token(self, bazel: Bazel, scratch: Path) -> None:
        """Shows that no file of the run has the token: output base, workspace, collector."""
        for folder in [bazel.output_base, scratch]:
            self.assertEqual(holding(folder, TOKEN), [])


if __name__ == "__main__":
    unittest.main()
