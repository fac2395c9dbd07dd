"""A run of this machine as CodSpeed describes it after processing (spec: upload-results 12)."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

# The API sends these integers as text.
_Count = Annotated[int, Field(ge=0, lt=2**63)]


class _ApiModel(BaseModel):
    """An object of the API's answer; fields that were not asked for are ignored."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, allow_inf_nan=False)


class RunStatus(str, Enum):
    """How far the processing of a run is."""

    COMPLETED = "COMPLETED"
    FAILURE = "FAILURE"
    PENDING = "PENDING"
    PROCESSING = "PROCESSING"


class Executor(str, Enum):
    """What measured a benchmark."""

    VALGRIND = "valgrind"
    WALLTIME = "walltime"
    MEMORY = "memory"


class Benchmark(_ApiModel):
    """Name and executor of a benchmark."""

    name: str
    executor: Executor


class Issues(_ApiModel):
    """What went wrong with a benchmark: why there is no call graph, or None."""

    callgraph_generation_failure: str | None = None


class TimeDistribution(_ApiModel):
    """Where the simulated time went: instructions, cache, memory, system calls. Seconds."""

    ir: float
    l1m: float = Field(alias="l1m")  # the alias generator would make it l1M
    llm: float
    sys: float


class Valgrind(_ApiModel):
    """Details of a simulation."""

    time_distribution: TimeDistribution | None = None


class Walltime(_ApiModel):
    """Details of a measured time: number of iterations, deviation and total in seconds."""

    iterations: float
    stdev: float
    total_time: float


class Memory(_ApiModel):
    """Details of measured memory: bytes at the peak, bytes in total, calls of the allocator."""

    peak_memory: _Count
    total_allocated: _Count
    alloc_calls: _Count


class Result(_ApiModel):
    """The result of one benchmark.

    Attributes:
      benchmark: which one.
      value: seconds, or bytes for memory.
      issues: what went wrong, if anything did.
      valgrind: details of a simulation.
      walltime: details of a measured time.
      memory: details of measured memory.
    """

    benchmark: Benchmark
    value: float
    issues: Issues | None = None
    valgrind: Valgrind | None = None
    walltime: Walltime | None = None
    memory: Memory | None = None


class LocalRun(_ApiModel):
    """A run: its identity, how far it is, its page, and the results so far."""

    id: str
    status: RunStatus
    url: str
    results: list[Result]
