"""Inputs of the benchmarks: the same bytes in every run."""

from __future__ import annotations

from rules_codspeed.results.model import SCHEMA, Benchmark, Results
from tests.results.profiles import CACHE_EVENTS, Style, random_parts, write_profile
from tests.results.provenance import PROVENANCE


def profile(
    parts: int, functions: int, compress_names: bool = False, relative_positions: bool = True
) -> bytes:
    """Returns a profile as a C++ program's, of about 340 bytes per function of a part."""
    style = Style(compress_names=compress_names, relative_positions=relative_positions)
    return write_profile(random_parts(parts, functions), style)


def results(benchmarks: int) -> Results:
    """Returns the results of a suite."""
    return Results(
        SCHEMA,
        [
            Benchmark(
                f"pkg{i % 7}/sort_bench.cc::ns::sort[{i}]",
                f"//pkg{i % 7}:bench",
                "simulation",
                {
                    **{event: i * 997 + position for position, event in enumerate(CACHE_EVENTS)},
                    **{"L1m": i, "LLm": i // 2, "estimated_cycles": i * 1500},
                },
            )
            for i in range(benchmarks)
        ],
        [PROVENANCE],
    )
