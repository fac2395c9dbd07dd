"""Paths of the workspace in a profile of a simulation get the prefix of the checkout."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.publish.bundle.merge import Profile
from rules_codspeed.publish.bundle.prefix import prefixed, prefixed_line
from rules_codspeed.publish.errors import PublishError

PROFILE = b"""\
# callgrind format
version: 1
pid: 1
desc: Trigger: Client Request: Metadata: codspeed-cpp 2.3.0
desc: Trigger: Client Request: bench/sort.cc::std_sort
ob=bench/sort
fl=bench/sort.cc
fn=main
fl=(2) bench/other.cc
fi=(2)
fe=./malloc/malloc.c
fi=/usr/include/c++/12/bits/stl_vector.h
cob=/usr/lib/libc.so.6
cfi=???
cfl=external/lib/core.h
cfl=bench/called.h
cfn=bench/no_path
16 5
"""
PREFIXED = (
    PROFILE.replace(b": bench/", b": sub/dir/bench/")
    .replace(b"=bench/", b"=sub/dir/bench/")
    .replace(b") bench/", b") sub/dir/bench/")
    .replace(b"cfn=sub/dir/", b"cfn=")
)


def measured(folder: Path, content: bytes) -> Profile:
    (folder / "results").mkdir(parents=True)
    (folder / "results" / "1.json").write_bytes(b"{}\n")
    (folder / "1.out").write_bytes(content)
    (folder / "valgrind.1.log").write_bytes(b"ob=bench/stays\n")
    return Profile(f"//{folder.name}:x", folder)


def test_paths_of_the_workspace_get_the_prefix(tmp_path: Path) -> None:
    profile = measured(tmp_path / "measured", PROFILE)
    (copy,) = prefixed([profile], "valgrind", "sub/dir/", tmp_path / "scratch")
    assert copy.label == profile.label
    assert (copy.folder / "1.out").read_bytes() == PREFIXED
    assert (copy.folder / "results" / "1.json").read_bytes() == b"{}\n"
    assert (copy.folder / "valgrind.1.log").read_bytes() == b"ob=bench/stays\n"


def test_what_has_no_paths_is_not_copied(tmp_path: Path) -> None:
    profile = measured(tmp_path / "measured", PROFILE)
    (copy,) = prefixed([profile], "valgrind", "sub/dir/", tmp_path / "scratch")
    assert (copy.folder / "results" / "1.json").readlink() == profile.folder / "results" / "1.json"
    assert not (copy.folder / "1.out").is_symlink()


def test_without_a_prefix_nothing_is_copied(tmp_path: Path) -> None:
    profile = measured(tmp_path / "measured", PROFILE)
    assert prefixed([profile], "valgrind", "", tmp_path / "scratch") == [profile]
    assert not (tmp_path / "scratch").exists()


def test_targets_do_not_meet(tmp_path: Path) -> None:
    profiles = [measured(tmp_path / name, PROFILE) for name in ("a", "b")]
    copies = prefixed(profiles, "valgrind", "sub/", tmp_path / "scratch")
    assert len({copy.folder for copy in copies}) == 2


def test_uri_of_a_whole_program_stays() -> None:
    line = b"desc: Trigger: Client Request: exec_harness::bench/x\n"
    assert prefixed_line(line, b"sub/") == line


def test_a_profile_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match="cannot copy the profile of //a:b"):
        prefixed([Profile("//a:b", tmp_path / "none")], "valgrind", "sub/", tmp_path / "scratch")


@given(st.binary())
def test_any_line_keeps_what_it_says(line: bytes) -> None:
    assert prefixed_line(line, b"sub/").replace(b"sub/", b"", 1) in (
        line,
        line.replace(b"sub/", b"", 1),
    )
