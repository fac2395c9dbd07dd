"""Compiled modules of the Python packages that tests import.

Nothing may be written beside sources, so without this each test, and each command that it starts,
would compile pytest, hypothesis, pydantic and httpx again: about a second each.
"""

load("@rules_python//python:defs.bzl", "PyInfo")

# buildifier: disable=bzl-visibility
load("//rules/private:python_tool.bzl", "PYTHON_TOOLCHAIN_TYPE", "python_runtime")

# buildifier: disable=bzl-visibility
load("//rules/private/measure:bytecode.bzl", "compile_modules")

_BytecodeInfo = provider(
    doc = "Folders of compiled modules.",
    fields = {"folders": "depset of structs of `path`, where the folder belongs below the runfiles, and `folder`, a File."},
)

def _compile(ctx, runtime, sources):
    """Compiles the modules of a library; returns the `__pycache__` of each folder."""
    folders = {}
    modules = {}
    for source in sources:
        path = source.short_path.removeprefix("../").rpartition("/")[0] + "/__pycache__"
        if path not in folders:
            folders[path] = ctx.actions.declare_directory("bytecode/" + path)
        modules[source] = folders[path].path
    compile_modules(ctx, ctx.file._compiler, runtime, modules, folders.values())
    return [struct(path = path, folder = folder) for path, folder in folders.items()]

def _bytecode_aspect_impl(target, ctx):
    below = [dep[_BytecodeInfo].folders for dep in getattr(ctx.rule.attr, "deps", []) if _BytecodeInfo in dep]
    own = []

    # Our own modules change with every edit, and are small.
    if target.label.workspace_name and PyInfo in target and ctx.rule.kind == "py_library":
        runtime = python_runtime(ctx.toolchains[PYTHON_TOOLCHAIN_TYPE], target.label)
        own = _compile(ctx, runtime, ctx.rule.files.srcs) if ctx.rule.files.srcs else []
    return [_BytecodeInfo(folders = depset(own, transitive = below))]

_bytecode_aspect = aspect(
    implementation = _bytecode_aspect_impl,
    attr_aspects = ["deps"],
    attrs = {
        "_compiler": attr.label(
            default = "//py/rules_codspeed/measure/bytecode:compile_modules.py",
            allow_single_file = True,
        ),
    },
    toolchains = [PYTHON_TOOLCHAIN_TYPE],
)

def _bytecode_impl(ctx):
    folders = depset(transitive = [dep[_BytecodeInfo].folders for dep in ctx.attr.deps])
    return [DefaultInfo(runfiles = ctx.runfiles(
        root_symlinks = {one.path: one.folder for one in folders.to_list()},
    ))]

bytecode = rule(
    doc = "Compiled modules of the Python packages among the dependencies, for the runfiles of a program.",
    implementation = _bytecode_impl,
    attrs = {
        "deps": attr.label_list(
            doc = "Python libraries.",
            aspects = [_bytecode_aspect],
        ),
    },
)
