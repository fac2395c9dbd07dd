"""Our pytest-codspeed is part of a measurement where framework `pytest_benchmark` asks for it, and of no other."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")
load("@rules_python//python:py_binary.bzl", "py_binary")
load("//rules:defs.bzl", "codspeed_benchmark")

_PACKAGE = "codspeed_py__pytest_codspeed"

def _added_test_impl(ctx):
    env = analysistest.begin(ctx)
    actions = analysistest.target_actions(env)
    specs = [
        json.decode(action.content)
        for action in actions
        for output in action.outputs.to_list()
        if output.basename.endswith(".spec.json")
    ]
    asserts.equals(env, 1, len(specs))
    python = specs[0]["python"]
    asserts.equals(env, ctx.attr.added, bool([one for one in python["added"] if _PACKAGE in one]))

    # It must not come before what the program imports.
    asserts.equals(env, [], [one for one in python["imports"] if _PACKAGE in one])
    inputs = [
        file.path
        for action in actions
        if action.mnemonic == "CodSpeedSimulate"
        for file in action.inputs.to_list()
    ]
    modules = [path for path in inputs if _PACKAGE in path and path.endswith("/plugin.py")]
    asserts.equals(env, ctx.attr.added, bool(modules))
    return analysistest.end(env)

_added_test = analysistest.make(
    _added_test_impl,
    attrs = {"added": attr.bool(doc = "Whether it is there.")},
)

def pytest_benchmark_test_suite(name):
    """Declares the tests.

    Args:
      name: name of the suite.
    """
    py_binary(
        name = name + "_binary",
        srcs = ["repository_names_test.py"],
        main = "repository_names_test.py",
        tags = ["manual"],
    )
    frameworks = ["auto", "pytest", "pytest_benchmark"]
    for framework in frameworks:
        codspeed_benchmark(
            name = "{}_bench_{}".format(name, framework),
            binary = name + "_binary",
            framework = framework,
            tags = ["manual"],
        )
        _added_test(
            name = "{}_{}".format(name, framework),
            added = framework == "pytest_benchmark",
            target_under_test = "{}_bench_{}_simulation".format(name, framework),
        )
    native.test_suite(
        name = name,
        tests = ["{}_{}".format(name, framework) for framework in frameworks],
    )
