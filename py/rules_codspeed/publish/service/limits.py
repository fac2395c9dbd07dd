"""What CodSpeed takes: more is refused, or lost without a word, after a run was sent.

CodSpeed states none of these numbers; they are those of public reports. Another service may take
more, so there they are warnings.
"""

from __future__ import annotations

from collections.abc import Sequence

from rules_codspeed.contract.escaping import printable, shortened
from rules_codspeed.publish.errors import PublishError
from rules_codspeed.publish.service.endpoints import DEFAULT_UPLOAD_URL
from rules_codspeed.publish.session import Session

MOST_BENCHMARKS = 1000
"""Benchmarks of one run: a run with more gets no report."""
LONGEST_NAME = 7799
"""Bytes of a benchmark's URI: one of 7,800 ends the processing of its run with an error."""
SHOWN_NAME = 924
"""Bytes of a name at which CodSpeed's own harness cuts what is displayed (spec: integrations 8)."""
LARGEST_ARCHIVE = 5 << 30
"""Bytes of an archive: it is sent by one PUT to a store of objects, which takes no more."""

_SHOWN = 100  # characters of a name in a message


def check_benchmarks(uris: Sequence[str], session: Session) -> None:
    """Checks how many benchmarks a run has, and their names.

    Args:
      uris: of all benchmarks of the run.
      session: the command.

    Raises:
      PublishError: they are more, or longer, than CodSpeed takes.
    """
    if len(uris) > MOST_BENCHMARKS:
        _refuse(
            session,
            f"the run has more benchmarks than CodSpeed takes: {len(uris):,}",
            f"up to {MOST_BENCHMARKS:,} in one run",
            "publish several suites, each in a job of its own, or give benchmarks fewer parameters",
        )
    longest = max(uris, key=_size, default="")
    shown = shortened(printable(longest), _SHOWN)
    if _size(longest) > LONGEST_NAME:
        _refuse(
            session,
            f"the name of a benchmark has {_size(longest):,} bytes: {shown}",
            f"up to {LONGEST_NAME:,} bytes, and {SHOWN_NAME} to be shown whole",
            "give its parameters short ids (pytest: ids=[…])",
        )
    elif _size(longest) > SHOWN_NAME:
        session.log.warn(
            f"CodSpeed may not show the name of a benchmark whole: it has {_size(longest):,} "
            f"bytes, more than {SHOWN_NAME}: {shown}. Give its parameters short ids."
        )


def check_archive(size: int, session: Session) -> None:
    """Checks the size of an archive in bytes.

    Raises:
      PublishError: it is larger than CodSpeed takes.
    """
    if size > LARGEST_ARCHIVE:
        _refuse(
            session,
            f"an archive has {size:,} bytes",
            f"up to {LARGEST_ARCHIVE:,} bytes",
            "publish several suites, each in a job of its own, or measure fewer rounds",
        )


def _size(uri: str) -> int:
    return len(uri.encode("utf-8", "surrogatepass"))


def _refuse(session: Session, what: str, expected: str, fix: str) -> None:
    """Raises PublishError, or warns where another service gets the run."""
    error = PublishError(what, expected=expected, fix=fix)
    if session.upload_url == DEFAULT_UPLOAD_URL:
        raise error
    session.log.warn(f"CodSpeed would refuse this: {error}")
