"""The module extension `codspeed`: repositories of the pinned tools.

It reads no host facts: the same repositories are declared everywhere, and a
build fetches those that it uses.
"""

load("//rules/private:features.bzl", "reproducible_extension")
load("//rules/private:toolchains.bzl", "toolchain_repositories")
load("//rules/private:wheels.bzl", "instrument_hooks_repository")

def _codspeed_impl(module_ctx):
    toolchain_repositories()
    instrument_hooks_repository()
    return reproducible_extension(module_ctx)

codspeed = module_extension(
    doc = "Declares the simulators' hub and spokes, and CodSpeed's hooks library.",
    implementation = _codspeed_impl,
)
