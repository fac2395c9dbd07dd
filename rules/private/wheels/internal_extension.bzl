"""The module extension `codspeed_internal`: the wheels of our own tools.

Only MODULE.bazel of rules_codspeed uses it. Use its tag `dev_wheels` with
dev_dependency, so that other modules get the run-time packages only.
"""

load("//rules/private:features.bzl", "reproducible_extension")
load(":wheels.bzl", "wheel_repositories")

def _codspeed_internal_impl(module_ctx):
    dev = any([module.tags.dev_wheels for module in module_ctx.modules])
    wheel_repositories(dev = dev)
    return reproducible_extension(module_ctx)

codspeed_internal = module_extension(
    doc = "Declares the hub of our wheels, `codspeed_py`, and a repository per package.",
    implementation = _codspeed_internal_impl,
    tag_classes = {
        "dev_wheels": tag_class(
            doc = "Also declares what tests and benchmarks of rules_codspeed need.",
        ),
    },
)
