"""A real recording from perf to the profile, compared with what `perf script` prints."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from rules_codspeed.harvest.layout import layout_of
from rules_codspeed.harvest.log import Log
from rules_codspeed.harvest.pipeline import harvest
from rules_codspeed.harvest.samples.fold import fold
from rules_codspeed.harvest.samples.resolve import Resolver
from tests.harvest.raw_runs import RawRun
from tests.harvest.recorded import Recorded, perf_names, raw_run_of, record

HOT = {"hot_one", "hot_two", "hot_in_library", "hot_in_child"}
_USER = 1 << 63  # addresses of programs are below, on aarch64 up to 2^52


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return record(tmp_path_factory.mktemp("recorded"))


def profile_of(recorded: Recorded, folder: Path, version: str) -> Path:
    run = raw_run_of(recorded, folder / "raw", version)
    log = Log(io.StringIO())
    harvest(run.write(), folder / "profile", log)
    assert log.warnings == []
    return folder / "profile"


def test_made_up_runs_need_no_perf(tmp_path: Path) -> None:
    harvest(RawRun(tmp_path / "raw").write(), tmp_path / "profile", Log(io.StringIO()))
    assert (tmp_path / "profile/walltime.metadata").is_file()


@pytest.mark.parametrize("version", ["4.10.6", "5.0.2"])
def test_same_functions_as_perf_script(recorded: Recorded, tmp_path: Path, version: str) -> None:
    resolver = Resolver(profile_of(recorded, tmp_path, version))
    # Before 4.11.0 a child that runs no other program had no modules.
    tracked = {recorded.pid} if version == "4.10.6" else set(resolver.metadata.symbols)
    assert len(tracked) == (1 if version == "4.10.6" else 2)
    samples = [
        (pid, address, name)
        for pid, address, name in perf_names(recorded.recording)
        if address < _USER and pid in tracked
    ]
    assert len(samples) > 100
    expected = HOT if len(tracked) == 2 else HOT - {"hot_in_child"}
    assert {name for _, _, name in samples} >= expected
    differing = [
        (hex(address), name, resolver.names(pid, address))
        for pid, address, name in samples
        if name not in resolver.names(pid, address)
        and (name is not None or resolver.names(pid, address))
    ]
    # perf reads separate debug files, such as libc's; runners before 4.15.0 do not.
    most = 0.05 if layout_of(version).debug_files else 0.25
    assert len(differing) <= most * len(samples), differing[:20]


def test_lines_of_the_hot_functions(recorded: Recorded, tmp_path: Path) -> None:
    profile = profile_of(recorded, tmp_path, "5.0.2")
    document = json.loads((profile / "walltime.metadata").read_text())
    files = {
        one["name"]: (Path(one["file"]).name, one["line"])
        for module in document["debug_info"].values()
        for one in module["debug_infos"]
    }
    # The compiler may put the first row of the function's code on any line of its start.
    assert files["hot_in_library"] in {("library.c", line) for line in range(2, 5)}
    assert files["hot_one"] in {("program.c", line) for line in range(9, 12)}
    # Both processes have it: the child by inheritance.
    assert len(document["mapped_process_debug_info_by_pid"]) == 2


def test_folded_samples(recorded: Recorded, tmp_path: Path) -> None:
    stacks = fold(profile_of(recorded, tmp_path, "5.0.2"))["program.c::all"]
    leaves: dict[str, int] = {}
    for stack, count in stacks.items():
        leaves[stack[-1]] = leaves.get(stack[-1], 0) + count
    assert leaves.keys() >= HOT
    assert sum(leaves[name] for name in HOT) > 0.4 * sum(leaves.values())
