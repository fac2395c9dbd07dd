"""Reads the raw run that the measuring action left.

Only this version's own driver writes `run.json`, but the files that it names come from the
measured program, so no path in it may lead elsewhere.
"""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.raw_run import FILE, MARKERS, SCHEMA, RawRun
from rules_codspeed.contract.strict_json import DocumentError, load_json, read_document


def read_raw_run(folder: Path) -> RawRun:
    """Reads run.json of a raw run.

    Raises:
      CodSpeedError: it is not as the measuring driver of this version writes it.
      OSError: it cannot be read.
    """
    try:
        return _Reader(folder, load_json(read_document(folder / FILE))).raw_run()
    except DocumentError as error:
        raise _bad(folder, str(error)) from error


def _bad(folder: Path, got: str) -> CodSpeedError:
    return CodSpeedError(
        "the raw run cannot be used",
        got=f"{folder / FILE}: {got}",
        expected="what the measuring driver of this version writes",
        fix="measure again; if that does not help, report a bug of rules_codspeed",
    )


class _Reader:
    """Checks the fields of the document one by one."""

    def __init__(self, folder: Path, document: object) -> None:
        self._folder = folder
        self._document = _object(document, "the document")
        expected = {*RawRun.__dataclass_fields__, "schema"} - {"folder"}
        for name in sorted(self._document.keys() ^ expected):
            state = "unknown" if name in self._document else "missing"
            raise DocumentError(f"{state} field {_shown(name)}")
        if self._document["schema"] != SCHEMA or self._document["schema"] is True:
            raise DocumentError(f"schema is {_shown(self._document['schema'])}, not {SCHEMA}")

    def raw_run(self) -> RawRun:
        markers = [(_text(one, "markers"), time) for one, time in self._pairs("markers", 1)]
        for name, _ in markers:
            _among(name, MARKERS, "markers")
        uris = [(time, _text(uri, "uri_by_ts")) for uri, time in self._pairs("uri_by_ts", 0)]
        pids = [_pid(pid, "bench_pids") for pid in self._list("bench_pids")]
        return RawRun(
            folder=self._folder,
            label=self._string("label"),
            framework=self._string("framework"),
            runner_version=self._string("runner_version"),
            integration=self._integration(),
            profiled=self._flag("profiled"),
            bench_pids=sorted(set(pids)),
            markers=markers,
            uri_by_ts=uris,
            perf_maps=self._by_pid("perf_maps"),
            jit_dumps=self._by_pid("jit_dumps"),
            objects=self._files("objects"),
            debug_files=self._files("debug_files"),
            interpreters=[_text(one, "interpreters") for one in self._list("interpreters")],
        )

    def _string(self, name: str) -> str:
        return _text(self._document[name], name)

    def _flag(self, name: str) -> bool:
        value = self._document[name]
        if not isinstance(value, bool):
            raise DocumentError(f"{name} is {_shown(value)}, not true or false")
        return value

    def _list(self, name: str) -> list[object]:
        value = self._document[name]
        if not isinstance(value, list):
            raise DocumentError(f"{name} is {_shown(value)}, not a list")
        return value

    def _integration(self) -> tuple[str, str] | None:
        if self._document["integration"] is None:
            return None
        pair = self._list("integration")
        if len(pair) != 2:
            raise DocumentError(f"integration is {_shown(pair)}, not a name and a version")
        return _text(pair[0], "integration"), _text(pair[1], "integration")

    def _pairs(self, name: str, time_at: int) -> list[tuple[object, int]]:
        """Returns the other part of a pair, and its time."""
        pairs = []
        for pair in self._list(name):
            if not isinstance(pair, list) or len(pair) != 2:
                raise DocumentError(f"{name} has {_shown(pair)}, not a pair")
            time = _whole(pair[time_at], 1 << 64, f"time in {name}")
            pairs.append((pair[1 - time_at], time))
        return pairs

    def _files(self, name: str) -> dict[str, Path]:
        files = _object(self._document[name], name)
        return {
            _text(key, name): self._inside(_text(value, name), name)
            for key, value in sorted(files.items())
        }

    def _by_pid(self, name: str) -> dict[int, Path]:
        files = {}
        for key, file in self._files(name).items():
            if not (key.isascii() and key.isdigit()) or str(int(key[:10])) != key:
                raise DocumentError(f"{name} has {_shown(key)}, not a process id")
            files[_pid(int(key), name)] = file
        return dict(sorted(files.items()))

    def _inside(self, path: str, name: str) -> Path:
        parts = PurePosixPath(path).parts
        if not parts or path.startswith("/") or ".." in parts or "\0" in path:
            raise DocumentError(f"{name} has {_shown(path)}, not a path below the folder")
        return self._folder.joinpath(*parts)


def _object(value: object, name: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise DocumentError(f"{name} is {_shown(value)}, not an object")
    return value


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise DocumentError(f"{name} has {_shown(value)}, not a text")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise DocumentError(f"{name} has {_shown(value)}, which is not Unicode") from error
    return value


def _among(value: str, allowed: tuple[str, ...], name: str) -> str:
    if value not in allowed:
        raise DocumentError(f"{name} has {_shown(value)}, not one of {', '.join(allowed)}")
    return value


def _whole(value: object, limit: int, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < limit:
        raise DocumentError(f"{name} is {_shown(value)}, not a whole number below {limit}")
    return value


def _pid(value: object, name: str) -> int:
    return _whole(value, 1 << 31, f"process id in {name}")


def _shown(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 100 else text[:100] + " ..."
