"""Repositories of what some of our own benchmarks need and a machine may lack: jemalloc and Rust.

Each has a config_setting `available`, so that //:bench_codspeed leaves out what cannot be built
here. Only this repository's own benchmarks use them. `python3 tools/aarch64/pin.py --table
tests/benchmarks/native/jemalloc.json` pins the packages that Debian has today.
"""

load("//rules/private:features.bzl", "reproducible_extension")  # buildifier: disable=bzl-visibility

_CPUS = {"aarch64": "aarch64", "amd64": "x86_64"}  # from Bazel's name to that of a platform

_BUILD = """\
load("@bazel_skylib//rules:common_settings.bzl", "bool_setting")
load("@rules_cc//cc:defs.bzl", "cc_library")

package(default_visibility = ["//visibility:public"])

bool_setting(
    name = "found",
    build_setting_default = {found},
)

config_setting(
    name = "available",
    constraint_values = [
        "@platforms//cpu:{cpu}",
        "@platforms//os:linux",
    ],
    flag_values = {{":found": "True"}},
)

{target}(
    name = "{name}",
    srcs = glob({files}, allow_empty = True),
)
"""

def _declare(rctx, found, **what):
    if not found:
        print("//:bench_codspeed leaves a benchmark out: this machine has no {}".format(what["name"]))  # buildifier: disable=print
    cpu = _CPUS.get(rctx.os.arch, "x86_64")
    rctx.file("BUILD.bazel", _BUILD.format(found = bool(found), cpu = cpu, **what))

def _fetched(rctx, file, sha256, platform):
    """Returns whether the package is here: from Bazel's repository cache, or by this machine's apt."""
    if rctx.download(url = [], output = file, sha256 = sha256, allow_fail = True).success:
        return True
    python = rctx.which("python3")
    if not python or not rctx.which("apt-get"):
        return False
    arguments = [rctx.path(rctx.attr._fetch), "--table", rctx.path(rctx.attr._table), "--set", platform]
    if rctx.execute([python, "-B"] + arguments + ["--out", "fetched", file]).return_code:
        return False
    rctx.download(url = "file://{}".format(rctx.path("fetched/" + file)), output = file, sha256 = sha256)
    rctx.delete("fetched")
    return True

def _loads(rctx, library):
    """Returns whether the machine's loader takes it: the package is made for glibc 2.36 or newer."""

    # Not opened later than a program starts: it has variables of threads. The loader goes on without it.
    tried = rctx.execute(["true"], environment = {"LD_PRELOAD": str(library)})
    return tried.return_code == 0 and not tried.stderr

def _jemalloc_impl(rctx):
    platform = "linux_" + _CPUS.get(rctx.os.arch, "")
    packages = json.decode(rctx.read(rctx.attr._table))["sets"].get(platform, {"packages": {}})["packages"]
    found = False
    for file, sha256 in packages.items():
        if rctx.os.name == "linux" and _fetched(rctx, file, sha256, platform):
            rctx.extract(file, output = "package")
            rctx.extract("package/data.tar.xz", output = "package")
            libraries = [
                folder.get_child("libjemalloc.so.2")
                for folder in rctx.path("package/usr/lib").readdir()
            ]
            found = _loads(rctx, libraries[0])
            if found:
                rctx.symlink(libraries[0], "libjemalloc.so.2")
    _declare(rctx, found, target = "cc_library", name = "jemalloc", files = ["libjemalloc.so.*"])

jemalloc_repository = repository_rule(
    doc = "Debian's shared library of jemalloc, pinned in jemalloc.json; `available` where it can be fetched and loaded.",
    implementation = _jemalloc_impl,
    # Whether it is available depends on the machine: asked again when Bazel's server starts.
    local = True,
    attrs = {
        "_fetch": attr.label(default = "//tools/aarch64:fetch.py"),
        "_table": attr.label(default = ":jemalloc.json"),
    },
)

def _compiler(rctx):
    """Returns the path of rustc; None where there is none. What rustup puts on PATH is no compiler itself."""
    rustc = rctx.which("rustc")
    if not rustc and rctx.getenv("HOME"):
        own = rctx.path(rctx.getenv("HOME") + "/.cargo/bin/rustc")
        rustc = own if own.exists else None
    asked = rctx.execute([rustc, "--print", "sysroot"]) if rustc else None
    if not asked or asked.return_code:
        return None
    found = rctx.path(asked.stdout.strip() + "/bin/rustc")
    return found if found.exists else None

def _rust_impl(rctx):
    rustc = _compiler(rctx)
    if rustc:
        rctx.symlink(rustc, "bin/rustc")

        # An input of what it compiles, as the rest of the compiler is none.
        rctx.file("bin/version.txt", rctx.execute([rustc, "--version", "--verbose"]).stdout)
    _declare(rctx, rustc, target = "filegroup", name = "rustc", files = ["bin/*"])

rust_repository = repository_rule(
    doc = "The machine's rustc, as rules_cc finds the machine's C++ compiler; `available` where there is one.",
    implementation = _rust_impl,
    local = True,
    configure = True,
    environ = ["HOME", "PATH"],
)

def optional_repositories():
    """Declares them; nothing is fetched before a build asks for it."""
    jemalloc_repository(name = "codspeed_bench_jemalloc")
    rust_repository(name = "codspeed_bench_rust")

def _optional_impl(module_ctx):
    optional_repositories()
    return reproducible_extension(module_ctx)

optional = module_extension(
    doc = "Declares the repositories.",
    implementation = _optional_impl,
)

def where_available(what):
    """Returns constraints that hold where one of the repositories has what it is for.

    Args:
      what: `jemalloc` or `rust`.

    Returns:
      A value of `target_compatible_with`.
    """
    return select({
        "@codspeed_bench_{}//:available".format(what): [],
        "//conditions:default": ["@platforms//:incompatible"],
    })
