"""What a run lacks: it is shown beside the numbers, and decides whether these are published."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from rules_codspeed.contract.accounting import Outcome
from rules_codspeed.results.model import Unmeasured
from tests.collector import server as collectors
from tests.command.commands import TOKEN, Command, stored, upload_url
from tests.report.html.unpacked import blocks

REASON = "//:y starts other processes (1).\n  command: y\n  Fix: name the program that works."


def _unmeasured(uri: str, label: str, outcome: Outcome, reason: str) -> Unmeasured:
    return Unmeasured(uri, label, "simulation", outcome, reason)


SKIPPED = _unmeasured("b/x.cc::gpu", "//b:x", "skipped", "needs a GPU")
FAILED = _unmeasured("b/x.cc::odd", "//b:x", "failed", "the test failed: boom")
TARGET = _unmeasured("", "//:y", "failed", REASON)


def test_one_target_that_failed_does_not_hide_the_others(command: Command, tmp_path: Path) -> None:
    command.suite(unmeasured=[TARGET, SKIPPED, FAILED])
    report, summary = tmp_path / "report.html", tmp_path / "summary.md"
    files = ("--report", str(report), "--summary", str(summary))
    output, _ = command.run("--skip-upload", *files, "--out", str(tmp_path / "out"), status=1)
    assert re.search(r"x\.cc::f +1,234,567", output)
    assert "1 benchmark, 1 skipped, 1 failed, 1 target failed, simulated by" in output
    assert f"\nfailed: {REASON}\n" in output
    assert "\nfailed: b/x.cc::odd (//b:x): the test failed: boom\n" in output
    assert "\nskipped: b/x.cc::gpu (//b:x): needs a GPU\n" in output
    assert "starts other processes" in str(blocks(report.read_text()))
    text = summary.read_text()
    assert "1 skipped, 1 failed, 1 target failed" in text
    assert "| skipped | needs a GPU |" in text
    assert "starts other processes &#40;1&#41;&#46; Fix&#58; name the program that works" in text
    kept = json.loads((tmp_path / "out/results.json").read_text())
    assert len(kept["unmeasured"]) == 3
    # There is nothing to keep of the target that failed.
    assert sorted(path.name for path in (tmp_path / "out").iterdir() if path.is_dir()) == ["b"]


def test_json_has_all_of_it(command: Command) -> None:
    command.suite(unmeasured=[TARGET, SKIPPED])
    output, _ = command.run("--skip-upload", "--format", "json", status=1)
    found = json.loads(output)
    assert [one["uri"] for one in found["benchmarks"]] == ["b/x.cc::f"]
    assert [(one["label"], one["uri"], one["outcome"]) for one in found["unmeasured"]] == [
        ("//:y", "", "failed"),
        ("//b:x", "b/x.cc::gpu", "skipped"),
    ]
    assert found["unmeasured"][0]["reason"] == REASON


def test_skipped_benchmarks_are_no_failure(command: Command, collector: collectors.Server) -> None:
    command.suite(unmeasured=[SKIPPED])
    command.on("gitlab_push", CODSPEED_TOKEN=TOKEN)
    output, _ = command.run(upload_url(collector))
    assert "skipped: b/x.cc::gpu (//b:x): needs a GPU" in output
    assert len(stored(collector)) == 1


@pytest.mark.parametrize("dry", [False, True])
def test_incomplete_run_is_not_published(
    command: Command, collector: collectors.Server, dry: bool
) -> None:
    command.suite(unmeasured=[TARGET, FAILED])
    command.on("gitlab_push", CODSPEED_TOKEN=TOKEN)
    options = ["--dry-run"] if dry else []
    output, errors = command.run(upload_url(collector), *options, status=1)
    assert re.search(r"x\.cc::f +1,234,567", output)
    text = output + errors
    assert "2 of the targets and benchmarks failed, so nothing is published" in text
    assert "Got: //:y, b/x.cc::odd." in text
    assert "-- --allow-failed" in text
    assert (stored(collector), command.kept()) == ([], [])


def test_incomplete_run_is_published_on_demand(
    command: Command, collector: collectors.Server
) -> None:
    command.suite(unmeasured=[TARGET])
    command.on("gitlab_push", CODSPEED_TOKEN=TOKEN)
    command.run(upload_url(collector), "--allow-failed", status=1)
    assert len(stored(collector)) == 1


def test_everything_failed(command: Command) -> None:
    other = _unmeasured("", "//b:x", "failed", "it hangs. Fix: mend it.")
    command.suite(unmeasured=[other, TARGET])
    output, _ = command.run("--skip-upload", status=1)
    assert "0 benchmarks, 2 targets failed" in output
    assert "failed: it hangs. Fix: mend it." in output


def test_comparison_states_why_a_benchmark_is_missing(command: Command, tmp_path: Path) -> None:
    output, _ = command.run("--skip-upload", "--format", "json")
    before = tmp_path / "before.json"
    before.write_text(output)
    command.suite(unmeasured=[TARGET])
    output, _ = command.run("--skip-upload", "--compare", str(before), status=1)
    assert "missing: y.cc::g (//:y)\n    failed: //:y starts other processes (1)." in output


@pytest.mark.parametrize("dry", [False, True])
def test_one_name_from_two_targets_is_not_published(
    command: Command, collector: collectors.Server, tmp_path: Path, dry: bool
) -> None:
    command.suite(targets={"//b:x": ["b/x.cc::f"], "//b:y": ["b/x.cc::f"], "//:z": ["z.cc::f"]})
    command.on("gitlab_push", CODSPEED_TOKEN=TOKEN)
    options = ["--dry-run"] if dry else []
    summary = tmp_path / "summary.md"
    output, errors = command.run(
        upload_url(collector), "--summary", str(summary), *options, status=1
    )
    text = output + errors
    assert "2 targets measure 'b/x.cc::f' (simulation). Got: //b:x, //b:y." in text
    assert "Fix: give the programs other names" in text
    assert (stored(collector), command.kept()) == ([], [])
    # In each format, their targets set them apart.
    assert "b/x.cc::f (//b:x)" in output
    assert "b/x.cc::f (//b:y)" in output
    shown = summary.read_text()
    assert "</code> &#47;&#47;b" in shown or "</code> //b&#58;x" in shown


def test_one_name_in_two_modes_is_one_benchmark(
    command: Command, collector: collectors.Server
) -> None:
    targets = {"//b:x": ["b/x.cc::f"], "//b:y": ["b/x.cc::f"]}
    command.suite(targets=targets, modes={"//b:y": "walltime"})
    command.on("gitlab_push", CODSPEED_TOKEN=TOKEN)
    command.run(upload_url(collector))
    assert len(stored(collector)) == 2


_LIMITS = [
    (
        [f"x.cc::f[{number}]" for number in range(1001)],
        "more benchmarks than CodSpeed takes: 1,",
    ),
    ([f"x.cc::{'f' * 7800}"], "the name of a benchmark has 7,806 bytes"),
]


@pytest.mark.parametrize(("uris", "message"), _LIMITS)
def test_what_the_service_refuses_is_not_sent(
    command: Command, uris: list[str], message: str
) -> None:
    command.suite(targets={"//:x": uris})
    command.on("gitlab_push", CODSPEED_TOKEN=TOKEN)
    output, errors = command.run("--dry-run", status=1)
    assert message in output + errors
    assert "Expected: up to " in output + errors
    # Names that are too long for a reader are shortened where there is no terminal, too.
    assert max(map(len, output.splitlines())) < 1000


@pytest.mark.parametrize(("uris", "message"), _LIMITS)
def test_another_service_may_take_more(
    command: Command, collector: collectors.Server, uris: list[str], message: str
) -> None:
    command.suite(targets={"//:x": uris})
    command.on("gitlab_push", CODSPEED_TOKEN=TOKEN)
    output, errors = command.run(upload_url(collector))
    assert "CodSpeed would refuse this: " in output + errors
    assert message in output + errors
    assert len(stored(collector)) == 1


def test_names_that_are_shown_in_part_are_named(command: Command) -> None:
    command.suite(targets={"//:x": [f"x.cc::{'f' * 1000}"]})
    command.on("gitlab_push", CODSPEED_TOKEN=TOKEN)
    output, errors = command.run("--dry-run")
    assert "it has 1,006 bytes, more than 924" in output + errors
