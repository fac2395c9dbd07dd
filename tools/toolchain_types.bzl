"""The toolchain types: what the rules and the targets of this package look for, each with its documentation.

Labels are API: `//tools:<name>`. Read by BUILD.bazel, which declares them, and by what writes
docs/api/toolchain.md.
"""

TOOLCHAIN_TYPES = {
    "exec_harness_toolchain_type": "CodSpeed's exec-harness, which `//tools:exec_harness` runs.",
    "go_runner_toolchain_type": "CodSpeed's go-runner, which `//tools:go_runner` runs.",
    "memtrack_toolchain_type": "CodSpeed's memtrack, which `//tools:memtrack` runs.",
    "mongo_tracer_toolchain_type": "CodSpeed's mongo-tracer, which `//tools:mongo_tracer` runs.",
    "perf_toolchain_type": "Linux perf, which `CodSpeedWalltime` takes samples with: made by `codspeed_perf_toolchain`. " +
                           "Without one, time is measured without perf.",
    "runner_toolchain_type": "CodSpeed's runner, which `//tools:runner` runs.",
    "simulator_toolchain_type": "The Valgrind that `CodSpeedSimulate` measures with: made by `codspeed_simulator_toolchain`.",
}
