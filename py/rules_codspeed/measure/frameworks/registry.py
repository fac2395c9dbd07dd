"""The frameworks by name: a module each, with the classes `Simulated`, `Timed` and `Traced`."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.spec import Spec
from rules_codspeed.measure.frameworks.framework import Framework
from rules_codspeed.measure.frameworks.timed_program import TimedProgram
from rules_codspeed.measure.stage.manifest import StagePaths
from rules_codspeed.measure.stage.staging import Layout

_AUTO = "auto"


def with_framework(spec: Spec, layout: Layout, paths: StagePaths) -> Spec:
    """Returns the description of a staged benchmark with the framework that `auto` stands for.

    The simulated clock of Go is logical in each case: how its runtime works depends on the time
    that passes.
    """
    if spec.framework == _AUTO:
        # Few entries need it: a driver imports little.
        from rules_codspeed.measure.frameworks.recognised import recognised

        program = f"{layout.work}/{paths(spec.executable)}"
        found = recognised(program)
        if not found:
            from rules_codspeed.measure.frameworks.java.suite import is_suite

            found = "jmh" if is_suite(program, layout.work) else "hooks"
        spec = spec._replace(framework=found)
    counted = spec.simulator or spec.mode == "memory"
    if counted and _of_framework(spec, "Simulated").go_runtime:
        spec = spec._replace(clock="logical")
    return spec


def make_framework(spec: Spec, layout: Layout, paths: StagePaths) -> Framework:
    """Returns what drives the program of a staged benchmark, simulated or once for the smoke test.

    Raises:
      CodSpeedError: there is no such framework, or the program cannot be read.
    """
    framework: Framework = _of_framework(spec, "Simulated")(spec, layout, paths)
    return framework


def make_traced_program(spec: Spec, layout: Layout, paths: StagePaths) -> Framework:
    """Returns what drives the program of a staged benchmark whose allocations are traced.

    Raises:
      CodSpeedError: there is no such framework, or the program cannot be read.
    """
    framework: Framework = _of_framework(spec, "Traced")(spec, layout, paths)
    return framework


def make_timed_program(spec: Spec, layout: Layout, paths: StagePaths) -> TimedProgram:
    """Returns the program of a staged benchmark, to measure its time.

    Raises:
      CodSpeedError: there is no such framework, the program cannot be read, or an option cannot be
        used.
    """
    program: TimedProgram = _of_framework(spec, "Timed")(spec, layout, paths)
    return program


def _of_framework(spec: Spec, name: str) -> Any:
    """Returns a class of the module of a framework; only that one is loaded."""
    module = f"{__package__}.{spec.framework}"
    found = getattr(import_module(module), name, None) if find_spec(module) else None
    if found is None:
        raise CodSpeedError(
            f"the framework of {spec.label} is not known",
            got=repr(spec.framework),
            expected="a framework of this version of rules_codspeed",
            fix="build the benchmark again; if that does not help, report a bug of rules_codspeed",
        )
    return found
