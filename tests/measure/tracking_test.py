"""What a benchmark starts: counted to it where it is asked for, and stated where it is not."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from rules_codspeed.contract.provenance import parse_provenance
from rules_codspeed.results.graphs.profile_graphs import profile_graphs
from rules_codspeed.results.readers.simulation import summarize
from tests.measure.target import Ended, Target

URI = "exec_harness::pkg:bench"
SCRIPT = """\
#!/bin/sh
for each in 1 2; do
  ./pkg/other work=50
done
(./pkg/other work=50; : in a subshell)
"""


def instructions(ended: Ended) -> int:
    """Those of the one benchmark, as the action that reads profiles adds them up."""
    how = parse_provenance((ended.folder / "provenance.json").read_bytes())
    (one,) = summarize(ended.folder / "profile", how).benchmarks
    assert one.uri == URI
    return int(one.metrics["Ir"])


def test_a_shell_and_what_it_starts(exec_target: Callable[..., Target], program: Path) -> None:
    alone = instructions(exec_target("work=50", folder="alone").run().succeeded())
    target = exec_target(track_subprocess=True).stage("_main/pkg/other", program)
    script = Path(target.stage("_main/pkg/program", SCRIPT).files["_main/pkg/program"])
    script.chmod(0o755)
    ended = target.run().succeeded()
    found = instructions(ended)
    # The program three times, and a shell.
    assert 3 * alone < found < 6 * alone
    ((uri, graph),) = profile_graphs(ended.folder / "profile")
    assert (uri, graph.totals()[0]) == (URI, found)
    profiles = sorted(name for name in ended.profile if name.endswith(".out"))
    assert len(profiles) >= 4
    lines = "".join(f"desc: Spawned pid: {name[:-4]}\n" for name in profiles[1:])
    main = ended.profile["1.out"].decode()
    assert f"\npart: 2\n{lines}" in main
    for name in profiles[1:]:
        content = ended.profile[name].decode()
        assert URI not in content
        assert re.search(r"\ntotals: [1-9]", content)
    assert ended.provenance["track_subprocess"]
    assert ended.provenance["uncounted_children"] == 0


def test_a_fork_does_not_count_again_what_its_parent_did(
    exec_target: Callable[..., Target],
) -> None:
    alone = instructions(exec_target("work=50", folder="alone").run().succeeded())
    ended = exec_target("work=50", "fork-plain", track_subprocess=True).run().succeeded()
    assert "2.out" in ended.profile
    assert alone < instructions(ended) < alone * 1.5


def test_children_that_are_not_counted_are_stated(hooks_target: Callable[..., Target]) -> None:
    # The second reports a benchmark of its own.
    ended = hooks_target("measure", "fork-plain", "exec").run().succeeded()
    assert {"1.out", "2.out", "3.out"} <= ended.profile.keys()
    assert ended.provenance["uncounted_children"] == 1
    assert not ended.provenance["track_subprocess"]


def test_a_valgrind_that_hands_nothing_on(hooks_target: Callable[..., Target]) -> None:
    text = hooks_target("measure", track_subprocess=True).run().stopped()
    assert "framework hooks and Valgrind" in text
    assert "3.26.0-0codspeed7 or newer" in text
