"""What a file of results is, and what was found in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.file_limits import RESULTS_DOCUMENT
from rules_codspeed.contract.strict_json import DocumentError, read_document

_LONGEST = 200  # characters of a name, or of a reason

Metrics = dict[str, int | float]
"""Numbers of a benchmark by name."""


@dataclass(frozen=True, slots=True)
class ResultsFile:
    """A file to import.

    Attributes:
      path: where it is.
      name: its path in the workspace, for people.
    """

    path: Path
    name: str

    def read(self) -> bytes:
        """Returns its content.

        Raises:
          CodSpeedError: it is not a regular file, is too large, or cannot be read.
        """
        try:
            return read_document(self.path, RESULTS_DOCUMENT)
        except (DocumentError, OSError, ValueError) as error:
            raise self.refused(
                str(error), "a results file", "let the action that makes it write it there"
            ) from error

    def refused(self, got: str, expected: str, fix: str) -> CodSpeedError:
        """Returns the error that it cannot be imported.

        Args:
          got: what was found, and where in the file.
          expected: what a right file has there.
          fix: the next step.
        """
        return CodSpeedError(f"{self.name} cannot be imported", got=got, expected=expected, fix=fix)


@dataclass(frozen=True, slots=True)
class Timed:
    """The times of one benchmark.

    Attributes:
      uri: its identity, as the tool names it.
      metrics: number by name, of those of `walltime_metrics.ALL` that the file has.
      rounds_ns: of each process, the time of each round by iteration in nanoseconds; empty where
        the file has statistics only.
      place: where it was read, for people.
    """

    uri: str
    metrics: Metrics
    rounds_ns: list[list[float]]
    place: str


@dataclass(frozen=True, slots=True)
class Found:
    """What files of one format have.

    Attributes:
      benchmarks: those that were timed, in the order of the files.
      skipped: name and reason of each that its tool lists and did not time.
      tool: what measured, such as `JMH 1.37`, as far as the files state it.
      cpu: model of the processor; empty where the files do not state it.
    """

    benchmarks: list[Timed]
    skipped: dict[str, str] = field(default_factory=dict)
    tool: list[str] = field(default_factory=list)
    cpu: str = ""


def joined(parts: Sequence[Found], files: Sequence[ResultsFile]) -> Found:
    """Returns what several files have together.

    Args:
      parts: of each file.
      files: the files, in the same order.

    Raises:
      CodSpeedError: they are of different processors.
    """
    cpus = {part.cpu: file for part, file in zip(parts, files, strict=True) if part.cpu}
    if len(cpus) > 1:
        first, second, *_ = cpus
        raise cpus[second].refused(
            f"the processor {second}, where {cpus[first].name} states {first}",
            "results of one machine",
            "import the results of each machine by a target of its own",
        )
    return Found(
        [one for part in parts for one in part.benchmarks],
        {name: reason for part in parts for name, reason in part.skipped.items()},
        unique(one for part in parts for one in part.tool),
        "".join(cpus),
    )


def shortened(text: str) -> str:
    """Returns text of a file as errors show it: of bounded length."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def unique(texts: Iterable[str]) -> list[str]:
    """Returns the texts that are not empty, each once, in their order."""
    return [one for one in dict.fromkeys(texts) if one]
