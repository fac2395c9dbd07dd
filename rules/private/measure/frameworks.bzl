"""The frameworks: how the programs of each are run. Data, one entry for each framework.

The drivers have one file for each framework in py/rules_codspeed/measure/frameworks.
"""

def _framework(doc, detected = None, list_args = [], filter_args = [], python = False, codspeed = False, preload = None):
    """Describes a framework.

    Args:
      doc: what the framework is, for the attribute's documentation.
      detected: the binaries for which `auto` chooses it: `python`, or `other` for all others.
      list_args: with `isolate`: arguments that make the program print the names of its
        benchmarks, unless the target has its own.
      filter_args: with `isolate`: arguments that make it run one of them, likewise.
      python: whether the driver starts Python, on the sources of a Python target.
      codspeed: whether it imports our pytest-codspeed, unless the target has one.
      preload: label of the library that is preloaded into the program, or None.
    """
    return struct(
        doc = doc,
        detected = detected,
        list_args = list_args,
        filter_args = filter_args,
        python = python,
        codspeed = codspeed,
        preload = preload,
    )

# Leaves the choice to `detected_framework`, and within `other` to the driver, which reads the program.
AUTO = "auto"

# How google_benchmark and CodSpeed's fork of it list and filter.
_LIST_ARGS = ["--benchmark_list_tests"]
_FILTER_ARGS = ["--benchmark_filter=^{regex}$"]

FRAMEWORKS = {
    AUTO: _framework(
        doc = "recognised: `pytest` for a Python target, and else by the names in the program; `hooks` where they are of none below",
        detected = "other",
        list_args = _LIST_ARGS,
        filter_args = _FILTER_ARGS,
    ),
    "hooks": _framework(
        doc = "the program calls CodSpeed's hooks itself, as the C, C++ and Rust integrations do",
        list_args = _LIST_ARGS,
        filter_args = _FILTER_ARGS,
    ),
    "google_benchmark": _framework(
        doc = "a program of google_benchmark itself, not of CodSpeed's fork of it",
        list_args = _LIST_ARGS,
        filter_args = _FILTER_ARGS,
    ),
    "criterion": _framework(
        doc = "a Rust program of criterion itself, not of codspeed-criterion-compat; each benchmark in a process of its own",
    ),
    "divan": _framework(
        doc = "simulation: a Rust program of divan itself, not of codspeed-divan-compat; each benchmark in a process of its own",
    ),
    "go": _framework(
        doc = "a test program of Go, as go_test of rules_go builds it; each benchmark in a process of its own",
    ),
    "node": _framework(
        doc = "simulation: a program of Node with benchmarks of tinybench; each in a process of its own",
        preload = "//rules/hooks:node_hooks",
    ),
    "jmh": _framework(
        doc = "a suite of JMH for Java: its jar, or what starts a JVM on its classes; each benchmark in a process of its own",
        preload = "//rules/hooks:jvm_hooks",
    ),
    "pytest": _framework(
        doc = "a Python target with benchmarks for pytest-codspeed",
        detected = "python",
        python = True,
    ),
    "pytest_benchmark": _framework(
        doc = "a Python target with benchmarks for pytest-benchmark, and without pytest-codspeed among its deps",
        python = True,
        codspeed = True,
    ),
    "exec": _framework(
        doc = "any dynamically linked program: the whole process is the benchmark",
        preload = "//rules/hooks:preload",
    ),
}

def detected_framework(is_python):
    """Returns the framework that `auto` stands for.

    Args:
      is_python: whether the binary is a Python target.

    Returns:
      a key of FRAMEWORKS.
    """
    kind = "python" if is_python else "other"
    return [name for name, framework in FRAMEWORKS.items() if framework.detected == kind][0]
