"""What becomes of the benchmarks of a target: each is measured, skipped or failed."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set

from rules_codspeed.contract.accounting import Accounting, Unmeasured, headline, reason_text
from rules_codspeed.contract.errors import BenchmarkError, run_failure
from rules_codspeed.contract.fields import write_document

NOT_RUN = "it was not run: what came before took all of timeout_s"
"""Why a benchmark failed for which no time was left."""

_SHOWN = 5  # benchmarks in the error of a target that measured nothing


class Account:
    """Collects the benchmarks that gave no number; those of several runs of a target together."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._unmeasured: dict[str, Unmeasured] = {}

    def add(self, found: Iterable[Unmeasured]) -> None:
        """Adds benchmarks; one that failed in any run has failed."""
        for one in found:
            known = self._unmeasured.get(one.uri)
            if not known or (known.outcome, one.outcome) == ("skipped", "failed"):
                self._unmeasured[one.uri] = one._replace(reason=reason_text(one.reason))

    def fail(self, error: BenchmarkError) -> None:
        """Records why the target as a whole has no numbers."""
        self.add([Unmeasured("", "failed", str(error))])

    @property
    def unmeasured(self) -> Sequence[Unmeasured]:
        """What was added, in that order."""
        return tuple(self._unmeasured.values())

    def nothing(
        self, command: Sequence[str], logs: Sequence[tuple[str, bytes]], fix: str
    ) -> BenchmarkError:
        """Returns the error of a target that measured nothing.

        Args:
          command: that ran its benchmarks.
          logs: see `run_failure`.
          fix: the next step, where no benchmark is known.
        """
        what = f"{self._label} measured nothing"
        known = self.unmeasured
        if known:
            failed = sum(one.outcome == "failed" for one in known)
            state = f"{failed} failed" if failed else "all were skipped"
            what += f": of its {len(known)} benchmarks {state}"
            fix = "mend them, or measure where they run; or set allow_empty"
        reasons = [f"  {one.uri}: {headline(one.reason)}" for one in known[:_SHOWN]]
        error = run_failure(what, command, logs, fix)
        return BenchmarkError(error.what, fix=error.fix, below=[*reasons, *error.below])

    def document(self) -> Accounting:
        """Returns what the driver writes."""
        return Accounting(1, self._label, list(self.unmeasured))


def left_undone(
    what: str, undone: str, command: Sequence[str], logs: Sequence[tuple[str, bytes]]
) -> BenchmarkError:
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


def repeated(uris: Iterable[str]) -> list[Unmeasured]:
    """Returns the benchmarks that share a name: none of them can be chosen, or told from others."""
    reason = "there are several of this name: give each benchmark a name of its own"
    counts = Counter(uris)
    return [Unmeasured(uri, "failed", reason) for uri, times in counts.items() if times > 1]


def lost(listed: Iterable[str], known: Set[str], fix: str) -> list[Unmeasured]:
    """Returns the benchmarks that are listed, and of which nothing else is known.

    Args:
      listed: URIs of what a program had to run.
      known: URIs of what it measured, and of what it gave a reason for not measuring.
      fix: the next step.
    """
    listed = list(listed)
    # Where none is known, all have other names, or nothing measures.
    if known.isdisjoint(listed):
        return []
    reason = f"it is listed, and left no number: {fix}"
    return [Unmeasured(uri, "failed", reason) for uri in listed if uri not in known]


@contextlib.contextmanager
def accounting(path: str, label: str, outputs: Iterable[str]) -> Iterator[Account]:
    """Writes what became of the benchmarks of a target, also where it failed as a whole.

    Then its action succeeds, with outputs that hold nothing: `CodSpeedCheck` fails the build, but a
    suite goes on to show what its other targets measured.

    Args:
      path: the file to write.
      label: of the target.
      outputs: further files that the action must leave.

    Raises:
      CodSpeedError: another machine, or this one later, may measure the target: nothing is
        written, and nothing cached.
      OSError: the file cannot be written.
    """
    account = Account(label)
    try:
        yield account
    except BenchmarkError as error:
        account.fail(error)
        for output in outputs:
            with open(output, "ab"):
                pass
    write_document(path, account.document())
