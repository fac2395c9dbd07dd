"""Entries of actions as persistent workers of Bazel: one process does the work of many actions.

Bazel starts such an entry with `--persistent_worker`, writes a JSON object a line for each action
and reads one for each answer (https://bazel.build/remote/creating). It starts several where
several actions are ready: they read on as many processors, as threads of one Python could not.
"""

from __future__ import annotations

import io
import json
import sys
import traceback
from collections.abc import Callable, Iterable
from contextlib import redirect_stderr, redirect_stdout
from typing import Any, TextIO

from rules_codspeed.contract.errors import FAILED
from rules_codspeed.contract.escaping import printable_lines
from rules_codspeed.contract.printing import write_printed
from rules_codspeed.contract.strict_json import load_json

_PERSISTENT = "--persistent_worker"

Main = Callable[[list[str]], int]
"""Does the work of one action: from the command line to the exit status."""


def run(main: Main) -> int:
    """Does the work of one action, or of all that Bazel asks for; returns the exit status.

    Args:
      main: must depend on nothing but the command line and the files that it names.
    """
    arguments = sys.argv[1:]
    if _PERSISTENT not in arguments:
        return main(arguments)
    serve(main, sys.stdin, sys.stdout)
    return 0


def serve(main: Main, requests: Iterable[str], responses: TextIO) -> None:
    """Answers requests, one after another, until there are no more.

    Args:
      main: as in `run`. What it prints becomes part of the answer.
      requests: a JSON object each.
      responses: gets a line for each.
    """
    for line in requests:
        write_printed(json.dumps(_answer(main, load_json(line))) + "\n", responses)


def _answer(main: Main, request: dict[str, Any]) -> dict[str, Any]:
    printed = io.StringIO()
    with redirect_stdout(printed), redirect_stderr(printed):
        status = _status(main, request.get("arguments", []), printed)
    return {
        "exitCode": status,
        "output": printed.getvalue(),
        "requestId": request.get("requestId", 0),
    }


def _status(main: Main, arguments: list[str], printed: TextIO) -> int:
    """Returns the exit status of an action; a defect of ours fails it and none after it."""
    try:
        return main(arguments)
    except SystemExit as error:
        # The parser of the command line ends a process so.
        return error.code if isinstance(error.code, int) else FAILED
    except Exception:
        write_printed(printable_lines(traceback.format_exc()), printed)
        return FAILED
