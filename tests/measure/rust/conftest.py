"""The suites of Rust in this folder, built as people build theirs."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.measure.timed.conftest import make_timed

__all__ = ["make_timed"]

_FILES = ("Cargo.toml", "Cargo.lock", "criterion", "divan")
_BUILD = ("bench", "--no-run", "--locked", "--message-format=json")
_PASSED = ("CARGO_HOME", "CARGO_TARGET_DIR", "RUSTUP_HOME", "SSL_CERT_FILE", "HTTPS_PROXY")


def _built(
    cargo: str, folder: Path, variables: dict[str, str]
) -> subprocess.CompletedProcess[bytes]:
    command = [cargo, *_BUILD]
    return subprocess.run(
        command, cwd=folder, env=variables, capture_output=True, check=False, timeout=800
    )


@pytest.fixture(scope="session")
def rust_suites(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The programs of the suites by name; skips the tests where they cannot be built."""
    # Bazel gives tests a home and a PATH of their own.
    home = pwd.getpwuid(os.getuid()).pw_dir
    cargo = shutil.which("cargo") or shutil.which("cargo", path=f"{home}/.cargo/bin")
    if not cargo:
        pytest.skip("no cargo on this machine")
    folder = tmp_path_factory.mktemp("rust")
    for name in _FILES:
        source = Path(__file__).with_name(name)
        # The files themselves: in Bazel's sandbox they are links.
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    variables = {name: os.environ[name] for name in _PASSED if name in os.environ}
    variables |= {"HOME": home, "PATH": f"{Path(cargo).parent}:/usr/bin:/bin"}
    variables.setdefault("CARGO_HOME", f"{home}/.cargo")
    found = _built(cargo, folder, variables)
    if found.returncode:
        # In Bazel's sandbox nothing can be fetched into that folder.
        own = tmp_path_factory.mktemp("cargo")
        for settings in Path(variables["CARGO_HOME"]).glob("config*"):
            shutil.copy(settings, own)
        found = _built(cargo, folder, {**variables, "CARGO_HOME": str(own)})
    if found.returncode:
        errors = found.stderr.decode(errors="replace").strip().splitlines()
        # Sources that do not compile are no reason to skip.
        assert not any(one.startswith("error[E") for one in errors), errors
        pytest.skip(f"cargo cannot build the suites here: {errors[-1] if errors else found}")
    built = [json.loads(line) for line in found.stdout.splitlines() if line.startswith(b"{")]
    return {
        one["target"]["name"]: Path(one["executable"])
        for one in built
        if one.get("executable") and one["target"]["kind"] == ["bench"]
    }
