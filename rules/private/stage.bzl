"""What a driver stages and runs: the manifest of files and the description of the benchmark.

Serves the measuring rule (sources are exec paths) and the smoke test (sources
are runfiles paths). The format is read by py/rules_codspeed/measure/spec.py and
staging.py.
"""

load("@rules_python//python:py_info.bzl", "PyInfo")
load(":errors.bzl", "error_text")
load(":labels.bzl", "runfiles_path", "stable_label")
load(":python_tool.bzl", "runtime_files")
load(":version.bzl", "VERSION")

FRAMEWORKS = ["auto", "hooks", "pytest", "exec"]

PytestSourcesInfo = provider(
    doc = "The files of a Python target that hold benchmarks.",
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
    doc = "Finds the sources of the benchmark's own target: PyInfo holds those of its dependencies too.",
    implementation = _pytest_sources_impl,
)

STAGE_ATTRS = {
    "arguments": attr.string_list(
        doc = "Arguments of the program. `$(rootpath //pkg:file)` names a file of `data`.",
    ),
    "binary": attr.label(
        doc = "The program that holds the benchmarks: any executable label.",
        executable = True,
        cfg = "target",
        mandatory = True,
        aspects = [pytest_sources_aspect],
    ),
    "data": attr.label_list(
        doc = "Files that the program reads at run time.",
        allow_files = True,
    ),
    "environment": attr.string_dict(
        doc = "Environment variables of the program; values may use `$(rootpath …)`.",
    ),
    "framework": attr.string(
        doc = "How the program is driven; `auto` is `pytest` for Python targets and `hooks` for all others.",
        default = "auto",
        values = FRAMEWORKS,
    ),
    "preload": attr.label(
        doc = "The shared object that measures a program without hooks; for `exec`.",
        allow_single_file = True,
        cfg = "target",
    ),
    "timeout_s": attr.int(
        doc = "Seconds after which the program and all that it started are killed.",
        default = 600,
    ),
}

def _expanded(ctx, text, where):
    """Expands $(rootpath), $(rlocationpath) and $(location) in an attribute's value."""
    if "$(execpath" in text or "$(execpaths" in text:
        fail(error_text(
            what = "{} of {} names a path of the build machine".format(where, stable_label(ctx.label)),
            got = text,
            expected = "$(rootpath …) or $(rlocationpath …)",
            fix = "write $(rootpath …): the program runs in a staged runfiles tree",
        ))
    text = text.replace("$(location ", "$(rootpath ").replace("$(locations ", "$(rootpaths ")
    return ctx.expand_location(text, targets = ctx.attr.data + [ctx.attr.binary])

def framework_of(ctx):
    """Returns the framework of a target, `auto` resolved.

    Args:
      ctx: a rule context with STAGE_ATTRS.

    Returns:
      one of FRAMEWORKS other than `auto`.
    """
    if ctx.attr.framework != "auto":
        return ctx.attr.framework
    return "pytest" if PyInfo in ctx.attr.binary else "hooks"

def stage_runfiles(ctx, runtime):
    """Collects everything that the program needs at run time.

    Args:
      ctx: a rule context with STAGE_ATTRS.
      runtime: PyRuntimeInfo that runs a pytest benchmark.

    Returns:
      a runfiles object.
    """
    runfiles = ctx.runfiles(
        files = ctx.files.data + ctx.files.preload + [ctx.executable.binary],
        transitive_files = runtime_files(runtime) if framework_of(ctx) == "pytest" else None,
    )
    return runfiles.merge_all(
        [ctx.attr.binary[DefaultInfo].default_runfiles] +
        [target[DefaultInfo].default_runfiles for target in ctx.attr.data],
    )

def write_stage_manifest(ctx, runfiles, output, from_runfiles):
    """Writes the manifest of the files to stage: `<stage path>\\t<source>` a line.

    Args:
      ctx: the rule context.
      runfiles: a runfiles object.
      output: File to write.
      from_runfiles: whether sources are runfiles paths (tests) or exec paths (actions).
    """
    workspace = ctx.workspace_name

    def file_line(file):
        path = runfiles_path(file.short_path, workspace)
        return path + "\t" + (path if from_runfiles else file.path)

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
    ctx.actions.write(output, lines)

def _python_fields(ctx, runtime):
    """Describes how pytest is run: interpreter, import path, files with benchmarks."""
    info = ctx.attr.binary[PyInfo] if PyInfo in ctx.attr.binary else None
    if not info:
        fail(error_text(
            what = "framework pytest needs a Python target in " + stable_label(ctx.label),
            got = str(ctx.attr.binary.label),
            expected = "a py_binary or py_test",
            fix = "set binary to the py_binary that lists the bench_*.py files in srcs",
        ))
    workspace = ctx.workspace_name
    interpreter = runtime.interpreter_path
    if runtime.interpreter:
        interpreter = runfiles_path(runtime.interpreter.short_path, workspace)
    return {
        "imports": [workspace] + info.imports.to_list(),
        "interpreter": interpreter,
        "tests": [
            runfiles_path(f.short_path, workspace)
            for f in ctx.attr.binary[PytestSourcesInfo].files
        ],
    }

def _run_environment(ctx):
    """The variables that the program's own rule declares, then this target's."""
    inherited = {}
    if RunEnvironmentInfo in ctx.attr.binary:
        inherited = ctx.attr.binary[RunEnvironmentInfo].environment
    return dict(inherited, **{
        name: _expanded(ctx, value, "env")
        for name, value in ctx.attr.environment.items()
    })

def benchmark_spec(ctx, runtime, label, **fields):
    """Describes a benchmark for a driver.

    Args:
      ctx: a rule context with STAGE_ATTRS.
      runtime: PyRuntimeInfo that runs a pytest benchmark.
      label: the benchmark's stable label.
      **fields: further fields of the mode.

    Returns:
      a dict of JSON values; the field names are those of measure/spec.py.
    """
    framework = framework_of(ctx)
    workspace = ctx.workspace_name
    return dict({
        "allow_aslr": False,
        "allow_empty": False,
        "args": [_expanded(ctx, argument, "args") for argument in ctx.attr.arguments],
        "env": _run_environment(ctx),
        "executable": runfiles_path(ctx.executable.binary.short_path, workspace),
        "filter_args": [],
        "framework": framework,
        "host_key": "",
        "isolate": False,
        "label": label,
        "list_args": [],
        "main_repository": workspace,
        "mode": "simulation",
        "platform": "",
        "preload": runfiles_path(ctx.file.preload.short_path, workspace) if ctx.file.preload else "",
        "python": _python_fields(ctx, runtime) if framework == "pytest" else None,
        "rules_version": VERSION,
        "schema": 1,
        "simulator": None,
        "timeout_s": ctx.attr.timeout_s,
    }, **fields)
