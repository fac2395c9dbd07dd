"""Suites of tinybench under Valgrind, and once for the smoke test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.measure.memory.conftest import libraries, make_memory_target
from tests.measure.target import Target, same
from tests.measure.timed.conftest import make_timed
from tests.measure.timed.timed_target import TimedTarget

__all__ = ["libraries", "make_memory_target", "make_timed"]

GROUP = "pkg/suite.mjs::"
MEASURED = ["fibonacci 10", 'odd "é" (x)|[y]&?', "sort", "waits", "group::prepared"]
THREW = {f"{GROUP}throws": ("failed", "it threw: wrong <b>result</b>")}
EXITS = f"{GROUP}exits"
SCRIPT = '#!/bin/sh\nexec node --stack-size=900 "$RUNFILES_DIR/_main/pkg/suite.mjs" "$@"\n'

NEVER = """
import { Bench } from "tinybench";
const bench = new Bench();
bench.add("before", () => 1).add("never", () => new Promise(() => {})).add("after", () => 2);
await bench.run();
"""

Make = Callable[..., Target]


@pytest.fixture
def target(make_target: Make, node_suite: Path, node_hooks: Path, tmp_path: Path) -> Make:
    """Makes targets of the suite, which a script starts."""
    script = tmp_path / "script"
    script.write_text(SCRIPT)
    script.chmod(0o755)

    def make(how: str = "", **changes: object) -> Target:
        changes = {"preload": "_main/hooks/node.so", "env": {"HOW": how} if how else {}, **changes}
        made = make_target(**{"framework": "node", **changes}).stage("_main/pkg/program", script)
        made.stage("_main/hooks/node.so", node_hooks)
        for file in filter(Path.is_file, node_suite.rglob("*")):
            made.stage(f"_main/pkg/{file.relative_to(node_suite)}", file)
        return made

    return make


def test_all_are_measured_and_equal_twice(target: Make) -> None:
    first, second = target().run("first").succeeded(), target().run("second").succeeded()
    numbers = first.instructions(GROUP)
    assert list(numbers) == MEASURED
    outcome, reason = first.unmeasured[EXITS]
    assert (outcome, "measured nothing when asked for it" in reason) == ("failed", True), reason
    assert {**first.unmeasured, **THREW} == {**THREW, EXITS: (outcome, reason)}
    assert first.provenance["framework"] == "node"
    assert first.provenance["isolate"] is True
    assert first.provenance["interpreter"].startswith("Node v")
    assert "--stack-size=900" in first.provenance["command"]
    same(first, second)
    # The call alone, without what compiles it or collects garbage: CodSpeed's plugin has 61,802.
    for name in ("fibonacci 10", 'odd "é" (x)|[y]&?'):
        assert 50_000 < numbers[name] < 80_000, name
    assert numbers["waits"] < 100_000
    # Its preparation calls the same function a thousand times.
    assert numbers["group::prepared"] < numbers["sort"] < 5_000_000


def test_smoke_test(target: Make) -> None:
    smoke = {"simulator": None, "platform": ""}
    ended = target("smoke", **smoke).run("smoke", entry="smoke.py")
    assert ended.status == 1
    assert f"{GROUP}throws: it threw: wrong" in ended.stderr
    assert "1 benchmark of" in ended.stderr
    # Its status is 0.
    ended = target("", **smoke).run("exits", entry="smoke.py")
    assert f"{EXITS}: the program ended before it was run to its end" in ended.stderr


def test_a_promise_that_never_settles(target: Make) -> None:
    never = f"{GROUP}never"
    smoke = target(simulator=None, platform="").stage("_main/pkg/suite.mjs", NEVER)
    ended = smoke.run("never", entry="smoke.py")
    assert ended.status == 1
    assert f"{never}: the promise that it returned was not settled" in ended.stderr
    assert f"{GROUP}after: the program ended before it was run to its end" in ended.stderr


def test_programs_that_cannot_be_measured(target: Make) -> None:
    other = target().stage("_main/pkg/suite.mjs", "console.log(1);\n")
    assert "it lists no benchmark" in other.run("none").failed()
    other.stage("_main/pkg/suite.mjs", "throw new Error('broken');\n")
    assert "asked for the list of its benchmarks" in other.run("broken").failed()
    other = target().stage("_main/pkg/program", Path("/bin/true"))
    assert "starts no Node that can be measured" in other.run("other").failed()
    assert "has no addon that marks calls" in target(preload="").run("bare").failed()


def test_memory_is_refused(make_memory_target: Make, target: Make) -> None:
    made = make_memory_target(folder="memory", framework="node")
    made.files.update(target().files)
    assert "whose objects are in a heap of V8's own" in made.run().failed()


def test_time_is_refused(make_timed: Callable[..., TimedTarget], target: Make) -> None:
    made = make_timed("timed", framework="node")
    made.files.update(target().files)
    assert "use that plugin with framework hooks" in made.time().failed()
