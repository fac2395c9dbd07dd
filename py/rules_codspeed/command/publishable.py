"""What keeps the results of a run from being published: known before anything is sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from rules_codspeed.contract.escaping import printable, shortened
from rules_codspeed.publish.errors import PublishError
from rules_codspeed.publish.service.limits import check_benchmarks
from rules_codspeed.publish.session import Session
from rules_codspeed.results.model import Results
from rules_codspeed.results.modes.registry import mode_of

_LONGEST_NAME = 200  # characters


def check_publishable(results: Results, session: Session, *, allow_failed: bool) -> None:
    """Refuses results that the service would misunderstand.

    Args:
      results: of the suite.
      session: the command.
      allow_failed: whether a run may lack what failed.

    Raises:
      PublishError: something failed, two benchmarks have one name, or the service takes less.
    """
    if results.failed and not allow_failed:
        raise _incomplete(results)
    for uri, mode, labels in _shared_names(results):
        raise PublishError(
            f"{len(labels)} targets measure {shortened(printable(uri), _LONGEST_NAME)!r} ({mode})",
            got=", ".join(labels),
            expected="each name from one target of a run, as CodSpeed knows benchmarks by it alone",
            fix="give the programs other names, or list one of them in another suite; "
            "-- --skip-upload shows both",
        )
    sent = [one.uri for one in results.benchmarks if mode_of(one.mode).executor]
    check_benchmarks(sent, session)


def _incomplete(results: Results) -> PublishError:
    failed = results.failed
    return PublishError(
        f"{len(failed)} of the targets and benchmarks failed, so nothing is published",
        got=", ".join(one.uri or one.label for one in failed[:3]),
        expected="a complete run: what it lacks would look removed",
        fix="mend them or leave them out of the suite, or publish the others with "
        "-- --allow-failed",
    )


def _shared_names(results: Results) -> Iterator[tuple[str, str, list[str]]]:
    """Yields URI, mode and labels of the benchmarks that several targets have."""
    labels: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in results.benchmarks:
        labels[one.uri, one.mode].append(one.label)
    for (uri, mode), found in labels.items():
        if len(found) > 1:
            yield uri, mode, found
