"""Advice about a `codspeed.yaml`, whose place Bazel's targets take."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from rules_codspeed.publish.project_config import ProjectConfig, Section, TargetOptions
from rules_codspeed.publish.text import excerpt

_MOST_UNKNOWN = 20
_LONGEST_KEY = 100  # characters; comparing a longer one takes long and finds nothing
_TARGETS = (
    'declare each target as a codspeed_benchmark, a program of `exec` with framework = "exec"'
)
_OPTIONS = "give options as attributes of codspeed_benchmark"


def advice(path: Path, config: ProjectConfig) -> list[str]:
    """Returns warnings: keys without effect, options that the runner ignores, unknown keys.

    Args:
      path: of the file, for the text.
      config: its content.
    """
    found = [
        *_without_effect(config),
        *_ill_typed(config),
        *islice(_unknown(config), _MOST_UNKNOWN),
    ]
    return [f"{path}: {one}" for one in found]


def _without_effect(config: ProjectConfig) -> Iterator[str]:
    keys = [f"options.{key}" for key in config.options.given()] if config.options else []
    instead = [_OPTIONS] if keys else []
    if config.benchmarks:
        keys.append("benchmarks")
        instead.insert(0, _TARGETS)
    if keys:
        yield f"no effect under Bazel: {', '.join(keys)}. Fix: {', and '.join(instead)}."


def _ill_typed(config: ProjectConfig) -> Iterator[str]:
    for place, section in _sections(config):
        if isinstance(section, TargetOptions) and (keys := section.ill_typed()):
            yield (
                f"a wrong type: {', '.join(place + key for key in keys)}. CodSpeed's runner "
                "ignores all walltime options next to it. Fix: write times as quoted text "
                '("500ms"), and rounds as whole numbers.'
            )


def _unknown(config: ProjectConfig) -> Iterator[str]:
    for place, section in _sections(config):
        for key in section.model_extra or {}:
            close = difflib.get_close_matches(key[:_LONGEST_KEY], section.keys(), 1)
            meant = f" Did you mean `{close[0]}`?" if close else ""
            yield f"unknown key, which is ignored: {place}{excerpt(key, _LONGEST_KEY)}.{meant}"


def _sections(config: ProjectConfig) -> Iterator[tuple[str, Section]]:
    """Yields each mapping of the file with what stands before its keys, as `benchmarks[0].`."""
    yield "", config
    if config.options:
        yield "options.", config.options
    for number, target in enumerate(config.benchmarks or ()):
        yield f"benchmarks[{number}].", target
        if target.options:
            yield f"benchmarks[{number}].options.", target.options
