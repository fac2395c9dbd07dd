"""Runs as CodSpeed's API returns them, for tests."""

from __future__ import annotations

from typing import Any

from rules_codspeed.publish.service.local_run import LocalRun, Result


def simulated(name: str, value: float, shares: tuple[float, ...] | None, sys: float = 0) -> Any:
    """Returns a result of a simulation; shares of instructions, cache and memory in percent."""
    spent = dict(
        zip(("ir", "l1m", "llm"), (one / 100 * value for one in shares or ()), strict=False)
    )
    return {
        "benchmark": {"name": name, "executor": "valgrind"},
        "value": value,
        "issues": None,
        "valgrind": {"timeDistribution": {**spent, "sys": sys}} if shares else None,
        "walltime": None,
        "memory": None,
    }


def timed(name: str, value: float, detail: tuple[float, float, float] | None) -> Any:
    """Returns a result of a measured time; iterations, deviation and total."""
    names = ("iterations", "stdev", "totalTime")
    return {
        "benchmark": {"name": name, "executor": "walltime"},
        "value": value,
        "walltime": dict(zip(names, detail, strict=True)) if detail else None,
    }


def allocated(name: str, value: float, detail: tuple[int, int, int] | None) -> Any:
    """Returns a result of a measured memory; peak, total and calls."""
    names = ("peakMemory", "totalAllocated", "allocCalls")
    return {
        "benchmark": {"name": name, "executor": "memory"},
        "value": value,
        "memory": dict(zip(names, map(str, detail), strict=True)) if detail else None,
    }


def run(*results: Any, status: str = "COMPLETED") -> Any:
    """Returns a run with results, as the API returns it."""
    url = "https://codspeed.io/o/r/runs/65f0c0ffee"
    return {"id": "65f0c0ffee", "status": status, "url": url, "results": list(results)}


def parsed(*results: Any) -> list[Result]:
    """Returns results as the publisher reads them."""
    return LocalRun.model_validate(run(*results)).results
