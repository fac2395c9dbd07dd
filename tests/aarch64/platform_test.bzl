"""What actions of a benchmark for aarch64 get: analysed on x86_64, with a platform of workers beside it."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")

_PLATFORM = str(Label("//tests/aarch64:linux_aarch64"))
_TARGET = {"//command_line_option:platforms": _PLATFORM}
_WORKERS = _TARGET | {"//command_line_option:extra_execution_platforms": _PLATFORM}

def _action(env, mnemonic):
    found = [action for action in analysistest.target_actions(env) if action.mnemonic == mnemonic]
    asserts.equals(env, 1, len(found), "actions with the mnemonic " + mnemonic)
    return found[0]

def _simulation_impl(ctx):
    env = analysistest.begin(ctx)
    paths = [file.path for file in _action(env, "CodSpeedSimulate").inputs.to_list()]
    simulators = [path for path in paths if "/callgrind-" in path]
    asserts.equals(env, ["callgrind-arm64-linux"], [path.rpartition("/")[2] for path in simulators])
    for path in paths:
        asserts.false(env, "x86_64" in path or "amd64" in path, path + " is of the other architecture")
    names = [path.rpartition("/")[2] for path in paths]
    asserts.true(env, "libkernel.so" in names, "the fixed kernel is there")
    return analysistest.end(env)

_simulation_test = analysistest.make(_simulation_impl, config_settings = _WORKERS)

def _other_modes_impl(ctx):
    env = analysistest.begin(ctx)
    _action(env, ctx.attr.mnemonic)
    for action in analysistest.target_actions(env):
        for file in action.inputs.to_list():
            asserts.false(env, "x86_64" in file.path, file.path + " is of the other architecture")
    return analysistest.end(env)

_other_modes_test = analysistest.make(
    _other_modes_impl,
    attrs = {"mnemonic": attr.string(doc = "Of the action that measures.", mandatory = True)},
    config_settings = _WORKERS,
)

def _no_worker_impl(ctx):
    env = analysistest.begin(ctx)
    asserts.expect_failure(env, "no simulator for the platform of //tests/aarch64:measured")
    asserts.expect_failure(env, "--extra_execution_platforms")
    return analysistest.end(env)

_no_worker_test = analysistest.make(_no_worker_impl, config_settings = _TARGET, expect_failure = True)

def platform_test_suite(name):
    """Declares the tests. Their toolchains are fetched, which `bazel test //...` must not.

    Args:
      name: name of the suite.
    """
    tests = {
        name + "_no_worker": (_no_worker_test, {"target_under_test": ":measured_simulation"}),
        name + "_simulation": (_simulation_test, {"target_under_test": ":measured_simulation"}),
    } | {
        "{}_{}".format(name, mode): (
            _other_modes_test,
            {"mnemonic": mnemonic, "target_under_test": ":measured_" + mode},
        )
        for mode, mnemonic in {"memory": "CodSpeedMemory", "walltime": "CodSpeedWalltime"}.items()
    }
    for test, (rule, attributes) in tests.items():
        rule(name = test, tags = ["manual"], **attributes)
    native.test_suite(
        name = name,
        tags = ["manual"],
        tests = tests.keys(),
    )
