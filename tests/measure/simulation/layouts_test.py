"""What a program counted in another layout of memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.measure.simulation.layouts import counts, offset
from tests.results.profiles import CACHE_EVENTS, Cost, Function, ProfilePart, write_profile


def _part(trigger: str, instructions: int) -> ProfilePart:
    cost = Cost(1, (instructions, *range(1, len(CACHE_EVENTS))))
    return ProfilePart(trigger, CACHE_EVENTS, (Function("bench", "a.c", "f", (cost,)),))


def test_totals_of_benchmarks(tmp_path: Path) -> None:
    parts = [
        _part("Client Request: Metadata: codspeed-cpp 2.3.0", 7),
        _part("Client Request: a.c::first", 100),
        _part("Client Request: a.c::second", 200),
        _part("Program termination", 9),
    ]
    (tmp_path / "1.out").write_bytes(write_profile(parts[:2]))
    (tmp_path / "2.out").write_bytes(write_profile(parts[2:]))
    (tmp_path / "3.out").touch()
    (tmp_path / "valgrind.1.log").write_text("totals: 5\n")
    found = counts(str(tmp_path))
    assert {uri: one["Ir"] for uri, one in found.items()} == {
        "a.c::first": 100,
        "a.c::second": 200,
    }
    assert list(found["a.c::first"]) == list(CACHE_EVENTS)


@pytest.mark.parametrize("totals", ["abc", "1 2 3", "-"])
def test_totals_that_valgrind_does_not_write(tmp_path: Path, totals: str) -> None:
    text = f"desc: Trigger: Client Request: a.c::b\nevents: Ir Dr\ntotals: {totals}\n"
    (tmp_path / "1.out").write_text(text)
    with pytest.raises(CodSpeedError, match="of another layout cannot be read"):
        counts(str(tmp_path))


def test_offsets_have_different_remainders() -> None:
    for power in (16, 64, 4096):
        assert len({offset(number) % power for number in range(1, 5)}) == 4
