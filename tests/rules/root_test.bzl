"""Pinned roots: which measurements get them, by attribute and by setting, and what they no longer depend on."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")
load("//rules:defs.bzl", "codspeed_benchmark", "codspeed_root")
load(":failure_test.bzl", "failure_test")

def _root_test_impl(ctx):
    env = analysistest.begin(ctx)
    actions = analysistest.target_actions(env)
    (measure,) = [a for a in actions if a.mnemonic in ["CodSpeedSimulate", "CodSpeedMemory"]]
    (spec,) = [
        json.decode(action.content)
        for action in actions
        for output in action.outputs.to_list()
        if output.basename.endswith(".spec.json")
    ]
    archives = [file.basename for file in measure.inputs.to_list() if file.basename.endswith(".root.tar")]
    asserts.equals(env, ctx.attr.root, spec["root"], "the field root")
    asserts.equals(env, [ctx.attr.root + ".root.tar"] if ctx.attr.root else [], archives, "the archive is an input")
    asserts.equals(env, "--pinned-root" in measure.argv, bool(ctx.attr.root), "the driver gets it")
    if ctx.attr.root:
        asserts.equals(env, "", spec["machine_key"], "the key of the machine")
    return analysistest.end(env)

_ATTRS = {"root": attr.string(doc = "Name of the root that the driver must get.")}

_root_test = analysistest.make(_root_test_impl, attrs = _ATTRS)

_set_test = analysistest.make(
    _root_test_impl,
    attrs = _ATTRS,
    config_settings = {str(Label("//rules/settings:root")): str(Label("//tests/rules:tiny_root"))},
)

def _timed_test_impl(ctx):
    env = analysistest.begin(ctx)
    (measure,) = [a for a in analysistest.target_actions(env) if a.mnemonic == "CodSpeedWalltime"]
    asserts.false(env, "--pinned-root" in measure.argv, "the driver gets a root")
    return analysistest.end(env)

_timed_test = analysistest.make(
    _timed_test_impl,
    config_settings = {str(Label("//rules/settings:root")): str(Label("//tests/rules:tiny_root"))},
)

# By measuring target: the attribute of its benchmark, and the root without the setting and with it.
_TARGETS = {
    "at_home_memory": ("host", ["", ""]),
    "at_home_simulation": ("host", ["", ""]),
    "by_setting_memory": (None, ["", "tiny_root"]),
    "by_setting_simulation": (None, ["", "tiny_root"]),
    "rooted_memory": (":tiny_root", ["tiny_root", "tiny_root"]),
    "rooted_simulation": (":tiny_root", ["tiny_root", "tiny_root"]),
}

def root_test_suite(name):
    """Declares benchmarks with and without a root, and tests what their drivers get.

    Args:
      name: name of the test suite; the benchmarks have names of their own.
    """
    codspeed_root(name = "tiny_root", layers = ["script.sh"], tags = ["manual"])
    roots = {target.rpartition("_")[0]: root for target, (root, _) in _TARGETS.items()}
    for benchmark, root in roots.items():
        codspeed_benchmark(
            name = benchmark,
            binary = ":script",
            modes = ["simulation", "memory", "walltime"],
            root = root,
            tags = ["manual"],
        )
    failure_test(
        name = "timed_root_test",
        target_under_test = ":rooted_walltime",
        words = [
            "//tests/rules:rooted cannot be timed under a pinned root",
            "root tiny_root and mode walltime",
            "declare a benchmark of its own for walltime",
        ],
    )
    _timed_test(name = "timed_set_root_test", target_under_test = ":by_setting_walltime")
    tests = ["timed_root_test", "timed_set_root_test"]
    for target, (_, expected) in _TARGETS.items():
        _root_test(name = target + "_root_test", root = expected[0], target_under_test = target)
        _set_test(name = target + "_set_root_test", root = expected[1], target_under_test = target)
        tests += [target + "_root_test", target + "_set_root_test"]
    native.test_suite(name = name, tests = tests)
