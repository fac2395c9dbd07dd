"""One process does the work of many actions, and each as a process of its own would."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from rules_codspeed.contract.printing import print_message
from rules_codspeed.results import check, summarize
from rules_codspeed.results.worker import Main, serve
from tests.results.accountings import write_accounting
from tests.results.provenance import provenance_json

PLAIN = Path(__file__).parent / "testdata/plain.out"


def answers(main: Main, *requests: dict[str, object]) -> list[dict[str, object]]:
    responses = io.StringIO()
    serve(main, [json.dumps(request) + "\n" for request in requests], responses)
    return [json.loads(line) for line in responses.getvalue().splitlines()]


def test_answers_have_the_numbers_of_their_requests() -> None:
    seen: list[list[str]] = []

    def main(arguments: list[str]) -> int:
        seen.append(arguments)
        print_message(f"read {arguments[0]}\n::error::")
        return len(seen) - 1

    # The numbers of single actions are 0, which Bazel leaves out.
    first, second = answers(main, {"arguments": ["a"]}, {"arguments": ["b"], "requestId": 7})
    assert seen == [["a"], ["b"]]
    assert (first["exitCode"], first["requestId"]) == (0, 0)
    assert (second["exitCode"], second["requestId"]) == (1, 7)
    assert str(second["output"]).startswith("read b\n")


def test_a_failure_ends_one_action_and_none_after_it(tmp_path: Path) -> None:
    def defect(arguments: list[str]) -> int:
        raise KeyError(arguments[0])

    (broken,) = answers(defect, {"arguments": ["x"]})
    assert broken["exitCode"] == 1
    assert "KeyError: 'x'" in str(broken["output"])

    results = tmp_path / "results.json"
    results.write_text('{"benchmarks": [], "unmeasured": []}')
    good = ["--results", str(results), "--output", str(tmp_path / "checked")]
    unknown, missing, right = answers(
        check.main,
        {"arguments": ["--unknown"]},
        {"arguments": [*good[:1], str(tmp_path / "none"), *good[2:]]},
        {"arguments": good},
    )
    assert (unknown["exitCode"], missing["exitCode"], right["exitCode"]) == (2, 1, 0)
    assert "the following arguments are required" in str(unknown["output"])
    assert "No such file" in str(missing["output"])
    assert right["output"] == ""
    assert (tmp_path / "checked").exists()


@pytest.mark.parametrize("persistent", [False, True])
def test_the_entry_gives_the_same_with_and_without_a_worker(
    tmp_path: Path, persistent: bool
) -> None:
    profile = tmp_path / "bench.profile"
    profile.mkdir()
    (profile / "1.out").write_bytes(PLAIN.read_bytes())
    record = tmp_path / "provenance.json"
    record.write_text(provenance_json())
    common = ["--mode", "simulation", "--measured", str(profile), "--provenance", str(record)]
    common += ["--accounting", str(write_accounting(tmp_path))]
    outputs = [tmp_path / f"{number}.json" for number in range(2)]
    command = [sys.executable, "-I", "-S", "-B", summarize.__file__]
    if persistent:
        requests = [{"arguments": [*common, "--output", str(output)]} for output in outputs]
        text = "".join(json.dumps(request) + "\n" for request in requests)
        run = subprocess.run(
            [*command, "--persistent_worker"], input=text, capture_output=True, text=True
        )
        assert [json.loads(line)["exitCode"] for line in run.stdout.splitlines()] == [0, 0]
    else:
        for output in outputs:
            options = tmp_path / "options"
            options.write_text("\n".join([*common, "--output", str(output)]) + "\n")
            run = subprocess.run([*command, f"@{options}"], capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")
    expected = tmp_path / "expected.json"
    assert summarize.main([*common, "--output", str(expected)]) == 0
    for output in outputs:
        assert output.read_bytes() == expected.read_bytes()
