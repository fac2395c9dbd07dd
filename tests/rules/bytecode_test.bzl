"""Which modules are compiled before they are measured, and that a measurement gets them."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")
load("@rules_python//python:py_binary.bzl", "py_binary")
load("@rules_python//python:py_library.bzl", "py_library")
load("@rules_python//python:py_runtime.bzl", "py_runtime")
load("@rules_python//python:py_runtime_pair.bzl", "py_runtime_pair")
load("//rules:defs.bzl", "codspeed_benchmark")

# buildifier: disable=bzl-visibility
load("//rules/private/measure:bytecode.bzl", "interpreter_bytecode")

def _staged_test_impl(ctx):
    env = analysistest.begin(ctx)
    folders = [
        file.basename
        for action in analysistest.target_actions(env)
        if action.mnemonic == "CodSpeedSimulate"
        for file in action.inputs.to_list()
        if file.is_directory
    ]
    asserts.equals(env, sorted(ctx.attr.folders), sorted(folders))
    return analysistest.end(env)

_ATTRS = {"folders": attr.string_list(doc = "Names of the folders among the inputs of the measurement.")}

# The configuration of these tests, which has an interpreter among its files.
_WITH_INTERPRETER = {
    "//command_line_option:extra_toolchains": str(Label("//tests/rules:bytecode_test_toolchain")),
}

_staged_test = analysistest.make(_staged_test_impl, attrs = _ATTRS)

_with_interpreter_test = analysistest.make(
    _staged_test_impl,
    attrs = _ATTRS,
    config_settings = _WITH_INTERPRETER,
)

def _library_test_impl(ctx):
    env = analysistest.begin(ctx)
    modules = [
        argument.partition("\t")[2].partition("\t")[0]
        for action in analysistest.target_actions(env)
        if action.mnemonic == "CodSpeedCompile"
        for argument in action.argv
        if "\t" in argument
    ]
    asserts.equals(env, ["tests/rules/bytecode_test/library.py"], modules)
    return analysistest.end(env)

_library_test = analysistest.make(_library_test_impl, config_settings = _WITH_INTERPRETER)

def bytecode_test_suite(name):
    """Declares the tests.

    Args:
      name: name of the suite.
    """
    folders = ["", "test/", "site-packages/pip/"]
    for folder in folders:
        native.genrule(
            name = "{}_library_{}".format(name, len(folder)),
            outs = [name + "/" + folder + "library.py"],
            cmd = "touch $@",
            tags = ["manual"],
        )
    py_runtime(
        name = name + "_runtime",
        files = [":{}_library_{}".format(name, len(folder)) for folder in folders],
        interpreter = ":script.sh",
        python_version = "PY3",
        tags = ["manual"],
    )
    py_runtime_pair(
        name = name + "_pair",
        py3_runtime = name + "_runtime",
        tags = ["manual"],
        # As any toolchain: it is resolved for targets of other packages, too.
        visibility = ["//visibility:public"],
    )
    native.toolchain(
        name = name + "_toolchain",
        toolchain = name + "_pair",
        toolchain_type = "@rules_python//python:toolchain_type",
    )
    py_library(
        name = name + "_module",
        srcs = [":{}_library_0".format(name)],
        tags = ["manual"],
    )
    py_binary(
        name = name + "_binary",
        srcs = ["repository_names_test.py"],
        main = "repository_names_test.py",
        tags = ["manual"],
        deps = [name + "_module"],
    )
    codspeed_benchmark(
        name = name + "_bench",
        binary = name + "_binary",
        tags = ["manual"],
    )
    interpreter_bytecode(
        name = name + "_interpreter",
        tags = ["manual"],
    )
    own = [name + "_binary.bytecode", name + "_module.bytecode"]
    _staged_test(
        name = name + "_python",
        folders = own,
        target_under_test = name + "_bench_simulation",
    )
    _with_interpreter_test(
        name = name + "_with_interpreter",
        folders = own + ["interpreter_bytecode"],
        target_under_test = name + "_bench_simulation",
    )
    _staged_test(
        name = name + "_native",
        folders = [],
        target_under_test = ":plain_simulation",
    )
    _library_test(
        name = name + "_library",
        target_under_test = name + "_interpreter",
    )
    native.test_suite(
        name = name,
        tests = [name + suffix for suffix in ["_python", "_with_interpreter", "_native", "_library"]],
    )
