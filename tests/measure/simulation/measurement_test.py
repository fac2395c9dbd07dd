"""What is checked before anything is staged."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.spec import parse_spec
from rules_codspeed.measure.simulation.measurement import Request, measure
from tests.measure.target import SPEC

_TOOLS = {"linux_x86_64": "callgrind-amd64-linux", "linux_aarch64": "callgrind-arm64-linux"}


def refusal(folder: Path, platform: str, **simulator: str) -> CodSpeedError:
    spec: dict[str, Any] = {**SPEC, "platform": platform, "fixed_kernel": False}
    request = Request(
        spec=parse_spec(json.dumps(spec), "spec"),
        files={},
        simulator_files={"usr/bin/valgrind.bin": __file__, **simulator},
        kernel="",
        root="",
        profile=f"{folder}/profile",
        provenance=f"{folder}/provenance.json",
        accounting=f"{folder}/accounting.json",
        log=f"{folder}/log",
    )
    with pytest.raises(CodSpeedError) as caught:
        measure(request)
    assert not any(folder.iterdir())
    return caught.value


@pytest.mark.parametrize("platform", _TOOLS)
def test_the_tool_of_the_platform_is_needed(tmp_path: Path, platform: str) -> None:
    error = refusal(tmp_path, platform)
    assert error.what == "the simulator of //pkg:bench is not complete"
    assert error.got == f"no file usr/libexec/valgrind/{_TOOLS[platform]}"


def test_a_machine_of_another_platform_is_refused(tmp_path: Path) -> None:
    (platform,) = _TOOLS.keys() - {f"linux_{os.uname().machine}"}
    tool = {f"usr/libexec/valgrind/{_TOOLS[platform]}": __file__}
    error = refusal(tmp_path, platform, **tool)
    assert error.what == "//pkg:bench cannot be measured on this machine"
    assert (error.got, error.expected) == (os.uname().machine, platform.removeprefix("linux_"))
