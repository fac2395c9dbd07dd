"""Command line, environment and executables: what goes to Valgrind."""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules_codspeed.contract.errors import last_lines
from rules_codspeed.contract.spec import Simulator, parse_spec
from rules_codspeed.measure.frameworks.hooks import Simulated
from rules_codspeed.measure.frameworks.names import listed_names
from rules_codspeed.measure.simulation import valgrind
from rules_codspeed.measure.stage import environment
from rules_codspeed.measure.stage.manifest import StagePaths
from rules_codspeed.measure.stage.objects.elf import read_elf
from rules_codspeed.measure.stage.staging import STAGE, Layout
from tests.measure.target import SPEC


def simulator(flavor: str, version: str) -> Simulator:
    return Simulator("valgrind", flavor, version, "0" * 64, "bin/valgrind", "lib/valgrind")


@pytest.mark.parametrize("platform", ["linux_x86_64", "linux_aarch64"])
def test_pins(platform: str) -> None:
    pins = environment.pins(Layout(STAGE), platform, "/lib")
    # (spec: simulation 4).
    assert pins["CODSPEED_ENV"] == "runner"
    assert pins["CODSPEED_RUNNER_MODE"] == "instrumentation"
    assert pins["PYTHONHASHSEED"] == "0"
    assert pins["PYTHON_PERF_JIT_SUPPORT"] == "0"
    assert pins["ARCH"] == platform.removeprefix("linux_")
    assert all(part.startswith("glibc.cpu.") for part in pins["GLIBC_TUNABLES"].split(":"))


@given(st.text(min_size=1, max_size=30).filter(lambda name: "\0" not in name))
def test_filter_matches_its_name_alone(name: str) -> None:
    import json
    import re

    spec = parse_spec(json.dumps(SPEC), "spec")
    hooks = Simulated.__new__(Simulated)
    hooks._spec, hooks.command = spec, ("program",)
    argument = hooks.command_for(name)[-1].removeprefix("--benchmark_filter=")
    assert re.fullmatch(argument[1:-1], name)
    for other in [f"{name}x", f"x{name}", name[:-1], "a::bc", "[ab]", ""]:
        assert other == name or not re.search(argument, other)


def test_list_is_one_name_a_line() -> None:
    printed = b"a::b[8/64]\n\nc d\r\na::b[8/64]\n"
    assert listed_names(printed) == ["a::b[8/64]", "c d", "a::b[8/64]"]


def test_elf_of_the_interpreter() -> None:
    import os

    elf = read_elf(os.path.realpath(sys.executable))
    assert elf
    assert elf.machine == os.uname().machine


def test_elf_of_programs(compile_c: Callable[..., Path]) -> None:
    source = Path(__file__).parents[1] / "program.c"
    facts = {}
    for flags in [(), ("-static",), ("-static-pie",), ("-Wl,-s",), ("-gz",)]:
        elf = read_elf(str(compile_c(source, *flags)))
        assert elf
        facts[flags] = (elf.static, elf.debug_info)
    assert facts == {
        (): (False, True),
        ("-static",): (True, True),
        ("-static-pie",): (True, True),
        ("-Wl,-s",): (False, False),
        ("-gz",): (False, True),
    }


@given(content=st.binary(max_size=200))
def test_any_file_is_read(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.elf"
    path.write_bytes(b"\x7fELF\2\1" + content)
    read_elf(str(path))
    header = struct.pack("<QQIHHHHHH", 64, 64, 0, 64, 56, 60000, 64, 60000, 9)
    path.write_bytes(b"\x7fELF\2\1" + bytes(26) + header + content)
    read_elf(str(path))


@given(st.binary(max_size=3000))
def test_last_lines_fit_a_terminal(content: bytes) -> None:
    lines = last_lines(content)
    assert len(lines) <= 20
    assert all(line.isprintable() for line in lines)


def test_package_files_that_are_needed() -> None:
    stock = simulator("stock", "3.19.0")
    files = {
        "bin/valgrind": "1",
        "bin/ms_print": "2",
        "lib/valgrind/callgrind-amd64-linux": "3",
        "lib/valgrind/memcheck-amd64-linux": "4",
        "lib/valgrind/default.supp": "5",
        "lib/valgrind/vgpreload_core-amd64-linux.so": "6",
        "lib/valgrind/vgpreload_memcheck-amd64-linux.so": "7",
        "share/doc/x.supp": "8",
    }
    assert set(valgrind.needed_files(stock, files).values()) == {"1", "3", "5", "6"}


def test_repositories_in_stage_paths_keep_the_main_one() -> None:
    assert StagePaths({"_main/x": ""}, "_main").links() == {}
