"""Compatibility `codspeed`: what a simulation leaves as CodSpeed's runner has it."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.measure.target import STAGE, Target

_PINNED_HERE = {"GLIBC_TUNABLES", "LC_ALL", "PYTHONDONTWRITEBYTECODE", "PYTHONNOUSERSITE", "TZ"}


def test_profiles_are_as_valgrind_writes_them(hooks_target: Callable[..., Target]) -> None:
    arguments = ("measure", "fork", "measure-stage-path")
    ours = hooks_target(*arguments).run("ours").succeeded()
    ended = hooks_target(*arguments, compatibility="codspeed").run("theirs").succeeded()
    main, other = sorted(
        (int(name[:-4]) for name in ended.profile if name.endswith(".out")),
        key=lambda pid: b"pkg/b.c::work" not in ended.profile[f"{pid}.out"],
    )
    assert f"valgrind.{main}.log" in ended.profile
    assert {main, other}.isdisjoint({1, 2})
    content = ended.profile[f"{main}.out"]
    assert f"\npid: {main}\ncmd:  {STAGE}/w/_main/pkg/program measure".encode() in content
    assert f"\nob={STAGE}/w/_main/pkg/program\n".encode() in content
    assert b"\nfl=/proc/self/cwd/tests/measure/program.c\n" in content
    # URIs are what CodSpeed compares by.
    assert list(ended.benchmarks(f"{main}.out")) == ["pkg/b.c::work", "pkg/b.c::staged"]
    assert list(ended.benchmarks(f"{other}.out")) == ["pkg/b.c::child"]
    assert ended.provenance["pins"].keys() == ours.provenance["pins"].keys() - _PINNED_HERE
    assert (ours.provenance["compatibility"], ended.provenance["compatibility"]) == (
        "none",
        "codspeed",
    )
    assert len(ended.provenance["normalised"]) < len(ours.provenance["normalised"])


def test_whole_programs_are_named_by_their_commands(exec_target: Callable[..., Target]) -> None:
    ended = exec_target("own-file", "garbage", compatibility="codspeed").run().succeeded()
    (name,) = (one for one in ended.profile if re.fullmatch(r"[0-9]+\.out", one))
    ((uri, totals),) = ended.benchmarks(name).items()
    assert uri == "exec_harness::pkg/program own-file garbage"
    events = re.search(rb"\nevents: (.*)", ended.profile[name])
    assert events
    # The host's clock, which is zero elsewhere.
    assert totals[events[1].split().index(b"sysTime")] > 0


def test_processes_of_isolated_benchmarks_keep_their_ids(
    hooks_target: Callable[..., Target],
) -> None:
    ended = hooks_target(isolate=True, compatibility="codspeed").run().succeeded()
    names = [name for name in ended.profile if name.endswith(".out")]
    assert len(names) == 2
    assert len(ended.instructions("pkg/b.c::")) == 2


def test_verifying_is_refused(hooks_target: Callable[..., Target]) -> None:
    target = hooks_target("measure", compatibility="codspeed", verify=2)
    assert "field verify is of no use to compatibility codspeed" in target.run().stopped()
