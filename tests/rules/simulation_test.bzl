"""What a benchmark target declares: actions, providers, outputs, configuration."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts", "unittest")
load("//rules:providers.bzl", "CodSpeedBenchmarkInfo", "CodSpeedProfileInfo", "CodSpeedSuiteInfo")
load("//rules/private/measure:simulation.bzl", "SIMULATION")  # buildifier: disable=bzl-visibility

def _action(env, mnemonic):
    found = [a for a in analysistest.target_actions(env) if a.mnemonic == mnemonic]
    asserts.equals(env, 1, len(found), "actions with the mnemonic " + mnemonic)
    return found[0]

def _simulation_test_impl(ctx):
    env = analysistest.begin(ctx)
    simulate = _action(env, "CodSpeedSimulate")
    asserts.equals(env, {}, simulate.env, "no variable of the shell reaches the driver")
    asserts.equals(env, ["-I", "-S", "-B"], simulate.argv[1:4], "an isolated interpreter")
    asserts.true(env, simulate.argv[4].endswith("py/rules_codspeed/measure/simulation/main.py"))
    names = [f.basename for f in simulate.outputs.to_list()]
    asserts.equals(
        env,
        [
            "plain_simulation.accounting.json",
            "plain_simulation.log",
            "plain_simulation.profile",
            "plain_simulation.provenance.json",
        ],
        sorted(names),
    )
    for f in simulate.inputs.to_list():
        asserts.false(
            env,
            "codspeed_py__" in f.path,
            "the measuring driver imports the standard library only, but gets " + f.path,
        )
    results = _action(env, "CodSpeedResults")
    asserts.equals(env, ["plain_simulation.results.json"], [f.basename for f in results.outputs.to_list()])
    target = analysistest.target_under_test(env)
    asserts.equals(env, "//tests/rules:plain", target[CodSpeedProfileInfo].label)
    _check_groups(env, target, {
        "log": ["plain_simulation.log"],
        "profile": ["plain_simulation.checked", "plain_simulation.profile", "plain_simulation.provenance.json"],
        "results": ["plain_simulation.checked", "plain_simulation.results.json"],
        "unchecked_profile": ["plain_simulation.profile", "plain_simulation.provenance.json"],
        "unchecked_results": ["plain_simulation.results.json"],
    })
    return analysistest.end(env)

simulation_test = analysistest.make(_simulation_test_impl)

def _check_groups(env, target, expected):
    """Asserts what --output_groups=… gives: names of files by group."""
    groups = target[OutputGroupInfo]
    for name, files in expected.items():
        found = [f.basename for f in getattr(groups, name, depset()).to_list()]
        asserts.equals(env, files, sorted(found), "output group " + name)

def _resources_test_impl(ctx):
    env = unittest.begin(ctx)

    # In MB. What claims more than a machine has, runs alone.
    asserts.equals(env, {"cpu": 1, "memory": 1024}, SIMULATION.resource_set("linux", 100))
    return unittest.end(env)

resources_test = unittest.make(_resources_test_impl)

def _inputs_test_impl(ctx):
    env = analysistest.begin(ctx)
    simulate = _action(env, "CodSpeedSimulate")
    asserts.true(
        env,
        len(simulate.inputs.to_list()) <= ctx.attr.most,
        "{} inputs: each costs in every sandbox and on every worker".format(len(simulate.inputs.to_list())),
    )
    names = [f.basename for f in simulate.inputs.to_list()]
    for name in ctx.attr.needed:
        asserts.true(env, name in names, name + " is there in a sandbox")
    return analysistest.end(env)

inputs_test = analysistest.make(
    _inputs_test_impl,
    attrs = {
        "most": attr.int(doc = "The most inputs that the action may have.", mandatory = True),
        "needed": attr.string_list(doc = "Names of files that must be among the inputs."),
    },
)

def _configuration_test_impl(ctx):
    env = analysistest.begin(ctx)
    copts = ctx.attr.copts
    info = analysistest.target_under_test(env)[ConfigurationInfo]
    asserts.equals(env, "simulation", info.mode)
    asserts.equals(env, "measured", info.compiled_mode)
    asserts.equals(env, "opt", info.compilation_mode)
    asserts.equals(env, copts, info.copts)
    return analysistest.end(env)

configuration_test = analysistest.make(
    _configuration_test_impl,
    attrs = {"copts": attr.string_list(doc = "The copts that the target must see.")},
    config_settings = {
        "//command_line_option:compilation_mode": "dbg",
        "//command_line_option:copt": ["-DOF_USER", "-g"],
    },
)

ConfigurationInfo = provider(
    doc = "What a program sees of its configuration.",
    fields = {
        "compilation_mode": "string",
        "compiled_mode": "string: `measured` if the setting of another module is set",
        "copts": "list of strings",
        "mode": "string: the setting //rules/settings:mode",
    },
)

ModeInfo = provider(doc = "The mode that the wrapped program is built for.", fields = {"info": "ConfigurationInfo"})

def _links(ctx):
    """Files that only the runfiles name, in the workspace's folder and beside it."""
    made = {}
    for name in ["linked.txt", "linked_at_the_root.txt"]:
        made[name] = ctx.actions.declare_file(ctx.label.name + "." + name)
        ctx.actions.write(made[name], name)
    return ctx.runfiles(
        symlinks = {"linked.txt": made["linked.txt"]},
        root_symlinks = {"linked_at_the_root.txt": made["linked_at_the_root.txt"]},
    )

