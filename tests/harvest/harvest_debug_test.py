"""Debug information in whole harvests: portable paths, and separate debug files."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from rules_codspeed.harvest.log import Log
from rules_codspeed.harvest.pipeline import harvest
from tests.capture.elf.programs import compile_c, objcopy
from tests.harvest.raw_runs import BIAS, PID, RawRun


def profile_of(
    folder: Path, version: str, path: str, program: Path, debug: Path | None = None
) -> tuple[Any, str]:
    """Harvests a run of a real program; returns the metadata and the log."""
    run = RawRun(folder / "raw", {"runner_version": version})
    run.add_object(path, program)
    if debug:
        run.add("objects/9/a.debug", debug.read_bytes())
        run.document["debug_files"][path] = "objects/9/a.debug"
    run.recording.mmap2(PID, BIAS + 0x1000, 0x1000, 0x1000, path.encode(), 10)
    stream = io.StringIO()
    log = Log(stream)
    harvest(run.write(), folder / "profile", log)
    assert log.warnings == []
    (file,) = (folder / "profile").glob("*.metadata")
    return json.loads(file.read_text()), stream.getvalue()


def sources(infos: Any) -> set[str]:
    return {one["file"] for one in infos if one["name"] in ("work", "exported", "main")}


@pytest.mark.parametrize(
    "prefix",
    [
        "/proc/self/cwd/pkg",
        "/home/u/.cache/bazel/_bazel_u/0f/execroot/_main/pkg",
        "/home/u/.cache/bazel/_bazel_u/0f/sandbox/linux-sandbox/7/execroot/_main/pkg",
        "/proc/self/cwd/bazel-out/k8-fastbuild/bin/pkg",
    ],
)
def test_paths_of_bazel_are_portable(tmp_path: Path, prefix: str) -> None:
    program = compile_c(tmp_path / "a", "-g", f"-ffile-prefix-map={tmp_path}={prefix}")
    document, _ = profile_of(tmp_path, "5.0.2", "/tmp/a", program)
    module = document["debug_info"]["0__a"]
    assert sources(module["debug_infos"]) == {"pkg/a.c"}
    assert (module["object_path"], module["load_bias"]) == ("/tmp/a", 0)
    addresses = [one["addr"] for one in module["debug_infos"]]
    assert addresses == sorted(addresses)
    assert module["addr_bounds"][0] == addresses[0]


def test_old_layout_has_it_by_process(tmp_path: Path) -> None:
    program = compile_c(tmp_path / "a", "-g", f"-ffile-prefix-map={tmp_path}=/src")
    document, _ = profile_of(tmp_path, "4.10.6", "/tmp/a", program)
    (module,) = document["debug_info_by_pid"]["4242"]
    assert sources(module["debug_infos"]) == {"/src/a.c"}
    assert (module["object_path"], module["load_bias"]) == ("/tmp/a", BIAS)


@pytest.mark.parametrize(("version", "known"), [("4.14.0", False), ("4.15.0", True)])
def test_separate_debug_file(tmp_path: Path, version: str, known: bool) -> None:
    program = compile_c(tmp_path / "a", "-g", f"-ffile-prefix-map={tmp_path}=/proc/self/cwd")
    debug = tmp_path / "a.debug"
    objcopy("--only-keep-debug", program, debug)
    objcopy("--strip-all", program)
    document, _ = profile_of(tmp_path, version, "/tmp/a", program, debug)
    assert ("debug_info" in document) == known
    symbols = (tmp_path / "profile/0__a.symbols.map").read_text()
    assert (" work\n" in symbols) == known
    if known:
        assert sources(document["debug_info"]["0__a"]["debug_infos"]) == {"a.c"}
    # Whether there is debug information or not.
    assert document["mapped_process_debug_info_by_pid"] == {
        "4242": [{"debug_info_key": "0__a", "load_bias": BIAS}]
    }


@pytest.mark.parametrize(("version", "reported"), [("4.14.0", False), ("4.15.0", True)])
def test_libc_without_debug_information(tmp_path: Path, version: str, reported: bool) -> None:
    program = compile_c(tmp_path / "a")
    _, log = profile_of(tmp_path, version, "/usr/lib/libc.so.6", program)
    assert ("/usr/lib/libc.so.6 has no debug information; packages such as" in log) == reported
