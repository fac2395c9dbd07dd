"""Which layout a walltime profile folder has: that of the runner we speak as, or another."""

from __future__ import annotations

from rules_codspeed.contract.runner_version import RunnerVersion, parse_runner_version
from rules_codspeed.publish.errors import PublishError

# First version of each layout that a reader has to tell from the one before (spec/walltime.md 9
# and spec/symbol-harvest.md 11): files by key instead of by process, `walltime.metadata` instead
# of `perf.metadata`, version 4 of the unwind data.
_LAYOUTS = ((4, 11, 0), (4, 16, 0), (4, 17, 6))
_SETTING = "--@rules_codspeed//rules/settings:runner_version"


def check_profile_layout(label: str, written: str, spoken: RunnerVersion) -> None:
    """Checks that a walltime profile is as the runner that we speak as writes it.

    Args:
      label: of the benchmark, for people.
      written: version of the runner whose layout the profile has.
      spoken: version that the upload names.

    Raises:
      PublishError: the layouts differ.
    """
    if _layout(parse_runner_version(written)) == _layout(spoken):
        return
    raise PublishError(
        f"the walltime profile of {label} has the layout of another runner. Got: that of "
        f"{written}. Expected: that of {spoken.version}, as which the upload is sent. Fix: measure "
        f"with {_SETTING}={spoken.version}, or publish with --runner-version={written}."
    )


def _layout(version: RunnerVersion) -> int:
    number = tuple(map(int, version.version.split(".")))
    return sum(number >= first for first in _LAYOUTS)
