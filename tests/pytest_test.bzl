"""pytest_test: Python tests of this repository as one Bazel test."""

load("@rules_python//python:py_test.bzl", "py_test")
load(":bytecode.bzl", "bytecode")

def _is_test(src):
    name = src.split("/")[-1].split(":")[-1]
    return name.endswith("_test.py") or name.startswith("test_")

def pytest_test(name, srcs, deps = [], args = [], data = [], **kwargs):
    """Runs pytest on the files among srcs that are named `…_test.py` or `test_….py`.

    It fails when it finds no test. A test that lacks something on this machine skips itself; a run
    in which all do so is not a failure, and its log states the reasons. With `//py/wheels:hypothesis`
    among the deps, property tests have the settings of conftest.py.

    Args:
      name: name of the test.
      srcs: the tests, and `conftest.py` and helpers if there are any.
      deps: libraries besides pytest.
      args: further arguments of pytest.
      data: files that the tests read.
      **kwargs: attributes of py_test, such as data, env, size, tags.
    """
    main = Label("//tests:pytest_main.py")
    deps = deps + [Label("//py/wheels:pytest")]
    bytecode(
        name = name + ".bytecode",
        testonly = True,
        tags = ["manual"],
        deps = deps,
    )
    py_test(
        name = name,
        srcs = srcs + [main, Label("//tests:conftest.py")],
        main = main,
        args = ["$(rootpath {})".format(src) for src in srcs if _is_test(src)] + args,
        data = data + [name + ".bytecode"],
        deps = deps,
        # As for programs: see //py:defs.bzl.
        legacy_create_init = 0,
        **kwargs
    )
