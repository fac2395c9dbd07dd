"""Profiles of walltime are sent as the runner that would have written them."""

from __future__ import annotations

import pytest

from rules_codspeed.publish.bundle.profile_layout import check_profile_layout
from rules_codspeed.publish.errors import PublishError
from rules_codspeed.publish.runner_version import parse_runner_version

LAYOUTS = [
    ["4.9.0", "4.10.6"],
    ["4.11.0", "4.13.0", "4.15.1"],
    ["4.16.0", "4.16.2", "4.17.5"],
    ["4.17.6", "4.19.1", "5.0.2"],
]


@pytest.mark.parametrize("versions", LAYOUTS)
def test_same_layout(versions: list[str]) -> None:
    for written in versions:
        for spoken in versions:
            check_profile_layout("//a:b", written, parse_runner_version(spoken))


@pytest.mark.parametrize("first", range(4))
@pytest.mark.parametrize("second", range(4))
def test_other_layout(first: int, second: int) -> None:
    if first == second:
        return
    for written, spoken in [
        (LAYOUTS[first][0], LAYOUTS[second][-1]),
        (LAYOUTS[first][-1], LAYOUTS[second][0]),
    ]:
        with pytest.raises(PublishError) as caught:
            check_profile_layout("//a:b", written, parse_runner_version(spoken))
        assert str(caught.value) == (
            "the walltime profile of //a:b has the layout of another runner. Got: that of "
            f"{written}. Expected: that of {spoken}, as which the upload is sent. Fix: measure "
            f"with --@rules_codspeed//rules/settings:runner_version={spoken}, or publish with "
            f"--runner-version={written}."
        )


def test_unknown_version() -> None:
    with pytest.raises(PublishError, match=r"unknown runner version\. Got: '6.0.0'"):
        check_profile_layout("//a:b", "6.0.0", parse_runner_version("5.0.2"))
