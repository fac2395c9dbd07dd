"""Renders the API as pages of Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from tools.api.model import Api, File, Parameter, Setting, Symbol

UPDATE = "./bazelw run //tools/api:update"

_NOTE = f"<!-- Generated from the documentation in Starlark. Do not edit: run {UPDATE} -->"
_MODULE = "@rules_codspeed"
_LINE = 100


def _cell(text: str) -> str:
    """Returns a text as one line of a table."""
    paragraphs = [" ".join(part.split()) for part in text.split("\n\n")]
    return "<br><br>".join(paragraphs).replace("|", "\\|")


def _code(text: str) -> str:
    return f"`{text}`"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _call(name: str, parameters: Iterable[Parameter]) -> str:
    """Returns how something is called, on one line if that is not long."""
    arguments = [
        f"{parameter.name} = {parameter.default}" if parameter.default else parameter.name
        for parameter in parameters
    ]
    call = f"{name}({', '.join(arguments)})"
    if len(call) > _LINE:
        call = f"{name}(\n" + "".join(f"    {argument},\n" for argument in arguments) + ")"
    return f"```starlark\n{call}\n```"


def _default(parameter: Parameter) -> str:
    if parameter.default:
        return _code(parameter.default)
    return "" if parameter.name.startswith("*") else "required"


def _parameters(symbol: Symbol) -> str:
    if symbol.kind == "provider":
        rows = [[_code(field.name), field.doc] for field in symbol.parameters]
        return _table(["field", "value"], rows)
    if symbol.kind == "macro":
        rows = [[_code(each.name), _default(each), each.doc] for each in symbol.parameters]
        return _table(["argument", "default", "meaning"], rows)
    rows = [[_code(each.name), each.type, _default(each), each.doc] for each in symbol.parameters]
    return _table(["attribute", "type", "default", "meaning"], rows)


def _symbol(symbol: Symbol) -> Iterator[str]:
    yield f"## {symbol.name}"
    yield f"*{symbol.kind.capitalize()}.* {symbol.doc}"
    if symbol.kind not in ("provider", "module extension"):
        yield _call(symbol.name, symbol.parameters)
    if symbol.parameters:
        yield _parameters(symbol)


def _load(file: File) -> str:
    names = [symbol.name for symbol in file.symbols if symbol.kind != "tag"]
    if any(symbol.kind == "module extension" for symbol in file.symbols):
        lines = [f'{name} = use_extension("{_MODULE}{file.label}", "{name}")' for name in names]
        return "```starlark\n" + "\n".join(lines) + "\n```"
    quoted = ", ".join(f'"{name}"' for name in names)
    return f'```starlark\nload("{_MODULE}{file.label}", {quoted})\n```'


def _name(file: File) -> str:
    return file.label.partition(":")[2].removesuffix(".bzl")


def _page(blocks: Iterable[str]) -> str:
    return "\n\n".join([_NOTE, *blocks]) + "\n"


def _toolchain_types(api: Api) -> Iterator[str]:
    yield "## Toolchain types"
    rows = [
        [_code(f"{_MODULE}//tools:{name}"), doc]
        for name, doc in sorted(api.toolchain_types.items())
    ]
    yield _table(["toolchain type", "meaning"], rows)


def _file(file: File, api: Api) -> str:
    blocks = [f"# {file.label.removeprefix('//').replace(':', '/')}", file.doc, _load(file)]
    for symbol in file.symbols:
        blocks.extend(_symbol(symbol))
    if _name(file) == "toolchain":
        blocks.extend(_toolchain_types(api))
    return _page(blocks)


def _setting(setting: Setting) -> list[str]:
    default = setting.default
    text = ",".join(default) if isinstance(default, list) else default
    written = text if isinstance(text, str) else json.dumps(text)
    return [
        _code(setting.name),
        _code(written) if written else "empty",
        ", ".join(map(_code, setting.values)),
        setting.doc,
    ]


def _settings(api: Api) -> str:
    return _page(
        [
            "# rules/settings",
            "Build settings: what one command can change without an edit, such as "
            f"`bazel build --{_MODULE}//rules/settings:modes=walltime //:bench_codspeed`.",
            _table(["setting", "default", "values", "meaning"], map(_setting, api.settings)),
        ]
    )


def _index(api: Api) -> str:
    rows = [
        [f"[{_name(file)}.bzl]({_name(file)}.md)", file.doc.partition("\n\n")[0]]
        for file in api.files
    ]
    rows.append(["[settings](settings.md)", "The build settings."])
    return _page(["# API reference", _table(["file", "what it is"], rows)])


def pages(api: Api) -> dict[str, str]:
    """Returns the text of each page, by its name in docs/api."""
    of_files = {f"{_name(file)}.md": _file(file, api) for file in api.files}
    return {"README.md": _index(api), "settings.md": _settings(api)} | of_files
