"""codspeed_benchmark: declares the benchmarks of one program.

The macro is written as a symbolic macro would be: `name` is the main target,
all others are `name_*`, nothing is read from outside.
"""

load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")
load("//rules:providers.bzl", "CodSpeedBenchmarkInfo", "CodSpeedProfileInfo")
load(":labels.bzl", "stable_label")
load(":modes.bzl", "check_modes", "selected_modes")
load(":simulation.bzl", "codspeed_simulation")
load(":smoke_test.bzl", "codspeed_smoke_test")

def _benchmark_impl(ctx):
    measurements = {
        target[CodSpeedProfileInfo].mode: target[CodSpeedProfileInfo]
        for target in ctx.attr.measurements
    }
    selected = [measurements[mode] for mode in selected_modes(ctx) if mode in measurements]
    return [
        DefaultInfo(files = depset([info.results for info in selected])),
        CodSpeedBenchmarkInfo(label = stable_label(ctx.label), measurements = measurements),
        OutputGroupInfo(
            log = depset([info.log for info in selected]),
            profile = depset([f for info in selected for f in [info.profile, info.provenance]]),
            results = depset([info.results for info in selected]),
        ),
    ]

_benchmark = rule(
    doc = "A benchmark target: building it measures the selected modes.",
    implementation = _benchmark_impl,
    attrs = {
        "measurements": attr.label_list(
            doc = "The measuring targets, one a mode.",
            providers = [CodSpeedProfileInfo],
        ),
        "modes": attr.string_list(
            doc = "Modes that the benchmark can be measured in.",
        ),
        "_modes": attr.label(
            default = "//rules/settings:modes",
            providers = [BuildSettingInfo],
        ),
    },
    provides = [CodSpeedBenchmarkInfo],
)

# How CodSpeed's google_benchmark fork lists and filters (spec: integrations 2.4).
_LIST_ARGS = ["--benchmark_list_tests"]
_FILTER_ARGS = ["--benchmark_filter=^{regex}$"]

def codspeed_benchmark(
        name,
        binary,
        framework = "auto",
        modes = ["simulation"],
        args = [],
        env = {},
        data = [],
        isolate = False,
        list_args = _LIST_ARGS,
        filter_args = _FILTER_ARGS,
        smoke_args = [],
        timeout_s = 600,
        allow_empty = False,
        exec_properties = {},
        tags = [],
        target_compatible_with = [],
        testonly = True,
        visibility = None):
    """Declares the benchmarks of one program.

    `bazel build :name` measures them; `bazel test :name_smoke_test` runs them
    once, un-instrumented. Measuring targets are `manual`: `bazel build //...`
    measures nothing.

    Args:
      name: name of the benchmark target.
      binary: label of the program, in any language.
      framework: `hooks` (the program talks to CodSpeed itself: its C, C++ and
        Rust integrations), `pytest` (pytest-codspeed), `exec` (any dynamically
        linked program: the whole process is the benchmark), or `auto`.
      modes: modes that the benchmark can be measured in.
      args: arguments of the program; `$(rootpath …)` names a file of `data`.
      env: environment variables of the program; the pinned ones cannot be set.
      data: files that the program reads at run time.
      isolate: measure each benchmark in a process of its own.
      list_args: with `isolate` and `hooks`: arguments that list the benchmarks.
      filter_args: with `isolate` and `hooks`: arguments that run just one.
      smoke_args: further arguments of the smoke test.
      timeout_s: seconds after which a measurement is killed.
      allow_empty: let a program that measures nothing pass.
      exec_properties: for the measuring action; `measure.Pool` and the like
        reach its exec group alone.
      tags: tags of all targets.
      target_compatible_with: constraints besides Linux.
      testonly: whether only tests and test-only targets may depend on it.
      visibility: visibility of the benchmark target.
    """
    check_modes(modes, "the attribute modes of " + name)
    preload = Label("//rules/hooks:preload") if framework == "exec" else None
    compatible = target_compatible_with + [Label("@platforms//os:linux")]
    common = {
        "binary": binary,
        "data": data,
        "environment": env,
        "framework": framework,
        "preload": preload,
        "target_compatible_with": compatible,
        "testonly": testonly,
    }
    if "simulation" in modes:
        codspeed_simulation(
            name = name + "_simulation",
            allow_empty = allow_empty,
            arguments = args,
            benchmark_name = name,
            exec_properties = exec_properties,
            filter_args = filter_args,
            isolate = isolate,
            list_args = list_args,
            tags = _with_manual(tags),
            timeout_s = timeout_s,
            visibility = ["//visibility:private"],
            **common
        )
    _benchmark(
        name = name,
        measurements = [":{}_{}".format(name, mode) for mode in modes],
        modes = modes,
        tags = _with_manual(tags),
        target_compatible_with = compatible,
        testonly = testonly,
        visibility = visibility,
    )
    codspeed_smoke_test(
        name = name + "_smoke_test",
        arguments = args + smoke_args,
        benchmark_name = name,
        tags = tags,
        visibility = ["//visibility:private"],
        **common
    )

def _with_manual(tags):
    """Adds `manual`: measuring is asked for by name, never by a wildcard."""
    return tags if "manual" in tags else tags + ["manual"]
