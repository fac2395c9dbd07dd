"""codspeed_suite: many benchmarks, one command.

There are two targets: `name_profiles` holds the measurements, and `name` is run. So a command
that only measures does not need the tools that print and publish.
"""

load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")
load("//rules:providers.bzl", "CodSpeedBenchmarkInfo", "CodSpeedSuiteInfo")
load("//rules/private/measure:output_groups.bzl", "output_groups")
load(":errors.bzl", "error_text")
load(":labels.bzl", "runfiles_path", "stable_label")
load(":launcher.bzl", "LAUNCHER_ATTRS", "word_in_runfiles", "write_launcher")
load(":macros.bzl", "plain_list", "with_manual")
load(":selection.bzl", "check_modes", "selected_modes")

_VERIFY = str(Label("//rules/settings:verify"))

def _left_out(ctx, benchmark, modes):
    """Fails, or warns, because a benchmark of the list offers none of the modes.

    A suite names both its modes and its benchmarks: if they contradict each other that is a
    mistake, and leaving the benchmark out would hide that it is never measured. The
    modes of a command apply to all suites, and the setting is meant for choosing a mode that
    only some benchmarks offer; the benchmarks that are left out are printed.
    """
    text = error_text(
        what = "the suite {} {} {}, which offers none of its modes".format(
            stable_label(ctx.label),
            "leaves out" if modes.from_setting else "lists",
            benchmark.label,
        ),
        got = modes.described,
        expected = "one of " + repr(benchmark.measurements.keys()),
        fix = "change the modes of the benchmark or those of the suite, or list it in another suite",
    )
    if not modes.from_setting:
        fail(text)

    # buildifier: disable=print
    print(text)

def _of_benchmark(ctx, benchmark, modes):
    """Returns the measurements of a benchmark in the selected modes."""
    offered = benchmark.measurements
    found = [offered[mode] for mode in modes.names if mode in offered]
    if not found:
        _left_out(ctx, benchmark, modes)
    return found

def _selected(ctx):
    """Returns the measurements of the selected modes, each once, in the order of the list."""
    modes = selected_modes(ctx)
    direct = []
    nested = []
    for target in ctx.attr.benchmarks:
        if CodSpeedSuiteInfo in target:
            nested.append(target[CodSpeedSuiteInfo].measurements)
        else:
            direct.extend(_of_benchmark(ctx, target[CodSpeedBenchmarkInfo], modes))
    measurements = _each_once(depset(direct, transitive = nested).to_list())
    if not measurements:
        fail(error_text(
            what = "the suite {} selects no measurement".format(stable_label(ctx.label)),
            got = "modes {} for {} benchmarks".format(modes.described, len(ctx.attr.benchmarks)),
            expected = "at least one benchmark that offers one of the modes",
            fix = "list benchmarks, or choose other modes with --@rules_codspeed//rules/settings:modes",
        ))
    return measurements

def _each_once(measurements):
    """Returns one measurement of each target and mode: where suites differ, the one that is verified most often."""
    kept = {}
    for info in measurements:
        known = kept.get((info.label, info.mode))
        if known == None or info.verify > known.verify:
            kept[(info.label, info.mode)] = info
    return kept.values()

def _verify_in_suite(settings, attributes):
    """Measures as often as the suite asks, or as the command does where that is more often."""
    asked = settings[_VERIFY]

    # A setting that is a mistake stays one, so that it is reported.
    return {_VERIFY: max(asked, attributes.verify) if asked > 0 else asked}

_verifying_transition = transition(
    implementation = _verify_in_suite,
    inputs = [_VERIFY],
    outputs = [_VERIFY],
)

def _check_verify(ctx):
    if ctx.attr.verify < 1:
        fail(error_text(
            what = "the attribute verify of {} cannot be used".format(stable_label(ctx.label)),
            got = ctx.attr.verify,
            expected = "how many times each simulation is measured, 1 or more",
            fix = "write verify = 2, or leave it out",
        ))

def _profiles_impl(ctx):
    _check_verify(ctx)
    chosen = _selected(ctx)
    groups = output_groups(chosen)
    return [
        DefaultInfo(files = depset(transitive = [groups["results"], groups["profile"]])),
        CodSpeedSuiteInfo(measurements = depset(chosen)),
        OutputGroupInfo(log = depset([info.log for info in chosen]), **groups),
    ]

