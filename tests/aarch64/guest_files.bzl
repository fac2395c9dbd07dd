"""What the guest gets of the project: built for its platform, packed on this machine."""

load("@rules_python//python:py_info.bzl", "PyInfo")

# buildifier: disable=bzl-visibility
load("//rules/private:labels.bzl", "runfiles_path")

# buildifier: disable=bzl-visibility
load("//rules/private:python_tool.bzl", "INTERPRETER_FLAGS", "PYTHON_TOOLCHAIN_TYPE", "python_runtime", "runtime_files")

def _guest_impl(_settings, _attr):
    return {
        "//command_line_option:compilation_mode": "opt",
        "//command_line_option:platforms": [str(Label("//tests/aarch64:linux_aarch64"))],
        # As where benchmarks are measured.
        "//command_line_option:strip": "never",
    }

_guest = transition(
    implementation = _guest_impl,
    inputs = [],
    outputs = [
        "//command_line_option:compilation_mode",
        "//command_line_option:platforms",
        "//command_line_option:strip",
    ],
)

def _guest_files_impl(ctx):
    runtime = python_runtime(ctx.toolchains[PYTHON_TOOLCHAIN_TYPE], ctx.label)
    files = depset(transitive = [dep[DefaultInfo].files for dep in ctx.attr.deps] +
                                [dep[DefaultInfo].default_runfiles.files for dep in ctx.attr.deps])
    imports = depset(transitive = [dep[PyInfo].imports for dep in ctx.attr.deps if PyInfo in dep])
    output = ctx.actions.declare_file(ctx.label.name + ".cpio")
    arguments = ctx.actions.args()
    arguments.add_all(INTERPRETER_FLAGS)
    arguments.add(ctx.file._pack)
    listed = ctx.actions.args()
    listed.set_param_file_format("multiline")
    listed.use_param_file("@%s", use_always = True)
    listed.add("--out", output)
    listed.add("--init", ctx.file._init)
    listed.add_all(imports, before_each = "--import-folder")
    workspace = ctx.workspace_name
    listed.add_all(
        files,
        map_each = lambda file: runfiles_path(file.short_path, workspace) + "\t" + file.path,
        allow_closure = True,
        expand_directories = False,
    )
    ctx.actions.run(
        executable = runtime.interpreter or runtime.interpreter_path,
        arguments = [arguments, listed],
        inputs = depset(
            [ctx.file._pack, ctx.file._init] + ctx.files._sources,
            transitive = [files, runtime_files(runtime)],
        ),
        outputs = [output],
        mnemonic = "AarchGuestFiles",
        toolchain = PYTHON_TOOLCHAIN_TYPE,
    )
    return [DefaultInfo(files = depset([output]))]

guest_files = rule(
    doc = "An archive that the guest unpacks: targets with their runfiles, and its first process.",
    implementation = _guest_files_impl,
    attrs = {
        "deps": attr.label_list(
            doc = "Programs, libraries and tests.",
            allow_files = True,
            cfg = _guest,
        ),
        "_allowlist_function_transition": attr.label(
            default = "@bazel_tools//tools/allowlists/function_transition_allowlist",
        ),
        "_init": attr.label(default = "//tools/aarch64:guest/init", allow_single_file = True),
        "_pack": attr.label(default = "//tools/aarch64:pack.py", allow_single_file = True),
        "_sources": attr.label_list(default = ["//tools/aarch64:newc.py"], allow_files = True),
    },
    toolchains = [PYTHON_TOOLCHAIN_TYPE],
)
