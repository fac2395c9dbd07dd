"""Results documents of walltime."""

from __future__ import annotations

from typing import Any

from rules_codspeed.contract.strict_json import load_json
from rules_codspeed.profiles.document import Benchmark, Profile
from rules_codspeed.results.readers.walltime_document import parse_timings


def read(content: bytes) -> Profile:
    """Reads a document that an integration wrote.

    Raises:
      DocumentError: it is not JSON, or none of walltime.
    """
    document: Any = load_json(content)
    timings = parse_timings(document, "the document")
    creator = document["creator"]
    return Profile(
        "walltime",
        None,
        False,
        [
            Benchmark(timing.uri, str(one["name"]), timing.metrics)
            for timing, one in zip(timings, document["benchmarks"], strict=True)
        ],
        {},
        {
            "creator": {key: creator.get(key) for key in ("name", "version", "pid")},
            "instrument": document["instrument"].get("type"),
        },
    )


def is_results(content: bytes) -> bool:
    """Returns whether a JSON document looks like results of walltime."""
    return b'"benchmarks"' in content and b'"instrument"' in content
