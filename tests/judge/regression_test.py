"""Whole regression tests: what passes, what fails, and the text that a person then reads."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.judge.baseline import Baseline, baseline_text
from rules_codspeed.judge.baseline_reader import read_baseline
from rules_codspeed.judge.config import Config, read_config
from rules_codspeed.judge.gate import judge
from rules_codspeed.judge.measured import read_measured
from rules_codspeed.judge.regression import main, run_test
from rules_codspeed.judge.update import new_baseline
from tests.contract.log_readers import COMMANDS, obeyed, unseen
from tests.judge.targets import FIND, SORT, TEST, config, write_config, write_target
from tests.results.hosts import DEBIAN, GLIBC_243
from tests.results.provenance import PROVENANCE, provenance

TODAY = datetime.date(2026, 11, 25)
BEFORE = {SORT: {"sort": 8000, "swap": 2000}, FIND: {"find": 5000}}


def _baseline(folder: Path, **limits: Any) -> str:
    before = config(folder / "before", BEFORE, limits)
    return baseline_text(new_baseline(before, Baseline(), TODAY))


def _judge(
    folder: Path, now: dict[str, dict[str, int]], today: datetime.date = TODAY, **limits: Any
) -> int:
    baseline = _baseline(folder, **limits)
    return run_test(config(folder / "now", now, limits, baseline), today, folder / "test.xml")


def test_equal_numbers_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _judge(tmp_path, BEFORE) == 0
    assert capsys.readouterr().out == f"{TEST}: 2 benchmarks within limits.\n"


def test_three_percent_more_is_caught_and_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    slower = {SORT: {"sort": 8000, "swap": 2250, "memcpy": 50}, FIND: {"find": 5000}}
    assert _judge(tmp_path, slower, limits={"Ir": "2%"}) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{TEST}: 1 of 2 benchmarks failed."
    assert f"{SORT} (//pkg:bench) costs more than it may" in lines
    assert "  Ir  10,000 -> 10,300   +3.00 %   limit 2 % and 5" in lines
    start = lines.index("  functions that account for Ir:")
    assert lines[start + 1].split() == ["+250", "swap", "(2,000", "->", "2,250)"]
    assert "memcpy" not in "".join(lines[start + 2 :])  # cheaper than what the baseline has
    assert f"Accept the numbers of now: bazel run {TEST}.update" in lines
    assert FIND not in "\n".join(lines)


def test_a_function_that_is_new(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    slower = {SORT: {"sort": 8000, "swap": 2000, "checked": 3000}, FIND: {"find": 5000}}
    assert _judge(tmp_path, slower) == 1
    out = capsys.readouterr().out
    # Before, it cost less than a hundredth of 10,000.
    assert (
        "+2,900  checked (at least; not among the costliest before, so at most 100 -> 3,000)" in out
    )


def test_levels_of_a_recursion_are_one_function(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {SORT: {"fib": 100, "fib'2": 9900}}
    baseline = baseline_text(new_baseline(config(tmp_path / "before", before), Baseline(), TODAY))
    now = config(tmp_path / "now", {SORT: {"fib": 5000, "fib'2": 6000}}, {}, baseline)
    assert run_test(now, TODAY, None) == 1
    assert "+1,000  fib (10,000 -> 11,000)" in capsys.readouterr().out


def test_half_a_percent_below_the_limit_is_not(tmp_path: Path) -> None:
    slower = {SORT: {"sort": 8150, "swap": 2000}, FIND: {"find": 5000}}
    assert _judge(tmp_path, slower, limits={"Ir": "2%"}) == 0


def test_a_difference_too_small_for_two_digits_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {SORT: {"sort": 10_000_000}}
    baseline = baseline_text(
        new_baseline(
            config(tmp_path / "before", before, {"limits": {"Ir": "2%"}}), Baseline(), TODAY
        )
    )
    now = config(tmp_path / "now", {SORT: {"sort": 10_200_001}}, {"limits": {"Ir": "2%"}}, baseline)
    assert run_test(now, TODAY, None) == 1
    assert "10,000,000 -> 10,200,001   +2.00001 %   limit 2 % and 5" in capsys.readouterr().out


def test_what_got_faster_passes_and_can_be_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _judge(tmp_path, {SORT: {"sort": 100}, FIND: {"find": 5000}}) == 0
    out = capsys.readouterr().out
    assert f"Keep what was won: bazel run {TEST}.update" in out
    assert "10,000 -> 100   -99.00 %" in out


def test_a_budget(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _judge(tmp_path, BEFORE, budget={"Ir": 10_000}) == 0
    capsys.readouterr()
    other = tmp_path / "other"
    assert _judge(other, BEFORE, budget={"Ir": 9_999}) == 1
    assert "budget 9,999 exceeded" in capsys.readouterr().out


def test_overrides(tmp_path: Path) -> None:
    slower = {SORT: {"sort": 10_400}, FIND: {"find": 5000}}
    limits: dict[str, Any] = {
        "limits": {"Ir": "2%"},
        "overrides": {"*::sort": {"limits": {"Ir": "5%"}}},
    }
    assert _judge(tmp_path / "loose", slower, **limits) == 0
    assert _judge(tmp_path / "strict", slower, limits={"Ir": "2%"}) == 1


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ({SORT: BEFORE[SORT]}, f"{FIND} (//pkg:bench) is in the baseline, but not measured"),
        ({**BEFORE, "sort.cc::new": {"f": 1}}, "sort.cc::new (//pkg:bench) is not in the baseline"),
    ],
)
def test_what_cannot_be_judged_is_not_green(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], now: dict[str, dict[str, int]], words: str
) -> None:
    assert _judge(tmp_path, now) == 1
    assert words in capsys.readouterr().out


def test_another_simulator_is_never_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert PROVENANCE.simulator
    simulator = dataclasses.replace(PROVENANCE.simulator, version="3.26.0", flavor="codspeed")
    how = dataclasses.replace(PROVENANCE, simulator=simulator)
    now = config(tmp_path / "now", BEFORE, {}, _baseline(tmp_path), how)
    assert run_test(now, TODAY, None) == 1
    out = capsys.readouterr().out
    assert (
        "other simulator: valgrind 3.26.0 (codspeed) 000000000000, before valgrind 3.19.0 (stock)"
        in out
    )
    assert "measure as the baseline was" in out


def test_another_libc_is_never_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = config(tmp_path / "old", BEFORE, {}, None, provenance(host=GLIBC_243))
    baseline = baseline_text(new_baseline(before, Baseline(), TODAY))
    now = config(tmp_path / "now", BEFORE, {}, baseline, provenance(host=DEBIAN))
    assert run_test(now, TODAY, None) == 1
    out = capsys.readouterr().out
    assert out.count("  measured on glibc 2.36, base on 2.43\n") == 2
    assert "measure as the baseline was" in out


def test_a_baseline_that_does_not_state_its_libc_is_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    now = config(tmp_path / "now", BEFORE, {}, _baseline(tmp_path), provenance(host=DEBIAN))
    assert run_test(now, TODAY, None) == 0
    assert capsys.readouterr().out == (
        f"{TEST}: 2 benchmarks within limits.\n"
        f"{FIND} and 1 more: measured on glibc 2.36, base on an unknown libc\n"
    )


def _accepting(text: str, until: str) -> str:
    line = {"benchmark": SORT, "metric": "Ir", "most": 10_300, "until": until, "reason": "see #7"}
    return text.replace('"accepted": []', f'"accepted": [{json.dumps(line)}]')


def test_an_accepted_change(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    limits = {"limits": {"Ir": "2%"}}
    text = _accepting(_baseline(tmp_path, **limits), "2026-11-25")
    slower = {SORT: {"sort": 8300, "swap": 2000}, FIND: {"find": 5000}}
    now = config(tmp_path / "now", slower, limits, text)
    assert run_test(now, TODAY, None) == 0
    assert f"{SORT}: Ir is accepted until 2026-11-25: see #7" in capsys.readouterr().out
    slower[SORT]["sort"] = 9300  # more than is accepted
    more = config(tmp_path / "more", slower, limits, text)
    assert run_test(more, TODAY, None) == 1
    assert "has passed" not in capsys.readouterr().out
    assert run_test(now, TODAY + datetime.timedelta(days=1), None) == 1
    assert (
        f"pkg/sort.baseline.json accepted Ir of {SORT} until 2026-11-25 (see #7); that day has "
        "passed."
    ) in capsys.readouterr().out


_OVER = {"limits": {"Ir": "1%"}, "budget": {"Ir": 1000}}


def _failed(now: Config) -> dict[str, tuple[str, str]]:
    assert now.baseline
    baseline = read_baseline(now.baseline, now.source)
    judgement = judge(now, baseline, read_measured(now.targets), TODAY)
    return {one.uri: (one.verdict, one.reason) for one in judgement.failed}


def test_an_accepted_cost_of_another_libc_is_not_compared(tmp_path: Path) -> None:
    before = config(tmp_path / "old", BEFORE, _OVER, None, provenance(host=GLIBC_243))
    text = _accepting(baseline_text(new_baseline(before, Baseline(), TODAY)), "2026-11-25")
    now = config(tmp_path / "now", BEFORE, _OVER, text, provenance(host=DEBIAN))
    verdict, reason = _failed(now)[SORT]
    assert verdict == "not_comparable"
    assert reason.startswith("measured on glibc 2.36, base on 2.43; Ir is accepted until")


def test_an_accepted_cost_of_a_new_benchmark_is_not_judged(tmp_path: Path) -> None:
    before = config(tmp_path / "old", {FIND: BEFORE[FIND]}, {}, None)
    text = _accepting(baseline_text(new_baseline(before, Baseline(), TODAY)), "2026-11-25")
    now = config(tmp_path / "now", BEFORE, _OVER, text)
    assert _failed(now)[SORT][0] == "new"


def test_more_than_what_is_accepted(tmp_path: Path) -> None:
    limits = {"limits": {"Ir": "2%"}}
    text = _accepting(_baseline(tmp_path, **limits), "2027-11-25")
    slower = {SORT: {"sort": 8301, "swap": 2000}, FIND: {"find": 5000}}
    assert run_test(config(tmp_path / "now", slower, limits, text), TODAY, None) == 1


def test_xml_has_a_case_for_each_benchmark(tmp_path: Path) -> None:
    _judge(tmp_path, {SORT: {"sort": 99_999}, FIND: {"find": 5000}})
    (suite,) = ElementTree.parse(tmp_path / "test.xml").getroot()
    assert suite.attrib["tests"] == "2"
    assert suite.attrib["failures"] == "1"
    cases = {case.attrib["name"]: case for case in suite}
    assert list(cases[FIND]) == []
    (failure,) = cases[SORT]
    assert "10,000 -> 99,999" in (failure.text or "")


def test_hostile_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = 'x\x1b[31m"<&]]>\x00\uffff'
    assert _judge(tmp_path, {name: {"f": 1}, **BEFORE}) == 1
    assert "\x1b" not in capsys.readouterr().out
    (suite,) = ElementTree.parse(tmp_path / "test.xml").getroot()
    assert len(suite) == 3


def test_names_and_reasons_command_no_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The log of a test is printed by `--test_output`; CI systems read test.xml for itself."""
    names = [text for text in COMMANDS if "\n" not in text]
    before = {**BEFORE, **{name: {"f": 2_000_000, name: 1_000_000} for name in names}}
    baseline = json.loads(baseline_text(new_baseline(config(tmp_path, before), Baseline(), TODAY)))
    for cost in (1_000_000, 99_000_000):
        for until in ("2026-11-24", "2027-11-25"):
            common = {"metric": "Ir", "most": 1e15, "until": until}
            lines = [{**common, "benchmark": one, "reason": f"{one}\n{one}"} for one in names]
            text = json.dumps({**baseline, "accepted": lines})
            now = {**before, **{name: {"f": cost, name: cost} for name in names}}
            folder = tmp_path / f"{until} {cost}"
            run_test(config(folder, now, {}, text), TODAY, tmp_path / "test.xml")
    printed = capsys.readouterr().out
    assert obeyed(printed) == []
    assert unseen(printed) == ""
    assert "\n##\\x5bstop-commands]token (//pkg:bench) costs more than it may\n" in printed
    assert " until 2026-11-24 (:\\x3aset-output name=a::b\\n::set-output" in printed
    (suite,) = ElementTree.parse(tmp_path / "test.xml").getroot()
    # XML cannot hold an escape character.
    kept = {
        "::set-output name=a::b",
        "##[stop-commands]token",
        r"section_end:1700000000:name\r\x1b[0K",
    }
    assert kept <= {case.attrib["name"] for case in suite}
    # What is to be copied is JSON, whatever the name.
    copied = [line.partition("baseline.json: ")[2] for line in printed.splitlines()]
    assert {json.loads(line)["benchmark"] for line in copied if line} <= {*names}
    assert sum(map(bool, copied)) == 2


