"""@rules_python_bzl//:repositories: what rules_python's repositories.bzl loads, in any version of it.

To document rules/setup.bzl, Bazel wants targets of all files that it loads. Newer versions of
rules_python have one for repositories.bzl; in older ones, Debian's among them, the target of
all files is complete.
"""

_TARGETS = ["repositories_bzl", "bzl"]

def _rules_python_bzl_impl(rctx):
    declared = rctx.read(Label("@rules_python//python:BUILD.bazel"))
    target = [name for name in _TARGETS if "name = \"{}\"".format(name) in declared][0]
    rctx.file("BUILD.bazel", """\
alias(
    name = "repositories",
    actual = {},
    visibility = ["//visibility:public"],
)
""".format(repr(str(Label("@rules_python//python:" + target)))))

rules_python_bzl_repository = repository_rule(
    doc = "Finds the target of rules_python that covers repositories.bzl.",
    implementation = _rules_python_bzl_impl,
)

def _api_docs_impl(_mctx):
    rules_python_bzl_repository(name = "rules_python_bzl")

api_docs = module_extension(
    doc = "What docs/api needs of other modules.",
    implementation = _api_docs_impl,
)
