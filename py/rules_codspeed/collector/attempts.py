"""Distinguishes a job that runs again from another job with the same run part.

GitHub keeps the run and the job when it runs a job again, and the metadata does not state the
attempt (spec: upload-environment 7). Two jobs with one id have the same run part too. A later
attempt begins when the earlier one has ended, and measures the same benchmarks.
"""

from __future__ import annotations

import logging
from pathlib import Path

from rules_codspeed.collector import memory_results, simulation_results, walltime_results
from rules_codspeed.collector.errors import Refusal, shortened
from rules_codspeed.collector.index import Run

_LOG = logging.getLogger(__name__)

RESULT_READERS = {
    "valgrind": simulation_results.read_results,
    "walltime": walltime_results.read_results,
    "memory": memory_results.read_results,
}
"""What reads the results of an archive, by executor; those of others are not read."""

_NEXT_STEP = (
    "give each job an id of its own, or set GH_MATRIX and GH_STRATEGY in it; all uploads of one "
    "job need one checkout, because its .codspeed folder counts them"
)
_LONGEST = 200  # characters of a name in a message


def check_order(run: Run, holder: Run) -> None:
    """Checks that a run was announced when the archive of its run part was there.

    Args:
      run: what is sent.
      holder: the run whose archive the run part has.

    Raises:
      Refusal: 409, it was announced before: two jobs ran at once, or a later attempt has ended.
    """
    if holder.completed_at is not None and run.created_at < holder.completed_at:
        raise Refusal(
            409,
            f"{_held(run, holder)}, which arrived after this run was announced. Either another job "
            f"of run {run.ci_run_id} has the same run part, or a later attempt of this job has "
            f"finished. For two jobs: {_NEXT_STEP}",
        )


def check_benchmarks(run: Run, archive: Path, holder: Run, held: Path) -> None:
    """Checks that an archive has benchmarks of the one that its run part has already.

    Args:
      run: what is sent.
      archive: of it.
      holder: the run whose archive the run part has.
      held: that archive.

    Raises:
      Refusal: 409, both have benchmarks, and none is the same.
    """
    if run.executor not in RESULT_READERS:
        return
    sent, known = _benchmarks(run, archive), _benchmarks(holder, held)
    if sent and known and sent.isdisjoint(known):
        raise Refusal(
            409,
            f"{_held(run, holder)} with other benchmarks, such as {_short(min(known))}; this "
            f"archive has {_short(min(sent))}. So another job of run {run.ci_run_id} has the same "
            f"run part. Fix: {_NEXT_STEP}",
        )


def _held(run: Run, holder: Run) -> str:
    return f"the run part {_short(run.run_part_id or '')} already has the archive of {holder.id}"


def _short(name: str) -> str:
    return shortened(name, _LONGEST)


def _benchmarks(run: Run, archive: Path) -> set[str]:
    """Returns the names of the benchmarks; none where they cannot be read."""
    try:
        return {one["benchmark"]["name"] for one in RESULT_READERS[run.executor](archive)}
    except Exception as error:  # whatever an archive holds
        _LOG.warning("no benchmarks of run %s: %s", run.id, error)
        return set()
