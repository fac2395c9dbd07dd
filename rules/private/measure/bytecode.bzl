"""Compiles the modules of Python programs in actions of their own, before they are measured.

A measured Python that finds no .pyc file compiles each module that it imports: under a simulator
that takes longer than most benchmarks. Each target's modules are compiled once, by an aspect, for
all benchmarks that depend on them; those of an interpreter that Bazel builds or fetches by one
target of this package.
"""

load("@bazel_skylib//lib:paths.bzl", "paths")
load("@bazel_skylib//rules:common_settings.bzl", "BuildSettingInfo")
load("@rules_python//python:py_info.bzl", "PyInfo")
load("//rules/private:host_key.bzl", "HostKeyInfo")
load("//rules/private:labels.bzl", "runfiles_path")
load("//rules/private:python_tool.bzl", "PYTHON_TOOLCHAIN_TYPE", "runtime_files")

BytecodeInfo = provider(
    doc = "The compiled modules of a Python target and of its dependencies, or of an interpreter.",
    fields = {
        "folders": "depset of File: folders laid out like runfiles, with __pycache__ folders only",
        "interpreter": "File: the interpreter whose library this is, if Bazel has it; None for a target's modules",
    },
)

_ATTRS = {
    "_compiler": attr.label(
        default = "//py/rules_codspeed/measure/bytecode:compile_modules.py",
        allow_single_file = True,
    ),
    "_host_key": attr.label(default = "//rules/settings:host_key"),
    "_machine": attr.label(default = "@codspeed_host//:key", providers = [HostKeyInfo]),
}

_TOOLCHAINS = [config_common.toolchain_type(PYTHON_TOOLCHAIN_TYPE, mandatory = False)]

def _runtime(ctx):
    """Returns the PyRuntimeInfo that programs of this configuration run under, or None."""
    toolchain = ctx.toolchains[PYTHON_TOOLCHAIN_TYPE]
    return toolchain.py3_runtime if toolchain else None

def compile_modules(ctx, compiler, runtime, modules, outputs, **kwargs):
    """Declares an action that compiles Python modules.

    Args:
      ctx: context of a rule or an aspect.
      compiler: File, compile_modules.py.
      runtime: the PyRuntimeInfo that compiles.
      modules: dict from the File of each module to the path of the folder for its .pyc file.
      outputs: list of File: the folders to make.
      **kwargs: passed to ctx.actions.run.
    """
    workspace = ctx.workspace_name

    def line(file):
        # Without the name of the repository, which is another one in each version of Bazel.
        module = runfiles_path(file.short_path, workspace).partition("/")[2]
        return "\t".join([modules[file], module, file.path])

    listing = ctx.actions.args()
    listing.use_param_file("%s", use_always = True)
    listing.set_param_file_format("multiline")
    listing.add_all(modules.keys(), map_each = line, allow_closure = True)
    start = ctx.actions.args()

    # Not isolated (-I), which would ignore the seed of hashes: the order of a set's members is part
    # of what is compiled.
    start.add_all(["-S", "-s", "-B", "-W", "ignore"])
    start.add(compiler)
    ctx.actions.run(
        executable = runtime.interpreter or runtime.interpreter_path,
        arguments = [start, listing],
        inputs = depset([compiler] + modules.keys(), transitive = [runtime_files(runtime)]),
        outputs = outputs,
        mnemonic = "CodSpeedCompile",
        progress_message = "Compiling modules of %{label}",
        toolchain = PYTHON_TOOLCHAIN_TYPE,
        **kwargs
    )

def _compiled(ctx, attributes, name, runtime, sources):
    """Declares the action that compiles a program's modules; returns its output, laid out like runfiles.

    Args:
      ctx: context of a rule or an aspect.
      attributes: struct with _ATTRS.
      name: of the output.
      runtime: the PyRuntimeInfo that compiles.
      sources: list of File.
    """
    output = ctx.actions.declare_directory(name)
    modules = {
        file: "{}/{}/__pycache__".format(output.path, paths.dirname(runfiles_path(file.short_path, ctx.workspace_name)))
        for file in sources
    }

    # Two interpreters of one version are two compilers: what stands for the machine's is in the cache key.
    key = attributes._host_key[BuildSettingInfo].value or attributes._machine[HostKeyInfo].key
    compile_modules(
        ctx,
        attributes._compiler,
        runtime,
        modules,
        [output],
        env = {"CODSPEED_MACHINE": key, "PYTHONHASHSEED": "0"},
        execution_requirements = {"block-network": ""} | ({} if key else {"no-remote-cache-upload": ""}),
    )
    return output

def _attributes(ctx):
    """Returns the struct that `_compiled` needs."""
    return struct(
        _compiler = ctx.file._compiler,
        _host_key = ctx.attr._host_key,
        _machine = ctx.attr._machine,
    )

def _modules(files):
    return [file for file in files if file.extension == "py"]

def _bytecode_impl(target, ctx):
    below = [
        dependency[BytecodeInfo].folders
        for dependency in getattr(ctx.rule.attr, "deps", [])
        if BytecodeInfo in dependency
    ]
    runtime = _runtime(ctx)
    sources = _modules(getattr(ctx.rule.files, "srcs", []))
    own = []
    if PyInfo in target and runtime and sources:
        own.append(_compiled(ctx, _attributes(ctx), ctx.rule.attr.name + ".bytecode", runtime, sources))
    return [BytecodeInfo(folders = depset(own, transitive = below), interpreter = None)]

bytecode_aspect = aspect(
    doc = "Compiles the modules of a Python target and of what it depends on.",
    implementation = _bytecode_impl,
    attr_aspects = ["deps"],
    attrs = _ATTRS,
    toolchains = _TOOLCHAINS,
)

def _interpreter_bytecode_impl(ctx):
    runtime = _runtime(ctx)

    # Tests of the library, and packages that pip installed beside it, are not imported.
    sources = [
        file
        for file in _modules(runtime_files(runtime).to_list() if runtime else [])
        if not [part for part in ["/test/", "/tests/", "/site-packages/"] if part in file.short_path]
    ]
    if not sources:
        return [BytecodeInfo(folders = depset(), interpreter = None)]
    folder = _compiled(ctx, _attributes(ctx), ctx.label.name, runtime, sources)
    return [BytecodeInfo(folders = depset([folder]), interpreter = runtime.interpreter)]

interpreter_bytecode = rule(
    doc = "Compiles the library of the interpreter, if Bazel builds or fetches it.",
    implementation = _interpreter_bytecode_impl,
    attrs = _ATTRS,
    provides = [BytecodeInfo],
    toolchains = _TOOLCHAINS,
)

def bytecode_folders(parts, library, runtime):
    """Returns the compiled modules that a program can import.

    Args:
      parts: the program's targets, with `bytecode_aspect`.
      library: a target of `interpreter_bytecode`.
      runtime: the PyRuntimeInfo that the program runs under.

    Returns:
      depset of File: folders laid out like runfiles.
    """
    own = [part[BytecodeInfo].folders for part in parts if BytecodeInfo in part]
    compiled = library[BytecodeInfo]
    same = compiled.interpreter and compiled.interpreter == runtime.interpreter
    return depset(transitive = own + ([compiled.folders] if same else []))
