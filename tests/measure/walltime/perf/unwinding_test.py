"""Which call chains perf records, by version (spec: walltime 2.4)."""

from __future__ import annotations

import pytest

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.runner_versions import Runner, find_runner
from rules_codspeed.measure.walltime.perf.unwinding import call_graph

VERSIONS = [(4, 10, 6), (4, 11, 0), (4, 12, 0), (4, 12, 1), (4, 13, 0), (4, 15, 0), (4, 15, 1)]
SMALL, PYTHON, LARGE = "dwarf,8192", "dwarf,16384", "dwarf,32768"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        # By version: < 4.12, 4.12, 4.13 to 4.15.0, 4.15.1 and newer.
        ("./bench", [SMALL, SMALL, SMALL, SMALL]),
        ("cargo codspeed run", [SMALL, SMALL, SMALL, SMALL]),
        ("cargo run && pytest", [SMALL, SMALL, SMALL, SMALL]),
        ("go test -bench=.", [SMALL, "fp", "fp", "fp"]),
        ("/usr/local/go/bin/go build", [SMALL, SMALL, "fp", "fp"]),
        ("cargo x; go test", [SMALL, SMALL, SMALL, SMALL]),
        ("pytest tests/", [PYTHON, PYTHON, PYTHON, LARGE]),
        ("/opt/python3 b.py", [PYTHON, PYTHON, PYTHON, LARGE]),
        ("(cd app&&python b.py)", [PYTHON, PYTHON, PYTHON, LARGE]),
        ("uv run x", [PYTHON, PYTHON, PYTHON, LARGE]),
        # Words inside others count in the older rule only.
        ("/opt/python3.11 b.py", [PYTHON, PYTHON, SMALL, SMALL]),
        ("./louvre", [PYTHON, PYTHON, SMALL, SMALL]),
        ("./scargoship --python", [SMALL, SMALL, SMALL, SMALL]),
        ("gradle bench", [SMALL, SMALL, "fp", "fp"]),
        ("cat x|/usr/bin/java -jar b.jar", [SMALL, SMALL, "fp", "fp"]),
        ("mvnw x; cargo y", [SMALL, SMALL, "fp", "fp"]),
        ("javascript-runtime", [SMALL, SMALL, SMALL, SMALL]),
        ("", [SMALL, SMALL, SMALL, SMALL]),
    ],
)
def test_by_command(command: str, expected: list[str]) -> None:
    before_4_12, since_4_12, since_4_13, since_4_15_1 = expected
    by_version = [before_4_12] * 2 + [since_4_12] * 2 + [since_4_13] * 2 + [since_4_15_1]
    assert [call_graph(command, runner(version)) for version in VERSIONS] == by_version
    assert call_graph(command, runner((5, 0, 2))) == since_4_15_1


def runner(version: tuple[int, ...]) -> Runner:
    """Returns what a version of CodSpeed's runner does."""
    found = find_runner(".".join(map(str, version)))
    assert found
    return found


@pytest.mark.parametrize("version", [*VERSIONS, (5, 0, 2)])
@pytest.mark.parametrize("command", ["pytest", "go test", "java", "./bench"])
def test_chosen(command: str, version: tuple[int, ...]) -> None:
    assert call_graph(command, runner(version), "fp") == "fp"
    assert call_graph(command, runner(version), "dwarf") == SMALL


def test_unknown_choice() -> None:
    with pytest.raises(CodSpeedError) as caught:
        call_graph("./bench", runner((5, 0, 2)), "lbr")
    assert "Got: unwinding = 'lbr'. Expected: fp, dwarf or auto." in str(caught.value)
