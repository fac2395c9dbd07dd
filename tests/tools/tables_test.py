"""What is generated from tools/archives.json is current, and lists every address."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("tools/archives.json", "rules/private/dependencies.bzl")
GENERATED = ("rules/private/archives/archives.bzl", "docs/urls.txt")


def generate(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tools/generate_tables.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the repository, as far as it matters here."""
    for name in (*SOURCES, *GENERATED):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / name)
    return tmp_path


def test_generated_files_are_current() -> None:
    run = generate("--check")
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("name", GENERATED)
def test_a_stale_file_is_told_with_the_command(copy: Path, name: str) -> None:
    (copy / name).write_text("stale\n")
    run = generate("--check", f"--root={copy}")
    assert run.returncode == 1
    assert run.stderr == f"{name}: not current. Run: python3 tools/generate_tables.py\n"
    assert (copy / name).read_text() == "stale\n"


@pytest.mark.parametrize("name", GENERATED)
def test_a_stale_file_is_written(copy: Path, name: str) -> None:
    (copy / name).unlink()
    assert generate("--check", f"--root={copy}").returncode == 1
    assert generate(f"--root={copy}").returncode == 0
    assert (copy / name).read_bytes() == (ROOT / name).read_bytes()


def test_every_address_is_listed_and_no_other() -> None:
    # Not as the generator reads them: an address that it overlooks would be one here too.
    pinned = {
        url
        for name in SOURCES
        for url in re.findall('"(https?://[^"]+)"', (ROOT / name).read_text())
    }
    lines = (ROOT / "docs/urls.txt").read_text().splitlines()
    listed = [line for line in lines if not line.startswith("#")]
    assert listed == sorted(pinned)
    assert pinned


@pytest.mark.parametrize("keyword", ["null", "true", "false"])
def test_the_twin_has_no_word_that_starlark_lacks(keyword: str) -> None:
    twin = (ROOT / "rules/private/archives/archives.bzl").read_text()
    assert not re.search(rf": {keyword}\b", twin)
