"""The frameworks by name."""

from __future__ import annotations

from rules_codspeed.contract.spec import Spec
from rules_codspeed.measure.frameworks.framework import Framework
from rules_codspeed.measure.stage.manifest import StagePaths
from rules_codspeed.measure.stage.staging import Layout


def make_framework(spec: Spec, layout: Layout, paths: StagePaths) -> Framework:
    """Returns what drives the program of a staged benchmark.

    Raises:
      MeasureError: the program cannot be read.
    """
    # Only the one that is needed is loaded.
    if spec.framework == "pytest":
        from rules_codspeed.measure.frameworks.pytest import Pytest

        return Pytest(spec, layout, paths)
    if spec.framework == "exec":
        from rules_codspeed.measure.frameworks.exec import ExecProgram

        return ExecProgram(spec, layout, paths)
    from rules_codspeed.measure.frameworks.hooks import Hooks

    return Hooks(spec, layout, paths)
