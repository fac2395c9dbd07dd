"""What JMH's gc profiler (`-prof gc`) states in its JSON. Source: profile/GCProfiler.java."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rules_codspeed.measure.frameworks.framework import Allocated

_METRIC = "gc.alloc.rate.norm"
_UNIT = "B/op"


def allocated(results: Any) -> Iterator[tuple[str, Allocated]]:
    """Yields names of benchmarks, as in `Benchmark.name`, and bytes of an operation of each.

    Args:
      results: the document.

    Raises:
      KeyError, TypeError, ValueError, AttributeError: it has another form.
    """
    for result in results:
        values = ",".join(f"{name}={value}" for name, value in result.get("params", {}).items())
        method = str(result["benchmark"])
        # A dot was before the name until version 1.36.
        metrics = {name.lstrip("·"): one for name, one in result["secondaryMetrics"].items()}
        metric = metrics[_METRIC]
        if metric["scoreUnit"] != _UNIT:
            raise ValueError(f"{_METRIC} in {metric['scoreUnit']}")
        yield f"{method}[{values}]" if values else method, Allocated(round(metric["score"]), None)
