"""The benchmarks of a suite of JMH, and what became of them in a run."""

from __future__ import annotations

import glob
from collections.abc import Sequence

from rules_codspeed.contract.accounting import Unmeasured
from rules_codspeed.measure.frameworks.framework import LIST, Ask, Ended, ListFailedError
from rules_codspeed.measure.frameworks.java.benchmarks import Benchmark, Printed, listed, uri_of
from rules_codspeed.measure.stage.process import Outcome

_FAILED = 1  # exit status where a benchmark threw (-foe)
_LIST = "-lp"
# JMH writes some as semicolons.
_COLONS = str.maketrans("", "", ":;")
_COMMA = "JMH cannot be asked for a parameter with a comma: let @Param have other values"


class Suite:
    """What a target's program lists and prints.

    Attributes:
      vm: name and version of the JVM that ran last; empty before that.
      failed: names of the benchmarks that threw in the last run.
    """

    def __init__(self, label: str, command: Sequence[str]) -> None:
        """Starts before the first run.

        Args:
          label: of the target.
          command: that starts JMH, with what chooses the target's benchmarks.
        """
        self.vm = ""
        self.failed: frozenset[str] = frozenset()
        self._label = label
        self._command = (*command, _LIST)
        self._known: dict[str, Benchmark] = {}
        self._printed = Printed()

    def list(self, ask: Ask) -> list[str]:
        """Returns the names of the benchmarks that can be run alone, each with its parameters.

        Raises:
          ListFailedError: JMH does not list them.
        """
        outcome, printed = ask(self._command, LIST)
        if outcome.timed_out or outcome.status:
            raise ListFailedError(outcome, self._command)
        self._known = {one.name: one for one in listed(printed)}
        return [name for name, one in self._known.items() if not one.has_comma]

    def choice(self, name: str) -> tuple[str, ...]:
        """Returns the arguments that choose a listed benchmark."""
        return self._known[name].choice

    def uri_of(self, name: str) -> str:
        """Returns the URI of a benchmark by its name."""
        return uri_of(self._label, name)

    def uri_of_result(self, name: str) -> str:
        """Returns the URI of a benchmark by its name in JMH's JSON, where colons are lost."""
        listed = {one.translate(_COLONS): one for one in self._known}
        return self.uri_of(listed.get(name.translate(_COLONS), name))

    def watch(self, printed: bytes) -> None:
        """Reads what JMH prints."""
        self._printed.read(printed)

    def ended_one(self, outcome: Outcome, name: str) -> Ended:
        """Returns what became of the one benchmark of a run, and those that are never run."""
        ended = self._ended(outcome, [name])
        never = [one for one in self._known.values() if one.has_comma]
        commas = (Unmeasured(self.uri_of(one.name), "failed", _COMMA) for one in never)
        return ended._replace(unmeasured=[*ended.unmeasured, *commas])

    def ended_all(self, outcome: Outcome, ask: Ask) -> Ended:
        """Returns what a run of all benchmarks was to run, and what of it gave no number."""
        if not self._known:
            self.list(ask)
        # With several modes each has a name of its own, which is not listed.
        several = {one for one in self._printed.started if self._printed.started.count(one) > 1}
        return self._ended(outcome, [one for one in self._known if one not in several])

    def _ended(self, outcome: Outcome, names: Sequence[str]) -> Ended:
        found, self._printed = self._printed, Printed()
        self.vm = found.vm or self.vm
        self.failed = frozenset(found.failed)
        reasons = {self.uri_of(one): found.reason(one) for one in names}
        return Ended(
            listed=list(reasons),
            unmeasured=[Unmeasured(uri, "failed", why) for uri, why in reasons.items() if why],
            explained=bool(found.failed) and outcome.status == _FAILED,
        )


def is_suite(path: str, runfiles: str) -> bool:
    """Returns whether a program is a suite of JMH: it, or a jar among its files, lists benchmarks.

    Args:
      path: of the program.
      runfiles: folder of its files.
    """
    # Few programs need it.
    from rules_codspeed.measure.frameworks.java.archives import (
        has_benchmarks,
        is_archive,
        is_script,
    )

    if is_archive(path):
        return has_benchmarks(path)
    return is_script(path) and any(
        map(has_benchmarks, glob.iglob(f"{runfiles}/**/*.jar", recursive=True))
    )
