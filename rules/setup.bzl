"""WORKSPACE, step two: what needs the repositories of step one to load.

Call `codspeed_setup()` after `rules_codspeed_dependencies()`.
"""

load("@bazel_features//:deps.bzl", "bazel_features_deps")
load("@rules_python//python:repositories.bzl", "py_repositories")
load("//rules/private:toolchains.bzl", "toolchain_repositories")
load("//rules/private:wheels.bzl", "instrument_hooks_repository", "wheel_repositories")

def codspeed_setup():
    """Declares the repositories of tools and wheels; fetches none."""
    bazel_features_deps()
    py_repositories()
    toolchain_repositories()
    instrument_hooks_repository()
    wheel_repositories()