def _program_impl(ctx):
    program = ctx.actions.declare_file(ctx.label.name + ".sh")
    ctx.actions.write(program, "#!/bin/sh\n", is_executable = True)
    return [
        DefaultInfo(executable = program, runfiles = _links(ctx)),
        RunEnvironmentInfo(environment = ctx.attr.env),
        ConfigurationInfo(
            compilation_mode = ctx.var["COMPILATION_MODE"],
            compiled_mode = ctx.attr.compiled_mode,
            copts = ctx.fragments.cpp.copts,
            mode = ctx.attr.mode,
        ),
    ]

program = rule(
    doc = "A program that passes its configuration on.",
    implementation = _program_impl,
    attrs = {
        "compiled_mode": attr.string(doc = "Filled by a select on the setting of another module."),
        "env": attr.string_dict(doc = "Variables that the program wants to be run with."),
        "mode": attr.string(doc = "Filled by a select on //rules/settings."),
    },
    executable = True,
    fragments = ["cpp"],
)

def _forwarding_aspect_impl(_target, ctx):
    binary = getattr(ctx.rule.attr, "binary", None)
    if type(binary) == "list":
        binary = binary[0]
    return [binary[ConfigurationInfo]] if binary and ConfigurationInfo in binary else []

_forwarding_aspect = aspect(implementation = _forwarding_aspect_impl)

def _seen_by_impl(ctx):
    return [ctx.attr.measurement[ConfigurationInfo]]

seen_by = rule(
    doc = "Forwards the configuration that a measurement's program was built in.",
    implementation = _seen_by_impl,
    attrs = {"measurement": attr.label(aspects = [_forwarding_aspect])},
)

def _suite_test_impl(ctx):
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    labels = [info.label for info in target[CodSpeedSuiteInfo].measurements.to_list()]
    asserts.equals(env, ctx.attr.labels, sorted(labels))
    names = [label.split(":")[1] + "_simulation" for label in labels]
    _check_groups(env, target, {
        "log": sorted([name + ".log" for name in names]),
        "profile": sorted([name + end for name in names for end in [".checked", ".profile", ".provenance.json"]]),
        "results": sorted([name + end for name in names for end in [".checked", ".results.json"]]),
    })
    return analysistest.end(env)

suite_test = analysistest.make(
    _suite_test_impl,
    attrs = {"labels": attr.string_list(doc = "Labels of the benchmarks that the suite must hold, each once.")},
)

def _benchmark_test_impl(ctx):
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    asserts.equals(env, ["simulation"], target[CodSpeedBenchmarkInfo].measurements.keys())
    asserts.equals(
        env,
        ["plain_simulation.checked", "plain_simulation.results.json"],
        [f.basename for f in target[DefaultInfo].files.to_list()],
    )
    return analysistest.end(env)

benchmark_test = analysistest.make(_benchmark_test_impl)

def tags_are(name, of, tags):
    """Fails the loading of the package unless a rule has just these tags.

    Args:
      name: name of this check.
      of: the rule's name in this package.
      tags: the expected tags.
    """
    found = native.existing_rule(of)["tags"]
    if sorted(found) != sorted(tags):
        fail("{}: {} has the tags {}, expected {}".format(name, of, found, tags))
