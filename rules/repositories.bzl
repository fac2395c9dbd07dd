"""WORKSPACE, step one: the modules that the rules load from, and our own repositories.

Under bzlmod MODULE.bazel does the same. Bazel 9 has no WORKSPACE.
"""

load("@bazel_tools//tools/build_defs/repo:http.bzl", "http_archive")
load("@bazel_tools//tools/build_defs/repo:utils.bzl", "maybe")
load("//rules/private:dependencies.bzl", "DEPENDENCIES")
load("//rules/private/archives:toolchains.bzl", "HUB")

def rules_codspeed_dependencies():
    """Declares the modules that the rules load from, unless they are there already."""
    for name, archive in DEPENDENCIES.items():
        maybe(http_archive, name = name, **archive)

# There is one registration in a workspace, so it needs no name.
# buildifier: disable=unnamed-macro
def codspeed_register_toolchains():
    """Registers the pinned tools; fetches none. Call it last."""
    native.register_toolchains("@{}//:all".format(HUB))
