"""JUnit, SARIF, GitLab's reports, github-action-benchmark."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.report.exports import export_to, formats
from rules_codspeed.report.exports.github_action_benchmark import github_action_benchmark
from rules_codspeed.report.exports.gitlab_code_quality import code_quality
from rules_codspeed.report.exports.gitlab_metrics import metrics
from rules_codspeed.report.exports.junit import junit
from rules_codspeed.report.exports.sarif import sarif
from rules_codspeed.results.changes import Change, Key
from rules_codspeed.results.comparison import compare, recorded
from rules_codspeed.results.graphs.call_tree import CallTree
from rules_codspeed.results.limits import default_rules
from rules_codspeed.results.model import Benchmark, Results, Unmeasured
from tests.report.suites import results


@dataclass(frozen=True)
class Run:
    results: Results
    changes: Sequence[Change] = ()
    suite: str = "//:suite"

    def call_trees(self) -> Mapping[Key, CallTree]:
        return {}

    def callgrind_folders(self) -> Sequence[Path]:
        return []


BEFORE = results({"//a:x": ["a/x.cc::sort", "a/x.cc::find"]}, instructions=100_000)
SORT, FIND = BEFORE.benchmarks
NOW = replace(
    BEFORE,
    benchmarks=[replace(SORT, metrics={**SORT.metrics, "Ir": 150_000}), FIND],
    unmeasured=[
        Unmeasured("a/x.cc::boom", "//a:x", "simulation", "failed", "exit status 1\nmore"),
        Unmeasured("", "//b:y", "memory", "skipped", "needs root"),
    ],
)


def compared(now: Results) -> Run:
    rules = compare(recorded(BEFORE), recorded(now), lambda label, mode: default_rules(mode))
    return Run(now, rules)


RUN = compared(NOW)
SLOWER = "a/x.cc::sort (//a:x, simulation): Ir 100,000 -> 150,000 +50.00 % limit"
names = st.text(max_size=60)


def named(name: str) -> Run:
    """Returns a run with two problems whose names are not to be trusted."""
    failed = Unmeasured(name, "//a:x", "simulation", "failed", f"{name}\n{name}")
    benchmark = replace(NOW.benchmarks[0], uri=name)
    change = replace(RUN.changes[1], uri=name, verdict="regressed")
    return Run(replace(NOW, benchmarks=[benchmark], unmeasured=[failed]), [change])


def test_junit() -> None:
    suite = ElementTree.fromstring(junit(RUN))[0]
    assert suite.attrib == {
        "name": "//:suite",
        "tests": "4",
        "failures": "1",
        "errors": "1",
        "skipped": "1",
    }
    states = {one.attrib["name"]: [child.tag for child in one] for one in suite}
    assert states == {
        "a/x.cc::sort (simulation)": ["failure"],
        "a/x.cc::find (simulation)": [],
        "a/x.cc::boom (simulation)": ["error"],
        "all (memory)": ["skipped"],
    }
    assert suite[0][0].attrib["message"].startswith(SLOWER)


def test_junit_without_a_comparison() -> None:
    assert ElementTree.fromstring(junit(Run(BEFORE)))[0].attrib["failures"] == "0"


def test_sarif() -> None:
    (run,) = json.loads(sarif(RUN))["runs"]
    slower, failed = run["results"]
    assert [one["id"] for one in run["tool"]["driver"]["rules"]] == [
        *("regressed", "not_repeatable", "failed")
    ]
    assert slower["message"]["text"].startswith(SLOWER)
    assert (slower["ruleId"], slower["level"]) == ("regressed", "error")
    (place,) = slower["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "a/x.cc"
    assert (failed["ruleId"], failed["message"]["text"]) == (
        "failed",
        "a/x.cc::boom (//a:x, simulation): exit status 1",
    )
    assert json.loads(sarif(Run(BEFORE)))["runs"][0]["results"] == []


def test_fingerprints_stay_and_differ() -> None:
    slower, failed = json.loads(code_quality(RUN))
    even_slower = replace(SORT, metrics={**SORT.metrics, "Ir": 190_000})
    (later,) = json.loads(code_quality(compared(replace(BEFORE, benchmarks=[even_slower, FIND]))))
    assert later["fingerprint"] == slower["fingerprint"] != failed["fingerprint"]
    assert later["description"] != slower["description"]


def test_code_quality() -> None:
    slower, _ = json.loads(code_quality(RUN))
    assert set(slower) == {"description", "check_name", "fingerprint", "severity", "location"}
    assert slower["severity"] in {"info", "minor", "major", "critical", "blocker"}
    assert slower["location"] == {"path": "a/x.cc", "lines": {"begin": 1}}


def test_paths_stay_in_the_repository() -> None:
    for name in ("../../etc/passwd.d::x", "/etc/passwd.d::x", "plain name", "a/../b.cc::x"):
        (found, _) = json.loads(code_quality(named(name)))
        assert found["location"]["path"] == "a"


def gitlab_lines(text: str) -> list[list[str]]:
    """Returns what GitLab reads of a metrics report: its parser drops comments, then splits."""
    lines = (re.sub("#.*$", "", line) for line in text.split("\n"))
    return [shlex.split(line) for line in lines if line.strip()]


def test_metrics() -> None:
    text = metrics(BEFORE).decode()
    assert text.startswith(
        'codspeed_Ir{benchmark="a/x.cc::sort",target="//a:x",mode="simulation"} 100000\n'
    )
    assert len(gitlab_lines(text)) == 8


@given(names)
def test_metrics_of_any_name_are_a_name_and_a_value(name: str) -> None:
    benchmark = Benchmark(name, "//a:x", "simulation", {"Ir": 7})
    lines = gitlab_lines(metrics(replace(BEFORE, benchmarks=[benchmark])).decode())
    assert [line[1:] for line in lines] == [["7"]]


def test_github_action_benchmark() -> None:
    entries = json.loads(github_action_benchmark(BEFORE))
    assert entries[0] == {
        "name": "a/x.cc::sort (//a:x): Instructions",
        "unit": "count",
        "value": 100_000,
        "extra": "simulation",
    }
    timed = Benchmark(
        "a", "//a:x", "walltime", {"median_ns": 10.0, "q1_ns": 9.0, "q3_ns": 12.5, "rounds": 3}
    )
    made = json.loads(github_action_benchmark(replace(BEFORE, benchmarks=[timed])))
    assert {"unit": "ns", "value": 10.0, "range": "9 to 12.5"}.items() <= made[0].items()


@given(names)
def test_any_name_gives_documents_that_can_be_read(name: str) -> None:
    run = named(name)
    ElementTree.fromstring(junit(run))
    for made in (sarif, code_quality):
        text: Any = json.loads(made(run))
        assert text
    assert json.loads(github_action_benchmark(run.results))


def test_every_format_writes_its_file(tmp_path: Path) -> None:
    for name in formats():
        export_to(name)(RUN, tmp_path / name)
        assert (tmp_path / name).exists()
