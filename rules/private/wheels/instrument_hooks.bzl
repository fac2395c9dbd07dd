"""Repository rule for CodSpeed's C hooks library, from a wheel of pytest-codspeed.

A wheel with compiled code has the same files as the source package
(`src/pytest_codspeed/instruments/hooks/instrument-hooks`); the wheel for `any`
platform has no core.c. The source package itself is not used, because pip runs a
package's build script before it saves the source.
"""

load("//rules/private:features.bzl", "reproducible_repository")
load(":fetch_wheel.bzl", "fetch_wheel")

_SOURCES = "pytest_codspeed/instruments/hooks/instrument-hooks"

# Warnings as in setup.py of pytest-codspeed 5.0.4: core.c is generated from Zig.
_BUILD = """\
load("@rules_cc//cc:defs.bzl", "cc_library")

package(default_visibility = ["//visibility:public"])

cc_library(
    name = "instrument_hooks",
    srcs = [
        "dist/core.c",
        "includes/zig.h",
    ],
    hdrs = [
        "includes/callgrind.h",
        "includes/compat.h",
        "includes/core.h",
        "includes/valgrind.h",
    ],
    copts = [
        "-std=c11",
        "-Wno-format",
        "-Wno-format-security",
        "-Wno-type-limits",
        "-Wno-uninitialized",
        "-Wno-unused-but-set-variable",
        "-Wno-unused-const-variable",
    ],
    includes = ["includes"],
)

exports_files(glob(["dist/*", "includes/*"]))
"""

def _instrument_hooks_impl(rctx):
    wheel = fetch_wheel(rctx, "pytest_codspeed", rctx.attr.version, rctx.attr.filename, rctx.attr.sha256)

    # By position: the parameter's name is stripPrefix in Bazel 7, strip_prefix from 8.
    rctx.extract(wheel, "", _SOURCES)
    rctx.delete(wheel)
    rctx.file("BUILD.bazel", _BUILD)
    return reproducible_repository(rctx)

instrument_hooks = repository_rule(
    doc = "CodSpeed's hooks as a C library, `:instrument_hooks`; include `core.h`.",
    implementation = _instrument_hooks_impl,
    attrs = {
        "filename": attr.string(
            doc = "File name of the wheel.",
            mandatory = True,
        ),
        "sha256": attr.string(
            doc = "SHA-256 of the wheel, in hexadecimal.",
            mandatory = True,
        ),
        "version": attr.string(
            doc = "Version of pytest-codspeed.",
            mandatory = True,
        ),
    },
)
