"""Mistakes in attributes of one benchmark each, and what the error says."""

load("//rules:defs.bzl", "codspeed_benchmark")
load(":failure_test.bzl", "failure_test")

_MISTAKES = {
    "clock_of_no_kernel": dict(
        clock = "logical",
        fixed_kernel = False,
        words = ["//tests/rules:clock_of_no_kernel has a logical clock, but no fixed kernel, which it is a part of"],
    ),
    "control_character": dict(
        args = ["a\001b"],
        words = ["args of //tests/rules:control_character has a control character"],
    ),
    "control_character_in_env": dict(
        env = {"A": "\001rootpath:_main/a\001"},
        words = ["env of //tests/rules:control_character_in_env has a control character"],
    ),
    "equals_sign": dict(
        env = {"A=B": "c"},
        words = ["env of //tests/rules:equals_sign has a variable with an invalid name. Got: \"A=B\""],
    ),
    "instrument_of_no_variable": dict(
        instruments = ["postgres"],
        modes = ["walltime"],
        words = ["postgres_dsn_env_name of //tests/rules:instrument_of_no_variable goes with the instrument postgres"],
    ),
    "instruments_of_one_variable": dict(
        # Not mongodb itself, whose tracer would be fetched.
        instruments = ["postgres"],
        modes = ["walltime"],
        mongo_uri_env_name = "DSN",
        postgres_dsn_env_name = "DSN",
        words = ["one variable of //tests/rules:instruments_of_one_variable names two servers. Got: DSN"],
    ),
    "instrument_that_records_secrets": dict(
        instruments = ["postgres"],
        modes = ["walltime"],
        postgres_dsn_env_name = "DSN",
        unwinding = "dwarf",
        words = ["the recording of //tests/rules:instrument_that_records_secrets would hold secrets"],
    ),
    "instrument_twice": dict(
        instruments = ["postgres", "postgres"],
        modes = ["walltime"],
        postgres_dsn_env_name = "DSN",
        words = ["instruments of //tests/rules:instrument_twice cannot be used"],
    ),
    "machine_path": dict(
        args = ["$(execpath script.sh)"],
        data = ["script.sh"],
        words = ["args of //tests/rules:machine_path names a path of the build machine. Got: $(execpath script.sh)"],
    ),
    "machine_paths": dict(
        env = {"A": "$(execpaths script.sh)"},
        words = ["env of //tests/rules:machine_paths names a path of the build machine. Got: $(execpaths script.sh)"],
    ),
    "nameless": dict(
        env = {"": "c"},
        words = ["env of //tests/rules:nameless has a variable with an invalid name. Got: \"\""],
    ),
    "no_file_of_data": dict(
        args = ["$(location script.sh)"],
        words = ["in $(location) expression is not a declared prerequisite of this rule"],
    ),
    "no_process": dict(
        modes = ["walltime"],
        processes = 0,
        words = ["processes of //tests/rules:no_process measures nothing. Got: 0. Expected: how many times the program runs, 1 or more"],
    ),
    "no_time": dict(
        timeout_s = 0,
        words = ["timeout_s of //tests/rules:no_time leaves no time. Got: 0. Expected: a number of seconds greater than 0"],
    ),
    "not_python": dict(
        framework = "pytest",
        words = ["framework pytest needs a Python target in //tests/rules:not_python. Got: //tests/rules:script"],
    ),
    "root_of_no_kernel": dict(
        fixed_kernel = False,
        root = ":tiny_root",
        words = ["//tests/rules:root_of_no_kernel has a pinned root, but no fixed kernel, which hands its files out. Got: root tiny_root"],
    ),
    "several_files": dict(
        args = ["$(rootpath :odd)"],
        data = [":odd"],
        words = ["label '//tests/rules:odd' in $(location) expression expands to more than one file"],
    ),
    "time_before": dict(
        timeout_s = -1,
        words = ["timeout_s of //tests/rules:time_before leaves no time. Got: -1"],
    ),
    "unclosed": dict(
        args = ["--in=$(rootpath script.sh"],
        words = ["args of //tests/rules:unclosed has a function that is not closed. Got: $(rootpath script.sh. Expected: $(rootpath …)"],
    ),
    "unknown_function": dict(
        args = ["$(nope)"],
        words = [
            "args of //tests/rules:unknown_function has an unknown function. Got: $(nope)",
            "$$ for a dollar sign",
        ],
    ),
    "unknown_function_in_env": dict(
        env = {"A": "$(dirname script.sh)"},
        words = ["env of //tests/rules:unknown_function_in_env has an unknown function. Got: $(dirname script.sh)"],
    ),
    "unknown_walltime_args": dict(
        modes = ["walltime"],
        walltime_args = {"rounds": "5"},
        words = [
            "unknown walltime_args of //tests/rules:unknown_walltime_args. Got: \"rounds\"",
            "pass options of a program of framework hooks in args",
        ],
    ),
    "unknown_instrument": dict(
        instruments = ["redis"],
        modes = ["walltime"],
        words = ["instruments of //tests/rules:unknown_instrument cannot be used. Got: [\"redis\"]. Expected: each once, of [\"mongodb\", \"postgres\"]"],
    ),
    "variable_of_no_instrument": dict(
        modes = ["walltime"],
        postgres_dsn_env_name = "DSN",
        words = ["postgres_dsn_env_name of //tests/rules:variable_of_no_instrument goes with the instrument postgres"],
    ),
    "without_label": dict(
        args = ["$(rootpath)"],
        words = ["args of //tests/rules:without_label has an unknown function. Got: $(rootpath)"],
    ),
}

def _mistake(name, words, **attributes):
    """Declares a benchmark with a mistake in its attributes, and tests the error.

    Args:
      name: name of the benchmark.
      words: what the error must say.
      **attributes: attributes of the benchmark.
    """
    codspeed_benchmark(
        name = name,
        binary = ":script",
        tags = ["manual"],
        **attributes
    )
    failure_test(
        name = name + "_test",
        target_under_test = ":{}_{}".format(name, attributes.get("modes", ["simulation"])[0]),
        words = words,
    )

def mistakes_test_suite(name):
    """Declares a benchmark with each mistake, and the test of its error.

    Args:
      name: name of the test suite; the benchmarks are named after their mistakes.
    """
    for mistaken, declared in _MISTAKES.items():
        _mistake(name = mistaken, **declared)
    native.test_suite(
        name = name,
        tests = [mistaken + "_test" for mistaken in _MISTAKES],
    )
