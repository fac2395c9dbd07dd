"""The digest of what is measured: two measurements with one digest must give the same numbers."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator, Mapping

from rules_codspeed.contract.spec import Spec
from rules_codspeed.measure.stage.manifest import REPO_MAPPING, StagePaths
from rules_codspeed.measure.stage.stage_errors import stage_errors
from rules_codspeed.measure.stage.staging import Layout
from rules_codspeed.measure.stage.trees import walk

_OWN = "rules_codspeed"
_CHUNK = 1 << 20


def inputs_digest(
    spec: Spec, layout: Layout, paths: StagePaths, libraries: Mapping[str, str] | None = None
) -> str:
    """Returns SHA-256 over everything that a measurement depends on, as far as it is declared.

    That is the description of the benchmark, each file in the stage, the modules of the
    driver, and the libraries that it loads. How Bazel names repositories is left out: it
    differs between its versions.

    Args:
      spec: of the benchmark, as the rules wrote it.
      layout: a filled stage in which nothing ran yet.
      paths: of the files in it.
      libraries: path by name of those that the driver loads, such as the fixed kernel's.

    Raises:
      CodSpeedError: a file in the stage cannot be read.
    """
    digest = hashlib.sha256(json.dumps(_staged(spec, paths)).encode("utf-8", "surrogateescape"))
    folders = (layout.work, layout.simulator, layout.driver)
    for folder in filter(os.path.isdir, folders):  # walltime has no simulator
        for path in _files(folder):
            with stage_errors(path):
                _add(digest, os.path.relpath(path, layout.root), path)
    for name, path in [*_modules(), *sorted((libraries or {}).items())]:
        _add(digest, name, path)
    return digest.hexdigest()


def file_digest(path: str) -> str:
    """Returns SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with open(path, "rb", buffering=0) as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _staged(spec: Spec, paths: StagePaths) -> Spec:
    """Returns the description with paths of the stage, and without what changes no number."""
    python = spec.python and spec.python._replace(
        interpreter=paths(spec.python.interpreter),
        imports=[paths(path) for path in spec.python.imports],
        added=[paths(path) for path in spec.python.added],
        tests=[paths(path) for path in spec.python.tests],
    )
    return spec.with_paths(paths.expand)._replace(
        main_repository="",
        executable=paths(spec.executable),
        preload=spec.preload and paths(spec.preload),
        python=python,
        layouts=0,
        remeasure="",
        verify=1,
    )


def _files(folder: str) -> Iterator[str]:
    """Yields the files below a folder, in a fixed order; links in the stage are our own."""
    for parent, names in walk(folder):
        for name in names:
            path = f"{parent}/{name}"
            if not os.path.islink(path) and name != REPO_MAPPING:
                yield path


def _modules() -> list[tuple[str, str]]:
    """Returns name and file of each of our modules that is loaded."""
    found = {
        name: getattr(module, "__file__", None)
        for name, module in sys.modules.items()
        if name.partition(".")[0] == _OWN
    }
    return sorted((name, path) for name, path in found.items() if path)


def _add(digest: hashlib._Hash, name: str, path: str) -> None:
    """Adds a file: its name, its size, and its content."""
    with open(path, "rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        head = f"\n{len(os.fsencode(name))} {size} "
        digest.update(head.encode() + os.fsencode(name) + b"\0")
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