_suite_profiles = rule(
    doc = "All measurements of a suite: building it measures what changed.",
    implementation = _profiles_impl,
    attrs = {
        "benchmarks": attr.label_list(
            doc = "Benchmark targets and other suites.",
            cfg = _verifying_transition,
            providers = [[CodSpeedBenchmarkInfo], [CodSpeedSuiteInfo]],
        ),
        "modes": attr.string_list(
            doc = "Modes to measure unless the setting //rules/settings:modes names others.",
        ),
        "verify": attr.int(
            doc = "How many times each simulation is measured, unless the setting //rules/settings:verify asks for more.",
            default = 1,
        ),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
        "_modes": attr.label(
            default = "//rules/settings:modes",
            providers = [BuildSettingInfo],
        ),
    },
    provides = [CodSpeedSuiteInfo],
)

def _logs(ctx, chosen):
    """Returns the logs that archives have, by measurement: none unless these are as CodSpeed's runner makes them."""
    if ctx.attr._compatibility[BuildSettingInfo].value == "none":
        return [None for _ in chosen]
    return [info.log for info in chosen]

def _suite_impl(ctx):
    chosen = ctx.attr.profiles[CodSpeedSuiteInfo].measurements.to_list()
    logs = _logs(ctx, chosen)
    manifest = ctx.actions.declare_file(ctx.label.name + ".manifest.json")
    ctx.actions.write(manifest, json.encode_indent({
        "schema": 1,
        "suite": stable_label(ctx.label),
        "targets": [{
            "label": info.label,
            "log": runfiles_path(log.short_path, ctx.workspace_name) if log else "",
            "mode": info.mode,
            "profile": runfiles_path(info.profile.short_path, ctx.workspace_name),
            "provenance": runfiles_path(info.provenance.short_path, ctx.workspace_name),
            "results": runfiles_path(info.results.short_path, ctx.workspace_name),
        } for info, log in zip(chosen, logs)],
    }, indent = " ") + "\n")
    bench = ctx.executable._bench
    launcher = write_launcher(ctx, entry = bench, command = [
        word_in_runfiles(ctx, bench),
        "--manifest",
        word_in_runfiles(ctx, manifest),
    ])

    # Not what is checked: a target that failed does not keep the others from being shown.
    runfiles = ctx.runfiles(files = [manifest] + [log for log in logs if log] + [
        f
        for info in chosen
        for f in [info.profile, info.provenance, info.results]
    ]).merge(ctx.attr._bench[DefaultInfo].default_runfiles)
    return [
        DefaultInfo(executable = launcher, runfiles = runfiles),
        OutputGroupInfo(**output_groups(chosen)),
        ctx.attr.profiles[CodSpeedSuiteInfo],
    ]

_suite = rule(
    doc = "Prints and publishes the measurements of a suite.",
    implementation = _suite_impl,
    attrs = LAUNCHER_ATTRS | {
        "profiles": attr.label(
            doc = "The `name_profiles` target of the suite.",
            mandatory = True,
            providers = [CodSpeedSuiteInfo],
        ),
        "_bench": attr.label(
            default = "//py/rules_codspeed/command:bench",
            executable = True,
            cfg = "target",
        ),
        "_compatibility": attr.label(default = "//rules/settings:compatibility"),
    },
    executable = True,
    provides = [CodSpeedSuiteInfo],
)

def codspeed_suite(
        name,
        benchmarks,
        modes = ["simulation"],
        tags = [],
        target_compatible_with = [],
        testonly = True,
        verify = 1,
        visibility = None):
    """Declares a suite: `bazel run :name` measures what changed and prints the numbers.

    `bazel build :name_profiles` only measures.

    Args:
      name: name of the target to run.
      benchmarks: labels of benchmark targets and of other suites. For a suite the label of its
        `…_profiles` target is enough, which does not depend on the tools that publish.
      modes: modes to measure; `--@rules_codspeed//rules/settings:modes=a,b`
        overrides them for one command. select() is not accepted.
      tags: tags of both targets; select() is not accepted.
      target_compatible_with: constraints in addition to Linux.
      testonly: whether only tests and test-only targets may depend on it.
      verify: how many times each simulation of the suite is measured, each time under other
        conditions; where the bytes differ, the build fails. The setting
        `--@rules_codspeed//rules/settings:verify` may ask for more. With 2 or more the suite has
        a configuration of its own, so benchmarks that are also built outside it are compiled
        and measured once more.
      visibility: visibility of both targets.
    """
    modes = check_modes(plain_list(modes, "modes", name), "the attribute modes of " + name)
    common = {
        "tags": with_manual(tags, name),
        "target_compatible_with": target_compatible_with + [Label("@platforms//os:linux")],
        "testonly": testonly,
        "visibility": visibility,
    }
    _suite_profiles(
        name = name + "_profiles",
        benchmarks = benchmarks,
        modes = modes,
        verify = verify,
        **common
    )
    _suite(
        name = name,
        profiles = ":{}_profiles".format(name),
        **common
    )
