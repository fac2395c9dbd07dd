"""The normaliser: what it changes, and that it changes nothing else."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.measure.simulation import normalise
from rules_codspeed.measure.simulation.normalise import ForeignProfileError, normalise_callgrind
from rules_codspeed.measure.stage.names import Names
from rules_codspeed.measure.stage.repositories import normalised_names
from rules_codspeed.measure.stage.staging import STAGE

NAMES = Names(normalised_names(["far~1.0", "rules~~ext~data", "a+", "b~1", "b~2"]))

PROFILE = b"""# callgrind format
version: 1
creator: callgrind-3.26.0.codspeed6
pid: 4242
cmd:  /tmp/rules_codspeed/w/_main/pkg/bench --data=/tmp/rules_codspeed/w/_main/a b
part: 1


desc: I1 cache: 32768 B, 64 B, 8-way associative

desc: Timerange: Basic block 0 - 0
desc: Trigger: Client Request: Metadata: codspeed-cpp 2.3.0

positions: line
event: sysTime : sysTime (elapsed ns)
events: Ir Dr sysCount sysTime sysCpuTime Ct Cl
summary: 0


totals: 0

part: 2

desc: Timerange: Basic block 0 - 9
desc: Trigger: Client Request: bazel-out/k8/bin/external/rules~~ext~data/b.cc::f[external/far~1.0/x]

positions: line
events: Ir Dr sysCount sysTime sysCpuTime Ct Cl
summary: 5 4 3 2 1


ob=/tmp/rules_codspeed/w/_main/pkg/bench
fl=(1) /proc/self/cwd/external/far~1.0/far.h
fn=(2) external/a+/odd
16 3 1
+1 5 4 1 700 80
* 5 4 1 700 80 9 9
cfi=/tmp/rules_codspeed/w/far/gen.c
cob=/tmp/rules_codspeed/valgrind/lib/vgpreload_core-amd64-linux.so
cfn=not a path: /tmp/rules_codspeed/w/_main/x
calls=1 0
16 7 0 0 650
fe=external/b~1/kept.h
fl=(1)
17 1 0 0 0 12
totals: 21 9 2 2062 172
"""

EXPECTED = b"""# callgrind format
version: 1
creator: callgrind-3.26.0.codspeed6
pid: 3
cmd:  pkg/bench --data=a b
part: 1


desc: I1 cache: 32768 B, 64 B, 8-way associative

desc: Timerange: Basic block 0 - 0
desc: Trigger: Client Request: Metadata: codspeed-cpp 2.3.0

positions: line
event: sysTime : sysTime (elapsed ns)
events: Ir Dr sysCount sysTime sysCpuTime Ct Cl
summary: 0


totals: 0

part: 2

desc: Timerange: Basic block 0 - 9
desc: Trigger: Client Request: external/data/b.cc::f[external/far~1.0/x]

positions: line
events: Ir Dr sysCount sysTime sysCpuTime Ct Cl
summary: 5 4 3


