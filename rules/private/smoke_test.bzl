"""codspeed_smoke_test: a benchmark run once, un-instrumented, by `bazel test`.

It stands in the normal configuration, so that a benchmark that no longer
compiles or runs is found where everybody looks.
"""

load(":labels.bzl", "runfiles_path", "stable_label")
load(":python_tool.bzl", "INTERPRETER_FLAGS", "PYTHON_TOOLCHAIN_TYPE", "driver_sources", "python_runtime", "runtime_files")
load(":stage.bzl", "STAGE_ATTRS", "benchmark_spec", "stage_runfiles", "write_stage_manifest")

def _smoke_test_impl(ctx):
    runtime = python_runtime(ctx.toolchains[PYTHON_TOOLCHAIN_TYPE], ctx.label)
    staged = stage_runfiles(ctx, runtime)
    files = ctx.actions.declare_file(ctx.label.name + ".files")
    write_stage_manifest(ctx, staged, files, from_runfiles = True)
    spec = ctx.actions.declare_file(ctx.label.name + ".spec.json")
    label = stable_label(ctx.label.relative(":" + ctx.attr.benchmark_name))
    ctx.actions.write(spec, json.encode_indent(benchmark_spec(ctx, runtime, label), indent = " ") + "\n")

    interpreter = runtime.interpreter_path
    if runtime.interpreter:
        interpreter = "$runfiles/" + runfiles_path(runtime.interpreter.short_path, ctx.workspace_name)
    launcher = ctx.actions.declare_file(ctx.label.name + ".sh")
    ctx.actions.expand_template(
        template = ctx.file._template,
        output = launcher,
        is_executable = True,
        substitutions = {
            "{arguments}": "\"$runfiles/{}\" --spec \"$runfiles/{}\" --files \"$runfiles/{}\" --root \"$runfiles\"".format(
                runfiles_path(ctx.file._smoke.short_path, ctx.workspace_name),
                runfiles_path(spec.short_path, ctx.workspace_name),
                runfiles_path(files.short_path, ctx.workspace_name),
            ),
            "{program}": "\"{}\" {}".format(interpreter, " ".join(INTERPRETER_FLAGS)),
        },
    )
    runfiles = ctx.runfiles(
        files = [spec, files, ctx.file._smoke],
        transitive_files = depset(transitive = [
            driver_sources(ctx.attr._measure),
            runtime_files(runtime),
        ]),
    )
    return [DefaultInfo(executable = launcher, runfiles = runfiles.merge(staged))]

codspeed_smoke_test = rule(
    doc = "Runs one program of benchmarks once. Made by the macro codspeed_benchmark.",
    implementation = _smoke_test_impl,
    attrs = dict(STAGE_ATTRS, **{
        "benchmark_name": attr.string(
            doc = "Name of the benchmark target that this test belongs to.",
            mandatory = True,
        ),
        "_measure": attr.label(default = "//py/rules_codspeed/measure"),
        "_smoke": attr.label(
            default = "//py/rules_codspeed/measure:smoke.py",
            allow_single_file = True,
        ),
        "_template": attr.label(
            default = "//rules/private:launcher.sh.tpl",
            allow_single_file = True,
        ),
    }),
    test = True,
    toolchains = [PYTHON_TOOLCHAIN_TYPE],
)
