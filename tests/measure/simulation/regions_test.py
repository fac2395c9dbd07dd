"""Parts that a framework's regions choose, from files that a program may have written."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Sequence

import pytest

from rules_codspeed.measure.simulation import regions
from rules_codspeed.measure.simulation.normalise import ForeignProfileError, normalise_callgrind
from rules_codspeed.measure.simulation.regions import Marked, name_parts
from rules_codspeed.measure.stage.names import Names

_HEAD = "# callgrind format\nversion: 1\ncreator: callgrind-3.19.0\npid: 7\ncmd:  ./program\n"


def _part(number: int, trigger: str, functions: Sequence[tuple[str, int]]) -> str:
    total = sum(cost for _, cost in functions)
    body = "\n\n".join(f"fn={name}\n1 {cost} 1" for name, cost in functions)
    return (
        f"part: {number}\n\n\ndesc: Timerange: Basic block {number} - {number + 9}\n"
        f"desc: Trigger: {trigger}\n\npositions: line\nevents: Ir Dr\nsummary: {total} 2\n\n\n"
        f"ob=/program\nfl=a.c\n{body}\n\ntotals: {total} 2\n\n"
    )


_PARTS = [("start", [("main", 9)]), ("a", [("f", 1), ("g", 2)]), ("b", [("f", 10), ("h", 20)])]
_FILE = _HEAD + "".join(_part(number, *one) for number, one in enumerate(_PARTS, start=1))


class _Regions:
    """Chooses fixed parts."""

    integration = "framework"
    keeps_callers = True
    arguments = ()

    def __init__(self, *indices: int) -> None:
        self.triggers: Sequence[str] = []
        self._indices = list(indices)

    def chosen(self, triggers: Sequence[str], uris: Sequence[str]) -> list[tuple[str, list[int]]]:
        self.triggers = triggers
        return [(uris[0], self._indices)] if self._indices else []


def _named(content: str, marked: Marked | None) -> str:
    with tempfile.TemporaryFile() as file:
        file.write(content.encode())
        file.seek(0)
        with name_parts(file, marked) as named:
            return named.read().decode()


def test_parts_of_a_benchmark_are_one() -> None:
    chosen = _Regions(1, 2)
    named = _named(_FILE, Marked(chosen, ["pkg:bench::é one"]))
    assert chosen.triggers == ["start", "a", "b"]
    writing = io.BytesIO()
    uris = normalise_callgrind(io.BytesIO(named.encode()), writing, Names({}), 1)
    assert uris == ["pkg:bench::é one"]
    _, metadata, benchmark = writing.getvalue().decode().split("\npart: ")
    assert "desc: Trigger: Client Request: Metadata: framework\n" in metadata
    assert "totals: 0\n" in metadata
    assert "summary: 33 4\n" in benchmark
    assert benchmark.rstrip().endswith("totals: 33 4")
    # Each function once, with the costs of both.
    assert "fn=f\n1 11 2\n" in benchmark
    assert [line for line in benchmark.splitlines() if line.startswith("fn=")] == [
        "fn=f",
        "fn=g",
        "fn=h",
    ]
    # How much ran before is no fact of the benchmark.
    assert "Basic block 0 - 0" in benchmark


def test_nothing_chosen() -> None:
    assert "totals: 0\n" in _named(_FILE, Marked(_Regions(), ["a"]))
    assert _named(_FILE, None) == ""
    assert _named("", Marked(_Regions(1), ["a"])) == ""
    assert _named(_HEAD, Marked(_Regions(1), ["a"])) == _HEAD


@pytest.mark.parametrize("line", ["totals: 3 2\n", "summary: 3 2\n"])
def test_part_without_sums(line: str) -> None:
    with pytest.raises(ForeignProfileError, match="a part without its sums"):
        _named(_FILE.replace(line, ""), Marked(_Regions(1), ["a"]))


def test_too_many_and_too_large_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regions, "_MOST_PARTS", 1)
    with pytest.raises(ForeignProfileError, match="more than 1 parts"):
        _named(_FILE, Marked(_Regions(1), ["a"]))
    monkeypatch.setattr(regions, "_MOST_PARTS", 10)
    monkeypatch.setattr(regions, "LARGEST_PART", 100)
    with pytest.raises(ForeignProfileError, match="a part of more than 100 bytes"):
        _named(_FILE, Marked(_Regions(1), ["a"]))


def test_calls_that_began_before_are_left_out() -> None:
    stood = "fn=stood\nfi=b.c\ncob=/other\ncfi=c.c\ncfn=f\ncalls=0 7 \n3 10 2\nfe=a.c"
    called = "fn=f\n1 4 1\ncfn=g\ncalls=0 9 \n2 5 1\ncfn=h\ncalls=1 9 \n2 6 1"
    old = "fn=f\n1 10 1\n\nfn=h\n1 20 1"
    assert old in _FILE
    content = _FILE.replace(old, f"{stood}\n\n\n\n{called}\n\nfn=left\n\n\nfn=h\n1 20 1")
    chosen = _Regions(2)
    kept = _named(content, Marked(chosen, ["a"]))
    assert stood in kept
    chosen.keeps_callers = False
    writing = io.BytesIO()
    named = _named(content, Marked(chosen, ["a"]))
    normalise_callgrind(io.BytesIO(named.encode()), writing, Names({}), 1)
    functions = writing.getvalue().decode().split("\npart: ")[2].partition("ob=")[2]
    assert functions.startswith(
        "/program\nfl=a.c\nfn=f\n1 4 1\ncfn=h\ncalls=1 9 \n2 6 1\n\nfn=h\n1 20 1\n\ntotals: "
    )
