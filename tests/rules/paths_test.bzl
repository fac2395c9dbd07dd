"""Paths of files, whatever they are called, and what looks like them."""

load("//rules:defs.bzl", "codspeed_benchmark")
load(":spec_test.bzl", "files_test", "odd_files", "spec_test")

_ARGS = """
    "<rootpath:{main}/tests/rules/script.sh>",
    "--in=<rlocationpath:{main}/tests/rules/odd/one file>,<rootpath:{main}/tests/rules/odd/one file>",
    "<rootpath:{main}/tests/rules/odd/a.txt> <rootpath:{main}/tests/rules/odd/b c.txt> <rootpath:{main}/tests/rules/odd/it's $5.txt>",
    "<rlocationpath:{main}/tests/rules/odd/a.txt> <rlocationpath:{main}/tests/rules/odd/b c.txt> <rlocationpath:{main}/tests/rules/odd/it's $5.txt>",
    "<rootpath:{skylib}/lib/paths.bzl> <rlocationpath:{skylib}/lib/paths.bzl>",
    "<rootpath:{main}/tests/rules/program.sh>",
    "$HOME $HOME $(rootpath script.sh) $"
"""

_ENV = """{
    "OF_BOTH": "benchmark",
    "OF_PROGRAM": "$(not ours)",
    "PLACE": "<rlocationpath:{main}/tests/rules/odd/one file>:<rootpath:{skylib}/lib/paths.bzl>"
}"""

def paths_test_suite(name):
    """Declares a benchmark with paths in its arguments and variables, and tests what the driver reads.

    Args:
      name: name of the test suite.
    """
    odd_files(
        name = "odd",
        names = [
            "odd/it's $5.txt",
            "odd/b c.txt",
            "odd/a.txt",
        ],
    )

    odd_files(
        name = "odd one",
        names = ["odd/one file"],
    )

    codspeed_benchmark(
        name = "paths",
        args = [
            "$(rootpath script.sh)",
            "--in=$(rlocationpath odd one),$(location :odd one)",
            "$(locations :odd)",
            "$(rlocationpaths :odd)",
            "$(rootpath @bazel_skylib//lib:paths) $(rlocationpath @bazel_skylib//lib:paths)",
            "$(rootpath :program)",
            "$HOME $$HOME $$(rootpath script.sh) $",
        ],
        binary = ":program",
        data = [
            "script.sh",
            ":odd",
            ":odd one",
            ":program",
            "@bazel_skylib//lib:paths",
        ],
        env = {
            "OF_BOTH": "benchmark",
            "PLACE": "$(rlocationpath odd one):$(rootpath @bazel_skylib//lib:paths)",
        },
        smoke_args = ["--once=$(rootpath script.sh)"],
        tags = ["manual"],
    )

    spec_test(
        name = "paths_test",
        fields = """{"args": [%s], "env": %s, "label": "//tests/rules:paths"}""" % (_ARGS, _ENV),
        target_under_test = ":paths_simulation",
    )

    spec_test(
        name = "smoke_paths_test",
        fields = """{
        "args": [%s, "--once=<rootpath:{main}/tests/rules/script.sh>"],
        "env": %s,
        "label": "//tests/rules:paths"
    }""" % (_ARGS, _ENV),
        target_under_test = ":paths_smoke_test",
    )

    for kind in ["simulation", "smoke_test"]:
        files_test(
            name = kind + "_files_test",
            staged = [
                "{main}/tests/rules/odd/it's $5.txt",
                "{main}/tests/rules/program.sh",
                "{skylib}/lib/paths.bzl",
            ],
            target_under_test = ":paths_" + kind,
        )

    native.test_suite(
        name = name,
        tests = [
            "paths_test",
            "simulation_files_test",
            "smoke_paths_test",
            "smoke_test_files_test",
        ],
    )
