"""Each locked package imports from its own repository, native parts included."""

import importlib
from pathlib import Path

import pytest

_MODULES = {
    "annotated_types": "annotated_types",
    "bazel_runfiles": "runfiles",
    "hypothesis": "hypothesis",
    "markdown_it_py": "markdown_it",
    "mdurl": "mdurl",
    "pydantic": "pydantic",
    "pydantic_core": "pydantic_core._pydantic_core",
    "pygments": "pygments",
    "pytest_codspeed": "pytest_codspeed.instruments.hooks.dist_instrument_hooks",
    "rich": "rich.table",
    "typing_extensions": "typing_extensions",
    "typing_inspection": "typing_inspection",
}


@pytest.mark.parametrize(("package", "module"), _MODULES.items())
def test_comes_from_its_repository(package: str, module: str) -> None:
    """No package of the machine replaces a locked one."""
    file = importlib.import_module(module).__file__
    assert file is not None
    repositories = [part for part in Path(file).parts if "codspeed_py__" in part]
    assert repositories, file
    name = repositories[-1].partition("codspeed_py__")[2]
    assert name.partition("__")[0] == package


def test_pydantic_validates() -> None:
    """The native core works together with the Python part."""
    from pydantic import TypeAdapter, ValidationError

    assert TypeAdapter(dict[str, int]).validate_json('{"Ir": 3}') == {"Ir": 3}
    with pytest.raises(ValidationError):
        TypeAdapter(int).validate_json('"x"')


def test_runfiles_finds_this_file() -> None:
    """The runfiles library works under this Bazel."""
    from runfiles import Runfiles

    found = Runfiles.Create()
    assert found is not None
    path = found.Rlocation(f"{found.CurrentRepository() or '_main'}/tests/wheels/import_test.py")
    assert path is not None
