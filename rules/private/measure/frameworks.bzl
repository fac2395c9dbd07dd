"""The frameworks: how the programs of each are run. Data, one entry for each framework.

The drivers have one file for each framework in py/rules_codspeed/measure/frameworks.
"""

def _framework(doc, detected = None, list_args = [], filter_args = [], python = False, preload = False):
    """Describes a framework.

    Args:
      doc: what the framework is, for the attribute's documentation.
      detected: the binaries for which `auto` chooses it: `python`, or `other` for all others.
      list_args: with `isolate`: arguments that make the program print the names of its
        benchmarks, unless the target has its own.
      filter_args: with `isolate`: arguments that make it run one of them, likewise.
      python: whether the driver starts Python, on the sources of a Python target.
      preload: whether simulation preloads the library that measures a whole process.
    """
    return struct(
        doc = doc,
        detected = detected,
        list_args = list_args,
        filter_args = filter_args,
        python = python,
        preload = preload,
    )

FRAMEWORKS = {
    "hooks": _framework(
        doc = "the program calls CodSpeed's hooks itself, as the C, C++ and Rust integrations do",
        detected = "other",
        # How CodSpeed's google_benchmark fork lists and filters.
        list_args = ["--benchmark_list_tests"],
        filter_args = ["--benchmark_filter=^{regex}$"],
    ),
    "pytest": _framework(
        doc = "a Python target with benchmarks for pytest-codspeed",
        detected = "python",
        python = True,
    ),
    "exec": _framework(
        doc = "any dynamically linked program: the whole process is the benchmark",
        preload = True,
    ),
}

# Leaves the choice to `detected_framework`.
AUTO = "auto"

def detected_framework(is_python):
    """Returns the framework that `auto` stands for.

    Args:
      is_python: whether the binary is a Python target.

    Returns:
      a key of FRAMEWORKS.
    """
    kind = "python" if is_python else "other"
    return [name for name, framework in FRAMEWORKS.items() if framework.detected == kind][0]
