"""The digest of what is measured: it follows what can change a number, and nothing else."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from rules_codspeed.contract.spec import parse_spec
from rules_codspeed.measure.stage.inputs import inputs_digest
from rules_codspeed.measure.stage.manifest import StagePaths
from rules_codspeed.measure.stage.staging import Layout, copy_files, fill_stage
from tests.measure.target import SPEC

_PYTHON = {
    "interpreter": "/usr/bin/python3",
    "imports": ["_main", "ext+"],
    "added": ["ext+"],
    "tests": ["_main/a.py"],
}
_MARKED = "\x01rlocationpath:ext+/data\x01"


class Measured:
    """A stage with a program, a file of another repository and a simulator, to be changed."""

    def __init__(self, folder: Path, main: str = "_main", external: str = "ext+") -> None:
        self.layout = Layout(str(folder / "stage"))
        self.names = {"_main": main, "ext+": external}
        self.spec: dict[str, Any] = {
            **SPEC,
            "args": [_MARKED],
            "framework": "pytest",
            "python": _PYTHON,
            "env": {"A": "1"},
            "preload": "_main/preload.so",
        }
        self.content = {
            "_main/pkg/program": "program",
            "_main/preload.so": "library",
            "ext+/data": "data",
            "_repo_mapping": f",ext,{external}\n",
        }
        self.folder = folder

    def _renamed(self, document: object) -> Any:
        text = json.dumps(document)
        for old, new in self.names.items():
            text = text.replace(f'"{old}', f'"{new}').replace(f":{old}/", f":{new}/")
        return json.loads(text)

    def digest(self, mode: int = 0o644) -> str:
        files = {}
        for number, (path, content) in enumerate(self._renamed(self.content).items()):
            source = self.folder / f"source{number}"
            source.write_text(content)
            source.chmod(mode)
            files[path] = str(source)
        paths = StagePaths(files, self.names["_main"])
        os.makedirs(self.layout.root)
        fill_stage(self.layout, files, paths)
        simulator = self.folder / "tool"
        simulator.write_text("tool")
        copy_files({f"{self.layout.simulator}/lib/tool": str(simulator)})
        return inputs_digest(
            parse_spec(json.dumps(self._renamed(self.spec)), "spec"), self.layout, paths
        )


def _folder(tmp_path: Path, name: str) -> Path:
    (tmp_path / name).mkdir()
    return tmp_path / name


@pytest.fixture
def first(tmp_path: Path) -> str:
    return Measured(_folder(tmp_path, "first")).digest()


def test_another_place_and_other_names_of_repositories_are_the_same(
    tmp_path: Path, first: str
) -> None:
    assert len(first) == 64
    assert Measured(_folder(tmp_path, "a")).digest() == first
    renamed = Measured(_folder(tmp_path, "b"), "workspace", "ext~")
    renamed.content["_repo_mapping"] = "ext~,x,workspace\n"
    assert renamed.digest() == first
    again = Measured(_folder(tmp_path, "c"))
    again.spec["remeasure"] = "now"
    assert again.digest() == first


@pytest.mark.parametrize("path", ["_main/pkg/program", "_main/preload.so", "ext+/data"])
def test_every_file_counts(tmp_path: Path, first: str, path: str) -> None:
    changed = Measured(_folder(tmp_path, "a"))
    changed.content[path] += " "
    assert changed.digest() != first


@pytest.mark.parametrize(
    "change",
    [
        {"args": ["x"]},
        {"env": {"A": "2"}},
        {"isolate": True},
        {"simulator": {**SPEC["simulator"], "version": "3.26.0"}},
        {"python": {**_PYTHON, "imports": ["ext+", "_main"]}},
        {"python": {**_PYTHON, "added": []}},
        {"rules_version": "0.2.0"},
    ],
)
def test_the_description_counts(tmp_path: Path, first: str, change: dict[str, Any]) -> None:
    changed = Measured(_folder(tmp_path, "a"))
    changed.spec |= change
    assert changed.digest() != first


def test_names_of_files_count(tmp_path: Path, first: str) -> None:
    more = Measured(_folder(tmp_path, "a"))
    more.content["_main/empty"] = ""
    moved = Measured(_folder(tmp_path, "b"))
    moved.content["_main/data"] = moved.content.pop("ext+/data")
    assert len({more.digest(), moved.digest(), first}) == 3


def test_modes_do_not_count(tmp_path: Path, first: str) -> None:
    """Where an action runs remotely, Bazel makes all files executable."""
    assert Measured(_folder(tmp_path, "a")).digest(0o755) == first


def test_modules_of_the_driver_count(
    tmp_path: Path, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other.py"
    other.write_text("# another version\n")
    from rules_codspeed.measure.stage import staging

    monkeypatch.setattr(staging, "__file__", str(other))
    assert Measured(_folder(tmp_path, "a")).digest() != first
