"""What is generated from tools/archives.json is current, and lists every address."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("tools/archives.json", "rules/private/dependencies.bzl")
GENERATED = ("rules/private/archives/archives_lock.bzl", "docs/urls.txt")


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


def addresses(text: str) -> list[str]:
    return re.findall('"(https?://[^"]+)"', text)


def test_every_address_is_listed_and_no_other() -> None:
    # Not as the generator reads them: an address that it overlooks would be one here too.
    table = json.loads((ROOT / "tools/archives.json").read_text())
    pinned = {*addresses((ROOT / "rules/private/dependencies.bzl").read_text())}
    for build in table["builds"]:
        for release in build["releases"]:
            facts = build | release
            templates = addresses(json.dumps(facts | {"releases": []}))
            assert templates or facts["simulator"] == "stock"
            pinned |= {
                url.replace("{version}", release["version"]).replace("{platform}", word)
                for url in templates
                for word in build["platforms"].values()
            }
    lines = (ROOT / "docs/urls.txt").read_text().splitlines()
    listed = [line for line in lines if not line.startswith("#")]
    assert listed == sorted(pinned)
    assert pinned


def test_the_twin_is_the_table() -> None:
    # It has strings, lists and dicts alone, which are Python too.
    twin = ast.parse((ROOT / "rules/private/archives/archives_lock.bzl").read_text())
    values = {
        ast.unparse(node.targets[0]): ast.literal_eval(node.value)
        for node in twin.body
        if isinstance(node, ast.Assign)
    }
    table = json.loads((ROOT / "tools/archives.json").read_text())
    expected = {"BUILDS": table["builds"], "DEFAULTS": table["defaults"], "ROOTS": table["roots"]}
    assert values == expected


def test_a_release_is_a_line_of_the_twin() -> None:
    twin = (ROOT / "rules/private/archives/archives_lock.bzl").read_text().splitlines()
    releases = [line for line in twin if line.startswith('        {"version": ')]
    table = json.loads((ROOT / "tools/archives.json").read_text())
    assert len(releases) == sum(len(build["releases"]) for build in table["builds"])
