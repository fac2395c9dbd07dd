"""Files and metadata of runner 4.11.0 and later: everything by key, listed by process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rules_codspeed.harvest.debug_info import bounds
from rules_codspeed.harvest.elf.symbols import addr_bounds
from rules_codspeed.harvest.elf.unwind import UnwindSections
from rules_codspeed.harvest.elf.unwind_data import UnwindData, encode_v3, encode_v4
from rules_codspeed.harvest.ignored_modules import ignored_module, is_ignored
from rules_codspeed.harvest.jit.generated_code import append_symbols
from rules_codspeed.harvest.jit.jit_dump import JitFunction
from rules_codspeed.harvest.keys import Keys
from rules_codspeed.harvest.layout import Layout
from rules_codspeed.harvest.metadata import (
    IgnoredModule,
    MappedModule,
    MappedUnwind,
    Metadata,
    ModuleDebugInfo,
)
from rules_codspeed.harvest.modules import Mapped, Modules
from rules_codspeed.harvest.objects import Content, Objects, unwind_data


class Saver:
    """Writes files into a profile, and gathers what the metadata states about them."""

    __slots__ = (
        "_debug_info",
        "_ignored",
        "_interpreters",
        "_keys",
        "_layout",
        "_mapped",
        "_profile",
        "_unwinds",
    )

    def __init__(self, profile: Path, layout: Layout, interpreters: Sequence[str]) -> None:
        """Starts with nothing written.

        Args:
          profile: folder to write to.
          layout: decides the format of unwind files.
          interpreters: modules to fold away.
        """
        self._profile = profile
        self._layout = layout
        self._interpreters = interpreters
        self._keys = Keys()
        self._ignored: dict[int, list[IgnoredModule]] = {}
        self._debug_info: dict[str, ModuleDebugInfo] = {}
        self._mapped: dict[int, list[MappedModule]] = {}
        self._unwinds: dict[int, list[MappedUnwind]] = {}

    def save_modules(self, modules: Modules, objects: Objects) -> None:
        """Writes what is known about modules, one after the other to hold only one in memory.

        Raises:
          OSError: the profile cannot be written.
        """
        for path in sorted(modules.by_path):
            self._keys.key(path)
        for path, processes in sorted(modules.by_path.items()):
            content = objects.content(path)
            if content.symbols:
                self._save_symbols(path, processes, content)
            if content.unwind:
                self._save_unwind(path, processes, content.unwind)

    def save_jit(self, functions: Mapping[int, Sequence[JitFunction]]) -> None:
        """Writes the unwind data of generated functions; those of one name share a file.

        Raises:
          OSError: the profile cannot be written.
        """
        for pid, loaded in functions.items():
            for one in loaded:
                if one.unwinding is None:
                    continue
                header, frame = one.unwinding
                path = f"jit_{one.name}"
                key = self._keys.key(path)
                self._write_unwind(key, UnwindData(path, 0, header, (0, 0), frame, (0, 0)))
                self._unwinds.setdefault(pid, []).append(
                    MappedUnwind(key, one.timestamp, one.addr, one.addr + one.size, 0)
                )

    def metadata(
        self,
        integration: tuple[str, str],
        uri_by_ts: Sequence[tuple[int, str]],
        markers: Sequence[tuple[str, int]],
    ) -> Metadata:
        """Returns the metadata of what was written.

        Args:
          integration: name and version.
          uri_by_ts: time (ns) and URI, in order of arrival.
          markers: name, as the version calls it, and time (ns), in order of arrival.
        """
        return Metadata(
            integration=integration,
            uri_by_ts=uri_by_ts,
            markers=markers,
            ignored_modules_by_pid=self._ignored,
            debug_info=self._debug_info,
            # Whether there is debug information or not, as the official runner does.
            mapped_debug_info=self._mapped,
            mapped_unwind_data=self._unwinds,
            mapped_symbols=self._mapped,
            path_key_to_path=self._keys.paths(),
        )

    def _save_symbols(self, path: str, processes: Mapping[int, Mapped], content: Content) -> None:
        key = self._keys.key(path)
        append_symbols(self._profile / f"{key}.symbols.map", content.symbols)
        for pid, mapped in processes.items():
            self._mapped.setdefault(pid, []).append(MappedModule(key, mapped.bias))
        low_high = bounds(content.debug_infos)
        if low_high:
            self._debug_info[key] = ModuleDebugInfo(path, low_high, 0, content.debug_infos)
        low_high = addr_bounds(content.symbols)
        if low_high and is_ignored(path, self._interpreters):
            for pid, mapped in processes.items():
                self._ignored.setdefault(pid, []).append(
                    ignored_module(path, low_high, mapped.bias)
                )

    def _save_unwind(
        self, path: str, processes: Mapping[int, Mapped], sections: UnwindSections
    ) -> None:
        key = self._keys.key(path)
        self._write_unwind(key, unwind_data(path, sections))
        for pid, mapped in processes.items():
            self._unwinds.setdefault(pid, []).append(
                MappedUnwind(key, None, mapped.start, mapped.end, mapped.base)
            )

    def _write_unwind(self, key: str, data: UnwindData) -> None:
        encode = encode_v4 if self._layout.unwind_version == 4 else encode_v3
        (self._profile / f"{key}.unwind_data").write_bytes(encode(data))
