"""Prefixes what names files of a workspace in a profile of walltime or memory.

(spec: walltime 6, 9; memory 6.4)
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from rules_codspeed.contract.instruments.queries import POSTGRES_FILE
from rules_codspeed.contract.strict_json import DocumentError, load_json
from rules_codspeed.publish.bundle import timestamps
from rules_codspeed.publish.errors import PublishError
from rules_codspeed.publish.text import excerpt

Rewrite = Callable[[bytes, str], bytes]
"""Makes a document with a prefix, which has a slash at its end, of one without."""

# A program that is measured as a whole: its URI does not name a file.
_NO_FILE = "exec_harness::"
# Files of no workspace: absolute, unknown, of another repository, or as their compiler wrote them.
_ELSEWHERE = ("/", "???", "external/", "./", "../", "<")
# Modules that are not files: code of the kernel, and code generated while the program ran.
_KERNEL = "["
_MADE = "jit_"
# Files that have no paths below the workspace, or whose paths are names of functions only.
_PLAIN = re.compile(
    r"perf\.pipedata|perf-[0-9]+\.map|environment-[0-9]+\.json|runner\.log"
    r"|instruments/mongo\.json|[^/]+\.symbols\.map|[^/]+\.unwind_data|results/[0-9]+\.MemtrackArtifact\.msgpack"
)
_LONGEST = 600  # characters of what a file holds
_METADATA_VERSION = 1
_MOST_VALUES = 1 << 26  # some for each function of a program
_METADATA_FIELDS = frozenset(
    {
        "version",
        "integration",
        "ignored_modules_by_pid",
        "debug_info",
        "mapped_process_debug_info_by_pid",
        "mapped_process_unwind_data_by_pid",
        "mapped_process_module_symbols",
        "path_key_to_path",
        "uri_by_ts",
        "ignored_modules",
        "markers",
        "debug_info_by_pid",
    }
)


def rewriter(name: str, label: str) -> Rewrite | None:
    """Returns the function that prefixes a file of the folder; None where it has no paths.

    Args:
      name: path of the file in the folder.
      label: of the benchmark, for people.

    Raises:
      PublishError: it is a file that no version of the runner writes.
    """
    rewrites = {
        "ExecutionTimestamps.msgpack": _timestamps,
        "results/ExecutionTimestamps.msgpack": _timestamps,
        "perf.metadata": _metadata,
        "walltime.metadata": _metadata,
    }
    rewrite = rewrites.get(name)
    if re.fullmatch(r"results/[^/]+\.json", name) or name == POSTGRES_FILE:
        rewrite = _results
    if rewrite is None:
        if _PLAIN.fullmatch(name):
            return None
        raise _unknown(label, f"{name}, an unknown file")
    return partial(_checked, rewrite, name, label)


def _checked(rewrite: Rewrite, name: str, label: str, content: bytes, prefix: str) -> bytes:
    try:
        return rewrite(content, prefix)
    except DocumentError as error:
        raise _unknown(label, f"{name}: {str(error).splitlines()[0]}") from error
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise _unknown(label, f"{name}: {type(error).__name__}: {error}") from error


def _unknown(label: str, got: str) -> PublishError:
    return PublishError(
        f"cannot put the paths in the profile of {label} below the root of the checkout",
        got=excerpt(got, _LONGEST),
        expected="files as CodSpeed's runner writes them",
        fix=(
            "build the suite again with 'bazel run', or make the root of the checkout a "
            "Bazel workspace"
        ),
    )


def _timestamps(content: bytes, prefix: str) -> bytes:
    found = timestamps.parse(content)
    return timestamps.dump(
        found._replace(uri_by_ts=[(time, _uri(uri, prefix)) for time, uri in found.uri_by_ts])
    )


def _results(content: bytes, prefix: str) -> bytes:
    """Prefixes `benchmarks[].uri`; the short names stay."""
    document = load_json(content)
    for benchmark in _typed(document["benchmarks"], list):
        benchmark["uri"] = _uri(benchmark["uri"], prefix)
    return _written(document)


def _metadata(content: bytes, prefix: str) -> bytes:
    """Prefixes URIs, and the files of functions and modules."""
    document = _typed(load_json(content, most_values=_MOST_VALUES), dict)
    if unknown := sorted(document.keys() - _METADATA_FIELDS):
        raise ValueError(f"field {unknown[0]!r} is unknown")
    if document["version"] != _METADATA_VERSION:
        raise ValueError(f"version {document['version']!r} is unknown")
    for pair in _typed(document["uri_by_ts"], list):
        _, uri = _typed(pair, list)
        pair[1] = _uri(uri, prefix)
    modules = _typed(document.get("debug_info", {}), dict)
    _prefix_modules(modules.values(), prefix)
    for of_process in _typed(document.get("debug_info_by_pid", {}), dict).values():
        _prefix_modules(_typed(of_process, list), prefix)
    paths = _typed(document.get("path_key_to_path", {}), dict)
    for key, path in paths.items():
        if key in modules or not _typed(path, str).startswith(_MADE):
            paths[key] = _module(path, prefix)
    return _written(document)


def _prefix_modules(modules: Iterable[Any], prefix: str) -> None:
    """Prefixes the paths of debug info; modules have only a few files, so each is made once."""
    for module in modules:
        module["object_path"] = _module(module["object_path"], prefix)
        known: dict[str, str] = {}
        for one in _typed(module["debug_infos"], list):
            file = one["file"]
            one["file"] = (
                known[file] if file in known else known.setdefault(file, _path(file, prefix))
            )


def _uri(uri: Any, prefix: str) -> str:
    text: str = _typed(uri, str)
    return text if text.startswith(_NO_FILE) else prefix + text


def _module(path: Any, prefix: str) -> str:
    text: str = _typed(path, str)
    return text if text.startswith(_KERNEL) else _path(text, prefix)


def _path(path: Any, prefix: str) -> str:
    text: str = _typed(path, str)
    return text if not text or text.startswith(_ELSEWHERE) else prefix + text


def _typed(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise TypeError(f"{kind.__name__} expected, not {type(value).__name__}")
    return value


def _written(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
