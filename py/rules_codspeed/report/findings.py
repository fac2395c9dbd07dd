"""What a run found, for tools that list problems: what got slower, and what failed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rules_codspeed.contract.accounting import headline
from rules_codspeed.contract.escaping import shortened, visible
from rules_codspeed.results.change_text import metric_text, remark
from rules_codspeed.results.changes import Change
from rules_codspeed.results.model import Unmeasured

Kind = Literal["regressed", "not_repeatable", "failed"]

KINDS: dict[Kind, str] = {
    "regressed": "A benchmark got slower, or needs more than its budget",
    "not_repeatable": "The same inputs gave other numbers",
    "failed": "A benchmark failed, and has no number",
}
"""The kinds, and what they mean."""

_LONGEST = 1000  # characters of a text
# CodSpeed's URIs begin with a file of the repository: `sort/sort_bench.cc::radix_sort`.
_FILE = re.compile(r"(?!/)(?:[\w.+@-]+/)*[\w+@-][\w.+@-]*\.\w+(?=::)")
_PARENT = re.compile(r"(?:^|/)\.\.?(?:/|$)")


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem.

    Attributes:
      kind: what it is.
      text: for people, in one line.
      path: file of the repository that it belongs to, or the folder of its package: what can be
        known of a benchmark without its debug information.
      fingerprint: the same for the same problem of the same benchmark in each run.
    """

    kind: Kind
    text: str
    path: str
    fingerprint: str


def findings(changes: Sequence[Change], failed: Sequence[Unmeasured]) -> Iterator[Finding]:
    """Yields the problems of a run, in the order of its benchmarks.

    Args:
      changes: of the benchmarks; none without a comparison.
      failed: what failed.
    """
    for change in changes:
        if change.verdict in ("regressed", "not_repeatable"):
            kind: Kind = "regressed" if change.verdict == "regressed" else "not_repeatable"
            text = "; ".join(_moved(change)) or remark(change)
            yield _finding(kind, change.label, change.mode, change.uri, text)
    for one in failed:
        yield _finding("failed", one.label, one.mode, one.uri, headline(one.reason))


def _moved(change: Change) -> Iterator[str]:
    for one in change.metrics:
        if one.verdict == change.verdict:
            yield f"{one.metric} {' '.join(metric_text(one).split())}"


def _finding(kind: Kind, label: str, mode: str, uri: str, text: str) -> Finding:
    name = f"{uri} ({label}, {mode})" if uri else f"{label} ({mode})"
    key = "\0".join([kind, label, mode, uri])
    return Finding(
        kind,
        shortened(visible(f"{name}: {text}"), _LONGEST),
        _path(label, uri),
        hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest(),
    )


def _path(label: str, uri: str) -> str:
    found = _FILE.match(uri)
    if found and not _PARENT.search(found[0]):
        return found[0]
    return label.partition("//")[2].partition(":")[0] or "."
