"""The description of a benchmark, as the rules write it (SPEC.json, schema 1)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from rules_codspeed.measure.errors import MeasureError, problem

FRAMEWORKS = ("hooks", "pytest", "exec")
PLATFORMS = ("linux_x86_64", "linux_aarch64")
FLAVORS = ("codspeed", "stock")


class Simulator(NamedTuple):
    """A Valgrind package.

    Attributes:
      name: `valgrind`.
      flavor: `codspeed` (CodSpeed's build) or `stock`.
      version: as `valgrind --version` prints it, without `valgrind-`.
      sha256: of the package.
      launcher: path of the launcher in the package.
      lib: folder of the tools in the package.
    """

    name: str
    flavor: str
    version: str
    sha256: str
    launcher: str
    lib: str


class PythonProgram(NamedTuple):
    """How pytest is run.

    Attributes:
      interpreter: stage path, or absolute path of an interpreter of the machine.
      imports: stage paths of the folders of the import path.
      tests: stage paths of the files that hold benchmarks.
    """

    interpreter: str
    imports: list[str]
    tests: list[str]


class Spec(NamedTuple):
    """One benchmark target.

    Attributes:
      label: Bazel label of the target.
      mode: `simulation`.
      framework: one of `FRAMEWORKS`.
      main_repository: stage path of the main repository.
      executable: stage path of the program.
      args: its arguments; paths of files are marked, see `StagePaths.expand`.
      env: variables of the target; likewise.
      host_key: what the measuring machines have in common, or empty.
      isolate: whether each benchmark runs in a process of its own.
      list_args: arguments that make the program list its benchmarks.
      filter_args: arguments that choose one; `{name}` and `{regex}` are replaced.
      timeout_s: seconds that one run of the program may take.
      allow_empty: whether measuring nothing is fine.
      allow_aslr: whether to go on when the kernel keeps address randomisation on.
      preload: stage path of the library that measures a whole program, or empty.
      python: for framework `pytest`.
      rules_version: version of rules_codspeed.
      platform: one of `PLATFORMS`; empty in a smoke test.
      simulator: None in a smoke test.
    """

    schema: int
    label: str
    mode: str
    framework: str
    main_repository: str
    executable: str
    args: list[str]
    env: dict[str, str]
    host_key: str
    isolate: bool
    list_args: list[str]
    filter_args: list[str]
    timeout_s: int
    allow_empty: bool
    allow_aslr: bool
    preload: str
    python: PythonProgram | None
    rules_version: str
    platform: str
    simulator: Simulator | None

    def with_paths(self, expand: Callable[[str], str]) -> Spec:
        """Returns it with the paths of files put into arguments and variables."""
        return self._replace(
            args=[expand(argument) for argument in self.args],
            env={name: expand(value) for name, value in self.env.items()},
        )


def parse_spec(text: str, name: str) -> Spec:
    """Reads SPEC.json.

    Args:
      text: the document.
      name: what to call it in errors.

    Raises:
      MeasureError: it is no JSON, or a field is missing, unknown or of the wrong type or value.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise _bad(name, f"no JSON: {error}") from error
    try:
        spec: Spec = _record(Spec, document, "")
        _check_values(spec)
    except _FieldError as error:
        raise _bad(name, str(error)) from error
    return spec


class _FieldError(Exception):
    pass


def _bad(name: str, got: str) -> MeasureError:
    return problem(
        f"the description of the benchmark, {name}, cannot be used",
        got,
        "what the rules of the same version write",
        "build the benchmark again; if that does not help, report a bug of rules_codspeed",
    )


def _record(model: type[Any], value: object, where: str) -> Any:
    """Makes a dataclass of a JSON object that has exactly its fields."""
    if not isinstance(value, dict):
        raise _FieldError(f"{where or 'the document'} is no object")
    declared = {
        name: kind if isinstance(kind, str) else kind.__forward_arg__
        for name, kind in model.__annotations__.items()
    }
    for key in sorted(value.keys() ^ declared.keys()):
        state = "unknown" if key in value else "missing"
        raise _FieldError(f"{state} field {where}{key}")
    return model(**{key: _typed(kind, value[key], where + key) for key, kind in declared.items()})


def _typed(kind: str, value: Any, where: str) -> Any:
    """Checks a value against the annotation of its field."""
    if kind.endswith(" | None"):
        if value is None:
            return None
        model = {"PythonProgram": PythonProgram, "Simulator": Simulator}[kind.split(" ")[0]]
        return _record(model, value, where + ".")
    good = {
        "str": _is_text(value),
        "bool": isinstance(value, bool),
        "int": isinstance(value, int) and not isinstance(value, bool),
        "list[str]": isinstance(value, list) and all(map(_is_text, value)),
        "dict[str, str]": isinstance(value, dict) and all(map(_is_text, value.values())),
    }
    if not good[kind]:
        raise _FieldError(f"field {where} is not of type {kind}: {json.dumps(value)[:100]}")
    return value


def _is_text(value: object) -> bool:
    """Whether a value is text that a command line can hold."""
    return isinstance(value, str) and "\0" not in value


def _check_values(spec: Spec) -> None:
    def among(field: str, value: object, allowed: tuple[object, ...]) -> None:
        if value not in allowed:
            raise _FieldError(f"field {field} is {value!r}, none of {', '.join(map(str, allowed))}")

    among("schema", spec.schema, (1,))
    among("mode", spec.mode, ("simulation",))
    among("framework", spec.framework, FRAMEWORKS)
    among("platform", spec.platform, (*PLATFORMS, ""))
    if spec.simulator:
        among("simulator.flavor", spec.simulator.flavor, FLAVORS)
    if spec.timeout_s <= 0:
        raise _FieldError(f"field timeout_s is {spec.timeout_s}, not positive")
    if (spec.framework == "pytest") != (spec.python is not None):
        raise _FieldError("field python belongs to framework pytest, and to no other")
    for name in spec.env:
        if not name or "=" in name or not _is_text(name):
            raise _FieldError(f"field env has a variable named {name!r}")
