"""Which layout a walltime profile folder has: that of the runner we speak as, or another."""

from __future__ import annotations

from rules_codspeed.contract.runner_versions import Runner
from rules_codspeed.publish.errors import PublishError
from rules_codspeed.publish.runner_version import parse_runner_version

_SETTING = "--@rules_codspeed//rules/settings:runner_version"


def check_profile_layout(label: str, written: str, spoken: Runner) -> None:
    """Checks that a walltime profile is as the runner that we speak as writes it.

    Args:
      label: of the benchmark, for people.
      written: version of the runner whose layout the profile has.
      spoken: version that the upload names.

    Raises:
      PublishError: the layouts differ.
    """
    if parse_runner_version(written).profile_layout == spoken.profile_layout:
        return
    raise PublishError(
        f"the walltime profile of {label} has the layout of another runner",
        got=f"that of {written}",
        expected=f"that of {spoken.version}, as which the upload is sent",
        fix=(
            f"measure with {_SETTING}={spoken.version}, or publish with --runner-version={written}"
        ),
    )
