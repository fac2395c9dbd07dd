"""The parts of a finished profile's metadata file that are read (spec: walltime 9.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.strict_json import load_json

_FILES = ("walltime.metadata", "perf.metadata")
_MOST_VALUES = 1 << 26  # some for each function of a program
_Range = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class ProfileMetadata:
    """The parts by which samples are resolved.

    Attributes:
      symbols: of each process, key and load bias of its modules.
      ignored: of each process, path, start and end (runtime addresses) of modules to fold away.
      ignored_everywhere: the same, whatever the process; before 4.11.0.
      uri_by_ts: time (ns of CLOCK_MONOTONIC) and URI, in order of arrival.
      markers: name and time (ns), in order of arrival.
    """

    symbols: Mapping[int, Sequence[tuple[str, int]]]
    ignored: Mapping[int, Sequence[_Range]]
    ignored_everywhere: Sequence[_Range]
    uri_by_ts: Sequence[tuple[int, str]]
    markers: Sequence[tuple[str, int]]


def read_metadata(profile: Path) -> ProfileMetadata:
    """Reads the metadata of a profile folder of any version.

    Raises:
      CodSpeedError: there is none, or no runner writes it like that.
      OSError: it cannot be read.
    """
    file = next((profile / name for name in _FILES if (profile / name).is_file()), None)
    if file is None:
        raise CodSpeedError(
            "the profile cannot be resolved",
            got=f"no metadata in {profile}",
            expected=f"{' or '.join(_FILES)}",
            fix="see the log of the harvest for why it wrote none",
        )
    try:
        return _metadata(load_json(file.read_bytes(), most_values=_MOST_VALUES))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _bad(file, error) from error


def _bad(file: Path, error: Exception) -> CodSpeedError:
    return CodSpeedError(
        "the profile cannot be resolved",
        got=f"{file}: {type(error).__name__}: {error}",
        expected="the metadata of a walltime profile",
        fix="harvest again",
    )


def _metadata(document: Any) -> ProfileMetadata:
    symbols = document.get("mapped_process_module_symbols", {})
    ignored = document.get("ignored_modules_by_pid", {})
    return ProfileMetadata(
        symbols={
            int(pid): [(str(one["perf_map_key"]), int(one["load_bias"])) for one in modules]
            for pid, modules in symbols.items()
        },
        ignored={int(pid): _ranges(modules) for pid, modules in ignored.items()},
        ignored_everywhere=_ranges(document["ignored_modules"]),
        uri_by_ts=[(int(time), str(uri)) for time, uri in document["uri_by_ts"]],
        markers=[
            (str(name), int(time))
            for marker in document["markers"]
            for name, time in marker.items()
        ],
    )


def _ranges(modules: Any) -> list[_Range]:
    return [(str(path), int(start), int(end)) for path, start, end in modules]
