"""Why callgrind wrote a part: the `desc: Trigger:` record."""

from __future__ import annotations

from dataclasses import dataclass

_CLIENT_REQUEST = "Client Request: "
_METADATA = "Metadata: "
_TERMINATION = "Program termination"


@dataclass(frozen=True, slots=True)
class BenchmarkEnd:
    """A benchmark ended: the part holds its cost. `uri` is opaque text."""

    uri: str


@dataclass(frozen=True, slots=True)
class Metadata:
    """An integration registered itself, for example `pytest-codspeed`, `5.0.4`."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Termination:
    """The program ended."""


@dataclass(frozen=True, slots=True)
class Other:
    """Anything else, for example a dump on demand; `text` is empty without a record."""

    text: str


Trigger = BenchmarkEnd | Metadata | Termination | Other


def trigger_text(trigger: Trigger) -> str:
    """Returns the text that `parse_trigger` made the trigger from, for people."""
    match trigger:
        case BenchmarkEnd(uri):
            return _CLIENT_REQUEST + uri
        case Metadata(name, version):
            return f"{_CLIENT_REQUEST}{_METADATA}{name} {version}".rstrip(" ")
        case Termination():
            return _TERMINATION
        case Other(text):
            return text


def parse_trigger(text: str) -> Trigger:
    """Parses the text after `desc: Trigger: `.

    The client requests are those of CodSpeed's integrations (spec: simulation 8.1, 8.3).
    """
    if text == _TERMINATION:
        return Termination()
    if not text.startswith(_CLIENT_REQUEST):
        return Other(text)
    request = text.removeprefix(_CLIENT_REQUEST)
    if not request.startswith(_METADATA):
        return BenchmarkEnd(request)
    name, _, version = request.removeprefix(_METADATA).rpartition(" ")
    return Metadata(name or version, version if name else "")
