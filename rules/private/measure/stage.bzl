"""The inputs of a driver: the manifest of files to stage, and the description of the benchmark.

Used by the measuring rules (sources are exec paths) and the smoke test (sources
are runfiles paths). The formats are read by contract/spec.py and measure/stage/manifest.py,
both below py/rules_codspeed.
"""

load("@rules_python//python:py_info.bzl", "PyInfo")
load("//rules/private:errors.bzl", "error_text")
load("//rules/private:features.bzl", "repo_mapping_manifest")
load("//rules/private:labels.bzl", "runfiles_path", "stable_label")
load("//rules/private:python_tool.bzl", "program_runtime", "runtime_files")
load("//rules/private:version.bzl", "VERSION")
load(":bytecode.bzl", "bytecode_aspect")
load(":frameworks.bzl", "AUTO", "FRAMEWORKS", "detected_framework")
load(":locations.bzl", "expand_locations", "plain_text")

PytestSourcesInfo = provider(
    doc = "The files of a Python target that contain benchmarks.",
    fields = {"files": "list of File: the target's own .py sources"},
)

def _pytest_sources_impl(_target, ctx):
    sources = getattr(ctx.rule.files, "srcs", [])
    return [PytestSourcesInfo(files = [
        f
        for f in sources
        if f.extension == "py" and f.basename not in ["__init__.py", "conftest.py"]
    ])]

pytest_sources_aspect = aspect(
    doc = "Finds the sources of the benchmark's own target: PyInfo also has those of its dependencies.",
    implementation = _pytest_sources_impl,
)

def _preload_of(framework):
    """Returns the library that is preloaded into the program, for the frameworks that need it.

    Bazel computes this default from another attribute, including select(). If the library
    were a dependency of every benchmark, one in pure Python would need a C++ toolchain.
    """
    preload = FRAMEWORKS[framework].preload if framework in FRAMEWORKS else None
    return Label(preload) if preload else None

def _codspeed_of(framework):
    """Returns our pytest-codspeed, for the frameworks that need it; it is fetched for no other."""
    codspeed = framework in FRAMEWORKS and FRAMEWORKS[framework].codspeed
    return Label("@codspeed_py//:pytest_codspeed") if codspeed else None

STAGE_ATTRS = {
    "arguments": attr.string_list(
        doc = "Arguments of the program. `$(rootpath //pkg:file)` names a file of `data`.",
    ),
    "benchmark_name": attr.string(
        doc = "Name of the benchmark target that this target belongs to.",
        mandatory = True,
    ),
    "binary": attr.label(
        doc = "The program that holds the benchmarks: any executable label.",
        executable = True,
        cfg = "target",
        mandatory = True,
        aspects = [bytecode_aspect, pytest_sources_aspect],
    ),
    "data": attr.label_list(
        doc = "Files that the program reads at run time.",
        allow_files = True,
    ),
    "environment": attr.string_dict(
        doc = "Environment variables of the program; values may use `$(rootpath …)`.",
    ),
    "framework": attr.string(
        doc = "How the program is run. {}.".format(
            ". ".join(["`{}`: {}".format(name, framework.doc) for name, framework in FRAMEWORKS.items()]),
        ),
        default = AUTO,
        values = FRAMEWORKS.keys(),
    ),
    "timeout_s": attr.int(
        doc = "Seconds after which the program and all that it started are killed.",
        default = 600,
    ),
    "_codspeed": attr.label(
        # What measures a Python target that has no pytest-codspeed.
        default = _codspeed_of,
        cfg = "target",
        providers = [PyInfo],
        aspects = [bytecode_aspect],
    ),
    "_preload": attr.label(
        # The shared object by which a program without hooks is measured.
        default = _preload_of,
        allow_single_file = True,
        cfg = "target",
    ),
}

def benchmark_label(ctx):
    """Returns the label of the benchmark that a target of its macro belongs to.

    Args:
      ctx: a rule context with STAGE_ATTRS.

    Returns:
      a stable label, as the user wrote it.
    """
    return stable_label(ctx.label.same_package_label(ctx.attr.benchmark_name))

