"""What is documented: files, the symbols that they define, and the parameters of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tools.api.textproto import Message

_TYPES = {
    "BOOLEAN": "bool",
    "INT": "int",
    "LABEL": "label",
    "LABEL_LIST": "list of labels",
    "NAME": "name",
    "STRING": "string",
    "STRING_DICT": "dict from string to string",
    "STRING_LIST": "list of strings",
    "STRING_LIST_DICT": "dict from string to list of strings",
}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a macro, an attribute of a rule or tag, or a field of a provider.

    Attributes:
        name: its name; `**` stands before that of further keyword arguments.
        doc: its documentation, Markdown.
        type: of attributes: type of the value, in words.
        default: the value's text in Starlark; empty if there is none.
    """

    name: str
    doc: str
    type: str = ""
    default: str = ""


@dataclass(frozen=True, slots=True)
class Symbol:
    """Something that a file defines.

    Attributes:
        kind: `macro`, `rule`, `provider`, `module extension` or `tag`.
        name: its name; a tag's with that of its extension, `<extension>.<tag>`.
        doc: its documentation, Markdown.
        parameters: what it takes, or the fields of a provider.
    """

    kind: str
    name: str
    doc: str
    parameters: tuple[Parameter, ...] = ()


@dataclass(frozen=True, slots=True)
class File:
    """A public file.

    Attributes:
        label: label of the file in this repository, `//rules:defs.bzl`.
        doc: its docstring.
        symbols: what it defines.
    """

    label: str
    doc: str
    symbols: tuple[Symbol, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """A build setting.

    Attributes:
        name: name of its target in //rules/settings.
        doc: its documentation, Markdown.
        default: False, a text or a list.
        values: what it may be, if those are few.
    """

    name: str
    doc: str
    default: object
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Api:
    """All that users can load, set and register.

    Attributes:
        files: the public files.
        settings: the build settings.
        toolchain_types: documentation by name of the target in //tools.
    """

    files: tuple[File, ...]
    settings: tuple[Setting, ...]
    toolchain_types: Mapping[str, str]


def _doc(info: Message) -> str:
    return info.text("doc_string").strip()


def _attribute(info: Message) -> Parameter:
    type_name = info.text("type")
    return Parameter(
        info.text("name"),
        _doc(info),
        _TYPES.get(type_name, type_name.lower().replace("_", " ")),
        info.text("default_value"),
    )


def _parameter(info: Message) -> Parameter:
    default = info.text("default_value")
    # `role` came in Bazel 8.
    further = not default and info.text("mandatory") != "true"
    return Parameter("**" * further + info.text("name"), _doc(info), default=default)


def _required_first(attributes: Iterable[Parameter]) -> tuple[Parameter, ...]:
    """Returns a rule's attributes in the order in which people write them."""
    return tuple(sorted(attributes, key=lambda attribute: bool(attribute.default)))


def _symbols(module: Message) -> Iterator[Symbol]:
    for info in module.all("func_info"):
        parameters = tuple(map(_parameter, info.all("parameter")))
        yield Symbol("macro", info.text("function_name"), _doc(info), parameters)
    for info in module.all("rule_info"):
        attributes = _required_first(map(_attribute, info.all("attribute")))
        yield Symbol("rule", info.text("rule_name"), _doc(info), attributes)
    for info in module.all("provider_info"):
        fields = tuple(
            Parameter(field.text("name"), _doc(field)) for field in info.all("field_info")
        )
        yield Symbol("provider", info.text("provider_name"), _doc(info), fields)
    for info in module.all("module_extension_info"):
        extension = info.text("extension_name")
        yield Symbol("module extension", extension, _doc(info))
        for tag in info.all("tag_class"):
            attributes = _required_first(map(_attribute, tag.all("attribute")))
            name = f"{extension}.{tag.text('tag_name')}"
            yield Symbol("tag", name, _doc(tag), attributes)


def file_of(module: Message) -> File:
    """Returns what a public file defines.

    Args:
        module: a ModuleInfo of stardoc_output.proto.
    """
    return File(
        module.text("file"), module.text("module_docstring").strip(), tuple(_symbols(module))
    )


def settings_of(table: Mapping[str, Mapping[str, Any]]) -> tuple[Setting, ...]:
    """Returns the settings of rules/settings/settings.bzl's table, by name."""
    return tuple(
        Setting(name, row["doc"], row["default"], tuple(row["values"]))
        for name, row in sorted(table.items())
    )


def undocumented(api: Api) -> list[str]:
    """Names everything in the API that has no documentation."""
    docs = {file.label: file.doc for file in api.files}
    for file in api.files:
        for symbol in file.symbols:
            docs[f"{file.label}: {symbol.name}"] = symbol.doc
            for parameter in symbol.parameters:
                docs[f"{file.label}: {symbol.name}.{parameter.name}"] = parameter.doc
    docs |= {f"//rules/settings:{setting.name}": setting.doc for setting in api.settings}
    docs |= {f"//tools:{name}": doc for name, doc in api.toolchain_types.items()}
    return [name for name, doc in docs.items() if not doc.strip()]
