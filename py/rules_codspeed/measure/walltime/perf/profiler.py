"""Whether samples are taken on this machine, and how."""

from __future__ import annotations

from typing import NamedTuple

from rules_codspeed.contract.provenance import ProfilerState
from rules_codspeed.contract.spec import Spec
from rules_codspeed.measure.frameworks.timed_program import OwnResults
from rules_codspeed.measure.walltime.perf import perf
from rules_codspeed.measure.walltime.perf.probe import probe


class Profiler(NamedTuple):
    """The profiler of a measurement.

    Attributes:
      state: `recorded`, or why there is no profile: `off`, `missing` or `forbidden`.
      reason: why nothing is recorded, for people; empty if samples are recorded.
      version: perf's; empty if there is none.
      event: takes the samples; empty if nothing is recorded.
      path: perf's; empty if nothing is recorded.
      how: perf records; None if it does not.
    """

    state: ProfilerState
    reason: str = ""
    version: str = ""
    event: str = ""
    path: str = ""
    how: perf.Recording | None = None

    @property
    def records(self) -> bool:
        """Whether there will be a recording."""
        return self.how is not None

    def arguments(self, control: str) -> list[str]:
        """Returns perf's arguments up to the `--` before the command; none without perf.

        Args:
          control: the option that names the control FIFOs.
        """
        return perf.arguments(self.how, control) if self.how else []


def choose_profiler(spec: Spec, call_graph: str, own: OwnResults | None = None) -> Profiler:
    """Looks for perf and tests whether it may record.

    Args:
      spec: the benchmark's, which may switch it off or name one.
      call_graph: value of perf's option of that name.
      own: what the framework itself writes, where no integration reports.

    Raises:
      CodSpeedError: the test could not be made.
    """
    if spec.profiler == "none":
        return Profiler("off", "the setting profiler is none")
    if own:
        # perf records between the reports of an integration only.
        return Profiler("off", f"{own.tool} itself does not report when a benchmark runs")
    path, minimum = spec.perf or ("", "")
    try:
        found = perf.find_perf(path, minimum or perf.MINIMUM_VERSION)
    except perf.PerfMissing as error:
        return Profiler("missing", str(error))
    tried = probe(found, perf.recording(found, call_graph))
    if tried.state != "recorded":
        return Profiler(tried.state, tried.reason, found.version)
    return Profiler("recorded", "", found.version, tried.event, found.path, tried.how)
