"""Labels and runfiles paths are the same under every Bazel version and mode."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# A unit test reads what it tests.
load("//rules/private:errors.bzl", "error_text")  # buildifier: disable=bzl-visibility
load("//rules/private:labels.bzl", "repository_name", "runfiles_path", "stable_label")  # buildifier: disable=bzl-visibility

# From a canonical name to the name in the declaration. repository_names_test.py shows
# that the driver, which meets the names in profiles, maps them alike.
REPOSITORY_NAMES = {
    "+": "+",
    "+_repo_rules+data": "data",
    "+ext+data": "data",
    "_main~codspeed~codspeed_toolchains": "codspeed_toolchains",
    "_main~ext~data": "data",
    "a~1.0+b": "a",
    "a~1.0-rc1+b~ext~c+d": "c",
    "abseil-cpp+": "abseil-cpp",
    "abseil-cpp~": "abseil-cpp",
    "abseil-cpp~20240116.1": "abseil-cpp",
    "odd~1.0+build~ext~data": "data",
    "plain_name": "plain_name",
    "rules_codspeed": "rules_codspeed",
    "rules_codspeed++codspeed+codspeed_toolchains": "codspeed_toolchains",
    "rules_codspeed~~codspeed~codspeed_toolchains": "codspeed_toolchains",
    "rules_python++pip+pypi_311_numpy": "pypi_311_numpy",
    "rules_python~0.31.0~pip~pypi_311_numpy": "pypi_311_numpy",
    "rules_python~~pip~pypi_311_numpy": "pypi_311_numpy",
}

def _repository_name_test_impl(ctx):
    env = unittest.begin(ctx)
    for canonical, expected in REPOSITORY_NAMES.items():
        asserts.equals(env, expected, repository_name(canonical), canonical)
    return unittest.end(env)

repository_name_test = unittest.make(_repository_name_test_impl)

def _stable_label_test_impl(ctx):
    env = unittest.begin(ctx)
    asserts.equals(env, "//pkg/sub:name", stable_label(Label("//pkg/sub:name")))
    asserts.equals(env, "@bazel_skylib//lib:paths", stable_label(Label("@bazel_skylib//lib:paths")))
    return unittest.end(env)

stable_label_test = unittest.make(_stable_label_test_impl)

def _runfiles_path_test_impl(ctx):
    env = unittest.begin(ctx)
    asserts.equals(env, "_main/pkg/file", runfiles_path("pkg/file", "_main"))
    asserts.equals(env, "other~/pkg/file", runfiles_path("../other~/pkg/file", "_main"))
    return unittest.end(env)

runfiles_path_test = unittest.make(_runfiles_path_test_impl)

def _error_text_test_impl(ctx):
    env = unittest.begin(ctx)
    asserts.equals(
        env,
        "rules_codspeed: no {braces}. Got: %s. Expected: a. Fix: b.",
        error_text(what = "no {braces}", got = "%s", expected = "a", fix = "b"),
    )
    return unittest.end(env)

error_text_test = unittest.make(_error_text_test_impl)

def labels_test_suite(name):
    unittest.suite(
        name,
        repository_name_test,
        stable_label_test,
        runfiles_path_test,
        error_text_test,
    )
