"""codspeed_regression_test: numbers judged by an ordinary, cached `bazel test`.

The test compares what is measured with a baseline in the source tree. Running
`name.update` writes the current numbers into it.
"""

load("//rules:providers.bzl", "CodSpeedBenchmarkInfo", "CodSpeedSuiteInfo")
load(":errors.bzl", "error_text")
load(":labels.bzl", "runfiles_path", "stable_label")
load(":launcher.bzl", "LAUNCHER_ATTRS", "word", "word_below_runfiles", "word_in_runfiles", "write_launcher")
load(":python_tool.bzl", "INTERPRETER_FLAGS", "PYTHON_TOOLCHAIN_TYPE", "import_folders", "python_runtime", "runtime_files")
load(":selection.bzl", "check_modes")

def _measurements(ctx):
    """Returns what is judged: for a suite, everything that is measured in the mode."""
    target, mode = ctx.attr.benchmark, ctx.attr.mode
    if CodSpeedSuiteInfo in target:
        of_suite = target[CodSpeedSuiteInfo].measurements.to_list()
        found = [info for info in of_suite if info.mode == mode]
        offered = {info.mode: None for info in of_suite}.keys()
    else:
        offered = target[CodSpeedBenchmarkInfo].measurements
        found = [offered[mode]] if mode in offered else []
        offered = offered.keys()
    if not found:
        fail(error_text(
            what = "{} judges nothing".format(stable_label(ctx.label)),
            got = "mode {} for {}, which offers {}".format(repr(mode), stable_label(target.label), repr(offered)),
            expected = "a mode that is measured",
            fix = "name another mode, or add it to the modes of the benchmark or suite",
        ))
    return found

def _write_config(ctx, measurements):
    """Writes the configuration of the test and of the update; read by py/rules_codspeed/judge/config.py."""
    config = ctx.actions.declare_file(ctx.label.name + ".config.json")
    baseline = ctx.file.baseline
    workspace = ctx.workspace_name
    ctx.actions.write(config, json.encode_indent({
        "baseline": runfiles_path(baseline.short_path, workspace) if baseline else "",
        "baseline_source": ctx.attr.baseline_source,
        "limits": json.decode(ctx.attr.limits),
        "schema": 1,
        "targets": [{
            "label": info.label,
            "mode": info.mode,
            "profile": runfiles_path(info.profile.short_path, workspace),
            "provenance": runfiles_path(info.provenance.short_path, workspace),
            "results": runfiles_path(info.results.short_path, workspace),
        } for info in measurements],
        "test": ctx.attr.test,
    }, indent = " ") + "\n")
    return config

def _judge_impl(ctx):
    runtime = python_runtime(ctx.toolchains[PYTHON_TOOLCHAIN_TYPE], ctx.label)
    measurements = _measurements(ctx)
    config = _write_config(ctx, measurements)
    interpreter = word(runtime.interpreter_path or "")
    if runtime.interpreter:
        interpreter = word_in_runfiles(ctx, runtime.interpreter)
    main = ctx.file.main
    command = [
        interpreter,
    ] + INTERPRETER_FLAGS + [
        word_in_runfiles(ctx, main),
        "--config",
        word_in_runfiles(ctx, config),
        "--runfiles",
        "\"$runfiles\"",
    ]
    for folder in import_folders(ctx.attr._judge):
        command += ["--import-path", word_below_runfiles(folder)]
    launcher = write_launcher(ctx, entry = main, command = command)
    measured = [f for info in measurements for f in [info.profile, info.provenance, info.results]]
    return [DefaultInfo(
        executable = launcher,
        runfiles = ctx.runfiles(
            files = [config, main] + measured + ctx.files.baseline,
            transitive_files = runtime_files(runtime),
        ).merge(ctx.attr._judge[DefaultInfo].default_runfiles),
    )]