def target_platform(ctx):
    """Returns the platform that is measured, as Linux names it.

    Args:
      ctx: a rule context with STAGE_ATTRS and `_aarch64`.

    Returns:
      `linux_x86_64` or `linux_aarch64`.
    """
    cpu = ctx.attr._aarch64[platform_common.ConstraintValueInfo]
    return "linux_aarch64" if ctx.target_platform_has_constraint(cpu) else "linux_x86_64"

def framework_of(ctx):
    """Returns the framework of a target, `auto` resolved.

    Args:
      ctx: a rule context with STAGE_ATTRS.

    Returns:
      a key of FRAMEWORKS.
    """
    if ctx.attr.framework != AUTO:
        return ctx.attr.framework
    return detected_framework(is_python = PyInfo in ctx.attr.binary)

def runs_python(ctx):
    """Returns whether the driver starts Python on the program's sources.

    Args:
      ctx: a rule context with STAGE_ATTRS.
    """
    return FRAMEWORKS[framework_of(ctx)].python

def program_parts(ctx):
    """Returns what the program is made of: the binary, and our pytest-codspeed where it is needed.

    Args:
      ctx: a rule context with STAGE_ATTRS.

    Returns:
      list of targets.
    """
    return [ctx.attr.binary] + ([ctx.attr._codspeed] if ctx.attr._codspeed else [])

def stage_runfiles(ctx, runtime):
    """Collects everything that the program needs at run time.

    Args:
      ctx: a rule context with STAGE_ATTRS.
      runtime: PyRuntimeInfo that runs a Python benchmark that names no other.

    Returns:
      a runfiles object.
    """
    runfiles = ctx.runfiles(
        files = ctx.files.data + ctx.files._preload + [ctx.executable.binary],
        transitive_files = runtime_files(program_runtime(ctx.attr.binary, runtime)) if runs_python(ctx) else None,
    )
    return runfiles.merge_all(
        [target[DefaultInfo].default_runfiles for target in program_parts(ctx)] +
        [target[DefaultInfo].default_runfiles for target in ctx.attr.data],
    )

def write_stage_manifest(ctx, runfiles, output, from_runfiles, folders = None):
    """Writes the manifest of the files to stage, with `<runfiles path>\\t<source>` on each line.

    Args:
      ctx: the rule context.
      runfiles: a runfiles object.
      output: File to write.
      from_runfiles: whether sources are runfiles paths (tests) or exec paths (actions).
      folders: depset of more folders, laid out like runfiles, for actions.

    Returns:
      list of the files that it names and that are not in `runfiles`.
    """
    workspace = ctx.workspace_name

    def file_line(file):
        path = runfiles_path(file.short_path, workspace)
        return path + "\t" + (path if from_runfiles else file.path)

    def folder_line(file):
        return file.tree_relative_path + "\t" + file.path

    def symlink_line(entry):
        path = runfiles_path(entry.path, workspace)
        return path + "\t" + (path if from_runfiles else entry.target_file.path)

    def root_symlink_line(entry):
        return entry.path + "\t" + (entry.path if from_runfiles else entry.target_file.path)

    def empty_line(path):
        return runfiles_path(path, workspace) + "\t"

    lines = ctx.actions.args()
    lines.set_param_file_format("multiline")
    lines.add_all(runfiles.files, map_each = file_line, allow_closure = True)
    lines.add_all(runfiles.symlinks, map_each = symlink_line, allow_closure = True)
    lines.add_all(runfiles.root_symlinks, map_each = root_symlink_line, allow_closure = True)
    lines.add_all(runfiles.empty_filenames, map_each = empty_line, allow_closure = True)

    if folders:
        lines.add_all(folders, map_each = folder_line, allow_closure = True)

    # It has the name that runfiles libraries look for. The driver inserts the names of the stage.
    mapping = repo_mapping_manifest(ctx.attr.binary)
    if mapping:
        source = runfiles_path(mapping.short_path, workspace) if from_runfiles else mapping.path
        lines.add("_repo_mapping\t" + source)
    ctx.actions.write(output, lines)
    return [mapping] if mapping else []

