"""Nothing measured is never a green run: benchmarks that do not offer what is selected."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")
load("//rules:providers.bzl", "CodSpeedProfileInfo", "CodSpeedSuiteInfo")

def _measurement_impl(ctx):
    files = {}
    for name in ["log", "profile", "provenance", "results"]:
        files[name] = ctx.actions.declare_file("{}.{}".format(ctx.label.name, name))
        ctx.actions.write(files[name], "")
    return [CodSpeedProfileInfo(label = "//tests/rules:" + ctx.label.name, mode = ctx.attr.mode, verify = 1, **files)]

measurement = rule(
    doc = "Stands for a measurement in a mode that this version does not have yet.",
    implementation = _measurement_impl,
    attrs = {"mode": attr.string(doc = "The mode.", mandatory = True)},
    provides = [CodSpeedProfileInfo],
)

def _not_offered_test_impl(ctx):
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    actions = [a for a in analysistest.target_actions(env) if a.mnemonic == "CodSpeedNotMeasured"]
    asserts.equals(env, 1, len(actions), "actions that fail")
    failing = actions[0].outputs.to_list()
    groups = target[OutputGroupInfo]
    public = [name for name in groups if not name.startswith("_")]
    for files in [target[DefaultInfo].files] + [getattr(groups, name) for name in public]:
        asserts.equals(env, failing, files.to_list(), "asking for any output fails")
    asserts.true(
        env,
        ("//tests/rules:telepathic offers none of the selected modes, so nothing is measured. " +
         "Got: [\"simulation\"]") in actions[0].argv[-1],
        actions[0].argv[-1],
    )
    return analysistest.end(env)

not_offered_test = analysistest.make(_not_offered_test_impl)

def _left_out_test_impl(ctx):
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    labels = [info.label for info in target[CodSpeedSuiteInfo].measurements.to_list()]
    asserts.equals(env, ["//tests/rules:plain"], labels)
    return analysistest.end(env)

left_out_test = analysistest.make(
    _left_out_test_impl,
    config_settings = {str(Label("//rules/settings:modes")): ["simulation"]},
)
