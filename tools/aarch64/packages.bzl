"""Repositories of the trial of aarch64: Debian's packages of packages.json, verified and unpacked.

This machine's own apt fetches what Bazel's repository cache and `--distdir` lack. Only tests of
rules_codspeed itself use them.
"""

load("//rules/private:errors.bzl", "error_text")  # buildifier: disable=bzl-visibility
load("//rules/private:features.bzl", "reproducible_extension", "reproducible_repository")  # buildifier: disable=bzl-visibility

_TOOLS = ["errors", "process", "apt"]
_SOURCES = ["fetch", "newc", "packages", "unpack"]

def _fetch(rctx, python, packages):
    """Puts the packages of the repository's set into the folder `packages`."""
    missing = [
        file
        for file, sha256 in packages.items()
        # The repository cache alone has files by hash.
        if not rctx.download(url = [], output = "packages/" + file, sha256 = sha256, allow_fail = True).success
    ]
    if not missing:
        return
    fetched = rctx.path("fetched")
    result = rctx.execute([python, "-B", rctx.path(rctx.attr._fetch), "--set", rctx.attr.set, "--out", fetched] + missing)
    if result.return_code:
        fail(error_text(
            what = "cannot fetch packages of Debian for the trial of aarch64",
            got = result.stderr.strip(),
            expected = "the packages of tools/aarch64/packages.json, from this machine's apt",
            fix = "run it on a Debian or Ubuntu machine whose apt reaches an archive of Debian",
        ))
    for file in missing:
        # In an address the sign is one for an escape.
        url = "file://" + str(fetched.get_child(file)).replace("%", "%25")
        rctx.download(url = url, output = "packages/" + file, sha256 = packages[file])
    rctx.delete("fetched")

def _debian_packages_impl(rctx):
    python = rctx.which("python3")
    if not python or not rctx.which("dpkg-deb"):
        fail(error_text(
            what = "the trial of aarch64 cannot unpack Debian's packages",
            got = "no python3 or no dpkg-deb on PATH",
            expected = "both",
            fix = "run it on a Debian or Ubuntu machine with python3",
        ))
    table = json.decode(rctx.read(rctx.attr._table))
    for source in rctx.attr._sources:
        rctx.watch(source)
    _fetch(rctx, python, table["sets"][rctx.attr.set]["packages"])
    unpack = [python, "-B", rctx.path(rctx.attr._unpack), "--packages", "packages", "--out", "root"]
    guest = ["--guest", "."] if rctx.attr.set == "guest" else []
    result = rctx.execute(unpack + guest)
    if result.return_code:
        fail("cannot unpack the packages of {}: {}".format(rctx.attr.set, result.stderr))
    rctx.delete("packages")
    if guest:
        rctx.delete("root")
    rctx.template("BUILD.bazel", rctx.attr.build_file)
    for tool, name in rctx.attr.programs.items():
        rctx.template("bin/" + name, rctx.attr._program, {"%{program}": tool}, executable = True)
    return reproducible_repository(rctx)

debian_packages = repository_rule(
    doc = "One set of packages.json, unpacked: a folder `root`, or the archive and the kernel of a guest.",
    implementation = _debian_packages_impl,
    attrs = {
        "build_file": attr.label(
            doc = "Its BUILD file.",
            mandatory = True,
        ),
        "programs": attr.string_dict(
            doc = "From a program's path in `root` to the name that starts it, below `bin`.",
        ),
        "set": attr.string(
            doc = "Name of the set.",
            mandatory = True,
        ),
        "_fetch": attr.label(default = "//tools/aarch64:fetch.py"),
        "_program": attr.label(default = "//tools/aarch64:program.sh.tpl"),
        "_sources": attr.label_list(default = (
            ["//tools/aarch64:{}.py".format(name) for name in _SOURCES] +
            ["//tools/bazel:{}.py".format(name) for name in _TOOLS]
        )),
        "_table": attr.label(default = "//tools/aarch64:packages.json"),
        "_unpack": attr.label(default = "//tools/aarch64:unpack.py"),
    },
)

_CROSS = "usr/bin/aarch64-linux-gnu-"

def _aarch64_packages_impl(module_ctx):
    debian_packages(
        name = "codspeed_aarch64_host",
        build_file = Label("//tools/aarch64:host.BUILD.tpl"),
        programs = {
            _CROSS + "ar": "ar",
            _CROSS + "g++-12": "g++",
            _CROSS + "gcc-12": "gcc",
            _CROSS + "ld": "ld",
            _CROSS + "nm": "nm",
            _CROSS + "objcopy": "objcopy",
            _CROSS + "objdump": "objdump",
            _CROSS + "strip": "strip",
            "usr/bin/qemu-system-aarch64": "qemu",
        },
        set = "host",
    )
    debian_packages(
        name = "codspeed_aarch64_guest",
        build_file = Label("//tools/aarch64:guest.BUILD.tpl"),
        set = "guest",
    )
    return reproducible_extension(module_ctx)

aarch64_packages = module_extension(
    doc = "Declares the repositories of the trial of aarch64; fetches nothing.",
    implementation = _aarch64_packages_impl,
)
