"""Names of the metrics of memory, all in bytes but for `CALLS`.

`measure/memory/output.py` writes them.
"""

from __future__ import annotations

PEAK = "peak"
TOTAL = "total"
CALLS = "calls"
AVERAGE = "average"
LARGEST = "largest"
LIVE = "live"
