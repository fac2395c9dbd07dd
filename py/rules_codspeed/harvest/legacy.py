"""Files and metadata of runner 4.10.6 and older, where everything is listed by process.

Source: the format up to 4.10.6 (spec: symbol-harvest 4.4, 5.2, 6.2, 9).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from rules_codspeed.capture.perf.events import Event, Mmap2
from rules_codspeed.capture.processes import may_be_module
from rules_codspeed.contract.perf_map import perf_map_name
from rules_codspeed.harvest.debug_info import bounds
from rules_codspeed.harvest.elf.load_bias import NoSegment, base_avma, load_bias
from rules_codspeed.harvest.elf.unwind_data import UnwindData, encode_v2
from rules_codspeed.harvest.ignored_modules import is_ignored
from rules_codspeed.harvest.jit.generated_code import append_symbols
from rules_codspeed.harvest.jit.jit_dump import JitFunction
from rules_codspeed.harvest.metadata import IgnoredModule, Metadata, ModuleDebugInfo
from rules_codspeed.harvest.modules import Mapped
from rules_codspeed.harvest.objects import Content, Objects, unwind_data


class LegacyModules(NamedTuple):
    """The modules of all processes of a recording, whatever started them.

    Attributes:
      by_path: by path, sorted, and by process, ascending: all mappings, in order.
    """

    by_path: Mapping[str, Mapping[int, Sequence[Mapped]]]

    @property
    def pids(self) -> list[int]:
        """The processes that have a module, ascending."""
        return sorted({pid for processes in self.by_path.values() for pid in processes})


def load_legacy_modules(events: Iterable[Event], objects: Objects) -> LegacyModules:
    """Gathers the mappings of all processes."""
    found: dict[str, dict[int, list[Mapped]]] = {}
    for event in events:
        if not isinstance(event, Mmap2) or not may_be_module(event):
            continue
        segments = objects.segments(event.path)
        if segments is None:
            continue
        try:
            bias = load_bias(segments, event.start, event.end, event.file_offset)
        except NoSegment:
            continue
        mapped = Mapped(bias, event.start, event.end, base_avma(segments, bias))
        path = event.path.decode("utf-8", "replace")
        found.setdefault(path, {}).setdefault(event.pid, []).append(mapped)
    return LegacyModules({path: dict(sorted(found[path].items())) for path in sorted(found)})


class LegacySaver:
    """Writes files into a profile, and gathers what the metadata states about them."""

    __slots__ = ("_debug_info", "_ignored", "_interpreters", "_profile")

    def __init__(self, profile: Path, interpreters: Collection[str]) -> None:
        """Starts with nothing written.

        Args:
          profile: folder to write to.
          interpreters: modules to fold away.
        """
        self._profile = profile
        self._interpreters = interpreters
        self._ignored: list[IgnoredModule] = []
        self._debug_info: dict[int, list[ModuleDebugInfo]] = {}

    def save_modules(self, modules: LegacyModules, objects: Objects) -> None:
        """Writes what is known about modules, one after the other to hold only one in memory.

        Raises:
          OSError: the profile cannot be written.
        """
        self._debug_info = {pid: [] for pid in modules.pids}
        for path, processes in modules.by_path.items():
            content = objects.content(path)
            for pid, mappings in processes.items():
                self._save(path, pid, mappings, content)

    def save_jit(self, functions: Mapping[int, Sequence[JitFunction]]) -> None:
        """Writes the unwind data of generated functions.

        Raises:
          OSError: the profile cannot be written.
        """
        for pid, loaded in functions.items():
            for one in loaded:
                if one.unwinding is None:
                    continue
                header, frame = one.unwinding
                data = UnwindData(f"jit_{one.name}", 0, header, (0, 0), frame, (0, 0))
                mapped = Mapped(0, one.addr, one.addr + one.size, 0)
                self._write_unwind(pid, data, one.timestamp, mapped)

    def metadata(
        self,
        integration: tuple[str, str],
        uri_by_ts: Sequence[tuple[int, str]],
        markers: Sequence[tuple[str, int]],
    ) -> Metadata:
        """Returns the metadata of what was written; for the arguments see `save.Saver`."""
        return Metadata(
            integration=integration,
            uri_by_ts=uri_by_ts,
            markers=markers,
            ignored_modules=self._ignored,
            debug_info_by_pid=self._debug_info,
        )

    def _save(self, path: str, pid: int, mappings: Sequence[Mapped], content: Content) -> None:
        # The first mapping decides the bias, as the symbols were read only then.
        bias = mappings[0].bias
        if content.symbols:
            append_symbols(self._profile / perf_map_name(pid), content.symbols, bias)
            if is_ignored(path, self._interpreters):
                self._ignored.append(_ignored(path, mappings))
        low_high = bounds(content.debug_infos)
        if low_high:
            self._debug_info[pid].append(ModuleDebugInfo(path, low_high, bias, content.debug_infos))
        if content.unwind:
            data = unwind_data(path, content.unwind)
            for mapped in mappings:
                self._write_unwind(pid, data, None, mapped)

    def _write_unwind(
        self, pid: int, data: UnwindData, timestamp: int | None, mapped: Mapped
    ) -> None:
        name = f"{pid}_{mapped.start:x}_{mapped.end:x}_{timestamp or 0}.unwind_data"
        encoded = encode_v2(data, timestamp, (mapped.start, mapped.end), mapped.base)
        (self._profile / name).write_bytes(encoded)


def _ignored(path: str, mappings: Sequence[Mapped]) -> IgnoredModule:
    start = min(mapped.start for mapped in mappings)
    return IgnoredModule(path, start, max(mapped.end for mapped in mappings))
