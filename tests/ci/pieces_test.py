"""The ready pieces for CI systems: what they hold is run, with a program in the place of Bazel.

The program records its command line; what stands after `--` is then read by the command's own
parser, so an option that is gone fails here.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rules_codspeed.command.options import Options, parse_options
from rules_codspeed.publish.yaml_file import parse_yaml

ROOT = Path(__file__).parents[2]


def parse(text: bytes) -> Any:
    return parse_yaml(text)


ACTION = parse((ROOT / "action.yml").read_bytes())
PLUGIN = ROOT / "ci" / "codspeed-buildkite-plugin"
SETTINGS = (ROOT / "rules" / "settings" / "settings.bzl").read_text(encoding="utf-8")
BAZEL = """#!/usr/bin/env python3
import json, os, sys
names = ("CODSPEED_TOKEN", "GITHUB_TOKEN", "GH_MATRIX")
found = {name: os.environ.get(name, "") for name in names}
with open(os.environ["RECORD"], "w") as file:
    json.dump({"arguments": sys.argv[1:], "folder": os.getcwd(), "variables": found}, file)
"""
REFUSED = [
    *("instruments", "mongo-uri-env-name", "go-runner-version", "cycle-estimation"),
    "exclude-allocations",
    *("experimental-memory-track-physical", "skip-hash-check-warning"),
]


@dataclass(frozen=True)
class Call:
    """How Bazel was started."""

    arguments: list[str]
    folder: str
    variables: Mapping[str, str]

    @property
    def flags(self) -> list[str]:
        return self.arguments[1 : self.arguments.index("--") - 1]

    @property
    def suite(self) -> str:
        return self.arguments[self.arguments.index("--") - 1]

    @property
    def options(self) -> Options:
        rest = self.arguments[self.arguments.index("--") + 1 :]
        return parse_options(["--manifest=m.json", *rest], {})


class Machine:
    """A job's machine: a folder with a workspace, and programs of our own on the path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "bin").mkdir()
        (folder / "work" / "sub").mkdir(parents=True)
        self.program("bazel", BAZEL)

    def program(self, name: str, text: str) -> None:
        file = self.folder / "bin" / name
        file.write_text(text)
        file.chmod(0o755)

    def run(self, script: str, variables: Mapping[str, str], status: int = 0) -> str:
        """Runs a script as a CI does; returns what it printed to standard error."""
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", script],
            cwd=self.folder / "work",
            env={
                "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
                "HOME": str(self.folder),
                "RECORD": str(self.folder / "record.json"),
                **variables,
            },
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stderr

    @property
    def call(self) -> Call:
        found = Call(**json.loads((self.folder / "record.json").read_text()))
        assert found.arguments[0] == "run"
        for setting in re.findall(
            r"^--@rules_codspeed//rules/settings:(\w+)=", "\n".join(found.flags), re.M
        ):
            assert f'"{setting}"' in SETTINGS
        return found


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def action(machine: Machine, status: int = 0, **inputs: str) -> str:
    """Runs the action's script with inputs, as GitHub evaluates its expressions."""
    given = {name.replace("_", "-"): value for name, value in inputs.items()}
    assert given.keys() <= ACTION["inputs"].keys()
    values = {name: one["default"] for name, one in ACTION["inputs"].items()} | given
    values["github-token"] = "github-secret"

    def evaluated(text: str) -> str:
        if found := re.fullmatch(r"\$\{\{ inputs\.([a-z-]+) \}\}", text):
            return str(values[found[1]])
        if text == "${{ inputs.comment == 'true' && inputs.github-token || '' }}":
            return str(values["github-token"]) if values["comment"] == "true" else ""
        assert text in ("${{ toJson(matrix) }}", "${{ toJson(strategy) }}")
        return "null"

    step = ACTION["runs"]["steps"][-1]
    variables = {name: evaluated(text) for name, text in step["env"].items()}
    variables |= {"GITHUB_ACTION_PATH": str(ROOT), "GITHUB_ACTIONS": "true"}
    return machine.run(step["run"], variables, status)


