"""The attribute `verify` of a suite: how many times the simulations of its benchmarks are measured."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")
load("//rules:defs.bzl", "codspeed_suite")
load("//rules:providers.bzl", "CodSpeedSuiteInfo")
load(":failure_test.bzl", "failure_test", "verify_for_codspeed_test", "verify_zero_test")

_VERIFY = str(Label("//rules/settings:verify"))

def _verified_test_impl(ctx):
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    found = {info.label: info.verify for info in target[CodSpeedSuiteInfo].measurements.to_list()}
    asserts.equals(env, {label: int(times) for label, times in ctx.attr.times.items()}, found)
    results = [f.basename for f in target[OutputGroupInfo].results.to_list() if f.extension == "json"]
    asserts.equals(env, len(found), len(results), "each target is measured once: " + repr(results))
    return analysistest.end(env)

_ATTRS = {"times": attr.string_dict(doc = "By label, how many times the benchmark must be measured.", mandatory = True)}

_verified_test = analysistest.make(_verified_test_impl, attrs = _ATTRS)

_verified_by_setting_test = analysistest.make(
    _verified_test_impl,
    attrs = _ATTRS,
    config_settings = {_VERIFY: 3},
)

# Of each suite of `verify_test_suite`: how often its benchmarks are measured, by default and if the setting is 3.
_SUITES = {
    "unverified": ({"plain": 1}, {"plain": 3}),
    "verified": ({"other": 2, "plain": 2}, {"other": 3, "plain": 3}),
    "verified_often": ({"plain": 4}, {"plain": 4}),
    # What another suite verifies is not measured a second time without that.
    "with_verified": ({"other": 2, "plain": 2}, {"other": 3, "plain": 3}),
    # A suite in a verified one may ask for more, not for less.
    "verified_with_others": ({"other": 2, "plain": 4}, {"other": 3, "plain": 4}),
}

def _declare_suites():
    codspeed_suite(name = "unverified", benchmarks = [":plain"])
    codspeed_suite(name = "verified", benchmarks = [":other", ":plain"], verify = 2)
    codspeed_suite(name = "verified_often", benchmarks = [":plain"], verify = 4)
    codspeed_suite(name = "with_verified", benchmarks = [":plain", ":verified"])
    codspeed_suite(
        name = "verified_with_others",
        benchmarks = [":other", ":unverified", ":verified_often_profiles"],
        verify = 2,
    )
    codspeed_suite(name = "verified_never", benchmarks = [":plain"], verify = 0)
    codspeed_suite(name = "verified_less_than_never", benchmarks = [":plain"], verify = -1)

def _labels(times):
    return {"//tests/rules:" + name: str(number) for name, number in times.items()}

def verify_test_suite(name):
    """Declares suites that verify their benchmarks, and tests what that does.

    Args:
      name: name of the test suite; the suites of benchmarks have names of their own.
    """
    _declare_suites()
    tests = ["verified_for_codspeed_test", "verified_setting_zero_test"]
    for suite, (times, times_by_setting) in _SUITES.items():
        _verified_test(
            name = suite + "_test",
            target_under_test = ":{}_profiles".format(suite),
            times = _labels(times),
        )
        _verified_by_setting_test(
            name = suite + "_by_setting_test",
            target_under_test = ":{}_profiles".format(suite),
            times = _labels(times_by_setting),
        )
        tests += [suite + "_test", suite + "_by_setting_test"]
    verify_zero_test(
        name = "verified_setting_zero_test",
        target_under_test = ":verified_profiles",
        words = ["the setting verify cannot be used. Got: 0"],
    )
    verify_for_codspeed_test(
        name = "verified_for_codspeed_test",
        target_under_test = ":verified_profiles",
        words = [
            "cannot be verified: profiles of two measurements differ. Got: verify = 2 and compatibility = \"codspeed\"",
        ],
    )
    for suite, got in {"verified_less_than_never": "-1", "verified_never": "0"}.items():
        failure_test(
            name = suite + "_test",
            target_under_test = ":{}_profiles".format(suite),
            words = [
                "the attribute verify of //tests/rules:{}_profiles cannot be used. Got: {}.".format(suite, got),
                "Expected: how many times each simulation is measured, 1 or more",
            ],
        )
        tests.append(suite + "_test")
    native.test_suite(name = name, tests = tests)
