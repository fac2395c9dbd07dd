"""docs/api says what the documentation in Starlark says, and there is some on everything public."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools.api.markdown import UPDATE, pages
from tools.api.model import Api, undocumented
from tools.api.update import FOLDER, read

ROOT = Path(__file__).absolute().parents[3]


@pytest.fixture(scope="module")
def api() -> Api:
    return read(ROOT / FOLDER)


def test_pages_are_current(api: Api) -> None:
    found = {path.name: path.read_text() for path in (ROOT / FOLDER).glob("*.md")}
    wanted = pages(api)
    stale = sorted(n for n in found.keys() | wanted.keys() if found.get(n) != wanted.get(n))
    assert not stale, f"{FOLDER} is not current: {', '.join(stale)}. Run: {UPDATE}"


def test_everything_public_is_documented(api: Api) -> None:
    names = undocumented(api)
    assert not names, "no doc: " + ", ".join(names)


def test_all_that_users_know_is_there(api: Api) -> None:
    symbols = {symbol.name for file in api.files for symbol in file.symbols}
    assert symbols >= {
        *("codspeed_benchmark", "codspeed_suite", "codspeed_regression_test"),
        *("CodSpeedProfileInfo", "CodSpeedBenchmarkInfo", "CodSpeedSuiteInfo"),
        *("codspeed_simulator_toolchain", "codspeed_perf_toolchain", "codspeed_tool_toolchain"),
        *("codspeed", "codspeed.toolchain", "codspeed.archive", "codspeed.mirror"),
        *("codspeed.mode_setting", "codspeed_setup", "rules_codspeed_dependencies"),
    }
    assert {"modes", "mode", "simulator", "profiler"} <= {each.name for each in api.settings}
    assert {"simulator_toolchain_type", "perf_toolchain_type"} <= api.toolchain_types.keys()


def test_pages_hold_what_the_source_says(api: Api) -> None:
    """Not by the extraction: what it lost would be lost on both sides."""
    page = pages(api)["defs.md"]
    assert "`$(rootpath …)` names a file of `data`" in page
    arguments = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)
    assert {"binary", "modes", "walltime_args", "baseline", "benchmarks"} <= set(arguments)


def test_links_of_the_index_lead_to_pages(api: Api) -> None:
    texts = pages(api)
    targets = re.findall(r"\]\(([^)]+)\)", texts["README.md"])
    assert sorted(targets) == sorted(texts.keys() - {"README.md"})
