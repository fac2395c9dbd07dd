"""The file of call stacks that memory mode leaves in a profile folder. CodSpeed does not get it.

Format: a JSON object with `schema`, 1; `frames`, pairs of a function and the name of its object
file, empty for one of Python; and `benchmarks`, objects with `uri` and the columns of a tree,
callers first: `depths` of nodes, `nodes`, the index of their frames, and the bytes (`total`) and
the number (`calls`) of allocations whose stack ends there. These add up to the benchmark's metrics.
"""

from __future__ import annotations

FILE = "allocation_stacks.json"
NO_STACK = "(no stack)"
"""The frame of allocations without a stack."""
