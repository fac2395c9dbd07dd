"""`codspeed.yaml`: where it is found, and what CodSpeed's runner would refuse."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules_codspeed.publish.errors import PublishError
from rules_codspeed.publish.project_advice import advice
from rules_codspeed.publish.project_config import (
    FILE_NAMES,
    find_project_config,
    read_project_config,
)

EXAMPLE = """\
options:
  working-directory: bench
  warmup-time: "500ms"
  max-time: "2s"
benchmarks:
  - name: parse
    exec: ./parse --input "data file.json"
  - exec: ./render
    options:
      max-rounds: 20
      max-time: "4s"
  - name: suite
    entrypoint: pytest --codspeed
"""


def test_names_in_their_order(tmp_path: Path) -> None:
    assert find_project_config(tmp_path, None) is None
    for name in reversed(FILE_NAMES):
        (tmp_path / name).touch()
        assert find_project_config(tmp_path, None) == tmp_path / name


def test_the_nearest_up_to_the_git_root_counts(tmp_path: Path) -> None:
    root, inner = tmp_path / "root", tmp_path / "root" / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "codspeed.yaml").touch()
    assert find_project_config(inner, root) is None, "never above the root"
    assert find_project_config(root, root) is None, "nor from the root itself"
    (root / ".codspeed.yml").touch()
    assert find_project_config(inner, root) == root / ".codspeed.yml"
    assert find_project_config(root, root) == root / ".codspeed.yml"
    (root / "a" / "codspeed.yml").touch()
    assert find_project_config(inner, root) == root / "a" / "codspeed.yml"
    assert find_project_config(root, root) == root / ".codspeed.yml"


def test_outside_of_git_the_folder_alone_counts(tmp_path: Path) -> None:
    inner = tmp_path / "a"
    inner.mkdir()
    (tmp_path / "codspeed.yaml").touch()
    assert find_project_config(inner, None) is None
    assert find_project_config(inner, tmp_path / "elsewhere") is None


def test_links_to_the_folder_do_not_hide_the_root(tmp_path: Path) -> None:
    (tmp_path / "root" / "a").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "root")
    (tmp_path / "root" / "codspeed.yaml").touch()
    found = find_project_config(tmp_path / "link" / "a", tmp_path / "root")
    assert found == tmp_path / "root" / "codspeed.yaml"


def read(folder: Path, content: str | bytes) -> Any:
    path = folder / "codspeed.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_project_config(path)


def test_example_of_the_specification(tmp_path: Path) -> None:
    config = read(tmp_path, EXAMPLE)
    assert config.options.working_directory == "bench"
    assert config.options.given() == ["warmup-time", "max-time", "working-directory"]
    parse, render, suite = config.benchmarks
    assert (parse.name, parse.exec) == ("parse", './parse --input "data file.json"')
    assert (render.options.max_rounds, render.options.max_time) == (20, "4s")
    assert suite.entrypoint == "pytest --codspeed"


@pytest.mark.parametrize("content", ["", "# none\n", "{}", "options:\nbenchmarks:\n"])
def test_no_warnings(content: str, tmp_path: Path) -> None:
    config = read(tmp_path, content)
    assert not config.options
    assert not config.benchmarks


ROOT = "Invalid walltime configuration in root options: cannot use both "


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("options: {min-time: '1s', max-rounds: 5}", ROOT + "min_time and max_rounds"),
        ("options: {max-time: '1s', min-rounds: 5}", ROOT + "max_time and min_rounds"),
    ],
)
def test_contradictions_of_the_root_options(content: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(PublishError) as caught:
        read(tmp_path, content)
    assert str(caught.value) == f"{message}. Fix: remove one of them."


@pytest.mark.parametrize(
    ("content", "time", "rounds"),
    [
        ("benchmarks: [{exec: a, options: {min-time: '1s', max-rounds: 5}}]", "1s", 5),
        ("options: {min-time: '1s', max-rounds: null}", "1s", None),
        # The wrong type makes the runner ignore both.
        ("options: {min-time: 1, max-rounds: 5}", 1, 5),
    ],
)
def test_contradictions_that_the_runner_does_not_look_for(
    content: str, time: object, rounds: object, tmp_path: Path
) -> None:
    config = read(tmp_path, content)
    options = config.options or config.benchmarks[0].options
    assert (options.min_time, options.max_rounds) == (time, rounds)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            "benchmarks: [{exec: a}, {exec: a, entrypoint: b}]",
            "benchmarks[1]: a target cannot have both `exec` and `entrypoint`",
        ),
        (
            "benchmarks: [{name: a}]",
            "benchmarks[0]: a target must have either `exec` or `entrypoint`",
        ),
        ("benchmarks: [{exec: null}]", "benchmarks[0]: a target must have either"),
        ("benchmarks: [{exec: 5}]", "benchmarks[0].exec: Input should be a valid string"),
        ("benchmarks: [a]", "benchmarks[0]: "),
        ("benchmarks: {exec: a}", "benchmarks: Input should be a valid list"),
        ("options: fast", "options: "),
        ("options: {working-directory: 5}", "options.working-directory: "),
        ("- a", "document: "),
        ("a: 1\na: 2", "line 2: the key 'a' twice"),
        ("a: [", "line 1: "),
        (b"\x7fELF\x00", "not text"),
        ("a: &a [*a]", "values that are nested too deeply"),
        ("#" * (300 << 10), "it has 307,200 bytes, more than the 262,144 of a YAML file"),
    ],
)
def test_refused(content: str | bytes, reason: str, tmp_path: Path) -> None:
    with pytest.raises(PublishError) as caught:
        read(tmp_path, content)
    start = f"Failed to parse CodSpeed project config at {tmp_path / 'codspeed.yaml'}: "
    assert str(caught.value).startswith(start + reason)


def test_file_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "no"
    with pytest.raises(PublishError, match=f"^Failed to read config file at {path}: No such file"):
        read_project_config(path)
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(PublishError, match=f"config at {path}: it is not a regular file"):
            read_project_config(path)


KEYS = st.sampled_from(
    ["options", "benchmarks", "exec", "entrypoint", "name", "min-time", "max-rounds", "x"]
)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=10,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=DOCUMENTS.map(yaml.safe_dump) | st.binary(max_size=60))
def test_any_file_is_a_configuration_or_a_publish_error(tmp_path: Path, document: Any) -> None:
    try:
        warnings = advice(tmp_path, read(tmp_path, document))
    except PublishError as error:
        warnings = [str(error)]
    assert all(one.isprintable() for one in warnings)
