"""The attribute walltime_args in the words of pytest-codspeed."""

from __future__ import annotations

from rules_codspeed.contract.errors import BenchmarkError
from rules_codspeed.contract.spec import Spec
from rules_codspeed.measure.walltime.exec_harness.options import read_exec_options

# pytest-codspeed has no option for a minimum time or number of rounds.
_OPTIONS = {
    "warmup_time": "--codspeed-warmup-time",
    "max_time": "--codspeed-max-time",
    "max_rounds": "--codspeed-max-rounds",
}
_NS = 1_000_000_000  # in a second


def pytest_options(spec: Spec) -> list[str]:
    """Returns the options; durations are in seconds.

    Raises:
      CodSpeedError: an option does not exist, or a value cannot be used.
    """
    for name in sorted(spec.walltime_args.keys() - _OPTIONS.keys()):
        raise BenchmarkError(
            f"pytest-codspeed has no {name}, which {spec.label} sets among its walltime_args",
            got=f"{name}={spec.walltime_args[name]}",
            expected=f"one of {', '.join(_OPTIONS)}",
            fix=f"remove {name}; a benchmark may have @pytest.mark.benchmark(min_time=...), the "
            "least "
            "time of a round",
        )
    read = read_exec_options(spec.walltime_args, spec.label)
    if "max_rounds" in spec.walltime_args and not read.max_rounds:
        raise BenchmarkError(
            f"max_rounds among the walltime_args of {spec.label} leaves no round",
            got=spec.walltime_args["max_rounds"],
            expected="1 or more",
            fix="raise max_rounds",
        )
    values = {
        "warmup_time": read.warmup_ns / _NS,
        "max_time": (read.max_time_ns or 0) / _NS,
        "max_rounds": read.max_rounds,
    }
    return [f"{_OPTIONS[name]}={values[name]}" for name in sorted(spec.walltime_args)]