ob=pkg/bench
fl=(1) external/far/far.h
fn=(2) external/a/odd
16 3 1
+1 5 4 1
* 5 4 1 0 0 9 9
cfi=external/far/gen.c
cob=valgrind/lib/vgpreload_core-amd64-linux.so
cfn=not a path: /tmp/rules_codspeed/w/_main/x
calls=1 0
16 7
fe=external/b~1/kept.h
fl=(1)
17 1
totals: 21 9 2
"""


def normalised(content: bytes, *, as_written: bool = False) -> tuple[bytes, list[str]]:
    writing = io.BytesIO()
    uris = normalise_callgrind(io.BytesIO(content), writing, NAMES, 3, as_written=as_written)
    return writing.getvalue(), uris


def test_every_record() -> None:
    content, uris = normalised(PROFILE)
    assert content.decode() == EXPECTED.decode()
    assert uris == ["external/data/b.cc::f[external/far~1.0/x]"]


def test_only_uris_are_rewritten_for_codspeed() -> None:
    content, uris = normalised(PROFILE, as_written=True)
    before = b"Request: bazel-out/k8/bin/external/rules~~ext~data/b.cc::f"
    assert PROFILE.count(before) == 1
    assert content == PROFILE.replace(before, b"Request: external/data/b.cc::f")
    assert uris == ["external/data/b.cc::f[external/far~1.0/x]"]


def test_threads_repeat_a_name_for_codspeed_as_elsewhere() -> None:
    thread = b"thread: %d\n\ndesc: Trigger: Client Request: a.c::f\n\nevents: Ir\n\n"
    part = b"# callgrind format\npart: 1\n" + thread % 41 + b"part: 2\n" + thread % 42
    assert normalised(part, as_written=True) == (part, ["a.c::f"])
    assert normalised(part) == (
        part.replace(b"d: 41", b"d: 1").replace(b"d: 42", b"d: 2"),
        ["a.c::f"],
    )


def test_empty_file_of_a_killed_process() -> None:
    assert normalised(b"") == (b"", [])


def test_process_without_a_part_that_counts() -> None:
    """Its end is left out where a benchmark that must have no number may have left its region."""
    head = b"# callgrind format\nversion: 1\ncreator: callgrind-3.19.0\npid: 7\ncmd:  git\n"
    part = b"part: 1\n\n\ndesc: Trigger: Program termination\n\npositions: line\nevents: Ir\n"
    content = head + part + b"summary: 0\n\n\ntotals: 0\n"
    for dropped, kept in (([], True), (["a.py::b"], False)):
        writing = io.BytesIO()
        normalise_callgrind(io.BytesIO(content), writing, NAMES, 3, dropped=dropped)
        assert bool(writing.getvalue()) == kept
    # What is cut off is not taken for one.
    assert normalised(head)[0] == head.replace(b"pid: 7", b"pid: 3")


@pytest.mark.parametrize("content", [b"x", b"no callgrind file\n", b"\0" * 100, b"\n" + PROFILE])
def test_foreign_file(content: bytes) -> None:
    with pytest.raises(ForeignProfileError, match="not with '# callgrind format'"):
        normalised(content)


def test_uri_that_is_not_utf_8() -> None:
    with pytest.raises(ForeignProfileError, match=r"'\\xffb\.c::f' is not UTF-8"):
        normalised(PROFILE.replace(b"Metadata: codspeed-cpp 2.3.0", b"\xffb.c::f"))


def test_newline_in_uri_wherever_a_block_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = PROFILE.replace(b"Metadata: codspeed-cpp 2.3.0", b"pkg/b.c::f\ng")
    for size in range(len("# callgrind format"), len(broken) // 2):
        monkeypatch.setattr(normalise, "_BLOCK", size)
        with pytest.raises(ForeignProfileError, match=r"'pkg/b\.c::f' holds a newline"):
            normalised(broken)


@given(st.integers(len("# callgrind format"), len(PROFILE) + 1))
def test_blocks_do_not_matter(size: int) -> None:
    whole = normalise._BLOCK
    normalise._BLOCK = size
    try:
        assert normalised(PROFILE)[0] == EXPECTED
    finally:
        normalise._BLOCK = whole


_PATHS = st.lists(
    st.sampled_from(
        [
            f"{STAGE}/",
            "w/_main/",
            "w/far/",
            "w/far~1.0/",
            "cargo/",
            "/proc/self/cwd/",
            "bazel-out/k8-fastbuild/bin/",
            "external/far~1.0/",
            "external/b~2/",
            "external/unknown~~e~n/",
            "external/",
            "pkg/",
            "a.c",
            "/",
        ]
    ),
    max_size=6,
).map(lambda parts: "".join(parts).encode())


@given(_PATHS)
def test_path_twice_is_path_once(path: bytes) -> None:
    once = NAMES.path(path)
    assert NAMES.path(once) == once


@given(_PATHS, _PATHS)
def test_text_twice_is_text_once(one: bytes, other: bytes) -> None:
    once = NAMES.text(one + b" " + other)
    assert NAMES.text(once) == once
    assert f"{STAGE}/".encode() not in once


_COSTS = st.lists(st.integers(0, 999), min_size=1, max_size=7)
_LINES = st.one_of(
    st.builds(
        lambda key, id_, path: f"{key}={id_}".encode() + path,
        st.sampled_from(["ob", "fl", "fi", "fe", "fn", "cfi", "cfl", "cob", "cfn", "cfni"]),
        st.sampled_from(["", "(7) "]),
        _PATHS,
    ),
    st.builds(
        lambda at, costs: f"{at} {' '.join(map(str, costs))}".encode(),
        st.sampled_from(["0", "17", "+3", "-2", "*", "totals:", "summary:"]),
        _COSTS,
    ),
    # Neither names nor costs.
    st.sampled_from([b"calls=1 0", b"", b"part: 3", b"# external/far~1.0/", b"jump=1 2"]),
    st.binary(max_size=20).map(lambda line: b"x" + line.replace(b"\n", b"").replace(b"\r", b"")),
)


@given(st.lists(_LINES, max_size=30))
def test_lines_stand_and_others_are_kept(lines: list[bytes]) -> None:
    start = b"# callgrind format\nevents: Ir Dr sysCount sysTime sysCpuTime Ct Cl\n"
    content = normalised(start + b"\n".join(lines))[0]
    changed = content[len(start) :].split(b"\n") if lines else []
    assert len(changed) == len(lines)
    for before, after in zip(lines, changed, strict=True):
        name = re.match(rb"(?:c?ob|c?f[lie]|c?fn|cfni)=(?:\(7\) )?", before)
        costs = re.match(rb"(?:\d+|[+-]\d+|\*|totals:|summary:) ", before)
        if name:
            assert after == name[0] + NAMES.path(before[name.end() :])
        elif costs:
            kept = [int(cost) for cost in before.split()[1:]]
            kept[3:5] = [0] * len(kept[3:5])
            found = [int(cost) for cost in after.split()[1:]]
            assert found + [0] * (len(kept) - len(found)) == kept
        else:
            assert after == before
    assert normalised(content)[0] == content
