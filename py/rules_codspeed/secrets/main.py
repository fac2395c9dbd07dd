"""Runs a command whose measurements may ask for secrets.

`with_secrets NAME… -- COMMAND [ARGUMENT…]` is the script that `bazel run --script_path` makes.
Bazel logs the environment of each of its commands, so none must be started with the secrets.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence

from rules_codspeed.contract.errors import CodSpeedError, run_entry
from rules_codspeed.contract.instruments.secret import LONGEST, PARENT
from rules_codspeed.secrets.offer import Offer, offered
from rules_codspeed.secrets.options import parse_options


def with_secrets(arguments: Sequence[str], variables: Mapping[str, str], parent: str) -> int:
    """Runs a command and offers variables meanwhile; returns its exit status.

    Args:
      arguments: names, `--`, and the command.
      variables: the environment, which the command gets without those that are offered.
      parent: of the folder of the sockets.

    Raises:
      CodSpeedError: a variable is missing, or cannot be offered; the command cannot be started.
    """
    options = parse_options(arguments)
    values = {name: _value(name, variables) for name in options.names}
    others = {name: value for name, value in variables.items() if name not in values}
    with offered(values, parent) as sockets:
        try:
            process = subprocess.Popen(options.command, env=others, cwd=_directory(variables))
        except OSError as error:
            raise CodSpeedError(
                f"{options.command[0]} cannot be started",
                got=error.strerror,
                expected="a program",
                fix="name one that is in PATH, or by its path",
            ) from error
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        _serve(process, sockets)
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


def _serve(process: subprocess.Popen[bytes], sockets: Mapping[int, Offer]) -> None:
    """Serves until a process has ended."""
    ended = os.pidfd_open(process.pid)
    poll = select.poll()
    for descriptor in (ended, *sockets):
        poll.register(descriptor, select.POLLIN)
    try:
        while process.poll() is None:
            for descriptor, _ in poll.poll():
                if descriptor in sockets:
                    sockets[descriptor].serve()
    finally:
        os.close(ended)


def _directory(variables: Mapping[str, str]) -> str | None:
    """Returns where `bazel run` was typed; None for this folder."""
    return variables.get("BUILD_WORKING_DIRECTORY")


def _value(name: str, variables: Mapping[str, str]) -> str:
    """Returns the value of a variable, which no error states."""
    value = variables.get(name, "")
    if fault := _fault(value):
        raise CodSpeedError(
            f"the variable {name} cannot be offered",
            got=fault,
            expected="a value in the environment of this command",
            fix=f"set {name}, for instance from a secret of the CI",
        )
    return value


def _fault(value: str) -> str:
    """Returns why a value cannot be offered; empty if it can."""
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        return "bytes that are not UTF-8"
    if not size:
        return "no value"
    return f"more than {LONGEST} bytes" if size > LONGEST else ""


if __name__ == "__main__":
    # Ctrl-C reaches the command too, which decides what to do with it.
    signal.signal(signal.SIGINT, lambda *_: None)
    sys.exit(run_entry(lambda: with_secrets(sys.argv[1:], os.environ, PARENT)))
