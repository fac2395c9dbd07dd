"""A checkout of the repository in which the command that adds versions runs, for tests."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.tools.archives.releases import runner_installer, sha256, small_document, table_json
from tools.archives import update

assert update.__file__
REPOSITORY = Path(update.__file__).parents[2]
GENERATOR = (
    "tools/generate_tables.py",
    *(f"tools/archives/{name}.py" for name in ("__init__", "archive", "errors", "expansion")),
)
NEW = "4.12.0"
SCRIPT = sha256(runner_installer(NEW))
SEEN = f"first seen on {date.today()} on a mirror, not confirmed"


class Checkout:
    """A checkout of the repository, as far as the command needs it, and what it printed."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root = root
        self._capsys = capsys
        for name in (*GENERATOR, "rules/private/dependencies.bzl"):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(REPOSITORY / name, root / name)
        (root / "docs").mkdir()
        (root / "rules/private/archives").mkdir()
        self.table.write_text(table_json(small_document()))

    @property
    def table(self) -> Path:
        return self.root / "tools/archives.json"

    def run(self, *arguments: str) -> tuple[int, str]:
        """Runs the command; returns its status and what it printed."""
        status = update.main(arguments)
        captured = self._capsys.readouterr()
        return status, captured.out + captured.err

    def add(self, template: str, *arguments: str, version: str = NEW) -> tuple[int, str]:
        """Asks for a version of the runner from a mirror."""
        return self.run("--tool", "runner", "--version", version, "--from", template, *arguments)

    def releases(self, version: str = NEW) -> list[dict[str, Any]]:
        """Returns the records of a version, as they are in the file."""
        builds = json.loads(self.table.read_text())["builds"]
        releases = [release for build in builds for release in build["releases"]]
        return [release for release in releases if release["version"] == version]

    def release(self, version: str = NEW) -> dict[str, Any]:
        """Returns the only record of a version."""
        (release,) = self.releases(version)
        return release


def refused(checkout: Checkout, printed: tuple[int, str]) -> str:
    """Checks that nothing was changed; returns the error."""
    status, text = printed
    assert status == 1
    assert checkout.table.read_text() == table_json(small_document())
    assert not [*checkout.table.parent.glob("*.new")]
    return text