def test_no_baseline(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_config(tmp_path, [write_target(tmp_path, BEFORE)])
    assert main(["--config", str(path), "--runfiles", str(tmp_path)]) == 1
    assert capsys.readouterr().err == (
        f"rules_codspeed: {TEST} has no baseline. Got: no file pkg/sort.baseline.json. Expected: "
        f"numbers to judge by. Fix: bazel run {TEST}.update, and check the file in.\n"
    )


def test_nothing_measured(tmp_path: Path) -> None:
    empty = baseline_text(Baseline())
    now = config(tmp_path, {}, {}, empty)
    with pytest.raises(CodSpeedError, match="judges nothing"):
        run_test(now, TODAY, None)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"limits": {"Ir": "two"}}, "the limit of Ir is not a percentage. Got: 'two'"),
        ({"budget": {"Ir": -1}}, "the budget of Ir is not a number. Got: -1"),
        ({"overrides": {"*": {"budget": {"Ir": "1"}}}}, "the budget of Ir is not a number"),
    ],
)
def test_limits_that_cannot_be_followed(tmp_path: Path, limits: dict[str, Any], words: str) -> None:
    now = config(tmp_path / "now", BEFORE, limits, _baseline(tmp_path))
    with pytest.raises(CodSpeedError) as error:
        run_test(now, TODAY, None)
    assert words in str(error.value)
    assert TEST in str(error.value)


