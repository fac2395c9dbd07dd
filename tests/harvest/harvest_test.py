"""Whole harvests of made-up raw runs."""

from __future__ import annotations

from pathlib import Path

from rules_codspeed.harvest.elf.unwind_data import decode_unwind_data
from rules_codspeed.harvest.pipeline import Summary
from tests.harvest.jit_dumps import header, load, unwinding, vector
from tests.harvest.raw_runs import (
    BIAS,
    LIBRARY,
    LIBRARY_BIAS,
    PID,
    PROGRAM,
    PYTHON,
    PYTHON_BIAS,
    RawRun,
    content,
    harvested,
    image,
    metadata,
    usual,
)


def test_everything_in_one_run(tmp_path: Path) -> None:
    run = usual(tmp_path / "raw", "4.11.0")
    run.add_map(PID, b"7e0000000000 10 py::g:/a/n.py\n")
    run.add_dump(PID, vector())
    profile = tmp_path / "profile"
    assert harvested(run, profile) == (Summary("//pkg:bench", "4.11.0", 3, 1, True), [])
    found = content(profile)
    assert found["perf.pipedata"] == run.recording.data
    assert found[f"results/{PID}.json"] == b'{"benchmarks": []}\n'
    assert found[f"environment-{PID}.json"] == b"{}\n"
    assert found["0__a.out.symbols.map"] == b"1000 20 main\n1020 20 work\n"
    assert found["1__python3.13.symbols.map"] == b"1000 20 _PyEval\n1020 20 Py_Main\n"
    assert found["2__libm.so.6.symbols.map"] == b"1000 20 sin\n"
    assert found["perf-4242.map"] == (
        b"7e0000000000 10 py::g:/a/n.py\n7f0000001000 b py::f:/a/m.py\n"
    )
    # (spec: symbol-harvest 8.3)
    assert found["3__m.py.unwind_data"] == bytes.fromhex(
        "02000000 1100000000000000 6a69745f70793a3a663a2f612f6d2e7079 0000000000000000"
        "0400000000000000 01020304 0000000000000000 0000000000000000"
        "0800000000000000 05060708090a0b0c 0000000000000000 0000000000000000"
    )
    unwind = decode_unwind_data(found["0__a.out.unwind_data"], "0__a.out.unwind_data")
    assert (unwind.version, unwind.data.path, unwind.data.base_svma) == (3, PROGRAM, 0)
    assert (unwind.data.eh_frame_hdr, unwind.data.eh_frame) == (b"header", b"frames")
    assert sorted(found) == [
        "0__a.out.symbols.map",
        "0__a.out.unwind_data",
        "1__python3.13.symbols.map",
        "1__python3.13.unwind_data",
        "2__libm.so.6.symbols.map",
        "2__libm.so.6.unwind_data",
        "3__m.py.unwind_data",
        "ExecutionTimestamps.msgpack",
        "environment-4242.json",
        "perf-4242.map",
        "perf.metadata",
        "perf.pipedata",
        "results/4242.json",
    ]
    assert len(found["ExecutionTimestamps.msgpack"]) == 109
    keys = ("0__a.out", "1__python3.13", "2__libm.so.6")
    mapped = list(zip(keys, (BIAS, PYTHON_BIAS, LIBRARY_BIAS), strict=True))
    unwinds = [
        {
            "unwind_data_key": key,
            "timestamp": None,
            "avma_range": {"start": bias + 0x1000, "end": bias + 0x2000},
            "base_avma": bias,
        }
        for key, bias in mapped
    ]
    jit = {
        "unwind_data_key": "3__m.py",
        "timestamp": 101,
        "avma_range": {"start": 139637976731648, "end": 139637976731659},
        "base_avma": 0,
    }
    assert list(metadata(profile, "perf.metadata").items()) == [
        ("version", 1),
        ("integration", ["pytest-codspeed", "5.0.4"]),
        (
            "ignored_modules_by_pid",
            {"4242": [[PYTHON, PYTHON_BIAS + 0x1000, PYTHON_BIAS + 0x1040]]},
        ),
        (
            "mapped_process_debug_info_by_pid",
            {"4242": [{"debug_info_key": key, "load_bias": bias} for key, bias in mapped]},
        ),
        ("mapped_process_unwind_data_by_pid", {"4242": [*unwinds, jit]}),
        (
            "mapped_process_module_symbols",
            {"4242": [{"perf_map_key": key, "load_bias": bias} for key, bias in mapped]},
        ),
        (
            "path_key_to_path",
            {
                "0__a.out": PROGRAM,
                "1__python3.13": PYTHON,
                "2__libm.so.6": LIBRARY,
                "3__m.py": "jit_py::f:/a/m.py",
            },
        ),
        ("uri_by_ts", [[1000900, "a.py::b"]]),
        ("ignored_modules", []),
        (
            "markers",
            [
                {"SampleStart": 1000000},
                {"BenchmarkStart": 1000100},
                {"BenchmarkEnd": 1000200},
                {"SampleEnd": 1000800},
            ],
        ),
    ]


