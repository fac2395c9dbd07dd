"""What goes wrong with runs in each mode that can choose benchmarks: the errors, in one form."""

from __future__ import annotations

from collections.abc import Sequence

from rules_codspeed.contract.errors import BenchmarkError, run_failure
from rules_codspeed.measure.frameworks.framework import Framework

Logs = Sequence[tuple[str, bytes]]


def lists_nothing(label: str, command: Sequence[str], logs: Logs) -> BenchmarkError:
    """Returns the error of a program that lists no benchmark."""
    return run_failure(
        f"{label} measured nothing: it lists no benchmark",
        command,
        logs,
        "check list_args, and that the program has benchmarks; or set allow_empty",
    )


def left_undone(what: str, undone: str, command: Sequence[str], logs: Logs) -> BenchmarkError:
    """Returns the error of a run that ended with success before its work was done.

    Args:
      what: the run, and how it ended.
      undone: what it left undone.
      command: of the program.
      logs: see `run_failure`.
    """
    return run_failure(
        f"{what}, but {undone}",
        command,
        logs,
        "see which test ends the session or the interpreter (os._exit, pytest.exit), and fix it",
    )


def not_measured(
    label: str, name: str, framework: Framework, command: Sequence[str], logs: Logs
) -> BenchmarkError:
    """Returns the error of a run of one benchmark that measured nothing."""
    return run_failure(
        f"{label} lists {name!r}, but measured nothing when asked for it",
        command,
        logs,
        "let list_args print names of benchmarks only, one on each line, and filter_args "
        f"choose one by its name; or {framework.lost_fix()}",
    )


class Asked:
    """Which benchmark each isolated run was asked for."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._name_of: dict[str, str] = {}

    def check(self, measured: Sequence[str], name: str, command: Sequence[str]) -> None:
        """Refuses a benchmark that another run measured, too.

        Args:
          measured: URIs that a run measured.
          name: that it was asked for.
          command: that asked for it.

        Raises:
          BenchmarkError: one of them was measured before.
        """
        for uri in measured:
            first = self._name_of.setdefault(uri, name)
            if first != name:
                raise run_failure(
                    f"{self._label} measured {uri!r} when it was asked for {first!r}, and again "
                    f"when it was asked for {name!r}",
                    command,
                    [],
                    "let filter_args choose the one benchmark that is asked for, by its whole name",
                )