_ATTRS = LAUNCHER_ATTRS | {
    "baseline": attr.label(
        doc = "The baseline; unset before the first update.",
        allow_single_file = [".json"],
    ),
    "baseline_source": attr.string(
        doc = "Path of the baseline in the source tree, relative to its root.",
        mandatory = True,
    ),
    "benchmark": attr.label(
        doc = "A benchmark target or a suite.",
        mandatory = True,
        providers = [[CodSpeedBenchmarkInfo], [CodSpeedSuiteInfo]],
    ),
    "limits": attr.string(
        doc = "JSON: limits, budget, overrides.",
        mandatory = True,
    ),
    "main": attr.label(
        doc = "The program to run: the one that judges, or the one that updates.",
        allow_single_file = [".py"],
        mandatory = True,
    ),
    "mode": attr.string(
        doc = "The mode whose numbers are judged.",
        mandatory = True,
    ),
    "test": attr.string(
        doc = "Label of the test, for messages.",
        mandatory = True,
    ),
    "_judge": attr.label(default = "//py/rules_codspeed/judge"),
}

_regression_test = rule(
    doc = "Fails if a benchmark costs more than its limits allow. Made by the macro codspeed_regression_test.",
    implementation = _judge_impl,
    attrs = _ATTRS,
    test = True,
    toolchains = [PYTHON_TOOLCHAIN_TYPE],
)

_baseline_update = rule(
    doc = "Writes the current numbers into the baseline. Made by the macro codspeed_regression_test.",
    implementation = _judge_impl,
    attrs = _ATTRS,
    executable = True,
    toolchains = [PYTHON_TOOLCHAIN_TYPE],
)

def codspeed_regression_test(
        name,
        benchmark,
        baseline,
        limits = {},
        budget = {},
        overrides = {},
        mode = "simulation",
        tags = [],
        target_compatible_with = [],
        visibility = None,
        **kwargs):
    """Declares a test that fails when a benchmark got slower, or costs more than it may.

    `bazel run :name.update` writes the current numbers into the baseline, which is checked in.

    Args:
      name: name of the test.
      benchmark: label of a benchmark target, or of a suite.
      baseline: name of the baseline file in this package, for example `sort.baseline.json`; the
        first update creates it.
      limits: by metric, how far it may move, for example `{"Ir": "2%", "LLm": "5% and 100"}`: a
        change counts if it is more than the percentage and at least the number. Without a number,
        the default of the metric holds. docs/judging.md lists the defaults.
      budget: by metric, its highest accepted value, for example `{"Ir": 1200000}` or
        `{"peak": "64 MiB"}`.
      overrides: by pattern of benchmarks' URIs (`*` and `?`), a dict with the `limits` and
        `budget` of those benchmarks.
      mode: the mode whose numbers are judged.
      tags: tags of the test.
      target_compatible_with: constraints in addition to Linux.
      visibility: visibility of both targets.
      **kwargs: further attributes of a test, for example `size`.
    """
    check_modes([mode], "the attribute mode of " + name)
    compatible = target_compatible_with + [Label("@platforms//os:linux")]
    package = native.package_name()
    common = {
        # A file that does not exist yet is not an error: the update creates it.
        "baseline": baseline if native.glob([baseline], allow_empty = True) else None,
        "baseline_source": package + "/" + baseline if package else baseline,
        "benchmark": benchmark,
        "limits": json.encode({"budget": budget, "limits": limits, "overrides": overrides}),
        "mode": mode,
        "target_compatible_with": compatible,
        "test": "//{}:{}".format(package, name),
        "testonly": True,
        "visibility": visibility,
    }
    _regression_test(
        name = name,
        main = Label("//py/rules_codspeed/judge:regression.py"),
        tags = tags,
        **(common | kwargs)
    )
    _baseline_update(
        name = name + ".update",
        main = Label("//py/rules_codspeed/judge:update.py"),
        tags = ["manual"],
        **common
    )
