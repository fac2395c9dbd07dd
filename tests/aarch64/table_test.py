"""The trial's table: nothing that went wrong looks well."""

from __future__ import annotations

from pathlib import Path

import pytest
from table import Row, rows, table_text
from trial import ALL, harvested_outside, main

from tests.aarch64.guest.step import Found, Step


def test_what_a_step_found(tmp_path: Path) -> None:
    Step("tests: a b/c", lambda: Found("3 passed")).record(tmp_path)
    (row,) = rows(tmp_path, ["tests: a b/c"])
    assert (row.result, row.problem) == ("3 passed", "")
    assert "ok      tests: a b/c" in table_text([row])


def test_a_step_that_fails(tmp_path: Path) -> None:
    def fail() -> Found:
        raise OSError("no disk")

    Step("memory", fail).record(tmp_path)
    (row,) = rows(tmp_path, ["memory"])
    assert row.result == "OSError"
    assert "no disk" in row.problem
    assert table_text([row]).startswith("FAILED  memory")


def test_a_step_that_did_not_end(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, ["walltime"])
    assert row.problem


def test_no_recording_to_harvest(tmp_path: Path) -> None:
    assert harvested_outside(tmp_path).problem


def test_a_guest_that_does_not_boot(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An emulator that ends at once: the trial fails and names every step."""
    qemu = tmp_path / "bin/qemu"
    qemu.parent.mkdir()
    qemu.write_text("#!/bin/sh\necho no such machine\nexit 1\n")
    qemu.chmod(0o755)
    empty = tmp_path / "empty"
    empty.touch()
    assert main([str(empty), str(empty), str(empty), str(qemu)]) == 1
    printed = capsys.readouterr()
    assert "no such machine" in printed.err
    for steps in ALL:
        for name in steps:
            assert f"FAILED  {name}" in printed.out


def test_rows_are_aligned() -> None:
    lines = table_text([Row("a", "one"), Row("long name", "two")]).splitlines()
    assert lines[0].index("one") == lines[1].index("two")
