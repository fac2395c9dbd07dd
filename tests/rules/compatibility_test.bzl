"""The setting `compatibility`: what it changes of a benchmark's description and of a suite."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")

_CODSPEED = {str(Label("//rules/settings:compatibility")): "codspeed"}

def _described_impl(ctx):
    env = analysistest.begin(ctx)
    (spec,) = [
        json.decode(action.content)
        for action in analysistest.target_actions(env)
        if action.content and action.outputs.to_list()[0].basename.endswith(".spec.json")
    ]
    asserts.equals(env, ctx.attr.compatibility, spec["compatibility"])
    return analysistest.end(env)

_DESCRIBED = {"compatibility": attr.string(doc = "What the description must have.", mandatory = True)}

described_by_default_test = analysistest.make(_described_impl, attrs = _DESCRIBED)

described_for_codspeed_test = analysistest.make(_described_impl, attrs = _DESCRIBED, config_settings = _CODSPEED)

def _logs_impl(ctx):
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    found = [f.basename for f in target[DefaultInfo].default_runfiles.files.to_list() if f.extension == "log"]
    asserts.equals(env, ctx.attr.logs, sorted(found))
    return analysistest.end(env)

_LOGS = {"logs": attr.string_list(doc = "Names of the logs among the runfiles, sorted.")}

logs_by_default_test = analysistest.make(_logs_impl, attrs = _LOGS)

logs_for_codspeed_test = analysistest.make(_logs_impl, attrs = _LOGS, config_settings = _CODSPEED)

def compatibility_test_suite(name):
    """Tests the setting with targets of this package.

    Args:
      name: name of the test suite.
    """
    described_by_default_test(name = "described_by_default_test", compatibility = "none", target_under_test = ":plain_simulation")
    described_for_codspeed_test(name = "described_for_codspeed_test", compatibility = "codspeed", target_under_test = ":plain_simulation")
    logs_by_default_test(name = "logs_by_default_test", target_under_test = ":outer")
    logs_for_codspeed_test(
        name = "logs_for_codspeed_test",
        logs = [
            "other_simulation.log",
            "plain_simulation.log",
        ],
        target_under_test = ":outer",
    )
    native.test_suite(
        name = name,
        tests = [
            "described_by_default_test",
            "described_for_codspeed_test",
            "logs_by_default_test",
            "logs_for_codspeed_test",
        ],
    )
