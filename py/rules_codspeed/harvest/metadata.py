"""The metadata file of a profile (spec: walltime 9.2)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple, TypeVar

from rules_codspeed.harvest.debug_info import DebugInfo

_VERSION = 1
_CHUNK = 1000  # debug infos written at once

_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_Key = TypeVar("_Key", int, str)
_Value = TypeVar("_Value")


class IgnoredModule(NamedTuple):
    """A module to fold away, with its runtime addresses `[start, end)`."""

    path: str
    start: int
    end: int


class MappedModule(NamedTuple):
    """A module with symbols in one process: runtime address = address in its files + bias."""

    key: str
    load_bias: int


class MappedUnwind(NamedTuple):
    """An unwind file in one process.

    Attributes:
      key: of the file.
      timestamp: from when on it holds (ns of CLOCK_MONOTONIC), or None for the whole run.
      start: first runtime address of the mapping.
      end: the address behind it.
      base_avma: runtime address of the file's first segment.
    """

    key: str
    timestamp: int | None
    start: int
    end: int
    base_avma: int


@dataclass(frozen=True, slots=True)
class ModuleDebugInfo:
    """Where the functions of a module come from.

    Attributes:
      object_path: the module.
      addr_bounds: lowest address of a function and highest end.
      load_bias: what to add to the addresses; 0 where the bias is listed by process.
      debug_infos: by address.
    """

    object_path: str
    addr_bounds: tuple[int, int]
    load_bias: int
    debug_infos: Sequence[DebugInfo]


@dataclass(frozen=True, slots=True)
class Metadata:
    """The content of the file; fields in their order there.

    Attributes:
      integration: name and version.
      ignored_modules_by_pid: since 4.11.0.
      debug_info: by key; since 4.11.0.
      mapped_debug_info: by process; may name keys that `debug_info` has not; since 4.11.0.
      mapped_unwind_data: by process; since 4.11.0.
      mapped_symbols: by process; since 4.11.0.
      path_key_to_path: path by key; since 4.11.0.
      uri_by_ts: time (ns) and URI, in order of arrival.
      ignored_modules: before 4.11.0.
      markers: name, as the version calls it, and time (ns), in order of arrival.
      debug_info_by_pid: before 4.11.0.
    """

    integration: tuple[str, str]
    uri_by_ts: Sequence[tuple[int, str]]
    markers: Sequence[tuple[str, int]]
    ignored_modules_by_pid: Mapping[int, Sequence[IgnoredModule]] = field(default_factory=dict)
    debug_info: Mapping[str, ModuleDebugInfo] = field(default_factory=dict)
    mapped_debug_info: Mapping[int, Sequence[MappedModule]] = field(default_factory=dict)
    mapped_unwind_data: Mapping[int, Sequence[MappedUnwind]] = field(default_factory=dict)
    mapped_symbols: Mapping[int, Sequence[MappedModule]] = field(default_factory=dict)
    path_key_to_path: Mapping[str, str] = field(default_factory=dict)
    ignored_modules: Sequence[IgnoredModule] = ()
    debug_info_by_pid: Mapping[int, Sequence[ModuleDebugInfo]] = field(default_factory=dict)


def write_metadata(metadata: Metadata, file: BinaryIO) -> None:
    """Writes compact JSON, piece by piece, as there may be many debug infos.

    Entries by key or by process are sorted by that as text, and so are the lists of a process.
    Optional fields that are empty are left out.

    Raises:
      OSError: it cannot be written.
    """
    for piece in _document(metadata):
        file.write(piece.encode())


def _document(metadata: Metadata) -> Iterator[str]:
    yield f'{{"version":{_VERSION},"integration":{_json(metadata.integration)}'
    yield from _member("ignored_modules_by_pid", metadata.ignored_modules_by_pid, _plain)
    yield from _member("debug_info", metadata.debug_info, _module)
    yield from _member(
        "mapped_process_debug_info_by_pid", metadata.mapped_debug_info, _debug_info_keys
    )
    yield from _member("mapped_process_unwind_data_by_pid", metadata.mapped_unwind_data, _unwinds)
    yield from _member("mapped_process_module_symbols", metadata.mapped_symbols, _symbol_keys)
    yield from _member("path_key_to_path", metadata.path_key_to_path, _plain)
    yield f',"uri_by_ts":{_json(metadata.uri_by_ts)}'
    yield f',"ignored_modules":{_json(metadata.ignored_modules)}'
    yield f',"markers":{_json([{name: time} for name, time in metadata.markers])}'
    yield from _member("debug_info_by_pid", metadata.debug_info_by_pid, _modules)
    yield "}"


def _member(
    name: str, members: Mapping[_Key, _Value], encode: Callable[[_Value], Iterable[str]]
) -> Iterator[str]:
    """Yields an optional field, an object sorted by its keys as text."""
    if not members:
        return
    yield f',"{name}":{{'
    for number, key in enumerate(sorted(members, key=str)):
        yield f"{',' if number else ''}{_json(str(key))}:"
        yield from encode(members[key])
    yield "}"


def _plain(value: object) -> Iterator[str]:
    yield _json(value)


def _debug_info_keys(modules: Iterable[MappedModule]) -> Iterator[str]:
    yield _json(
        [{"debug_info_key": one.key, "load_bias": one.load_bias} for one in sorted(modules)]
    )


def _symbol_keys(modules: Iterable[MappedModule]) -> Iterator[str]:
    yield _json([{"perf_map_key": one.key, "load_bias": one.load_bias} for one in sorted(modules)])


def _unwinds(unwinds: Iterable[MappedUnwind]) -> Iterator[str]:
    yield _json(
        [
            {
                "unwind_data_key": one.key,
                "timestamp": one.timestamp,
                "avma_range": {"start": one.start, "end": one.end},
                "base_avma": one.base_avma,
            }
            # Stable: functions that share a key stay in the order in which they were loaded.
            for one in sorted(unwinds, key=lambda one: one.key)
        ]
    )


def _modules(modules: Iterable[ModuleDebugInfo]) -> Iterator[str]:
    yield "["
    for number, module in enumerate(modules):
        yield "," if number else ""
        yield from _module(module)
    yield "]"


def _module(module: ModuleDebugInfo) -> Iterator[str]:
    yield (
        f'{{"object_path":{_json(module.object_path)},"addr_bounds":{_json(module.addr_bounds)}'
        f',"load_bias":{module.load_bias},"debug_infos":['
    )
    infos = module.debug_infos
    for start in range(0, len(infos), _CHUNK):
        yield "," if start else ""
        # Formatted by hand: half the time of making objects and encoding them.
        yield ",".join(
            [
                f'{{"addr":{one.addr},"size":{one.size},"name":{_json(one.name)}'
                f',"file":{_json(one.file)},"line":{"null" if one.line is None else one.line}}}'
                for one in infos[start : start + _CHUNK]
            ]
        )
    yield "]}"
