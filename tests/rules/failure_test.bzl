"""Every mistake that the rules can see gives its one clear error."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")

def _failure_test_impl(ctx):
    env = analysistest.begin(ctx)
    for words in ctx.attr.words:
        asserts.expect_failure(env, words)
    return analysistest.end(env)

_ATTRS = {"words": attr.string_list(doc = "What the error must say.", mandatory = True)}

failure_test = analysistest.make(
    _failure_test_impl,
    attrs = _ATTRS,
    expect_failure = True,
)

unknown_mode_test = analysistest.make(
    _failure_test_impl,
    attrs = _ATTRS,
    config_settings = {str(Label("//rules/settings:modes")): ["simulation", "telepathy"]},
    expect_failure = True,
)

telemetry_test = analysistest.make(
    _failure_test_impl,
    attrs = _ATTRS,
    config_settings = {str(Label("//rules/settings:modes")): ["telemetry", "walltime"]},
    expect_failure = True,
)

verify_zero_test = analysistest.make(
    _failure_test_impl,
    attrs = _ATTRS,
    config_settings = {str(Label("//rules/settings:verify")): 0},
    expect_failure = True,
)

verify_for_codspeed_test = analysistest.make(
    _failure_test_impl,
    attrs = _ATTRS,
    config_settings = {str(Label("//rules/settings:compatibility")): "codspeed"},
    expect_failure = True,
)

foreign_platform_test = analysistest.make(
    _failure_test_impl,
    attrs = _ATTRS,
    config_settings = {"//command_line_option:platforms": str(Label("//tests/rules:linux_s390x"))},
    expect_failure = True,
)

without_python_test = analysistest.make(
    _failure_test_impl,
    attrs = _ATTRS,
    config_settings = {"//command_line_option:extra_toolchains": str(Label("//tests/rules:empty_python_toolchain"))},
    expect_failure = True,
)

def _empty_python_impl(_ctx):
    return [platform_common.ToolchainInfo(py2_runtime = None, py3_runtime = None)]

_empty_python = rule(implementation = _empty_python_impl)

def empty_python(name):
    """Declares a Python toolchain that offers no Python 3.

    Args:
      name: of the target. As any toolchain, all packages can see it.
    """
    _empty_python(
        name = name,
        visibility = ["//visibility:public"],
    )