def _python_fields(ctx, runtime):
    """Returns how pytest is run: interpreter, import path, files with benchmarks."""
    info = ctx.attr.binary[PyInfo] if PyInfo in ctx.attr.binary else None
    if not info:
        fail(error_text(
            what = "framework {} needs a Python target in {}".format(framework_of(ctx), benchmark_label(ctx)),
            got = stable_label(ctx.attr.binary.label),
            expected = "a py_binary or py_test",
            fix = "set binary to the py_binary that lists the bench_*.py files in srcs",
        ))
    workspace = ctx.workspace_name
    own = program_runtime(ctx.attr.binary, runtime)
    interpreter = own.interpreter_path
    if own.interpreter:
        interpreter = runfiles_path(own.interpreter.short_path, workspace)
    return {
        "added": ctx.attr._codspeed[PyInfo].imports.to_list() if ctx.attr._codspeed else [],
        "imports": info.imports.to_list(),
        "interpreter": interpreter,
        "tests": [
            runfiles_path(f.short_path, workspace)
            for f in ctx.attr.binary[PytestSourcesInfo].files
        ],
    }

def _nameable(ctx):
    """Returns the targets whose files arguments and variables can name, each once: otherwise Bazel crashes."""
    targets = ctx.attr.data
    listed = ctx.attr.binary.label in [target.label for target in targets]
    return targets if listed else targets + [ctx.attr.binary]

def _check_name(name, where):
    if not name or "=" in name:
        fail(error_text(
            what = where + " has a variable with an invalid name",
            got = repr(name),
            expected = "a name that is not empty and has no =",
            fix = "name the variable as the program reads it",
        ))
    return plain_text(name, where)

def _run_environment(ctx):
    """Returns the variables that the program's own rule declares, then this target's."""
    targets = _nameable(ctx)
    where = "env of " + benchmark_label(ctx)
    variables = {}
    if RunEnvironmentInfo in ctx.attr.binary:
        for name, value in ctx.attr.binary[RunEnvironmentInfo].environment.items():
            variables[name] = plain_text(value, "env of {}, the binary of {},".format(
                stable_label(ctx.attr.binary.label),
                benchmark_label(ctx),
            ))
    for name, value in ctx.attr.environment.items():
        variables[_check_name(name, where)] = expand_locations(ctx, value, targets, where)
    return variables

def _arguments(ctx):
    targets = _nameable(ctx)
    where = "args of " + benchmark_label(ctx)
    return [expand_locations(ctx, argument, targets, where) for argument in ctx.attr.arguments]

def _timeout_s(ctx):
    if ctx.attr.timeout_s <= 0:
        fail(error_text(
            what = "timeout_s of {} leaves no time".format(benchmark_label(ctx)),
            got = ctx.attr.timeout_s,
            expected = "a number of seconds greater than 0",
            fix = "raise timeout_s, or remove it: the default is 600",
        ))
    return ctx.attr.timeout_s

def benchmark_spec(ctx, runtime, **fields):
    """Describes a benchmark for a driver.

    Args:
      ctx: a rule context with STAGE_ATTRS.
      runtime: PyRuntimeInfo that runs a Python benchmark that names no other.
      **fields: further fields of the mode.

    Returns:
      a dict of JSON values; the field names are those of contract/spec.py.
    """
    workspace = ctx.workspace_name
    return dict({
        "allow_aslr": False,
        "allow_empty": False,
        "args": _arguments(ctx),
        "clock": "machine",
        "compatibility": "none",
        "env": _run_environment(ctx),
        "executable": runfiles_path(ctx.executable.binary.short_path, workspace),
        "filter_args": [],
        "fixed_kernel": False,
        "framework": framework_of(ctx),
        "host_key": "",
        "instruments": [],
        "isolate": False,
        "label": benchmark_label(ctx),
        "layouts": 0,
        "list_args": [],
        "machine_key": "",
        "main_repository": workspace,
        "memory_stacks": "",
        "mode": "simulation",
        "perf": None,
        "platform": "",
        "preload": runfiles_path(ctx.file._preload.short_path, workspace) if ctx.file._preload else "",
        "processes": 1,
        "profiler": "none",
        "python": _python_fields(ctx, runtime) if runs_python(ctx) else None,
        "remeasure": "",
        "root": "",
        "rules_version": VERSION,
        "runner_version": "",
        "schema": 1,
        "simulator": None,
        "timeout_s": _timeout_s(ctx),
        "track_subprocess": False,
        "unwinding": "",
        "verify": 1,
        "walltime_args": {},
    }, **fields)