def test_other_processes_count_for_whole_programs_only(tmp_path: Path) -> None:
    for number, (integration, processes) in enumerate(
        [("pytest-codspeed", ["4242"]), ("exec-harness", ["4242", "7"])]
    ):
        run = usual(tmp_path / f"raw{number}")
        run.document["integration"] = [integration, "1.3.0"]
        run.map(PROGRAM, BIAS, pid=7)
        harvested(run, tmp_path / f"profile{number}")
        document = metadata(tmp_path / f"profile{number}")
        assert list(document["mapped_process_module_symbols"]) == processes


def test_lists_are_sorted_by_key_as_text(tmp_path: Path) -> None:
    run = RawRun(tmp_path / "raw")
    for number in range(12):
        run.add_object(f"/lib/{number:02}", image(b"f"))
        run.map(f"/lib/{number:02}", 0x10000 * (number + 1))
    harvested(run, tmp_path / "profile")
    mapped = metadata(tmp_path / "profile")["mapped_process_module_symbols"]["4242"]
    keys = [one["perf_map_key"] for one in mapped]
    assert keys == sorted(keys)
    assert keys[:4] == ["0__00", "10__10", "11__11", "1__01"]


def test_generated_functions_of_one_name_share_a_file(tmp_path: Path) -> None:
    run = RawRun(tmp_path / "raw")
    run.add_dump(
        PID,
        header(),
        unwinding(1, b"oldest", 2),
        load(2, 0x1000, b"f", b"\x90"),
        unwinding(3, b"newest", 2),
        load(4, 0x2000, b"f", b"\x90"),
        load(5, 0x3000, b"no_unwinding", b"\x90"),
    )
    harvested(run, tmp_path / "profile")
    unwind = decode_unwind_data((tmp_path / "profile" / "0__jit_f.unwind_data").read_bytes(), "")
    assert (unwind.data.eh_frame_hdr, unwind.data.eh_frame) == (b"ne", b"west")
    mapped = metadata(tmp_path / "profile")["mapped_process_unwind_data_by_pid"]["4242"]
    assert [(one["unwind_data_key"], one["timestamp"]) for one in mapped] == [
        ("0__jit_f", 2),
        ("0__jit_f", 4),
    ]
    maps = (tmp_path / "profile" / "perf-4242.map").read_text().splitlines()
    assert maps == ["1000 1 f", "2000 1 f", "3000 1 no_unwinding"]


def test_interpreter_by_its_path(tmp_path: Path) -> None:
    run = usual(tmp_path / "raw")
    run.document["interpreters"] = [LIBRARY, "/usr/bin/node"]
    harvested(run, tmp_path / "profile")
    ignored = metadata(tmp_path / "profile")["ignored_modules_by_pid"]["4242"]
    assert [path for path, _, _ in ignored] == [PYTHON, LIBRARY]


def test_without_a_profile_only_results_are_there(tmp_path: Path) -> None:
    run = RawRun(tmp_path / "raw", {"profiled": False})
    summary, warnings = harvested(run, tmp_path / "profile")
    assert summary == Summary("//pkg:bench", "5.0.2", 0, 0, False)
    assert warnings == []
    assert sorted(content(tmp_path / "profile")) == ["environment-4242.json", "results/4242.json"]


def test_without_an_integration_there_is_no_metadata(tmp_path: Path) -> None:
    run = usual(tmp_path / "raw")
    run.document["integration"] = None
    summary, (warning,) = harvested(run, tmp_path / "profile")
    assert not summary.metadata
    assert warning.startswith("//pkg:bench was profiled, but no integration reported its name")
    assert "Got: no SetIntegration. Expected: " in warning
    found = content(tmp_path / "profile")
    assert "walltime.metadata" not in found
    assert "0__a.out.symbols.map" in found
