"""The load bias: every example (spec: symbol-harvest 3.3, 3.4)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules_codspeed.capture.elf.file import Segment
from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.harvest.elf.load_bias import NoSegment, base_avma, base_svma, load_bias

PIE = 0x555555554000


def segments(*loads: tuple[int, int, int]) -> list[Segment]:
    """Returns segments of the given offset, address and size in the file."""
    return [Segment(*load, flags=5) for load in loads]


GO_FIB = segments((0, 0x400000, 0x1640), (0x2000, 0x402000, 0x10CEB1))
DIVAN = segments((0, 0, 0x4D26A), (0x4D26C, 0x4E26C, 0xEF24A))
CPP = segments((0, 0x400000, 0x58B30))


@pytest.mark.parametrize(
    ("loads", "start", "end", "offset", "bias"),
    [
        pytest.param(GO_FIB, 0x402000, 0x50F000, 0x2000, 0, id="go_fib"),
        pytest.param(CPP, 0x400000, 0x459000, 0, 0, id="cpp_my_benchmark"),
        pytest.param(DIVAN, 0x5555555A2000, 0x555555692000, 0x4D000, PIE, id="divan_sleep_benches"),
        # The segments of these two are not given, only which bias they have.
        pytest.param(
            segments((0, 0, 0x52ABC), (0x52AC0, 0x53AC0, 0x108500)),
            *(0x5555555A7000, 0x5555556B0000, 0x52000),
            PIE,
            id="the_algorithms",
        ),
        pytest.param(
            segments((0, 0, 0x918A9C), (0x918AA0, 0x919AA0, 0x9A5000)),
            *(0x555555E6D000, 0x555556813000, 0x918000),
            PIE,
            id="ty_walltime",
        ),
        pytest.param(
            segments((0, 0, 0x618), (0x1000, 0x1000, 0x1A1)),
            *(0x5594F996F000, 0x5594F9970000, 0x1000),
            0x5594F996E000,
            id="small PIE",
        ),
        pytest.param(
            segments((0, 0, 0x25388), (0x26000, 0x26000, 0x1550FC)),
            *(0x7F6B910A3000, 0x7F6B910A3000 + 0x156000, 0x26000),
            0x7F6B9107D000,
            id="glibc",
        ),
        pytest.param(
            segments((0, 0x400000, 0x100000)),
            *(0x420000, 0x421000, 0x20000),
            0,
            id="mapping inside one segment",
        ),
        pytest.param(
            segments((0, 0, 0x5C4), (0x5D0, 0x15D0, 0x1B0)),
            *(0x555555555000, 0x555555556000, 0),
            0x555555555000,
            id="tiny file, the first segment decides",
        ),
    ],
)
def test_bias(loads: list[Segment], start: int, end: int, offset: int, bias: int) -> None:
    assert load_bias(loads, start, end, offset) == bias


@pytest.mark.parametrize(
    ("loads", "bias", "svma", "avma"),
    [(GO_FIB, 0, 0x400000, 0x400000), (CPP, 0, 0x400000, 0x400000), (DIVAN, PIE, 0, PIE)],
)
def test_bases_of_the_fixtures(loads: list[Segment], bias: int, svma: int, avma: int) -> None:
    assert base_svma(loads) == svma
    assert base_avma(loads, bias) == avma


def test_bias_below_zero_is_modulo_all_addresses() -> None:
    loads = segments((0, 0x400000, 0x1000))
    bias = load_bias(loads, 0x1000, 0x2000, 0)
    assert bias == (1 << 64) - 0x3FF000
    assert base_avma(loads, bias) == 0x1000


def test_first_of_several_matches() -> None:
    loads = segments((0, 0x1000, 0x100), (0, 0x2000, 0x100))
    assert load_bias(loads, 0x5000, 0x6000, 0) == 0x4000


@pytest.mark.parametrize(
    "loads",
    [
        [],
        segments((0x3000, 0x3000, 0x100)),
        segments((0x800, 0x800, 0x1000)),  # overlaps
        segments((0x1800, 0x1800, 0x1000)),
    ],
)
def test_no_segment(loads: list[Segment]) -> None:
    with pytest.raises(NoSegment) as caught:
        load_bias(loads, 0x7000, 0x8000, 0x1000)
    assert isinstance(caught.value, CodSpeedError)
    assert str(caught.value).startswith(
        "no load bias. Got: a mapping at 0x7000-0x8000 of the file from byte 0x1000 on. Expected: "
    )


@given(
    st.integers(0, (1 << 64) - 1),
    st.integers(0, 1 << 40),
    st.integers(1, 1 << 30),
    st.integers(0, (1 << 64) - 1),
)
@settings(max_examples=100)
def test_mapped_bytes_get_their_address(bias: int, offset: int, size: int, vaddr: int) -> None:
    """A loader that puts a segment at vaddr + bias, in whole pages of the file."""
    loads = segments((offset, vaddr, size))
    first = offset - offset % 4096
    end = offset + size + -(offset + size) % 4096
    start = (vaddr + bias - (offset - first)) % (1 << 64)
    assert load_bias(loads, start, start + end - first, first) == bias
