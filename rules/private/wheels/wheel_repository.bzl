"""Repository rules for locked wheels: one for a package, and one for the hub that names all packages.

Loaded by wheels.bzl only.
"""

load("//rules/private:errors.bzl", "error_text")
load("//rules/private:features.bzl", "reproducible_repository")
load(":fetch_wheel.bzl", "fetch_wheel")

_PACKAGE_BUILD = """\
load("@rules_python//python:py_library.bzl", "py_library")

py_library(
    name = "pkg",
    srcs = glob(["site/**/*.py"], allow_empty = True),
    data = glob(["site/**"], exclude = ["site/**/*.py", "site/**/* *"], allow_empty = True),
    imports = ["site"],
    visibility = ["//visibility:public"],
    deps = {deps},
)
"""

def _check_record(rctx, package, filename, seen):
    """Fails if a wheel replaced a file of an earlier one by a different file.

    Compiled modules have the tag of their Python in their name. So the wheels of
    all Pythons fit into one folder and each Python picks its own modules, if all other
    files are the same. RECORD lists the hash of each file.
    """
    distribution = "-".join(filename.split("-")[:2]) + ".dist-info"
    for line in rctx.read("site/{}/RECORD".format(distribution)).splitlines():
        path, _, digest = line.rpartition(",")[0].rpartition(",")
        if path.startswith(distribution + "/") or not digest:
            continue
        if seen.setdefault(path, digest) != digest:
            fail(error_text(
                what = "the wheels of {} do not fit into one folder: {} differs".format(package, path),
                got = "{} in {}".format(digest, filename),
                expected = "{} as in the wheels of other Pythons".format(seen[path]),
                fix = "pin another version of the package in rules_codspeed's py/requirements*.in",
            ))

def _wheel_repository_impl(rctx):
    seen = {}
    for filename, sha256 in rctx.attr.files.items():
        wheel = fetch_wheel(rctx, rctx.attr.package, rctx.attr.version, filename, sha256)
        rctx.extract(wheel, output = "site")
        rctx.delete(wheel)
        _check_record(rctx, rctx.attr.package, filename, seen)
    rctx.file("BUILD.bazel", _PACKAGE_BUILD.format(deps = repr(rctx.attr.deps)))
    return reproducible_repository(rctx)

wheel_repository = repository_rule(
    doc = "One package: its locked wheels for one platform, for all Pythons, in one folder.",
    implementation = _wheel_repository_impl,
    attrs = {
        "deps": attr.string_list(
            doc = "Labels of the packages that this one imports, as written in its BUILD file.",
        ),
        "files": attr.string_dict(
            doc = "File name to SHA-256 of each wheel.",
            mandatory = True,
        ),
        "package": attr.string(
            doc = "Name of the package in the lock.",
            mandatory = True,
        ),
        "version": attr.string(
            doc = "Version of the package.",
            mandatory = True,
        ),
    },
)

_HUB_HEADER = """\
package(default_visibility = ["//visibility:public"])

config_setting(
    name = "linux_aarch64",
    constraint_values = ["@platforms//cpu:aarch64", "@platforms//os:linux"],
)

config_setting(
    name = "linux_x86_64",
    constraint_values = ["@platforms//cpu:x86_64", "@platforms//os:linux"],
)
"""

_HUB_ALIAS = """
alias(
    name = "{name}",
    actual = {actual},
)
"""

def _hub_alias(name, platforms):
    if platforms == ["any"]:
        actual = repr("@codspeed_py__{}//:pkg".format(name))
    else:
        actual = "select({}, no_match_error = {})".format(
            repr({":" + p: "@codspeed_py__{}__{}//:pkg".format(name, p) for p in platforms}),
            repr("rules_codspeed: the Python package {} is locked for {} only".format(name, " and ".join(platforms))),
        )
    return _HUB_ALIAS.format(name = name, actual = actual)

def _wheel_hub_impl(rctx):
    aliases = [_hub_alias(name, platforms) for name, platforms in rctx.attr.packages.items()]
    rctx.file("BUILD.bazel", _HUB_HEADER + "".join(aliases))
    return reproducible_repository(rctx)

wheel_hub = repository_rule(
    doc = "One target per package, which picks the repository of the target's platform.",
    implementation = _wheel_hub_impl,
    attrs = {
        "packages": attr.string_list_dict(
            doc = "Package to the platforms that it is locked for; only `any` for a pure one.",
            mandatory = True,
        ),
    },
)
