"""Labels and runfiles paths are the same under every Bazel version and mode."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# A unit test reads what it tests.
load("//rules/private:errors.bzl", "error_text")  # buildifier: disable=bzl-visibility
load("//rules/private:labels.bzl", "repository_name", "runfiles_path", "stable_label")  # buildifier: disable=bzl-visibility

def _repository_name_test_impl(ctx):
    env = unittest.begin(ctx)
    for canonical, expected in {
        "_main~codspeed~codspeed_toolchains": "codspeed_toolchains",
        "rules_codspeed": "rules_codspeed",
        "rules_codspeed+": "rules_codspeed",
        "rules_codspeed++codspeed+codspeed_toolchains": "codspeed_toolchains",
        "rules_codspeed~": "rules_codspeed",
        "rules_codspeed~1.2.3": "rules_codspeed",
        "rules_codspeed~~codspeed~codspeed_toolchains": "codspeed_toolchains",
    }.items():
        asserts.equals(env, expected, repository_name(canonical))
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
