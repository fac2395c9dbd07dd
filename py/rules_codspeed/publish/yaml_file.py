"""Reads a YAML file that a person wrote: bounded in size and expansion, never a traceback.

The scalars are those of YAML 1.2's core schema, as in CodSpeed's runner: `on` and
`2026-01-01` are text, unlike in YAML 1.1. Aliases are expanded, merge keys are not.
"""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from rules_codspeed.contract.file_limits import Limit
from rules_codspeed.contract.strict_json import read_document

LARGEST = 256 << 10  # bytes; some seconds to parse

_FILE = Limit("a YAML file", LARGEST)
# The values of a file, those that aliases repeat counted each time.
_MOST_VALUES = 100_000
_TAG = "tag:yaml.org,2002:"

Value = str | int | float | bool | None | list["Value"] | dict[str, "Value"]


class YamlError(ValueError):
    """A file cannot be used.

    `project_config.py` and `auth/user_config.py` catch it, and name the file.

    Attributes:
      reason: what is wrong; it may repeat text of the file.
      line: where, from 1; None where that is not known.
    """

    def __init__(self, reason: str, line: int | None = None):
        super().__init__(reason if line is None else f"line {line}: {reason}")
        self.reason = reason
        self.line = line


class _Loader(yaml.SafeLoader):
    """Resolves scalars by YAML 1.2's core schema (yaml.org/spec/1.2.2, 10.3.2)."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - PyYAML's own, declared there


for _name, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    (
        "float",
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        list("-+.0123456789"),
    ),
):
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(f"^(?:{_pattern})$"), _first)


def read_yaml(path: Path) -> Value:
    """Reads and parses a file; one without content is None.

    Raises:
      OSError: it cannot be read.
      DocumentError: it is not a regular file, or is too large.
      YamlError: it is not YAML that can be used.
    """
    return parse_yaml(read_document(path, _FILE))


def parse_yaml(content: bytes) -> Value:
    """Parses a document.

    Raises:
      YamlError: it is not YAML that can be used.
    """
    try:
        node = yaml.compose(content, Loader=_Loader)
        return None if node is None else _Expansion().value(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        raise YamlError(error.problem or "not YAML", mark.line + 1 if mark else None) from None
    except yaml.YAMLError:
        raise YamlError("not text, or with characters that YAML does not allow") from None
    except RecursionError:
        raise YamlError("values that are nested too deeply, or in themselves") from None


class _Expansion:
    """Turns nodes into values, up to a number of them."""

    def __init__(self) -> None:
        self._left = _MOST_VALUES

    def value(self, node: yaml.Node) -> Value:
        """Returns the value of a node."""
        self._left -= 1
        if self._left < 0:
            raise YamlError(f"more than {_MOST_VALUES} values, with those that aliases repeat")
        if isinstance(node, yaml.MappingNode) and node.tag == _TAG + "map":
            return self._mapping(node)
        if isinstance(node, yaml.SequenceNode) and node.tag == _TAG + "seq":
            return [self.value(one) for one in node.value]
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        raise _unknown(node)

    def _mapping(self, node: yaml.MappingNode) -> dict[str, Value]:
        mapping: dict[str, Value] = {}
        for key_node, value_node in node.value:
            key = self.value(key_node)
            if not isinstance(key, str):
                raise _at(key_node, "a key that is not text")
            if key in mapping:
                raise _at(key_node, f"the key {key!r} twice")
            mapping[key] = self.value(value_node)
        return mapping


def _scalar(node: yaml.ScalarNode) -> Value:
    tag, text = node.tag.removeprefix(_TAG), node.value
    try:
        if tag == "str":
            return str(text)
        if tag == "null":
            return None
        if tag == "bool":
            return {"true": True, "false": False}[text.lower()]
        if tag == "int":
            return int(text, 8 if text.startswith("0o") else 16 if text.startswith("0x") else 10)
        if tag == "float":
            return float(re.sub(r"\.(?=inf|nan)", "", text.lower()))
    except (ValueError, KeyError):
        raise _at(node, f"not a value of type {tag}") from None
    raise _unknown(node)


def _unknown(node: yaml.Node) -> YamlError:
    return _at(node, f"the unknown tag {node.tag!r}")


def _at(node: yaml.Node, reason: str) -> YamlError:
    return YamlError(reason, node.start_mark.line + 1)
