"""Toolchain rules: which Valgrind and perf the measuring actions run, and which tools `bazel run` starts.

The repositories of pinned archives load it; load it yourself to register a build of your own.
Depends on providers only.
"""

load("//rules:providers.bzl", "CodSpeedPerfInfo", "CodSpeedSimulatorInfo", "CodSpeedToolInfo")

def _simulator_toolchain_impl(ctx):
    label = ctx.label
    repository = "../{}/".format(label.repo_name) if label.repo_name else ""
    root = repository + (label.package + "/" if label.package else "")
    return [
        DefaultInfo(files = depset(ctx.files.files)),
        platform_common.ToolchainInfo(simulator = CodSpeedSimulatorInfo(
            files = depset(ctx.files.files),
            flavor = ctx.attr.flavor,
            launcher = ctx.file.launcher.short_path[len(root):],
            lib = ctx.attr.lib,
            root = root,
            sha256 = ctx.attr.sha256,
            version = ctx.attr.version,
        )),
    ]

codspeed_simulator_toolchain = rule(
    doc = "A Valgrind that runs from the folder of this target's package.",
    implementation = _simulator_toolchain_impl,
    attrs = {
        "files": attr.label_list(
            doc = "The launcher, the callgrind tool, the core preload object and the suppressions.",
            allow_files = True,
            mandatory = True,
        ),
        "flavor": attr.string(
            doc = "`codspeed` for CodSpeed's build, `stock` for an unpatched one.",
            mandatory = True,
            values = [
                "codspeed",
                "stock",
            ],
        ),
        "launcher": attr.label(
            doc = "The launcher: an ELF executable, not a wrapper script.",
            allow_single_file = True,
            mandatory = True,
        ),
        "lib": attr.string(
            doc = "Folder of the tools, relative to this package: the value of VALGRIND_LIB.",
            mandatory = True,
        ),
        "sha256": attr.string(
            doc = "SHA-256 of the archive that the files came from, in hexadecimal; shown in provenance.",
        ),
        "version": attr.string(
            doc = "As `valgrind --version` prints it, without `valgrind-`.",
            mandatory = True,
        ),
    },
)

def _perf_toolchain_impl(ctx):
    return [
        platform_common.ToolchainInfo(perf = CodSpeedPerfInfo(
            minimum_version = ctx.attr.minimum_version,
            path = ctx.attr.path,
        )),
    ]

codspeed_perf_toolchain = rule(
    doc = """The perf of the machines that measure walltime.

perf belongs to the machine's kernel, so it is never fetched: the measuring action looks for it
and checks its version.""",
    implementation = _perf_toolchain_impl,
    attrs = {
        "minimum_version": attr.string(
            doc = "The oldest version that is accepted. 5.10 introduced `--control` and `--delay=-1`.",
            default = "5.10",
        ),
        "path": attr.string(
            doc = "Absolute path of perf. If it is empty, the action takes `perf` from the system's folders or, where that is " +
                  "a wrapper for another kernel and does not work, the last of /usr/lib/linux-tools-*/perf.",
        ),
    },
)

def _tool_toolchain_impl(ctx):
    return [
        DefaultInfo(files = depset([ctx.file.program])),
        platform_common.ToolchainInfo(tool = CodSpeedToolInfo(
            program = ctx.file.program,
            sha256 = ctx.attr.sha256,
            version = ctx.attr.version,
        )),
    ]

codspeed_tool_toolchain = rule(
    doc = "A program that one of the targets of //tools runs.",
    implementation = _tool_toolchain_impl,
    attrs = {
        "program": attr.label(
            doc = "The executable: one file that needs no other.",
            allow_single_file = True,
            mandatory = True,
        ),
        "sha256": attr.string(
            doc = "SHA-256 of the archive that the program came from, in hexadecimal.",
        ),
        "version": attr.string(
            doc = "Version of the program.",
            mandatory = True,
        ),
    },
)
