"""Writes the numbers of now into a baseline of the source tree. Entry of `<test>.update`."""

from __future__ import annotations

import datetime
import os
import sys
from collections.abc import Mapping, Sequence

if __name__ == "__main__":
    # As in regression.py.
    sys.path.insert(0, os.path.abspath(__file__).rsplit("/", 3)[0])
    from rules_codspeed.contract.import_path import use_import_path

    use_import_path(sys.argv[1:])

from pathlib import Path

from rules_codspeed.contract.accounting import headline
from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.output.output_file import output_file
from rules_codspeed.contract.printing import print_text
from rules_codspeed.judge.baseline import Baseline, Functions, baseline_text
from rules_codspeed.judge.baseline_reader import read_baseline
from rules_codspeed.judge.config import Config
from rules_codspeed.judge.entry import run_judge
from rules_codspeed.judge.measured import costliest, read_functions, read_measured
from rules_codspeed.judge.text import unmeasured_name
from rules_codspeed.results.changes import Key, Recorded
from rules_codspeed.results.limits import with_better
from rules_codspeed.results.modes.mode import ProfileKind
from rules_codspeed.results.modes.registry import mode_of


def new_baseline(config: Config, old: Baseline, today: datetime.date) -> Baseline:
    """Returns the baseline of what was measured: only what is judged.

    Lines that accept a change stay as long as they accept anything.

    Raises:
      CodSpeedError: nothing was measured, or something failed.
    """
    measured = read_measured(config.targets)
    now = measured.benchmarks
    for broken in measured.unmeasured:
        if broken.outcome == "failed":
            raise CodSpeedError(
                f"{config.test} cannot be updated: {unmeasured_name(broken)} failed",
                got=headline(broken.reason),
                expected="a number of each benchmark that is not skipped",
                fix="mend it first: the update would leave it out of the baseline",
            )
    if not now:
        raise CodSpeedError(
            f"{config.test} judges nothing",
            got=f"no benchmark in {len(config.targets)} targets",
            expected="at least one",
            fix="name a target that measures some",
        )
    benchmarks: dict[Key, Recorded] = {}
    functions: dict[Key, Functions] = {}
    for target in config.targets:
        keys = [key for key in now if key[:2] == (target.label, target.mode)]
        judged = {key: _judged(config, key, now[key].metrics) for key in keys}
        metrics = list(dict.fromkeys(one for names in judged.values() for one in names))
        with_functions = mode_of(target.mode).profile is ProfileKind.CALLGRIND
        costs = read_functions(target.profile, metrics) if with_functions else {}
        for key in keys:
            one = now[key]
            names = [*judged[key], *_causes(target.mode, judged[key])]
            numbers = {name: one.metrics[name] for name in names if name in one.metrics}
            benchmarks[key] = Recorded(numbers, one.rounds_ns, one.conditions)
            functions[key] = costliest(costs.get(key[2], {}))
    uris = {key[2] for key in benchmarks}
    accepted = [one for one in old.accepted if one.benchmark in uris and one.until >= today]
    return Baseline(tuple(accepted), benchmarks, functions)


def _judged(config: Config, key: Key, measured: Mapping[str, object]) -> list[str]:
    limits = with_better(config.rules_of(*key[:2]).of(key[2]), key[1], [measured])
    return list(dict.fromkeys([*limits.moves, *limits.budget]))


def _causes(mode: str, judged: Sequence[str]) -> list[str]:
    """Returns the metrics without which a verdict on the judged ones would not be sure."""
    causes = [name for metric in judged for name in mode_of(mode).causes.get(metric, ())]
    return [name for name in dict.fromkeys(causes) if name not in judged]


def update(config: Config, workspace: Path, today: datetime.date) -> int:
    """Writes the baseline; returns the exit status.

    Raises:
      CodSpeedError: nothing was measured, or the old baseline cannot be read.
      OSError: the file cannot be written; the old one stays as it is.
    """
    path = workspace / config.source
    old = read_baseline(path, config.source) if path.exists() else Baseline()
    text = baseline_text(new_baseline(config, old, today))
    if path.exists() and path.read_text(encoding="utf-8") == text:
        print_text(f"{config.source} holds the numbers of now already.")
        return 0
    with output_file(path) as file:
        file.write(text.encode())
    print_text(f"Wrote {config.source}. Review the difference, and check it in.")
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    workspace = os.environ.get("BUILD_WORKSPACE_DIRECTORY")
    today = datetime.datetime.now(tz=datetime.timezone.utc).date()

    def work(config: Config) -> int:
        if not workspace:
            raise CodSpeedError(
                "no source tree to write to",
                got="no BUILD_WORKSPACE_DIRECTORY",
                expected="an update started by Bazel",
                fix=f"bazel run {config.test}.update",
            )
        return update(config, Path(workspace), today)

    return run_judge(__doc__, arguments, work)


if __name__ == "__main__":
    sys.exit(main())
