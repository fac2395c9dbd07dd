"""JSON of other tools, validated by pydantic: the fields that are read; later versions add more."""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from rules_codspeed.contract.strict_json import DocumentError
from rules_codspeed.contract.validation import parse_json
from rules_codspeed.importing.found import ResultsFile

Form = TypeVar("Form")

Name = Annotated[str, Field(min_length=1, pattern=r"\S")]
Time = Annotated[float, Field(ge=0, le=1e18)]
"""A time in any unit; `units.py` checks it once more in nanoseconds."""
Seconds = Annotated[float, Field(ge=0, le=1e9)]
Count = Annotated[int, Field(ge=0, lt=1 << 63)]
Iterations = Annotated[int, Field(ge=1, lt=1 << 63)]


class Part(BaseModel):
    """An object of a document: fields that are not declared are not read."""

    model_config = ConfigDict(strict=True, extra="ignore")


def parse(
    form: TypeAdapter[Form], content: bytes, file: ResultsFile, tool: str, *, place: str = ""
) -> Form:
    """Parses a document of a tool.

    Args:
      form: of the document.
      content: the document.
      file: that it was read from.
      tool: how its results are written, for people, such as `JMH's -rf json`.
      place: of the document in the file, for people; empty if it is all of it.

    Raises:
      CodSpeedError: it does not have that form; the first fault is named.
    """
    try:
        return parse_json(form, content, document="the document", show_input=True)
    except DocumentError as error:
        fault, _, others = str(error).partition("\n")
        more = f" (and {others.count(chr(10)) + 1} more faults)" if others else ""
        raise file.refused(
            f"{place}: {fault}{more}" if place else f"{fault}{more}",
            f"what {tool} writes",
            "name the format that the file has, and import the file as the tool wrote it",
        ) from error
