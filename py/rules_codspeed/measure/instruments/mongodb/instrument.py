"""The MongoDB instrument: what CodSpeed's tracer reports of a program's traffic with its server."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Callable, Mapping, Sequence

from rules_codspeed.contract.errors import CodSpeedError
from rules_codspeed.contract.instruments.queries import MONGO_FILE
from rules_codspeed.measure.instruments.findings import Findings
from rules_codspeed.measure.instruments.mongodb import traced
from rules_codspeed.measure.instruments.mongodb.uri import MongoUri, UriError, parse_uri

_CONTROL = "CODSPEED_MONGO_INSTR_SERVER_ADDRESS"
_LAST_OF_LOG = 4000  # bytes


class MongoInstrument:
    """Has the program run by `traced`, on ports of its own.

    Attributes:
      variables: of the program: its address leads to the tracer.
    """

    def __init__(self, tracer: str, folder: str, variable: str, value: str, label: str) -> None:
        """Chooses ports.

        Args:
          tracer: its program.
          folder: for what it leaves, empty.
          variable: that has the address of the server; empty where the program names it itself.
          value: of the variable.
          label: of the target.

        Raises:
          CodSpeedError: the address cannot be used.
        """
        self._label = label
        self._output = f"{folder}/mongo.json"
        control, proxy = _free_ports()
        self.variables: Mapping[str, str] = {_CONTROL: f"http://0.0.0.0:{control}"}
        destination = ""
        if variable:
            uri = _uri(variable, value, label)
            self.variables = {**self.variables, variable: uri.through(proxy)}
            destination = uri.host_and_port
        self._options = json.dumps([tracer, control, proxy, destination, self._output])

    def around(self, command: Sequence[str]) -> list[str]:
        """Returns the command that runs another one while the tracer runs."""
        python = [sys.executable, "-I", "-S", "-B", os.path.abspath(traced.__file__)]
        return [*python, self._options, *command]

    def opened(self) -> None:
        """Does nothing: the tracer sees all of a run."""

    def closed(self) -> None:
        """Does nothing."""

    def named(self, uri: str) -> None:
        """Does nothing: a program's integration names benchmarks to the tracer."""

    def check(self) -> None:
        """Raises CodSpeedError if the tracer failed."""
        if fault := _read(f"{self._output}.error"):
            raise self._failed(fault.decode("utf-8", "replace"))

    def finish(self, renamed: Callable[[str], str]) -> Findings:
        """Returns what the tracer answered, as it is; nothing if the program was killed."""
        del renamed
        content = _read(self._output)
        return Findings({MONGO_FILE: content}) if content else Findings()

    def close(self) -> None:
        """Does nothing: the tracer has ended with the run."""

    def _failed(self, got: str) -> CodSpeedError:
        log = _read(f"{self._output}.log")[-_LAST_OF_LOG:].decode("utf-8", "replace")
        return CodSpeedError(
            f"the MongoDB tracer of {self._label} failed",
            got=got,
            expected="one that listens until the program has ended, and then reports",
            fix="see what it printed, and choose the version of mongo-tracer (docs/archives.md)",
            below=[f"    | {line}" for line in log.splitlines()[-20:]],
        )


def _uri(variable: str, value: str, label: str) -> MongoUri:
    try:
        return parse_uri(value)
    except UriError as error:
        raise CodSpeedError(
            f"the MongoDB instrument of {label} cannot start",
            got=f"a value of {variable} that cannot be used: {error}",
            expected="such as mongodb://127.0.0.1:27017/shop",
            fix=f"correct {variable}",
        ) from error


def _free_ports() -> tuple[int, int]:
    """Returns two ports that nobody listens at now: several runs of a machine do not collide."""
    with socket.socket() as one, socket.socket() as other:
        for each in (one, other):
            each.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""
