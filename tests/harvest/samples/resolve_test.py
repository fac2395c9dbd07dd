"""Runtime addresses looked up in finished profiles, of old and new layouts."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.contract import perf_map
from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.perf_map import Symbol, read_perf_map
from rules_codspeed.harvest.elf.symbols import symbols_map
from rules_codspeed.harvest.log import Log
from rules_codspeed.harvest.pipeline import harvest
from rules_codspeed.harvest.samples.resolve import Resolver
from tests.harvest.jit_dumps import vector
from tests.harvest.raw_runs import BIAS, CHILD, LIBRARY_BIAS, PID, PYTHON_BIAS, usual


@pytest.mark.parametrize("version", ["4.10.6", "4.11.0", "5.0.2"])
def test_addresses_of_a_harvest(tmp_path: Path, version: str) -> None:
    run = usual(tmp_path / "raw", version)
    run.add_map(PID, b"7e0000000000 10 py::g (a b):/a/n.py\n")
    run.add_dump(PID, vector())
    harvest(run.write(), tmp_path / "profile", Log(io.StringIO()))
    resolver = Resolver(tmp_path / "profile")
    for address, name in [
        (BIAS + 0x1000, "main"),
        (BIAS + 0x101F, "main"),
        (BIAS + 0x1020, "work"),
        (BIAS + 0x1040, None),
        (BIAS + 0xFFF, None),
        # A generated function was at the same place, but ends before.
        (LIBRARY_BIAS + 0x1010, "sin"),
        (PYTHON_BIAS + 0x1000, "_PyEval"),
        (0x7E000000000F, "py::g (a b):/a/n.py"),
        (0x7E0000000010, None),
        (0, None),
        (2**64 - 1, None),
    ]:
        assert resolver.name(PID, address) == name
    assert resolver.ignored(PID, PYTHON_BIAS + 0x1000)
    assert not resolver.ignored(PID, BIAS + 0x1000)
    assert resolver.name(CHILD, BIAS + 0x1000) is None


def profile(folder: Path, symbols: list[Symbol], bias: int = 0) -> Resolver:
    folder.mkdir(exist_ok=True)
    (folder / "0__a.symbols.map").write_bytes(b"".join(symbols_map(symbols)))
    document = {
        "uri_by_ts": [],
        "ignored_modules": [],
        "markers": [],
        "mapped_process_module_symbols": {"1": [{"perf_map_key": "0__a", "load_bias": bias}]},
    }
    (folder / "walltime.metadata").write_text(json.dumps(document))
    return Resolver(folder)


def test_names_of_one_function(tmp_path: Path) -> None:
    symbols = [
        Symbol(0, 0x1000, "imported"),
        Symbol(0x1000, 0x100, "__write"),
        Symbol(0x1000, 0x100, "write"),
        Symbol(0x1000, 0x100, "write64"),
        Symbol(0x1040, 0x10, "inner"),
    ]
    resolver = profile(tmp_path / "p", symbols)
    assert resolver.names(1, 0x1001) == ["write64", "write", "__write"]
    assert resolver.name(1, 0x1001) == "write64"
    assert resolver.name(1, 0x1045) == "inner"
    assert resolver.name(1, 0x1050) == "write64"
    assert resolver.name(1, 0x10) == "imported"
    assert resolver.name(1, 0x1100) is None


def test_bias_wraps_around(tmp_path: Path) -> None:
    resolver = profile(tmp_path / "p", [Symbol(2**64 - 0x1000, 0x10, "f")], 0x2000)
    assert resolver.name(1, 0x1004) == "f"


SYMBOLS = st.lists(
    st.builds(Symbol, addr=st.integers(0, 60), size=st.integers(1, 30), name=st.sampled_from("abc"))
)


@given(SYMBOLS, st.integers(0, 100))
@settings(max_examples=200)
def test_like_a_search_of_all_symbols(
    tmp_path_factory: pytest.TempPathFactory, symbols: list[Symbol], address: int
) -> None:
    resolver = profile(tmp_path_factory.getbasetemp() / "p", symbols)
    around = [one for one in symbols if one.addr <= address < one.addr + one.size]
    last = max((one.addr for one in around), default=0)
    expected = sorted(one.name for one in around if one.addr == last)
    assert sorted(resolver.names(1, address)) == expected


def test_lines_that_are_none_are_skipped() -> None:
    text = b"1000 10 f\n\nnonsense\n 2000 10 g\n2000 zz g\n3000 10 \xff h\n"
    text += b"12345678901234567 1 i\n4 5 j"
    assert list(read_perf_map(text)) == [
        Symbol(0x1000, 0x10, "f"),
        Symbol(0x3000, 0x10, "\ufffd h"),
        Symbol(4, 5, "j"),
    ]


def test_a_map_of_too_many_functions(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(perf_map, "_MOST", 3)
    assert len(list(read_perf_map(b"1 1 a\n" * 3))) == 3
    resolver = profile(tmp_path, [])
    (tmp_path / "perf-1.map").write_bytes(b"1 1 a\n" * 4)
    with pytest.raises(CodSpeedError) as caught:
        resolver.names(1, 1)
    what = f"{tmp_path}/perf-1.map names too many functions. Got: more than 3. "
    assert str(caught.value).startswith(what)


def test_no_metadata(tmp_path: Path) -> None:
    with pytest.raises(CodSpeedError) as caught:
        Resolver(tmp_path)
    assert str(caught.value) == (
        f"the profile cannot be resolved. Got: no metadata in {tmp_path}. Expected: "
        "walltime.metadata or perf.metadata. Fix: see the log of the harvest for why it wrote none."
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"uri_by_ts": [], "markers": [], "ignored_modules": [1]}',
        '{"uri_by_ts": [[1]], "markers": [], "ignored_modules": []}',
        '{"uri_by_ts": [], "markers": ["a"], "ignored_modules": []}',
        '{"uri_by_ts": [], "markers": [], "ignored_modules": [], '
        '"mapped_process_module_symbols": {"a": []}}',
        "[" * 100_000,
    ],
)
def test_damaged_metadata(tmp_path: Path, text: str) -> None:
    (tmp_path / "perf.metadata").write_text(text)
    with pytest.raises(CodSpeedError) as caught:
        Resolver(tmp_path)
    assert f"Got: {tmp_path}/perf.metadata: " in str(caught.value)
    assert str(caught.value).endswith(
        ". Expected: the metadata of a walltime profile. Fix: harvest again."
    )
