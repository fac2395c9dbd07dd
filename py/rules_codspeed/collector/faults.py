"""Faults that tests ask for: rules of which requests fail, how and how often."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.strict_json import DocumentError, read_document
from rules_codspeed.contract.validation import parse_json


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(_Model):
    """Answers at once, with any status and body, for example 200 and damaged JSON.

    The collector never sees the request.
    """

    kind: Literal["answer"]
    status: Annotated[int, Field(ge=200, le=599)]
    body: str = ""


class Reset(_Model):
    """Resets the connection.

    Attributes:
      after_bytes: when so many bytes of the request's body were read; None: when the
        request took effect, instead of the answer.
    """

    kind: Literal["reset"]
    after_bytes: Annotated[int, Field(ge=0)] | None = None


class SlowRead(_Model):
    """Reads the body of the request slowly."""

    kind: Literal["slow_read"]
    bytes_per_second: Annotated[int, Field(gt=0)]


class Delay(_Model):
    """Waits before the request is read."""

    kind: Literal["delay"]
    seconds: Annotated[float, Field(ge=0)]


class JsonField(_Model):
    """Sets a field of the JSON object that is the answer, such as `status`."""

    kind: Literal["json_field"]
    field: str
    value: JsonValue


Action = Answer | Reset | SlowRead | Delay | JsonField


class Match(_Model):
    """Selects requests: those below a path prefix, of one method if one is given."""

    method: str | None = None
    path: str = "/"


class Rule(_Model):
    """What happens to the next `times` requests that match."""

    match: Match = Match()
    times: Annotated[int, Field(gt=0)] = 1
    action: Annotated[Action, Field(discriminator="kind")]


_RULES = TypeAdapter(list[Rule])


def parse_rules(document: bytes) -> list[Rule]:
    """Parses a JSON list of rules.

    Raises:
      ValueError: it is not such a list; the message is one line.
    """
    try:
        return parse_json(_RULES, document, show_input=True)
    except DocumentError as error:
        raise ValueError(str(error).partition("\n")[0]) from error


class FaultPlan:
    """The rules that are not used up; the first one that matches a request is used."""

    def __init__(self, file: Path | None = None) -> None:
        """Starts with the rules of a file, which is read again whenever it changes.

        Raises:
          CodSpeedError: see `take`.
        """
        self._file = file
        self._version: tuple[int, ...] = ()
        self._left: list[tuple[Rule, int]] = []
        self._read_changes()

    def replace(self, rules: list[Rule]) -> None:
        """Replaces all rules by these."""
        self._left = [(rule, rule.times) for rule in rules]

    def take(self, method: str, path: str) -> Action | None:
        """Uses the first rule that matches a request, once.

        Raises:
          CodSpeedError: the file is missing or holds no rules.
        """
        self._read_changes()
        for place, (rule, times) in enumerate(self._left):
            if rule.match.method in (None, method) and path.startswith(rule.match.path):
                self._left[place : place + 1] = [(rule, times - 1)] if times > 1 else []
                return rule.action
        return None

    def _read_changes(self) -> None:
        if not self._file:
            return
        try:
            status = self._file.stat()
            version = (status.st_mtime_ns, status.st_size, status.st_ino)
            if version != self._version:
                self.replace(parse_rules(read_document(self._file)))
                self._version = version
        except (OSError, ValueError) as error:
            raise CodSpeedError(
                "no faults",
                got=f"{self._file}: {error}",
                expected="a JSON list of rules",
                fix=(
                    "see collector/faults.py for the fields of a rule; move a new file over the "
                    "old "
                    "one"
                ),
            ) from error