def test_the_action_by_default(machine: Machine) -> None:
    action(machine)
    call = machine.call
    assert call.suite == "//:bench_codspeed"
    assert call.flags == [f"--repository_cache={machine.folder}/.cache/bazel-downloads"]
    assert call.arguments[-1] == "--"
    assert call.variables == {"CODSPEED_TOKEN": "", "GITHUB_TOKEN": "", "GH_MATRIX": "null"}


def test_the_action_with_all_inputs(machine: Machine) -> None:
    action(
        machine,
        run="@other//a:suite",
        mode="simulation,memory",
        token="codspeed-secret",
        working_directory="sub",
        upload_url="http://127.0.0.1:1/upload",
        runner_version="v5.1.0",
        allow_empty="true",
        config="a b.yaml",
        comment="true",
        report="out/report.html",
        simulation_track_subprocesses="true",
        bazel_flags="--config=ci\n  --jobs=2\n",
    )
    call = machine.call
    assert call.suite == "@other//a:suite"
    assert call.folder == str(machine.folder / "work" / "sub")
    assert call.flags[:1] == ["--@rules_codspeed//rules/settings:modes=simulation,memory"]
    assert call.flags[-4:] == [
        "--@rules_codspeed//rules/settings:runner_version=5.1.0",
        "--@rules_codspeed//rules/settings:simulation_track_subprocess",
        "--config=ci",
        "--jobs=2",
    ]
    options = call.options
    assert (options.upload_url, options.runner_version) == ("http://127.0.0.1:1/upload", "5.1.0")
    assert (options.config, options.report) == (Path("a b.yaml"), Path("out/report.html"))
    assert (options.allow_empty, options.comment) == (True, True)
    assert call.variables["CODSPEED_TOKEN"] == "codspeed-secret"
    assert call.variables["GITHUB_TOKEN"] == "github-secret"
    assert "secret" not in str(call.arguments)
    assert (machine.folder / "work" / "sub" / "out").is_dir()


@pytest.mark.parametrize("name", REFUSED)
def test_the_action_refuses_by_name_what_means_nothing(machine: Machine, name: str) -> None:
    shown = action(machine, 1, **{name.replace("-", "_"): "true"})
    assert shown.startswith(f"::error::rules_codspeed: the input {name} cannot be followed. ")
    assert not (machine.folder / "record.json").exists()


@pytest.mark.parametrize("run", ["pytest tests", "cargo codspeed run", "//a:b; rm -rf /"])
def test_the_action_refuses_commands(machine: Machine, run: str) -> None:
    assert "the input run cannot be followed" in action(machine, 1, run=run)


@pytest.mark.parametrize("name", ["allow-empty", "comment", "simulation-track-subprocesses"])
def test_what_is_neither_true_nor_false_is_refused(machine: Machine, name: str) -> None:
    shown = action(machine, 1, **{name.replace("-", "_"): "yes"})
    assert f"the input {name} cannot be followed. Expected: true or false." in shown
    action(machine, 0, **{name.replace("-", "_"): "false"})


def test_no_input_is_a_command_or_several_arguments(machine: Machine) -> None:
    action(machine, config="$(touch x) `touch y` ;z", upload_url="a b\nc")
    options = machine.call.options
    assert (options.config, options.upload_url) == (Path("$(touch x) `touch y` ;z"), "a b\nc")
    assert not (machine.folder / "work" / "x").exists()


