"""What a regression test is about, as rules/private/regression_test.bzl writes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, TypeAdapter

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.strict_json import DocumentError, read_document
from rules_codspeed.contract.validation import Form, parse_json
from rules_codspeed.results.limits import Limits, Rules, default_rules, parse_limits


@dataclass(frozen=True, slots=True)
class Target:
    """One measurement that is judged. Paths are those of runfiles."""

    label: str
    mode: str
    results: Path
    profile: Path


@dataclass(frozen=True, slots=True)
class Written:
    """Limits as people wrote them, of all benchmarks or of those of an override."""

    limits: Mapping[str, Any] = field(default_factory=dict)
    budget: Mapping[str, Any] = field(default_factory=dict)

    def parsed(self, mode: str) -> Limits:
        """Returns the limits.

        Args:
          mode: whose defaults hold for what is not written.

        Raises:
          CodSpeedError: they cannot be followed.
        """
        return parse_limits(self.limits, self.budget, mode)


@dataclass(frozen=True, slots=True)
class Config:
    """What a regression test is about.

    Attributes:
      test: label of the test.
      baseline: file with the baseline; None before the first update.
      source: where it is in the source tree, relative to its root.
      targets: what is judged.
      written: limits of all benchmarks.
      overrides: limits by pattern of URIs.
    """

    test: str
    baseline: Path | None
    source: str
    targets: tuple[Target, ...]
    written: Written
    overrides: Mapping[str, Written]

    def rules_of(self, label: str, mode: str) -> Rules:
        """Returns the limits of a target: the defaults of its mode, where none are named.

        Raises:
          CodSpeedError: they cannot be followed.
        """
        try:
            common = self.written.parsed(mode)
            if not self.written.limits:
                common = Limits(default_rules(mode).common.moves, common.budget)
            overrides = {pattern: one.parsed(mode) for pattern, one in self.overrides.items()}
        except CodSpeedError as error:
            raise error.about(f"{self.test}, for {label}") from error
        return Rules(common, overrides)


class _Target(Form):
    label: str
    mode: str
    profile: str
    provenance: str
    results: str


class _Override(Form):
    limits: dict[str, Any] = Field(default_factory=dict)
    budget: dict[str, Any] = Field(default_factory=dict)


class _Limits(_Override):
    overrides: dict[str, _Override]


class _Document(Form):
    schema_: Literal[1] = Field(alias="schema")
    test: str
    baseline: str
    baseline_source: str
    targets: list[_Target]
    limits: _Limits


_DOCUMENT = TypeAdapter(_Document)


def read_config(path: Path, runfiles: Path) -> Config:
    """Reads the file that the rule writes.

    Args:
      path: the file.
      runfiles: folder that its paths are relative to.

    Raises:
      CodSpeedError: it is not what the rule writes, or the user's limits in it have another form.
      OSError: it cannot be read.
    """
    try:
        document = parse_json(_DOCUMENT, read_document(path), show_input=True)
    except DocumentError as error:
        raise _refused(path, str(error).partition("\n")[0]) from error
    targets = tuple(
        Target(one.label, one.mode, runfiles / one.results, runfiles / one.profile)
        for one in document.targets
    )
    return Config(
        test=document.test,
        baseline=runfiles / document.baseline if document.baseline else None,
        source=document.baseline_source,
        targets=targets,
        written=_written(document.limits),
        overrides={pattern: _written(one) for pattern, one in document.limits.overrides.items()},
    )


def _written(form: _Override) -> Written:
    return Written(form.limits, form.budget)


def _refused(path: Path, fault: str) -> CodSpeedError:
    if fault.startswith("limits."):
        return CodSpeedError(
            f"the limits in {path.name} cannot be used",
            got=fault,
            expected="overrides that are dicts with 'limits', 'budget' or both",
            fix="write {'*::sort*': {'limits': {'Ir': '5%'}}}",
        )
    return CodSpeedError(
        f"the description of the test, {path}, cannot be used",
        got=fault,
        expected="what the rules of the same version write",
        fix="build the test again; if that does not help, report a bug of rules_codspeed",
    )
