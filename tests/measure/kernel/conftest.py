"""Programs that run with the answers of the fixed kernel, without Valgrind."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rules_codspeed.contract.spec import Clock
from rules_codspeed.measure.stage.kernel import FixedKernel, KernelLibrary
from rules_codspeed.measure.stage.process import run

Printed = Callable[..., str]


@pytest.fixture(scope="session")
def library(kernel: Path) -> KernelLibrary:
    """The library of the fixed kernel."""
    return KernelLibrary(str(kernel))


@pytest.fixture
def clock() -> Clock:
    """What programs see; a test may ask for another."""
    return "machine"


@pytest.fixture
def printed(clock: Clock, kernel: Path, tmp_path: Path) -> Printed:
    """Runs a Python script, or a command, in the test's folder; returns what it prints.

    The answers must have been complete, unless parts are named that get lost.
    """

    library = KernelLibrary(str(kernel), clock)

    def run_it(script: str, *command: str, lost: tuple[str, ...] = (), fixed: bool = True) -> str:
        output: list[bytes] = []
        python = [os.path.realpath(sys.executable), "-I", "-S", "-c"]
        services = [FixedKernel(library)] if fixed else []
        arguments = [*(command or python), script]
        environment = {"PATH": "/usr/bin:/bin"}
        outcome = run(arguments, environment, str(tmp_path), 30, output.append, services)
        text = b"".join(output).decode()
        assert (outcome.status, outcome.timed_out) == (0, False), text
        assert not fixed or services[0].lost == lost
        return text

    return run_it
