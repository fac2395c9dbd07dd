"""Judges what was measured by a baseline. Entry of codspeed_regression_test."""

from __future__ import annotations

import datetime
import os
import sys

if __name__ == "__main__":
    # Isolated mode (-I) does not search the folder of the script. Not resolved: this file may be
    # a link, but its neighbours are beside the link.
    sys.path.insert(0, os.path.abspath(__file__).rsplit("/", 3)[0])
    from rules_codspeed.contract.import_path import use_import_path

    use_import_path(sys.argv[1:])

from pathlib import Path

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.printing import print_text
from rules_codspeed.judge.baseline import Baseline
from rules_codspeed.judge.baseline_reader import read_baseline
from rules_codspeed.judge.config import Config
from rules_codspeed.judge.entry import run_judge
from rules_codspeed.judge.explanation import Mover, movers
from rules_codspeed.judge.gate import Judgement, judge
from rules_codspeed.judge.measured import read_functions, read_measured
from rules_codspeed.judge.text import failure_text, success_text
from rules_codspeed.results.changes import Change, Key, MetricChange
from rules_codspeed.results.modes.mode import ProfileKind
from rules_codspeed.results.modes.registry import mode_of


def run_test(config: Config, today: datetime.date, xml: Path | None) -> int:
    """Judges; returns the exit status.

    Args:
      config: what the test is about.
      today: the day it is.
      xml: test.xml to write, or None.

    Raises:
      CodSpeedError: nothing can be judged.
    """
    if config.baseline is None:
        raise CodSpeedError(
            f"{config.test} has no baseline",
            got=f"no file {config.source}",
            expected="numbers to judge by",
            fix=f"bazel run {config.test}.update, and check the file in",
        )
    baseline = read_baseline(config.baseline, config.source)
    judgement = judge(config, baseline, read_measured(config.targets), today)
    explained = _explained(config, baseline, judgement)
    if xml:
        from rules_codspeed.judge.junit import write_junit

        write_junit(xml, config, judgement, explained)
    if not judgement.changes and not judgement.broken:
        raise CodSpeedError(
            f"{config.test} judges nothing",
            got=f"no benchmark in {len(config.targets)} targets",
            expected="at least one",
            fix="name a target that measures some",
        )
    if judgement.passes:
        print_text(success_text(config, judgement))
        return 0
    print_text(failure_text(config, judgement, explained))
    return 1


def _explained(
    config: Config, baseline: Baseline, judgement: Judgement
) -> dict[tuple[Key, str], list[Mover]]:
    """Returns the functions that account for what got slower."""
    worse = [change for change in judgement.failed if change.verdict == "regressed"]
    found: dict[tuple[Key, str], list[Mover]] = {}
    for target in config.targets:
        own = [change for change in worse if change.key[:2] == (target.label, target.mode)]
        metrics = dict.fromkeys(one.metric for change in own for one in _worse(change))
        if not own or mode_of(target.mode).profile is not ProfileKind.CALLGRIND:
            continue
        functions = read_functions(target.profile, list(metrics))
        for change in own:
            before = baseline.functions.get(change.key, {})
            after = functions.get(change.uri, {})
            for metric in _worse(change):
                if before and metric.before is not None:
                    name = metric.metric
                    found[change.key, name] = movers(before, after, name, int(metric.before))
    return found


def _worse(change: Change) -> list[MetricChange]:
    return [one for one in change.metrics if one.verdict == "regressed"]


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    xml = os.environ.get("XML_OUTPUT_FILE")
    today = datetime.datetime.now(tz=datetime.timezone.utc).date()
    return run_judge(
        __doc__, arguments, lambda config: run_test(config, today, Path(xml) if xml else None)
    )


if __name__ == "__main__":
    sys.exit(main())
