"""codspeed_import: results that another tool measured, beside those that the rules measure."""

load("//rules:providers.bzl", "CodSpeedProfileInfo")
load("//rules/private:labels.bzl", "stable_label")
load("//rules/private:macros.bzl", "with_manual")
load("//rules/private:python_tool.bzl", "PYTHON_TOOLCHAIN_TYPE", "driver_sources", "python_runtime", "run_driver")
load("//rules/private:version.bzl", "VERSION")
load(":benchmark.bzl", "benchmark_target")
load(":check.bzl", "CHECK_ATTRS", "check_results")
load(":measurement.bzl", "WITHOUT_NETWORK")

# As in py/rules_codspeed/importing/registry.py.
FORMATS = [
    "cargo_criterion",
    "criterion",
    "customBiggerIsBetter",
    "customSmallerIsBetter",
    "go",
    "google_benchmark",
    "hyperfine",
    "jmh",
    "pytest_benchmark",
]

_MODE = "walltime"

def _file_and_name(file):
    """Returns the arguments of a file: its path, and its name in the workspace."""
    return ["--file", file.path, file.short_path]

def _import(ctx, runtime, label):
    """Declares the CodSpeedImport action; returns its outputs."""
    outputs = struct(
        log = ctx.actions.declare_file(ctx.label.name + ".log"),
        profile = ctx.actions.declare_directory(ctx.label.name + ".profile"),
        provenance = ctx.actions.declare_file(ctx.label.name + ".provenance.json"),
        results = ctx.actions.declare_file(ctx.label.name + ".results.json"),
    )
    arguments = ctx.actions.args()
    arguments.add("--label", label)
    arguments.add("--format", ctx.attr.format)
    arguments.add("--rules-version", VERSION)
    arguments.add_all(ctx.files.results, map_each = _file_and_name)
    arguments.add("--log", outputs.log)
    arguments.add_all("--profile", [outputs.profile], expand_directories = False)
    arguments.add("--provenance", outputs.provenance)
    arguments.add("--output", outputs.results)
    run_driver(
        ctx,
        runtime,
        main = ctx.file._main,
        sources = driver_sources(ctx.attr._importing),
        arguments = arguments,
        inputs = [depset(ctx.files.results)],
        wheels = ctx.attr._wheels,
        outputs = [outputs.log, outputs.profile, outputs.provenance, outputs.results],
        mnemonic = "CodSpeedImport",
        progress_message = "Importing results of %{label}",
        execution_requirements = WITHOUT_NETWORK,
        toolchain = PYTHON_TOOLCHAIN_TYPE,
    )
    return outputs

def _imported_results_impl(ctx):
    label = stable_label(ctx.label.same_package_label(ctx.attr.benchmark_name))
    runtime = python_runtime(ctx.toolchains[PYTHON_TOOLCHAIN_TYPE], ctx.label)
    outputs = _import(ctx, runtime, label)
    checked = check_results(ctx, runtime, outputs.results, execution_requirements = WITHOUT_NETWORK)
    return [
        DefaultInfo(files = depset([outputs.results, checked])),
        CodSpeedProfileInfo(
            checked = checked,
            label = label,
            log = outputs.log,
            mode = _MODE,
            profile = outputs.profile,
            provenance = outputs.provenance,
            results = outputs.results,
            verify = 1,
        ),
    ]

_imported_results = rule(
    doc = "Reads results that another tool wrote. Made by the macro codspeed_import.",
    implementation = _imported_results_impl,
    attrs = CHECK_ATTRS | {
        "benchmark_name": attr.string(
            doc = "Name of the target of the macro.",
            mandatory = True,
        ),
        "format": attr.string(
            doc = "Format of the files.",
            mandatory = True,
            values = FORMATS,
        ),
        "results": attr.label(
            doc = "The files, or a folder of them.",
            allow_files = True,
            mandatory = True,
        ),
        "_importing": attr.label(default = "//py/rules_codspeed/importing", cfg = "exec"),
        "_main": attr.label(
            default = "//py/rules_codspeed/importing:main.py",
            allow_single_file = True,
        ),
        "_wheels": attr.label_list(default = ["//py/wheels:pydantic"], cfg = "exec"),
    },
    provides = [CodSpeedProfileInfo],
    toolchains = [PYTHON_TOOLCHAIN_TYPE],
)

def codspeed_import(
        name,
        results,
        format,
        tags = [],
        target_compatible_with = [],
        testonly = True,
        visibility = None):
    """Declares results that another tool measured, as a benchmark target of mode `walltime`.

    Suites, reports, the history and regression tests take it like any other. It is not uploaded to
    CodSpeed: nothing of it was measured here.

    Args:
      name: name of the benchmark target.
      results: label of the file: one of the source tree, or the output of a rule that measures.
        A filegroup of several files of one format is accepted, and a folder.
      format: what wrote it: `google_benchmark` (`--benchmark_out_format=json`), `go` (the text of
        `go test -bench`), `criterion` (the folder `target/criterion`), `cargo_criterion`
        (`--message-format=json`), `jmh` (`-rf json`), `pytest_benchmark` (`--benchmark-json`),
        `hyperfine` (`--export-json`), `customSmallerIsBetter` or `customBiggerIsBetter` (a JSON
        list of `name`, `unit` and `value`: times or rates).
      tags: tags of all targets; select() is not accepted.
      target_compatible_with: constraints in addition to Linux.
      testonly: whether only tests and test-only targets may depend on it.
      visibility: visibility of the benchmark target.
    """
    common = {
        "tags": with_manual(tags, name),
        "target_compatible_with": target_compatible_with + [Label("@platforms//os:linux")],
        "testonly": testonly,
    }
    imported = "{}_{}".format(name, _MODE)
    _imported_results(
        name = imported,
        benchmark_name = name,
        format = format,
        results = results,
        visibility = ["//visibility:private"],
        **common
    )
    benchmark_target(
        name = name,
        measurements = [":" + imported],
        modes = [_MODE],
        visibility = visibility,
        **common
    )
