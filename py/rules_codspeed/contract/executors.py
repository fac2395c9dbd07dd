"""The executors that CodSpeed knows: what the metadata of a run calls the way it was measured."""

from __future__ import annotations

from typing import Literal

Executor = Literal["valgrind", "walltime", "memory"]
