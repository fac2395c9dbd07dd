"""Functions that were generated at run time: perf maps and jit dumps of the tracked processes.

Both end up in the maps of the processes (spec: symbol-harvest 7, 8).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from rules_codspeed.capture.copies import copy_file
from rules_codspeed.capture.errors import DamagedFile
from rules_codspeed.contract.perf_map import Symbol, perf_map_name
from rules_codspeed.contract.raw_run import RawRun
from rules_codspeed.harvest.elf.symbols import symbols_map
from rules_codspeed.harvest.jit.jit_dump import JitFunction, read_jit_dump
from rules_codspeed.harvest.log import Log


def copy_perf_maps(run: RawRun, profile: Path, pids: Iterable[int], log: Log) -> None:
    """Copies the maps of processes; must run before anything is appended to them.

    Raises:
      OSError: the profile cannot be written.
    """
    for pid in sorted(pids):
        source = run.perf_maps.get(pid)
        if source is None:
            continue
        try:
            reading = source.open("rb")
        except OSError as error:
            log.warn(f"{perf_map_name(pid)} is missing in the profile: {error}")
            continue
        with reading:
            copy_file(reading, profile / perf_map_name(pid))


def harvest_jit_dumps(
    run: RawRun, profile: Path, pids: Iterable[int], log: Log
) -> dict[int, Sequence[JitFunction]]:
    """Appends the functions of dumps to the maps.

    Returns:
      By process, in ascending order, the functions that have unwinding data, as loaded.

    Raises:
      OSError: the profile cannot be written.
    """
    found: dict[int, Sequence[JitFunction]] = {}
    for pid in sorted(pids):
        source = run.jit_dumps.get(pid)
        if source is None:
            continue
        name = f"jit-{pid}.dump"
        try:
            dump = read_jit_dump(source, name)
        except (DamagedFile, OSError) as error:
            log.warn(f"generated code of process {pid} has no names in the profile: {error}")
            continue
        symbols = [Symbol(one.addr, one.size, one.name) for one in dump.functions]
        append_symbols(profile / perf_map_name(pid), symbols)
        found[pid] = [one for one in dump.functions if one.unwinding]
        without = len(dump.functions) - len(found[pid])
        log.note(
            f"{name}: {len(dump.functions)} functions, {without} of them without unwinding data; "
            f"{dump.ignored_records} records of other kinds"
        )
    return found


def append_symbols(file: Path, symbols: Sequence[Symbol], bias: int = 0) -> None:
    """Appends lines to a map of symbols.

    Args:
      file: made if it is not there.
      symbols: in the order of the lines.
      bias: added to the addresses.

    Raises:
      OSError: it cannot be written.
    """
    with file.open("ab") as writing:
        for block in symbols_map(symbols, bias):
            writing.write(block)
