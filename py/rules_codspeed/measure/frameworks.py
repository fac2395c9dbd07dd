"""The frameworks by name."""

from __future__ import annotations

from rules_codspeed.measure.framework import Framework
from rules_codspeed.measure.manifest import StagePaths
from rules_codspeed.measure.spec import Spec
from rules_codspeed.measure.staging import Layout


def make_framework(spec: Spec, layout: Layout, paths: StagePaths) -> Framework:
    """Returns what drives the program of a staged benchmark.

    Raises:
      MeasureError: the program cannot be read.
    """
    # Only the one that is needed is loaded.
    if spec.framework == "pytest":
        from rules_codspeed.measure.pytest_framework import Pytest

        return Pytest(spec, layout, paths)
    if spec.framework == "exec":
        from rules_codspeed.measure.exec_program import ExecProgram

        return ExecProgram(spec, layout, paths)
    from rules_codspeed.measure.hooks import Hooks

    return Hooks(spec, layout, paths)
