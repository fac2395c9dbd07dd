"""Waits until CodSpeed has processed a run of this machine (spec: upload-results 13.1)."""

from __future__ import annotations

import time
from collections.abc import Callable

from rules_codspeed.publish.errors import PublishError
from rules_codspeed.publish.service.local_run import LocalRun, RunStatus

INTERVAL_S = 1.0
LONGEST_S = 300.0


def poll(
    fetch: Callable[[], LocalRun],
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> LocalRun:
    """Asks at once, and then every second, until the run is processed.

    Args:
      fetch: asks for the run; its errors end the waiting.
      clock: seconds that never go back.
      sleep: waits a number of seconds.

    Raises:
      PublishError: processing failed, or was not done after five minutes.
    """
    start = clock()
    while clock() - start <= LONGEST_S:
        run = fetch()
        if run.status is RunStatus.FAILURE:
            raise PublishError("Run failed to be processed, try again in a few minutes", fix=None)
        if run.status is RunStatus.COMPLETED:
            return run
        sleep(INTERVAL_S)
    raise PublishError(
        "Polling results timed out after 5 minutes. Please try again later.", fix=None
    )
