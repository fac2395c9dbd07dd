"""The fixed kernel: which measurements have it, by attribute and by setting, and with which clock."""

load("@bazel_skylib//lib:unittest.bzl", "analysistest", "asserts")
load("//rules:defs.bzl", "codspeed_benchmark")

def _kernel_test_impl(ctx):
    env = analysistest.begin(ctx)
    (simulate,) = [a for a in analysistest.target_actions(env) if a.mnemonic == "CodSpeedSimulate"]
    (spec,) = [
        json.decode(action.content)
        for action in analysistest.target_actions(env)
        for output in action.outputs.to_list()
        if output.basename.endswith(".spec.json")
    ]
    libraries = [f for f in simulate.inputs.to_list() if "rules/kernel/" in f.path]
    asserts.equals(env, ctx.attr.fixed, spec["fixed_kernel"], "the field fixed_kernel")
    asserts.equals(env, ctx.attr.clock, spec["clock"], "the field clock")
    asserts.equals(env, 1 if ctx.attr.library else 0, len(libraries), "the library is an input")
    return analysistest.end(env)

_ATTRS = {
    "clock": attr.string(doc = "The clock that the driver must be asked for.", default = "machine"),
    "fixed": attr.bool(doc = "Whether the driver must be asked for it.", mandatory = True),
    "library": attr.bool(doc = "Whether the driver must get its library.", mandatory = True),
}

_kernel_test = analysistest.make(_kernel_test_impl, attrs = _ATTRS)

_switched_off_test = analysistest.make(
    _kernel_test_impl,
    attrs = _ATTRS,
    config_settings = {str(Label("//rules/settings:fixed_kernel")): False},
)

# By benchmark: its attributes, and whether it has the fixed kernel and gets the library; the latter
# without the setting and with it.
_BENCHMARKS = {
    "with_kernel": ({}, True, [True, False]),
    "with_logical_clock": ({"clock": "logical"}, True, [True, False]),
    # Bazel cannot ask for the setting in a select() of the user's.
    "with_selected_kernel": ({"fixed_kernel": select({"//conditions:default": True})}, True, [True, True]),
    "without_kernel": ({"fixed_kernel": False}, False, [False, False]),
}

def kernel_test_suite(name):
    """Declares benchmarks with and without the fixed kernel, and tests what their drivers get.

    Args:
      name: name of the test suite; the benchmarks have names of their own.
    """
    tests = []
    for benchmark, (attributes, fixed, library) in _BENCHMARKS.items():
        codspeed_benchmark(name = benchmark, binary = ":script", tags = ["manual"], **attributes)
        expected = {
            "clock": attributes.get("clock", "machine"),
            "target_under_test": ":{}_simulation".format(benchmark),
        }
        _kernel_test(
            name = benchmark + "_test",
            fixed = fixed,
            library = library[0],
            **expected
        )
        _switched_off_test(
            name = benchmark + "_switched_off_test",
            fixed = False,
            library = library[1],
            **expected
        )
        tests += [benchmark + "_test", benchmark + "_switched_off_test"]
    native.test_suite(name = name, tests = tests)
