"""Tools of the system are run, and their complaints reported in one line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from errors import BootstrapError
from hypothesis import given
from hypothesis import strategies as st
from process import complaint, run


def test_the_first_error_of_apt_tells_most() -> None:
    text = "W: odd\nE: Failed to fetch x  404.\nE: Some index files failed to download.\n"
    assert complaint(text) == "Failed to fetch x  404"


@given(st.text())
def test_a_complaint_is_one_line_that_says_something(text: str) -> None:
    assert len(complaint(text).splitlines()) <= 1
    assert complaint("\n".join([text, "E: cause"])) != ""


def test_silence_is_told() -> None:
    assert complaint(" \n") == "it prints no reason"


def test_output_and_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert run(["ls"], "cannot list", "Mend it.", tmp_path) == "file\n"


def test_a_failure_names_what_where_and_the_next_step() -> None:
    with pytest.raises(
        BootstrapError, match=r"^cannot list: ls: .*/missing.*: No such.*\. Mend it"
    ):
        run(["ls", "/missing"], "cannot list", "Mend it.")


def test_a_tool_that_is_missing() -> None:
    with pytest.raises(
        BootstrapError, match=r"^cannot: /missing/tool: No such file.*\. Mend it\.$"
    ):
        run(["/missing/tool"], "cannot", "Mend it.")


def test_a_full_disk_is_told_whatever_the_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("LANGUAGE", "de")
    with pytest.raises(BootstrapError, match=r"^the disk is full: .*Free some space"):
        run(["cp", "/proc/self/status", "/dev/full"], "cannot copy", "Mend it.")


def test_output_that_is_no_text() -> None:
    assert run(["printf", r"\377"], "cannot print", "Mend it.") == "\N{REPLACEMENT CHARACTER}"


def test_much_output_on_both_streams_does_not_hang() -> None:
    script = "yes | head -c 300000 >&2; yes | head -c 300000"
    assert len(run(["sh", "-c", script], "cannot", "Mend it.")) == 300000


def test_tools_hold_the_lock_too(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("a") as lock:
        os.set_inheritable(lock.fileno(), True)
        seen = run(["readlink", f"/proc/self/fd/{lock.fileno()}"], "cannot look", "Mend it.")
    assert seen == f"{tmp_path}/lock\n"
