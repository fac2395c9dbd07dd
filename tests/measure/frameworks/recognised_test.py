"""What is known of programs before they run: their framework, and where a benchmark's work is."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from rules_codspeed.contract.errors import BenchmarkError
from rules_codspeed.measure.frameworks.criterion import Simulated
from rules_codspeed.measure.frameworks.divan import Simulated as Divan
from rules_codspeed.measure.frameworks.recognised import recognised, starts_node


def test_work_is_between_the_inner_reads_of_the_clock() -> None:
    read, end = "--dump-before=clock_gettime@@GLIBC_2.17", "Program termination"
    chosen = Simulated.regions.chosen
    assert chosen([read, read, read, read, end], ["pkg::a"]) == [("pkg::a", [2])]
    assert chosen([end], ["pkg::a"]) == []
    # It ended the program.
    assert chosen([read, read, end], ["pkg::a"]) == []
    with pytest.raises(BenchmarkError, match="pkg::a cannot be found in the profile"):
        chosen([read] * 6, ["pkg::a"])


@pytest.mark.parametrize("before", [201, 801])
def test_work_of_divan_is_before_the_last_read(before: int) -> None:
    reads = ["--dump-before=clock_gettime@@GLIBC_2.17"] * before
    chosen = Divan.regions.chosen
    assert chosen([*reads, *reads[:2], "Program termination"], ["a"]) == [("a", [before + 1])]
    assert chosen(reads[:200], ["a"]) == []
    with pytest.raises(BenchmarkError, match="the 203 or 803 of divan"):
        chosen([*reads, *reads[:3]], ["a"])


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["_ZN9criterion9benchmark3run17h0123456789abcdefE"], "criterion"),
        (["_RNvMs_NtCs5l0EXMQXRMU_9criterion9benchmark3run"], "criterion"),
        (["_ZN9criterion3runE", "_ZN8codspeed11measurement3runE"], ""),
        (["_ZN9criterion3runE", "_RNvNtCs5l0EXMQXRMU_8codspeed11measurement3run"], ""),
        (["_ZN9criterion3runE", "_ZN25codspeed_criterion_compat3runE"], ""),
        (["_ZN9benchmark5State16StartKeepRunningEv"], "google_benchmark"),
        (["_ZN9benchmark5State16StartKeepRunningEv", "instrument_hooks_init"], ""),
        (["my_ZN9criterion"], ""),
        (["_ZN5divan4main17h0123456789abcdefE"], "divan"),
        (["_RNvNtCs5l0EXMQXRMU_5divan5divan4main"], "divan"),
        (["_ZN5divan4mainE", "_ZN21codspeed_divan_compat4mainE"], ""),
    ],
)
def test_recognised_by_names(tmp_path: Path, names: list[str], expected: str) -> None:
    compiler = shutil.which("cc")
    if not compiler:
        pytest.skip("no C compiler on this machine")
    source, program = tmp_path / "program.c", tmp_path / "program"
    functions = "".join(f"void {name}(void) {{}}\n" for name in names)
    source.write_text(f"{functions}int main(void) {{ return 0; }}\n")
    subprocess.run([compiler, str(source), "-o", str(program)], check=True)
    assert recognised(str(program)) == expected


def test_scripts_are_not_recognised(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\n# \0_ZN9criterion\n")
    assert recognised(str(script)) == ""
    script.write_bytes(b"\x7fELF\x02\x01" + b"\xff" * 100)
    assert recognised(str(script)) == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#!/usr/bin/env node\n", True),
        ("#!/bin/sh\n\nexec node bench.mjs\n", True),
        ('#!/usr/bin/env bash\n  "$a"\n/opt/node/bin/node x.js\n', True),
        ("#!/usr/bin/env bash\nexport JS_BINARY__BINDIR=x\n", True),
        ("#!/bin/sh\n# not for a node\nexec ./nodes node\n", False),
        ("#!/usr/bin/env python3\nnode = 1\n", False),
        ("node x.js\n", False),
        ("", False),
    ],
)
def test_scripts_that_start_node(tmp_path: Path, text: str, expected: bool) -> None:
    script = tmp_path / "script"
    script.write_text(text)
    assert starts_node(str(script)) is expected
    assert starts_node(str(tmp_path / "missing")) is False
