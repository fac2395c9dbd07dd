"""What all tests share, whether Bazel starts them or pytest by itself."""

from __future__ import annotations

import importlib.util

# Under Bazel only targets that depend on hypothesis have it.
if importlib.util.find_spec("hypothesis"):
    from hypothesis import HealthCheck, settings

    # A test gives the same result on each machine and in each run, however loaded the machine is.
    settings.register_profile(
        "repeatable",
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    settings.load_profile("repeatable")
