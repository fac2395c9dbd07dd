"""Reads JSON files that programs wrote, as strictly as CodSpeed's runner does."""

from __future__ import annotations

from typing import Any

from rules_codspeed.contract.errors import BenchmarkError, CodSpeedError
from rules_codspeed.contract.escaping import printable
from rules_codspeed.contract.file_limits import DOCUMENT
from rules_codspeed.contract.strict_json import DocumentError, load_json
from rules_codspeed.contract.untrusted import Refused, UntrustedFolder


def read_json(folder: UntrustedFolder, name: str, what: str) -> Any:
    """Returns the document of a file.

    Args:
      folder: where it is.
      name: of the file in the folder.
      what: it is to hold, such as `results of a CodSpeed integration`.

    Raises:
      CodSpeedError: it cannot be read, is too long or is not JSON as `load_json` takes it.
    """
    path = f"{folder.path}/{name}"
    try:
        return load_json(folder.read(name, DOCUMENT))
    except Refused as error:
        raise _unreadable(path, error.reason, what) from error
    except DocumentError as error:
        raise _unreadable(path, str(error).partition("\n")[0], what) from error
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error), what) from error


def _unreadable(path: str, reason: str, what: str) -> CodSpeedError:
    return BenchmarkError(
        f"the file {printable(path)} cannot be read",
        got=reason[:300],
        expected=f"a regular file with {what}, as JSON of up to {DOCUMENT.size >> 20} MB",
        fix="see what the program's CodSpeed integration wrote, and that its version is one of "
        "those "
        "that are supported",
    )
