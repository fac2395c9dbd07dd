"""py_binary: Python programs of this repository that run the same in every workspace."""

load("@rules_python//python:py_binary.bzl", _py_binary = "py_binary")

def py_binary(name, **kwargs):
    """Declares a program that sees the packages which are there, and no others.

    A workspace without `--incompatible_default_to_explicit_init_py` lets Bazel make an empty
    `__init__.py` in every folder of a program's runfiles. In WORKSPACE mode one of these folders
    is this repository's, `rules_codspeed`, which then stands in for our package of that name.

    Args:
      name: name of the target.
      **kwargs: attributes of rules_python's py_binary.
    """
    _py_binary(
        name = name,
        legacy_create_init = 0,
        **kwargs
    )
