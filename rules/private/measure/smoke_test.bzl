"""codspeed_smoke_test: a benchmark run once, un-instrumented, by `bazel test`.

It is built in the normal configuration, so that `bazel test //...` finds a benchmark
that no longer compiles or runs.
"""

load("//rules/private:launcher.bzl", "LAUNCHER_ATTRS", "word", "word_in_runfiles", "write_launcher")
load("//rules/private:python_tool.bzl", "INTERPRETER_FLAGS", "PYTHON_TOOLCHAIN_TYPE", "driver_sources", "python_runtime", "runtime_files")
load(":frameworks.bzl", "FRAMEWORKS")
load(":stage.bzl", "STAGE_ATTRS", "benchmark_spec", "framework_of", "stage_runfiles", "write_stage_manifest")

def _spec(ctx, runtime):
    """Describes what is run: all that the measurement of the target does, without an instrument."""
    framework = FRAMEWORKS[framework_of(ctx)]
    return benchmark_spec(
        ctx,
        runtime,
        filter_args = ctx.attr.filter_args or framework.filter_args,
        isolate = ctx.attr.isolate or (ctx.attr.isolate_if_cheap and framework.python),
        list_args = ctx.attr.list_args or framework.list_args,
    )

def _smoke_test_impl(ctx):
    runtime = python_runtime(ctx.toolchains[PYTHON_TOOLCHAIN_TYPE], ctx.label)
    staged = stage_runfiles(ctx, runtime)
    files = ctx.actions.declare_file(ctx.label.name + ".files")
    more_files = write_stage_manifest(ctx, staged, files, from_runfiles = True)
    spec = ctx.actions.declare_file(ctx.label.name + ".spec.json")
    ctx.actions.write(spec, json.encode_indent(_spec(ctx, runtime), indent = " ") + "\n")

    interpreter = word(runtime.interpreter_path or "")
    if runtime.interpreter:
        interpreter = word_in_runfiles(ctx, runtime.interpreter)
    main = ctx.file._smoke
    launcher = write_launcher(ctx, entry = main, command = [interpreter] + INTERPRETER_FLAGS + [
        word_in_runfiles(ctx, main),
        "--spec",
        word_in_runfiles(ctx, spec),
        "--files",
        word_in_runfiles(ctx, files),
        "--root",
        "\"$runfiles\"",
    ])
    runfiles = ctx.runfiles(
        files = [spec, files, main] + more_files,
        transitive_files = depset(transitive = [
            driver_sources(ctx.attr._measure),
            runtime_files(runtime),
        ]),
    )
    return [DefaultInfo(executable = launcher, runfiles = runfiles.merge(staged))]

codspeed_smoke_test = rule(
    doc = "Runs the benchmarks of one program once. Made by the macro codspeed_benchmark.",
    implementation = _smoke_test_impl,
    attrs = STAGE_ATTRS | LAUNCHER_ATTRS | {
        "filter_args": attr.string_list(
            doc = "With `isolate`: arguments that make the program run one benchmark.",
        ),
        "isolate": attr.bool(
            doc = "Run each benchmark in a process of its own, as it is measured.",
        ),
        "isolate_if_cheap": attr.bool(
            doc = "Do so, whatever `isolate` is, for Python's benchmarks.",
        ),
        "list_args": attr.string_list(
            doc = "With `isolate`: arguments that make the program print the names of its benchmarks.",
        ),
        "_measure": attr.label(default = "//py/rules_codspeed/measure:smoke"),
        "_smoke": attr.label(
            default = "//py/rules_codspeed/measure:smoke.py",
            allow_single_file = True,
        ),
    },
    test = True,
    toolchains = [PYTHON_TOOLCHAIN_TYPE],
)
