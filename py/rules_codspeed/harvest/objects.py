"""The ELF files that a raw run has kept, by their path in the recording."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import NamedTuple

from rules_codspeed.capture.elf.file import ElfFile, Segment, open_elf
from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.perf_map import Symbol
from rules_codspeed.contract.raw_run import RawRun
from rules_codspeed.harvest.debug_info import DebugInfo, read_debug_info
from rules_codspeed.harvest.elf.symbols import read_symbols
from rules_codspeed.harvest.elf.unwind import UnwindSections, read_unwind
from rules_codspeed.harvest.elf.unwind_data import UnwindData
from rules_codspeed.harvest.layout import Layout
from rules_codspeed.harvest.log import Log
from rules_codspeed.harvest.source_paths import portable


class Content(NamedTuple):
    """What a profile has about a module.

    Attributes:
      symbols: by address; empty where it has none.
      debug_infos: where the symbols come from, by address; empty likewise.
      unwind: unwind data; None where it has none, or not enough.
    """

    symbols: Sequence[Symbol]
    debug_infos: Sequence[DebugInfo]
    unwind: UnwindSections | None


class Objects:
    """Reads modules; damaged parts are reported once, and count as missing."""

    __slots__ = ("_layout", "_log", "_run", "_segments", "_sources")

    def __init__(self, run: RawRun, layout: Layout, log: Log) -> None:
        """Prepares to read; reads nothing yet.

        Args:
          run: where the files are.
          layout: whose rules decide what is read.
          log: takes a warning for each file that cannot be read.
        """
        self._run = run
        self._layout = layout
        self._log = log
        self._segments: dict[str, Sequence[Segment] | None] = {}
        self._sources: dict[str, str] = {}

    def segments(self, path: bytes) -> Sequence[Segment] | None:
        """Returns the loaded segments of a module, or None if no file of it was kept."""
        name = path.decode("utf-8", "replace")
        if name not in self._segments:
            with self._opened(name) as elf:
                self._segments[name] = elf.segments if elf else None
        return self._segments[name]

    def content(self, path: str) -> Content:
        """Reads a module; each part that is damaged is left out and reported."""
        with ExitStack() as stack:
            elf = stack.enter_context(self._opened(path))
            if elf is None:
                return Content([], [], None)
            debug = stack.enter_context(self._debug(path)) if self._layout.debug_files else None
            symbols = self._symbols(elf, debug)
            infos: list[DebugInfo] = []
            with self._reported():
                infos = self._debug_infos(elf, debug, symbols, path)
            unwind = None
            with self._reported():
                unwind = read_unwind(elf, header_optional=self._layout.header_optional)
            return Content(symbols, infos, unwind)

    @contextlib.contextmanager
    def _opened(self, path: str) -> Iterator[ElfFile | None]:
        file = self._run.objects.get(path)
        elf = None
        if file:
            with self._reported():
                elf = open_elf(file, path)
        with elf or contextlib.nullcontext():
            yield elf

    @contextlib.contextmanager
    def _debug(self, path: str) -> Iterator[ElfFile | None]:
        file = self._run.debug_files.get(path)
        elf = None
        if file:
            with self._reported():
                elf = open_elf(file, f"the debug file of {path}")
        with elf or contextlib.nullcontext():
            yield elf

    def _symbols(self, elf: ElfFile, debug: ElfFile | None) -> list[Symbol]:
        for second in (debug, None) if debug else (None,):
            with self._reported():
                return read_symbols(elf, second)
        return []

    def _debug_infos(
        self, elf: ElfFile, debug: ElfFile | None, symbols: Sequence[Symbol], path: str
    ) -> list[DebugInfo]:
        if not symbols:
            return []
        source = elf
        if self._layout.debug_files and not elf.section(".debug_info"):
            if debug is None:
                self._advise_libc(path)
                return []
            source = debug
        skipped: list[str] = []
        infos = read_debug_info(source, symbols, skipped)
        for sentence in skipped:
            self._log.note(sentence)
        return [one._replace(file=self._portable(one.file)) for one in infos]

    def _advise_libc(self, path: str) -> None:
        """Notes what the official runner warns about (spec: symbol-harvest 6.2)."""
        if path.rsplit("/", 1)[-1].startswith(("libc.so", "libc-")):
            self._log.note(f"{path} has no debug information; packages such as libc6-dbg have it")

    def _portable(self, file: str) -> str:
        known = self._sources.get(file)
        if known is None:
            known = self._sources[file] = portable(file)
        return known

    @contextlib.contextmanager
    def _reported(self) -> Iterator[None]:
        try:
            yield
        except CodSpeedError as error:
            self._log.warn(str(error))


def unwind_data(path: str, sections: UnwindSections) -> UnwindData:
    """Returns what a file of unwind data holds of a module."""
    return UnwindData(
        path,
        sections.base_svma,
        sections.eh_frame_hdr,
        sections.eh_frame_hdr_svma,
        sections.eh_frame,
        sections.eh_frame_svma,
    )
