"""Shows the results of a local run, in the order of runner 5.0.2 (spec: upload-results 13.6).

Its hint to compare with `--base` is left out, as there is no such option here.
"""

from __future__ import annotations

from collections.abc import Callable

from rules_codspeed.publish import events
from rules_codspeed.publish.ci.log import Logger
from rules_codspeed.publish.service import display
from rules_codspeed.publish.service.local_run import LocalRun


def show_results(
    run: LocalRun,
    run_id: str,
    log: Logger,
    *,
    terminal: bool,
    emit: Callable[[str], None] | None = None,
) -> None:
    """Shows the results, what is wrong with some, and where the report is.

    Args:
      run: after processing.
      run_id: of the upload.
      log: where a person reads.
      terminal: whether a person reads at a terminal, in colours.
      emit: takes each event of `--message-format json`, a line without its end; None for
        `human`.
    """
    if emit:
        emit(events.run_finished(run_id))
    if not run.results:
        log.warn(display.NO_BENCHMARKS)
        return
    with log.group("Benchmark results", opened=True):
        log.info(f"{display.results_text(run.results, terminal)}\n", styled=terminal)
        if emit:
            for result in run.results:
                emit(events.benchmark_ran(result.benchmark.name, result.value))
        if names := display.without_call_graph(run):
            log.warn(display.NO_CALL_GRAPHS)
            for name in names:
                log.warn(f"  - {name}")
        log.info(f"\n{display.report_link(run.url, terminal)}", styled=terminal)