def test_the_action_is_described_and_pinned() -> None:
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    table = (
        (ROOT / "docs" / "ci.md").read_text(encoding="utf-8").partition("| input | instead |")[2]
    )
    described = re.findall(r"^\| `([a-z-]+)` \|", table.partition("\n\n")[0], re.M)
    assert set(described) <= ACTION["inputs"].keys()
    assert [name for name, one in ACTION["inputs"].items() if one["description"] == "Refused"] == [
        name for name in ACTION["inputs"] if name in REFUSED
    ]
    assert not any("${{" in step.get("run", "") for step in ACTION["runs"]["steps"])
    uses = re.findall(r"^ *(?:- )?uses: (.*)", text, re.M)
    assert uses
    assert all(re.fullmatch(r"\S+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one) for one in uses)


def test_the_plugin_of_buildkite(machine: Machine) -> None:
    machine.program("buildkite-agent", '#!/bin/sh\n[ "$*" = "secret get NAME" ] && echo secret\n')
    properties = parse((PLUGIN / "plugin.yml").read_bytes())["configuration"]["properties"]
    given = {
        "run": "//a:suite",
        "mode": "memory",
        "working-directory": "sub",
        "upload-url": "http://127.0.0.1:1/upload",
        "runner-version": "5.1.0",
        "bazel-flags": "--config=ci",
        "allow-empty": "true",
        "comment": "true",
        "token-secret": "NAME",
    }
    assert given.keys() == properties.keys()
    variables = {
        f"BUILDKITE_PLUGIN_CODSPEED_{name.upper().replace('-', '_')}": value
        for name, value in given.items()
    }
    machine.run(f'"{PLUGIN}/hooks/command"', variables)
    call = machine.call
    assert (call.suite, call.folder) == ("//a:suite", str(machine.folder / "work" / "sub"))
    assert call.flags == [
        "--@rules_codspeed//rules/settings:modes=memory",
        "--@rules_codspeed//rules/settings:runner_version=5.1.0",
        "--config=ci",
    ]
    assert (call.options.comment, call.options.allow_empty) == (True, True)
    assert call.variables["CODSPEED_TOKEN"] == "secret"
    assert "secret" not in call.arguments


def test_the_component_of_gitlab(machine: Machine) -> None:
    text = (ROOT / "templates" / "codspeed.yml").read_text(encoding="utf-8")
    head, _, body = text.partition("\n---\n")
    inputs = parse(head.encode())["spec"]["inputs"]
    values = {name: one["default"] for name, one in inputs.items()}
    values |= {"flags": "--config=ci", "options": "--comment", "suite": "//a:suite"}
    used = set(re.findall(r"\$\[\[ inputs\.(\w+) \]\]", body))
    assert used == values.keys()
    for name, value in values.items():
        body = body.replace(f"$[[ inputs.{name} ]]", value)
    (job,) = parse(body.encode()).values()
    variables = {"CI_PROJECT_DIR": "/builds/a", "CI_JOB_IMAGE": "image@sha256:1"}
    machine.run("\n".join(job["script"]), variables)
    call = machine.call
    assert call.suite == "//a:suite"
    assert call.flags == [
        "--repository_cache=/builds/a/.bazel-downloads",
        "--@rules_codspeed//rules/settings:host_key=image@sha256:1",
        "--config=ci",
    ]
    options = call.options
    exported = {name: str(path) for name, path in options.exports}
    reports = job["artifacts"]["reports"]
    assert reports == {
        "junit": exported["junit"],
        "metrics": exported["gitlab_metrics"],
        "codequality": exported["gitlab_code_quality"],
    }
    assert job["artifacts"]["paths"] == [str(options.report)]
    assert options.comment
    assert (machine.folder / "work" / "codspeed").is_dir()


def _circleci() -> str:
    document = parse((ROOT / "ci" / "circleci.yml").read_bytes())
    steps = document["jobs"]["benchmarks"]["steps"]
    (step,) = (one["run"] for one in steps if isinstance(one, dict) and "run" in one)
    return str(step["command"])


def _jenkins() -> str:
    text = (ROOT / "ci" / "Jenkinsfile").read_text(encoding="utf-8")
    (script,) = re.findall(r"sh '''\n(.*?)'''", text, re.S)
    return str(script)


@pytest.mark.parametrize("script", [_circleci(), _jenkins()], ids=["circleci", "jenkins"])
def test_services_that_codspeed_does_not_know(machine: Machine, script: str) -> None:
    machine.run(script, {})
    call = machine.call
    assert call.suite == "//:bench_codspeed"
    assert call.options.skip_upload
    assert [name for name, _ in call.options.exports] == ["junit"]
    assert (machine.folder / "work" / "codspeed").is_dir()
