"""A repeated measurement has the same bytes, or names the functions that differ."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.measure.simulation.repetition import check_equal

PROFILE = """# callgrind format
events: Ir Dr

ob=a.out
fl=a.c
fn=work
1 {work} 7
+1 10 2
cfn=helper
calls=2 5
1 {inclusive} 9

fn=helper
5 {helper} 0
"""


def folder(parent: Path, name: str, **files: str) -> str:
    path = parent / name
    path.mkdir(parents=True)
    for file, text in files.items():
        (path / file.replace("_", ".")).write_text(text)
    return str(path)


def profile(work: int, helper: int) -> str:
    return PROFILE.format(work=work, helper=helper, inclusive=helper)


def refused(first: str, second: str) -> str:
    with pytest.raises(CodSpeedError) as error:
        check_equal(first, second, "//pkg:bench")
    return str(error.value)


def test_equal(tmp_path: Path) -> None:
    first = folder(tmp_path, "a", **{"1_out": profile(100, 20), "valgrind_log": "x"})
    second = folder(tmp_path, "b", **{"1_out": profile(100, 20), "valgrind_log": "x"})
    check_equal(first, second, "//pkg:bench")


def test_functions_by_their_own_cost_the_largest_first(tmp_path: Path) -> None:
    first = folder(tmp_path, "a", **{"1_out": profile(100, 20)})
    second = folder(tmp_path, "b", **{"1_out": profile(105, 1020)})
    text = refused(first, second)
    assert "//pkg:bench is not repeatable" in text
    assert "different files 1.out" in text
    helper = text.index("+1,000 instructions in helper (20 and 1,020)")
    assert helper < text.index("+5 instructions in work (110 and 115)")


def test_compressed_names(tmp_path: Path) -> None:
    def text(cost: int) -> str:
        return f"fn=(1) work\n1 3\ncfn=(2) malloc\ncalls=1 1\n1 9\n\nfn=(2)\n1 {cost}\n"

    first = folder(tmp_path, "a", **{"1_out": text(4)})
    second = folder(tmp_path, "b", **{"1_out": text(6)})
    found = refused(first, second)
    assert "+2 instructions in malloc (4 and 6)" in found
    assert "usual cause: an allocation differs" in found


def test_a_file_of_one_measurement_only(tmp_path: Path) -> None:
    first = folder(tmp_path, "a", **{"1_out": profile(1, 1)})
    second = folder(tmp_path, "b", **{"1_out": profile(1, 1), "2_out": profile(9, 1)})
    text = refused(first, second)
    assert "different files 2.out" in text
    assert "+19 instructions in work (0 and 19)" in text


def test_what_is_not_a_profile(tmp_path: Path) -> None:
    first = folder(tmp_path, "a", notes_txt="one")
    second = folder(tmp_path, "b", notes_txt="two")
    assert "different files notes.txt" in refused(first, second)


@given(st.lists(st.integers(0, 2**40), min_size=1, max_size=30))
def test_only_the_largest_are_shown(costs: list[int]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        text = "".join(f"fn=f{n}\n1 {{}}\n" for n in range(len(costs)))
        first = folder(Path(name), "a", **{"1_out": text.format(*costs)})
        second = folder(Path(name), "b", **{"1_out": text.format(*(one + 1 for one in costs))})
        found = refused(first, second)
        assert found.count("+1 instructions") == min(len(costs), 10)
        assert ("more functions" in found) == (len(costs) > 10)
