"""What the frameworks hooks and exec do beyond running a program."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.measure.target import STAGE, Target

Make = Callable[..., Target]


def test_hooks_isolated(hooks_target: Make) -> None:
    ended = hooks_target(isolate=True).run().succeeded()
    assert list(ended.benchmarks("1.out")) == ["pkg/b.c::one"]
    assert list(ended.benchmarks("2.out")) == ["pkg/b.c::two[8/64]"]
    assert sorted(ended.profile) == ["1.out", "2.out", "valgrind.1.log", "valgrind.2.log"]
    assert ended.provenance["isolate"] is True
    assert ended.provenance["interpreter"] == ""
    # Both do the same work, except for the argument: neighbours change nothing.
    assert ended.benchmarks("1.out")["pkg/b.c::one"][0] > 1000


def test_hooks_isolated_filter_that_finds_nothing(hooks_target: Make) -> None:
    text = hooks_target(isolate=True, filter_args=["--benchmark_filter=^nothing$"]).run().failed()
    assert "(benchmark pkg/b.c::one) measured nothing" in text


def test_hooks_isolated_without_list(hooks_target: Make) -> None:
    text = hooks_target("fail", isolate=True, list_args=[]).run().failed()
    assert "(asked for the list of its benchmarks) ended with exit status 3" in text


def test_environment_and_place(hooks_target: Make) -> None:
    target = hooks_target(
        "measure", "print-environment", "print-place", env={"MINE": "a b"}, main_repository="ws"
    )
    target.files["ws/pkg/program"] = target.files.pop("_main/pkg/program")
    target.spec["executable"] = "ws/pkg/program"
    target.stage("far~~ext~data/file.txt", "content\n")
    ended = target.run(env={"SECRET": "1", "HOME": "/home/me"}).succeeded()
    assert f"{STAGE}/w/_main/pkg/program {STAGE}/w/_main" in ended.log
    variables = dict(line.split("=", 1) for line in ended.log.splitlines() if "=" in line)
    assert variables["MINE"] == "a b"
    assert "SECRET" not in variables
    expected = {
        "CODSPEED_ENV": "runner",
        "CODSPEED_RUNNER_MODE": "instrumentation",
        "CODSPEED_PROFILE_FOLDER": f"{STAGE}/profile",
        "HOME": f"{STAGE}/home",
        "PYTHONMALLOC": "malloc",
        "RUNFILES_DIR": f"{STAGE}/w",
    }
    assert expected.items() <= variables.items()
    assert all("/" not in value for value in ended.provenance["pins"].values() if "HOME" in value)


def test_script_as_whole_program(exec_target: Make) -> None:
    """A script's interpreter is measured; it may not start other processes, like any program."""
    script = "#!/bin/bash\necho measured\n"
    target = exec_target()
    path = Path(target.stage("_main/pkg/program", script).files["_main/pkg/program"])
    path.chmod(0o755)
    ended = target.run().succeeded()
    assert list(ended.benchmarks()) == ["exec_harness::pkg:bench"]
    assert ended.provenance["debug_info"] is None
    path.write_text("#!/bin/bash\n/bin/echo measured\n:\n")
    assert "starts other processes" in target.run().failed()


def test_other_layouts_are_counted_beside_the_profile(hooks_target: Make) -> None:
    usual = hooks_target(isolate=True).run().succeeded()
    measured = hooks_target(isolate=True, layouts=2).run("layouts").succeeded()
    assert measured.profile == usual.profile
    benchmarks = {**usual.benchmarks("1.out"), **usual.benchmarks("2.out")}
    assert len(benchmarks) == 2
    first, second = measured.provenance["layouts"]
    assert first.keys() == second.keys() == benchmarks.keys()
    assert first != second
    for uri, totals in benchmarks.items():
        assert first[uri]["Ir"] == pytest.approx(totals[0], rel=0.2)
    assert usual.provenance["layouts"] == []
    assert {**measured.provenance, "layouts": []} == usual.provenance
