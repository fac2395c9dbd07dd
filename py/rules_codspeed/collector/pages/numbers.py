"""The numbers of an archive: read once, and kept beside the reports."""

from __future__ import annotations

import json
import tarfile
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter

from rules_codspeed.collector import memory_results, simulation_results, walltime_results
from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.file_limits import RESULTS_DOCUMENT
from rules_codspeed.contract.output.output_file import output_file
from rules_codspeed.contract.strict_json import DocumentError, read_document
from rules_codspeed.contract.validation import parse_json
from rules_codspeed.results.callgrind.source import CallgrindError

_READERS = {
    "simulation": simulation_results.read_metrics,
    "walltime": walltime_results.read_metrics,
    "memory": memory_results.read_metrics,
}
# The last two are of gzip.
_DAMAGES = (OSError, tarfile.TarError, CallgrindError, DocumentError, EOFError, zlib.error)


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of an archive, in lists that are as flat as they can be: they are read often.

    Attributes:
      shapes: the different lists of metrics that benchmarks have.
      uris: names of the benchmarks, in the order of the archive.
      shape_of: the place in `shapes` for each.
      values: the numbers of all, one benchmark after the other.
    """

    shapes: list[list[str]]
    uris: list[str]
    shape_of: list[int]
    values: list[int | float]

    def rows(
        self, metrics: Collection[str] | None = None
    ) -> Iterator[tuple[str, dict[str, int | float]]]:
        """Yields names and numbers by metric.

        Args:
          metrics: those to look at; None for all.
        """
        wanted = [
            [(at, one) for at, one in enumerate(shape) if metrics is None or one in metrics]
            for shape in self.shapes
        ]
        start = 0
        for uri, shape in zip(self.uris, self.shape_of, strict=True):
            yield uri, {name: self.values[start + at] for at, name in wanted[shape]}
            start += len(self.shapes[shape])


_NUMBERS = TypeAdapter(Numbers)


def numbers_of(archive: Path, mode: str, folder: Path) -> Numbers:
    """Returns the numbers of an archive.

    Args:
      archive: of an upload.
      mode: that it was measured in.
      folder: keeps them; what is not there, or of an earlier version, is read again.

    Raises:
      CodSpeedError: the archive cannot be read.
      OSError: they cannot be kept.
    """
    kept = folder / f"{archive.name}.json"
    try:
        return parse_json(_NUMBERS, read_document(kept, RESULTS_DOCUMENT))
    except (OSError, DocumentError):
        pass
    try:
        numbers = _flat(_READERS[mode](archive))
    except _DAMAGES as error:
        raise CodSpeedError(
            f"the archive {archive.name} cannot be read",
            got=str(error).partition("\n")[0],
            expected="profiles as CodSpeed's runner packs them",
            fix="send the run again",
        ) from error
    with output_file(kept) as file:
        file.write(json.dumps(asdict(numbers)).encode())
    return numbers


def _flat(rows: Iterable[tuple[str, Mapping[str, int | float]]]) -> Numbers:
    shapes: dict[tuple[str, ...], int] = {}
    uris: list[str] = []
    shape_of: list[int] = []
    values: list[int | float] = []
    for uri, metrics in rows:
        uris.append(uri)
        shape_of.append(shapes.setdefault(tuple(metrics), len(shapes)))
        values += metrics.values()
    return Numbers(list(map(list, shapes)), uris, shape_of, values)
