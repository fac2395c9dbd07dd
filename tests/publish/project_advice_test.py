"""The warnings about a `codspeed.yaml`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rules_codspeed.publish.project_advice import advice
from rules_codspeed.publish.project_config import ProjectConfig

PATH = Path("/repo/codspeed.yaml")
TARGETS = 'declare each target as a codspeed_benchmark, a program of `exec` with framework = "exec"'
OPTIONS = "give options as attributes of codspeed_benchmark"


def warnings(document: Any) -> list[str]:
    lines = advice(PATH, ProjectConfig.model_validate(document))
    assert all(line.startswith("/repo/codspeed.yaml: ") for line in lines)
    return [line.removeprefix("/repo/codspeed.yaml: ") for line in lines]


@pytest.mark.parametrize("document", [{}, {"options": {}}, {"benchmarks": []}, {"options": None}])
def test_nothing_to_warn_of(document: Any) -> None:
    assert warnings(document) == []


def test_one_warning_names_all_keys_without_effect() -> None:
    document = {
        "options": {"working-directory": "b", "max-time": "2s"},
        "benchmarks": [{"exec": "a", "options": {"max-rounds": 5}}],
    }
    assert warnings(document) == [
        "no effect under Bazel: options.max-time, options.working-directory, benchmarks. "
        f"Fix: {TARGETS}, and {OPTIONS}."
    ]


def test_only_what_is_needed_is_advised() -> None:
    assert warnings({"options": {"max-time": "2s"}}) == [
        f"no effect under Bazel: options.max-time. Fix: {OPTIONS}."
    ]
    assert warnings({"benchmarks": [{"entrypoint": "pytest"}]}) == [
        f"no effect under Bazel: benchmarks. Fix: {TARGETS}."
    ]


@pytest.mark.parametrize("value", [1, 1.5, True, ["1s"]])
def test_wrong_type_of_a_time(value: Any) -> None:
    _, warning = warnings({"options": {"warmup-time": value, "max-time": "1s"}})
    assert warning.startswith("a wrong type: options.warmup-time. CodSpeed's runner ignores all")


@pytest.mark.parametrize("value", ["5", -1, True, 5.0, 1 << 64])
def test_wrong_type_of_a_number(value: Any) -> None:
    document = {"benchmarks": [{"exec": "a", "options": {"min-rounds": value, "max-rounds": 5}}]}
    _, warning = warnings(document)
    assert warning.startswith("a wrong type: benchmarks[0].options.min-rounds. ")


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({"benchmark": []}, "benchmark. Did you mean `benchmarks`?"),
        ({"zzz": 1}, "zzz."),
        ({"options": {"warmup_time": "1s"}}, "options.warmup_time. Did you mean `warmup-time`?"),
        ({"options": {"workdir": "a"}}, "options.workdir."),
        ({"benchmarks": [{"exec": "a", "names": ""}]}, "benchmarks[0].names. Did you mean `name`?"),
        (
            {"benchmarks": [{"exec": "a", "options": {"working-directory": "b"}}]},
            "benchmarks[0].options.working-directory.",
        ),
        ({"\x1b[2J": 1}, "\\x1b[2J."),
        ({"a" * 500: 1}, "a" * 100 + "...."),
    ],
)
def test_unknown_key(document: Any, text: str) -> None:
    assert warnings(document)[-1] == f"unknown key, which is ignored: {text}"


def test_many_unknown_keys_are_not_all_named() -> None:
    assert len(warnings({f"key{number}": 1 for number in range(5000)})) == 20
