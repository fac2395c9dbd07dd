"""Suites of JMH under Valgrind, and once for the smoke test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.measure.target import Target

GROUP = "pkg:bench::demo.Suite::"
ODD = 'sort[size=odd "é" (x)|[y]&\\:\\:? a=b]'
MEASURED = ["fibonacci10", "maps", "prepared", "sort[size=100]", ODD]
COMMA = "unchosen[pair=1,2]"
THREW = "it threw java.lang.IllegalStateException: wrong <b>result</b>"
REPEATED = ["maps|sort", "-p", "size=100"]
SCRIPT = """#!/bin/sh
exec java -Xmx200m -XX:+UseG1GC -jar "$RUNFILES_DIR/_main/pkg/suite.jar" "$@"
"""
SMOKE = {"simulator": None, "platform": ""}

Make = Callable[..., Target]


@pytest.fixture
def target(make_target: Make, suite: Path, agent: Path, tmp_path: Path) -> Make:
    """Makes targets of the suite, which a script starts."""
    script = tmp_path / "script"
    script.write_text(SCRIPT)
    script.chmod(0o755)

    def make(*args: str, **changes: object) -> Target:
        changes = {"preload": "_main/hooks/jvm.so", "args": list(args), **changes}
        made = make_target(**{"framework": "jmh", **changes}).stage("_main/pkg/program", script)
        return made.stage("_main/hooks/jvm.so", agent).stage("_main/pkg/suite.jar", suite)

    return make


def test_all_are_measured_and_accounted_for(target: Make) -> None:
    found = target().run().succeeded()
    numbers = found.instructions(GROUP)
    assert list(numbers) == MEASURED
    reasons = {uri: reason for uri, (_, reason) in found.unmeasured.items()}
    assert {one.removeprefix(GROUP) for one in reasons} == {"exits", "throwing", COMMA}
    assert reasons[f"{GROUP}exits"] == "the program ended before it came to its end"
    assert reasons[f"{GROUP}throwing"] == THREW
    assert "a parameter with a comma" in reasons[f"{GROUP}{COMMA}"]
    assert found.provenance["isolate"] is True
    assert "Server VM, " in found.provenance["interpreter"]
    assert "-Xmx200m" in found.provenance["command"]
    # What prepares each call is not in it, nor what the JVM does beside it.
    assert abs(numbers["prepared"] - numbers["fibonacci10"]) < 1000
    assert 20_000 < numbers["fibonacci10"] < 80_000


def test_instructions_of_two_runs(target: Make) -> None:
    first, second = (target(*REPEATED).run(one).succeeded() for one in ("first", "second"))
    found = first.instructions(GROUP)
    assert list(found) == ["maps", "sort[size=100]"]
    # Not byte by byte: docs/languages/java.md states what differs.
    assert second.instructions(GROUP) == pytest.approx(found, rel=0.001, abs=2_000)


def test_smoke_test(target: Make) -> None:
    ended = target(*REPEATED, **SMOKE).run("smoke", entry="smoke.py")
    assert ended.status == 0, ended.stderr
    ended = target("maps|throwing", framework="auto", **SMOKE).run("smoke", entry="smoke.py")
    assert ended.status == 1
    assert f"{GROUP}throwing: {THREW}" in ended.stderr
    assert "1 benchmark of" in ended.stderr


def test_programs_that_cannot_be_measured(target: Make, agent: Path) -> None:
    assert "lists no benchmark" in target("nothing").run("none").failed()
    assert 'set framework = "jmh"' in target(framework="auto", preload="").run("auto").failed()
    other = target().stage("_main/pkg/program", Path("/bin/true"))
    assert "starts no JVM that can be measured" in other.run("other").failed()
