"""The counter that distinguishes the uploads of one CI job (spec: upload-environment 7.3)."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from rules_codspeed.contract.output.atomic import new_file
from rules_codspeed.contract.strict_json import load_json, read_document

_INDICES = range(2**32 - 1)


def next_run_index(
    repository_root_path: str,
    run_id: str,
    base_id: str,
    warn: Callable[[str], None],
    *,
    counted: bool = True,
) -> int:
    """Returns the index of an upload, and counts it.

    Args:
      repository_root_path: folder of the checkout, which holds the counter.
      run_id: identity of the run.
      base_id: identity of its part before the suffix.
      warn: called with a message when the counter cannot be kept; the index is then 0.
      counted: whether to count; False only reads the index.
    """
    try:
        file = state_file(repository_root_path, run_id, base_id)
        return _take(file) if counted else _read(file)
    except (OSError, ValueError) as error:
        warn(f"Failed to track run index: {error}. Continuing with index 0.")
        return 0


def state_file(repository_root_path: str, run_id: str, base_id: str) -> Path:
    """Returns the file of a counter; it need not be there."""
    name = f"{hashlib.sha256(base_id.encode()).hexdigest()}.json"
    return Path(repository_root_path, ".codspeed", "run-state", run_id, name)


def _take(file: Path) -> int:
    file.parent.mkdir(parents=True, exist_ok=True)
    with _locked(file.parent):
        index = _read(file)
        _write(file, json.dumps({"run_index": index + 1}, indent=2))
    return index


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Holds the lock of a folder: it needs no file, and ends with the process."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # Some network file systems have no locks; the official runner has none either.
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _read(file: Path) -> int:
    """Returns the next index; a missing file or another content counts as 0."""
    try:
        index = load_json(read_document(file))["run_index"]
    except (FileNotFoundError, ValueError, LookupError, TypeError):
        return 0
    return index if type(index) is int and index in _INDICES else 0


def _write(file: Path, text: str) -> None:
    with new_file(file) as output:
        # As the official runner leaves it, which another user may run next.
        os.fchmod(output.fileno(), 0o644)
        output.write(text.encode())
