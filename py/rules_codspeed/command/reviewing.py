"""Reports a run where its change is reviewed: a comment, and the status of the commit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.publish.ci.log import Logger
from rules_codspeed.publish.errors import PublishError
from rules_codspeed.publish.review.hosts import HOSTS, host_of
from rules_codspeed.publish.review.review import Desk, Host, Review
from rules_codspeed.publish.service.http import open_client
from rules_codspeed.report.comment import Reported, comment_markdown, headline, passed
from rules_codspeed.results.changes import Key
from rules_codspeed.results.comparison import recorded

if TYPE_CHECKING:
    from rules_codspeed.command.reporting import Story


def check_reviewed(variables: Mapping[str, str]) -> None:
    """Refuses `--comment` where there is no change to comment on.

    Raises:
      CodSpeedError: this is no job of a service that we know.
    """
    if host_of(variables) is None:
        raise CodSpeedError(
            "--comment has nothing to comment on",
            got="no variables of a CI that has comments",
            expected=f"a job of {', '.join(one.name for one in HOSTS)}",
            fix="leave it out here; --summary FILE writes the same in Markdown",
        )


def review(
    story: Story, commit: str, report_url: str | None, variables: Mapping[str, str], log: Logger
) -> None:
    """Posts the comment and the status. What is refused is a warning: the run was measured.

    Args:
      story: of the run.
      commit: that was measured; empty where it is not known.
      report_url: where the report can be read, if anybody knows.
      variables: the environment.
      log: reports what was done, and what was not and why.

    Raises:
      CodSpeedError: see `check_reviewed`.
    """
    check_reviewed(variables)
    host = host_of(variables)
    assert host
    try:
        obstacle = host.obstacle(variables)
        if obstacle:
            log.warn(f"{host.name} gets no comment and no status: {obstacle}.")
            return
        made = _review(story, commit, report_url, host.job_url(variables))
        with open_client() as client:
            _report(host, Desk(variables, client, log), made)
    except PublishError as error:
        log.warn(f"{host.name} gets no comment and no status: {error}")


def _report(host: Host, desk: Desk, made: Review) -> None:
    """Posts both: that one is refused does not keep the other away."""
    try:
        desk.log.info(host.comment(desk, made))
    except PublishError as error:
        desk.log.warn(f"No comment on {host.name}: {error}")
    if host.set_status is None:
        return
    try:
        host.set_status(desk, made)
    except PublishError as error:
        desk.log.warn(f"No status on {host.name}: {error}")


def _review(story: Story, commit: str, report_url: str | None, job_url: str) -> Review:
    links = [("Report", report_url or ""), ("Job and its artifacts", job_url)]
    reported = Reported(
        suite=story.suite,
        results=story.results,
        changes=story.changes,
        base=story.compared_with,
        commit=commit,
        links=[(title, address) for title, address in links if address],
        trends=_trends(story),
    )
    return Review(
        suite=story.suite,
        passed=passed(reported),
        headline=headline(reported),
        text=lambda largest: comment_markdown(reported, largest),
        url=report_url or job_url,
    )


def _trends(story: Story) -> dict[Key, dict[str, list[int | float]]]:
    """Returns the numbers of earlier runs and of this one, by benchmark and metric."""
    found: dict[Key, dict[str, list[int | float]]] = {}
    for benchmarks in [*(one for _, one in story.series), recorded(story.results)]:
        for key, one in benchmarks.items():
            series = found.setdefault(key, {})
            for metric, value in one.metrics.items():
                series.setdefault(metric, []).append(value)
    return found
