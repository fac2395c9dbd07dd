"""How actions and tests start a driver: they run the interpreter itself on a file.

There is no py_binary, because its launcher starts Python twice and reads the
environment. The drivers of measuring actions import the standard library only,
so an interpreter and their sources are all that they need.
"""

load("@rules_python//python:py_info.bzl", "PyInfo")
load("@rules_python//python:py_runtime_info.bzl", "PyRuntimeInfo")
load(":errors.bzl", "error_text")

PYTHON_TOOLCHAIN_TYPE = Label("@rules_python//python:toolchain_type")

# Isolated (-I: no PYTHON* variables, no user site), without site-packages (-S),
# writing no bytecode beside inputs (-B).
INTERPRETER_FLAGS = ["-I", "-S", "-B"]

# Of actions whose driver is a persistent worker where Bazel's strategies allow it. One process
# reads one profile at a time, and Bazel starts as many as are needed.
_WORKER = {"requires-worker-protocol": "json", "supports-workers": "1"}

def python_runtime(toolchain, label):
    """Returns the Python 3 runtime of a resolved Python toolchain.

    Args:
      toolchain: the resolved toolchain of PYTHON_TOOLCHAIN_TYPE.
      label: the target that asks, for the error.

    Returns:
      a PyRuntimeInfo.
    """
    runtime = toolchain.py3_runtime
    if not runtime:
        fail(error_text(
            what = "no Python 3 runtime for " + str(label),
            got = "a Python toolchain without py3_runtime",
            expected = "a toolchain with a Python >= 3.10",
            fix = "register a rules_python toolchain",
        ))
    return runtime

def program_runtime(binary, runtime):
    """Returns the Python runtime that a program names.

    Args:
      binary: the program's target.
      runtime: a PyRuntimeInfo, for a program that names none.

    Returns:
      a PyRuntimeInfo.
    """
    return binary[PyRuntimeInfo] if PyRuntimeInfo in binary else runtime

def runtime_files(runtime):
    """Returns the files of an interpreter that Bazel builds or fetches; empty for the host's.

    Args:
      runtime: a PyRuntimeInfo.

    Returns:
      depset of File.
    """
    return depset(
        [runtime.interpreter] if runtime.interpreter else [],
        transitive = [runtime.files] if runtime.files else [],
    )

def driver_sources(target):
    """Returns all sources of a driver: those of a py_library and of its dependencies.

    Args:
      target: a target with PyInfo.

    Returns:
      depset of File.
    """
    return target[PyInfo].transitive_sources

def import_folders(target):
    """Returns the folders that a target with PyInfo and its dependencies are imported from.

    Args:
      target: a target with PyInfo.

    Returns:
      list of paths in a runfiles tree.
    """
    return target[PyInfo].imports.to_list()

def _import_paths(wheel):
    """Returns the folders that a package of another repository is imported from, as paths for an action."""
    return ["external/" + path for path in import_folders(wheel)]

def run_driver(ctx, runtime, main, sources, arguments, inputs, tools = [], wheels = [], worker = False, execution_requirements = {}, **kwargs):
    """Declares an action that runs a driver.

    Args:
      ctx: the rule context.
      runtime: a PyRuntimeInfo.
      main: File, the driver's entry.
      sources: depset of File, what the entry imports.
      arguments: an Args object with the driver's arguments.
      inputs: list of depsets of File.
      tools: list of depsets of File and FilesToRunProviders that the driver runs.
      wheels: targets of Python packages; the driver gets the folder of each by
        `--import-path` and imports from it what it needs, when it needs it.
      worker: whether the entry is started by results/worker.py.
      execution_requirements: of the action.
      **kwargs: passed to ctx.actions.run.
    """
    start = ctx.actions.args()
    start.add_all(INTERPRETER_FLAGS)
    start.add(main)
    for wheel in wheels:
        start.add_all(_import_paths(wheel), before_each = "--import-path")
    driver = depset([main], transitive = [sources])
    if worker:
        arguments.use_param_file("@%s", use_always = True)
        arguments.set_param_file_format("multiline")

        # A worker is started anew when one of its tools changes.
        tools = tools + [driver]
        execution_requirements = execution_requirements | _WORKER
    ctx.actions.run(
        executable = runtime.interpreter or runtime.interpreter_path,
        arguments = [start, arguments],
        execution_requirements = execution_requirements,
        inputs = depset(transitive = inputs + [driver, runtime_files(runtime)] + [
            wheel[DefaultInfo].default_runfiles.files
            for wheel in wheels
        ]),
        tools = tools,
        **kwargs
    )
