"""Events of a run as lines of JSON, for `--message-format json` (spec: upload-results 13.5)."""

from __future__ import annotations

import json
from decimal import Decimal


def run_finished(run_id: str) -> str:
    """Returns the event of a run that was processed, without a newline."""
    return json.dumps({"event": "run_finished", "run_id": run_id})


def benchmark_ran(name: str, value: float) -> str:
    """Returns the event of one result, without a newline.

    Args:
      name: of the benchmark.
      value: seconds or bytes; finite.
    """
    return json.dumps({"event": "benchmark_ran", "name": name, "time": shortest(value)})


def shortest(value: float) -> str:
    """Returns the shortest decimal that is read back as `value`, never with an exponent."""
    digits = f"{Decimal(repr(value)):f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits
