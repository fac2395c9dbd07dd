"""What a benchmark declares in walltime: an exclusive action, and two that need not be."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")
load("//rules:providers.bzl", "CodSpeedBenchmarkInfo", "CodSpeedProfileInfo")

def _action(env, mnemonic):
    found = [a for a in analysistest.target_actions(env) if a.mnemonic == mnemonic]
    asserts.equals(env, 1, len(found), "actions with the mnemonic " + mnemonic)
    return found[0]

def _names(files):
    return sorted([f.basename for f in files.to_list()])

def _walltime_test_impl(ctx):
    env = analysistest.begin(ctx)
    measure = _action(env, "CodSpeedWalltime")
    asserts.equals(env, {}, measure.env, "no variable of the shell reaches the driver")
    asserts.true(env, measure.argv[4].endswith("py/rules_codspeed/measure/walltime/main.py"))
    asserts.equals(env, [
        "timed_walltime.accounting.json",
        "timed_walltime.log",
        "timed_walltime.provenance.json",
        "timed_walltime.raw",
        "timed_walltime.times.json",
    ], _names(measure.outputs))
    sources = [f.short_path for f in measure.inputs.to_list() if f.extension == "py"]
    asserts.equals(env, [], [path for path in sources if "/harvest/" in path], "an edit of the harvest times nothing again")
    asserts.true(env, [path for path in sources if "/capture/" in path])
    harvest = _action(env, "CodSpeedHarvest")
    asserts.equals(env, ["timed_walltime.harvest.log", "timed_walltime.profile"], _names(harvest.outputs))
    own = [f.basename for f in harvest.inputs.to_list() if f.basename.startswith("timed_walltime")]
    asserts.equals(env, ["timed_walltime.raw"], own, "symbols are harvested from what the measurement left, and nothing else")
    for f in harvest.inputs.to_list():
        asserts.false(env, f.path.endswith("program.sh"), "the program itself is not an input of the harvest")
    results = _action(env, "CodSpeedResults")
    asserts.equals(env, ["timed_walltime.results.json"], _names(results.outputs))
    target = analysistest.target_under_test(env)
    asserts.equals(env, "walltime", target[CodSpeedProfileInfo].mode)
    asserts.equals(env, ["timed_walltime.raw", "timed_walltime.times.json"], _names(target[OutputGroupInfo].raw))
    return analysistest.end(env)

walltime_test = analysistest.make(_walltime_test_impl)

def _both_modes_test_impl(ctx):
    env = analysistest.begin(ctx)
    target = analysistest.target_under_test(env)
    asserts.equals(env, ["simulation", "walltime"], target[CodSpeedBenchmarkInfo].measurements.keys())
    asserts.equals(
        env,
        ["timed_walltime.checked", "timed_walltime.results.json"],
        _names(target[DefaultInfo].files),
        "the setting chooses",
    )
    return analysistest.end(env)

both_modes_test = analysistest.make(
    _both_modes_test_impl,
    config_settings = {str(Label("//rules/settings:modes")): ["walltime"]},
)

def _settings_test_impl(ctx):
    env = analysistest.begin(ctx)
    specs = [
        action.content
        for action in analysistest.target_actions(env)
        for output in action.outputs.to_list()
        if output.basename.endswith(".spec.json")
    ]
    spec = json.decode(specs[0])
    for field, expected in {
        "mode": "walltime",
        "perf": {"minimum_version": "5.10", "path": ""},
        "preload": "",
        "processes": 3,
        "profiler": "none",
        "remeasure": "again",
        "runner_version": "4.11.0",
        "simulator": None,
        "unwinding": "fp",
        "walltime_args": {"max_rounds": "5"},
    }.items():
        asserts.equals(env, expected, spec[field], field)
    return analysistest.end(env)

settings_test = analysistest.make(
    _settings_test_impl,
    config_settings = {
        str(Label("//rules/settings:profiler")): "none",
        str(Label("//rules/settings:remeasure")): "again",
        str(Label("//rules/settings:runner_version")): "4.11.0",
    },
)
