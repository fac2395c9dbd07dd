"""codspeed_suite: many benchmarks, one command.

Two targets, so that who only measures needs nothing of what shows and
publishes: `name_profiles` holds the measurements, `name` is run.
"""

load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")
load("//rules:providers.bzl", "CodSpeedBenchmarkInfo", "CodSpeedSuiteInfo")
load(":errors.bzl", "error_text")
load(":labels.bzl", "runfiles_path", "stable_label")
load(":modes.bzl", "check_modes", "selected_modes")

def _selected(ctx):
    """The measurements of the selected modes, each once, in the order of the list."""
    modes = selected_modes(ctx)
    direct = []
    nested = []
    for target in ctx.attr.benchmarks:
        if CodSpeedSuiteInfo in target:
            nested.append(target[CodSpeedSuiteInfo].measurements)
        else:
            offered = target[CodSpeedBenchmarkInfo].measurements
            direct.extend([offered[mode] for mode in modes if mode in offered])
    measurements = depset(direct, transitive = nested)
    if not measurements:
        fail(error_text(
            what = "the suite {} selects no measurement".format(stable_label(ctx.label)),
            got = "modes {} of {} benchmarks".format(modes, len(ctx.attr.benchmarks)),
            expected = "at least one benchmark that offers one of the modes",
            fix = "list benchmarks, or choose other modes with --@rules_codspeed//rules/settings:modes",
        ))
    return measurements

def _profiles_impl(ctx):
    measurements = _selected(ctx)
    chosen = measurements.to_list()
    results = depset([info.results for info in chosen])
    profiles = depset([f for info in chosen for f in [info.profile, info.provenance]])
    return [
        DefaultInfo(files = depset(transitive = [results, profiles])),
        CodSpeedSuiteInfo(measurements = measurements),
        OutputGroupInfo(
            log = depset([info.log for info in chosen]),
            profile = profiles,
            results = results,
        ),
    ]

_suite_profiles = rule(
    doc = "All measurements of a suite: building it measures what changed.",
    implementation = _profiles_impl,
    attrs = {
        "benchmarks": attr.label_list(
            doc = "Benchmark targets, and `name_profiles` targets of other suites.",
            providers = [[CodSpeedBenchmarkInfo], [CodSpeedSuiteInfo]],
        ),
        "modes": attr.string_list(
            doc = "Modes to measure unless the setting //rules/settings:modes says otherwise.",
        ),
        "_modes": attr.label(
            default = "//rules/settings:modes",
            providers = [BuildSettingInfo],
        ),
    },
    provides = [CodSpeedSuiteInfo],
)

def _suite_impl(ctx):
    chosen = ctx.attr.profiles[CodSpeedSuiteInfo].measurements.to_list()
    manifest = ctx.actions.declare_file(ctx.label.name + ".manifest.json")
    ctx.actions.write(manifest, json.encode_indent({
        "schema": 1,
        "suite": stable_label(ctx.label),
        "targets": [{
            "label": info.label,
            "mode": info.mode,
            "profile": runfiles_path(info.profile.short_path, ctx.workspace_name),
            "provenance": runfiles_path(info.provenance.short_path, ctx.workspace_name),
            "results": runfiles_path(info.results.short_path, ctx.workspace_name),
        } for info in chosen],
    }, indent = " ") + "\n")
    launcher = ctx.actions.declare_file(ctx.label.name + ".sh")
    ctx.actions.expand_template(
        template = ctx.file._template,
        output = launcher,
        is_executable = True,
        substitutions = {
            "{arguments}": "--manifest \"$runfiles/{}\"".format(runfiles_path(manifest.short_path, ctx.workspace_name)),
            "{program}": "\"$runfiles/{}\"".format(runfiles_path(ctx.executable._bench.short_path, ctx.workspace_name)),
        },
    )
    runfiles = ctx.runfiles(files = [manifest] + [
        f
        for info in chosen
        for f in [info.profile, info.provenance, info.results]
    ]).merge(ctx.attr._bench[DefaultInfo].default_runfiles)
    return [DefaultInfo(executable = launcher, runfiles = runfiles)]

_suite = rule(
    doc = "Shows (and publishes) the measurements of a suite.",
    implementation = _suite_impl,
    attrs = {
        "profiles": attr.label(
            doc = "The `name_profiles` target of the suite.",
            mandatory = True,
            providers = [CodSpeedSuiteInfo],
        ),
        "_bench": attr.label(
            default = "//py/rules_codspeed/report:bench",
            executable = True,
            cfg = "target",
        ),
        "_template": attr.label(
            default = "//rules/private:launcher.sh.tpl",
            allow_single_file = True,
        ),
    },
    executable = True,
)

def codspeed_suite(
        name,
        benchmarks,
        modes = ["simulation"],
        tags = [],
        target_compatible_with = [],
        testonly = True,
        visibility = None):
    """Declares a suite: `bazel run :name` measures what changed and shows the numbers.

    `bazel build :name_profiles` measures only.

    Args:
      name: name of the target to run.
      benchmarks: labels of benchmark targets, and of `…_profiles` targets of
        other suites.
      modes: modes to measure; `--@rules_codspeed//rules/settings:modes=a,b`
        overrides them for one command.
      tags: tags of both targets.
      target_compatible_with: constraints besides Linux.
      testonly: whether only tests and test-only targets may depend on it.
      visibility: visibility of both targets.
    """
    check_modes(modes, "the attribute modes of " + name)
    common = {
        "tags": tags if "manual" in tags else tags + ["manual"],
        "target_compatible_with": target_compatible_with + [Label("@platforms//os:linux")],
        "testonly": testonly,
        "visibility": visibility,
    }
    _suite_profiles(
        name = name + "_profiles",
        benchmarks = benchmarks,
        modes = modes,
        **common
    )
    _suite(
        name = name,
        profiles = ":{}_profiles".format(name),
        **common
    )
