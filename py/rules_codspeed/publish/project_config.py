"""`codspeed.yaml`, the project's configuration of CodSpeed's runner (spec: cli-and-config 10).

It is found, read and refused as by the runner; `project_advice` explains what
becomes of it under Bazel.
"""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from rules_codspeed.contract.strict_json import DocumentError
from rules_codspeed.contract.validation import validation_faults
from rules_codspeed.publish.errors import PublishError
from rules_codspeed.publish.text import excerpt
from rules_codspeed.publish.yaml_file import Value, YamlError, read_yaml

# The first one that exists is used.
FILE_NAMES = ("codspeed.yaml", "codspeed.yml", ".codspeed.yaml", ".codspeed.yml")


class Section(BaseModel):
    """A mapping of the file. The runner ignores unknown keys: `model_extra` has them."""

    model_config = ConfigDict(
        alias_generator=lambda name: name.replace("_", "-"), strict=True, extra="allow"
    )

    @classmethod
    def keys(cls) -> list[str]:
        """Returns the keys that are known, as a person writes them."""
        return [field.alias or name for name, field in cls.model_fields.items()]

    def given(self) -> list[str]:
        """Returns the known keys that the file gives."""
        fields = type(self).model_fields
        return [fields[name].alias or name for name in fields if name in self.model_fields_set]


class TargetOptions(Section):
    """Options of a walltime measurement: times as text (`500ms`), numbers of rounds.

    The runner ignores all five where one has another type, so any type is read.
    """

    warmup_time: object = None
    max_time: object = None
    min_time: object = None
    max_rounds: object = None
    min_rounds: object = None

    def ill_typed(self) -> list[str]:
        """Returns the keys whose values have a wrong type."""
        times = {
            "warmup-time": self.warmup_time,
            "max-time": self.max_time,
            "min-time": self.min_time,
        }
        rounds = {"max-rounds": self.max_rounds, "min-rounds": self.min_rounds}
        return [key for key, time in times.items() if not isinstance(time, str | None)] + [
            key for key, number in rounds.items() if not (number is None or _is_count(number))
        ]


class RootOptions(TargetOptions):
    """Options of all targets, and the folder of their commands, relative to the file's."""

    working_directory: str | None = None


class Target(Section):
    """A benchmark: a program to measure, or a command that measures itself."""

    name: str | None = None
    id: str | None = None
    exec: str | None = None
    entrypoint: str | None = None
    options: TargetOptions | None = None

    @model_validator(mode="after")
    def _has_one_command(self) -> Target:
        if self.exec is not None and self.entrypoint is not None:
            raise ValueError("a target cannot have both `exec` and `entrypoint`")
        if self.exec is None and self.entrypoint is None:
            raise ValueError("a target must have either `exec` or `entrypoint`")
        return self


class ProjectConfig(Section):
    """The whole file: options of all targets, and the targets."""

    options: RootOptions | None = None
    benchmarks: list[Target] | None = None


def find_project_config(directory: Path, git_root: Path | None) -> Path | None:
    """Returns the nearest configuration, from a folder up to the git root and never above.

    Args:
      directory: where to start.
      git_root: None outside of git, where the folder alone is looked at.
    """
    start = Path(os.path.realpath(directory))
    folders = [start]
    if git_root:
        root = Path(os.path.realpath(git_root))
        folders += [one for one in start.parents if one == root or root in one.parents]
    candidates = (folder / name for folder in folders for name in FILE_NAMES)
    return next((path for path in candidates if os.path.exists(path)), None)


def read_project_config(path: Path) -> ProjectConfig:
    """Reads and validates a configuration; an empty file is one without keys.

    Raises:
      PublishError: it cannot be read, or the runner would refuse it.
    """
    document = _read(path)
    try:
        config = ProjectConfig.model_validate({} if document is None else document)
    except ValidationError as error:
        raise _refused(path, validation_faults(error, show_input=True)[0]) from None
    if config.options and not config.options.ill_typed():
        _refuse_contradictions(config.options)
    return config


def _read(path: Path) -> Value:
    try:
        return read_yaml(path)
    except (DocumentError, YamlError) as error:
        raise _refused(path, excerpt(str(error))) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a path"
        raise PublishError(
            f"Failed to read config file at {path}: {reason}",
            fix="make it a readable file, or name another with --config",
        ) from error


def _refused(path: Path, reason: str) -> PublishError:
    return PublishError(
        f"Failed to parse CodSpeed project config at {path}: {reason}",
        fix="correct the file, or name another with --config",
    )


def _refuse_contradictions(options: RootOptions) -> None:
    start = "Invalid walltime configuration in root options: cannot use both"
    if options.min_time is not None and options.max_rounds is not None:
        raise PublishError(f"{start} min_time and max_rounds", fix="remove one of them")
    if options.max_time is not None and options.min_rounds is not None:
        raise PublishError(f"{start} max_time and min_rounds", fix="remove one of them")


def _is_count(value: object) -> bool:
    """Returns whether the runner reads it as a number of 64 bits without a sign."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 64