@pytest.mark.parametrize(
    ("limits", "fault"),
    [
        (
            {"overrides": {"*": {"limit": {}}}},
            "limits.overrides.*.limit: Extra inputs are not permitted",
        ),
        ({"overrides": {"*": "2%"}}, "limits.overrides.*: Input should be an object, got '2%'"),
        ({"overrides": ["*"]}, "limits.overrides: Input should be an object"),
        ({"limits": "2%"}, "limits.limits: Input should be an object, got '2%'"),
    ],
)
def test_limits_of_another_form(tmp_path: Path, limits: dict[str, Any], fault: str) -> None:
    with pytest.raises(CodSpeedError) as error:
        config(tmp_path, BEFORE, limits)
    assert str(error.value).startswith(f"the limits in config.json cannot be used. Got: {fault}. ")
    assert "Fix: write {'*::sort*': {'limits': {'Ir': '5%'}}}." in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('"schema": 1', '"schema": 2', "schema: Input should be 1, got 2"),
        ('"schema": 1', '"schema": 1, "schema": 1', "document: the key 'schema' occurs twice"),
        ('"test": ', '"tests": ', "test: Field required"),
        ('"targets": [', '"targets": [7, ', "targets[0]: Input should be an object, got 7"),
        ('"mode": "simulation"', '"mode": NaN', "targets[0].mode: NaN is not a number of JSON"),
        ("{", "[" * 100_000, "the document: more than 127 levels"),
        ("}}", "", "the document: not JSON: "),
        ('"test": ', '"test\udcff": ', "the document: not JSON: "),
    ],
)
def test_description_of_another_form(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, fault: str
) -> None:
    path = write_config(tmp_path, [write_target(tmp_path, BEFORE)])
    text = path.read_text()
    assert old in text
    path.write_bytes(text.replace(old, new, 1).encode("utf-8", "surrogateescape"))
    assert main(["--config", str(path), "--runfiles", str(tmp_path)]) == 1
    printed = capsys.readouterr().err
    assert f"rules_codspeed: the description of the test, {path}, cannot be used. Got: " in printed
    assert fault in printed
    assert printed.count("\n") == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_damage_of_the_description_is_one_error_or_none(
    tmp_path: Path, data: st.DataObject
) -> None:
    """Bytes of a good description, cut, replaced or doubled."""
    target = dict.fromkeys(["label", "mode", "profile", "provenance", "results"], "x")
    content = write_config(tmp_path, [target]).read_bytes()
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(start + 40, len(content))))
    middle = data.draw(
        st.binary(max_size=4) | st.sampled_from([b"NaN", b"9" * 5000, b"null", b"[" * 5000])
    )
    (tmp_path / "damaged.json").write_bytes(content[:start] + middle + content[end:])
    with contextlib.suppress(CodSpeedError):
        read_config(tmp_path / "damaged.json", tmp_path)
