"""The instruments of a target, as they run beside its program."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from rules_codspeed.contract.spec import Instrument, Spec
from rules_codspeed.measure.instruments.findings import Findings


class Running(Protocol):
    """An instrument during one run of the program.

    Attributes:
      variables: of the program, in place of its own.
    """

    variables: Mapping[str, str]

    def around(self, command: Sequence[str]) -> list[str]:
        """Returns the command that runs a program under this instrument."""

    def opened(self) -> None:
        """A benchmark is about to start."""

    def closed(self) -> None:
        """A benchmark has stopped."""

    def named(self, uri: str) -> None:
        """Takes the name of what was measured since the last name."""

    def check(self) -> None:
        """Raises CodSpeedError if the program could not run under it; the program has ended."""

    def finish(self, renamed: Callable[[str], str]) -> Findings:
        """Returns what was found, when the program has ended."""

    def close(self) -> None:
        """Ends the instrument, however the program ended."""


class AllRunning:
    """Those of a target together; with none of them it does nothing."""

    def __init__(self, instruments: Sequence[Running]) -> None:
        self._instruments = instruments

    def __bool__(self) -> bool:
        return bool(self._instruments)

    @property
    def variables(self) -> dict[str, str]:
        """Those of the program that instruments change."""
        return {name: one for each in self._instruments for name, one in each.variables.items()}

    def around(self, command: Sequence[str]) -> list[str]:
        """Returns the command that runs a program under all of them."""
        for one in self._instruments:
            command = one.around(command)
        return list(command)

    def opened(self) -> None:
        """A benchmark is about to start."""
        for one in self._instruments:
            one.opened()

    def closed(self) -> None:
        """A benchmark has stopped."""
        for one in self._instruments:
            one.closed()

    def named(self, uri: str) -> None:
        """Takes the name of what was measured since the last name."""
        for one in self._instruments:
            one.named(uri)

    def check(self) -> None:
        """Raises CodSpeedError if the program could not run under one; the program has ended."""
        for one in self._instruments:
            one.check()

    def finish(self, renamed: Callable[[str], str]) -> Findings:
        """Returns what was found, when the program has ended."""
        found = Findings()
        for one in self._instruments:
            found = found.plus(one.finish(renamed))
        return found


@contextlib.contextmanager
def running(
    spec: Spec, secrets: Mapping[str, str], tracer: str, parent: str
) -> Iterator[AllRunning]:
    """Starts the instruments of a target; ends them in every case.

    Args:
      spec: names them.
      secrets: values of the variables that they name.
      tracer: program of the MongoDB tracer; empty without that instrument.
      parent: folder for what instruments leave.

    Raises:
      CodSpeedError: one cannot be started.
    """
    with contextlib.ExitStack() as held:
        started = []
        for instrument in spec.instruments:
            value = secrets.get(instrument.variable, "")
            started.append(_started(instrument, value, spec.label, tracer, parent))
            held.callback(started[-1].close)
        yield AllRunning(started)


def _started(instrument: Instrument, value: str, label: str, tracer: str, parent: str) -> Running:
    # Only here: most measurements have no instrument, and start faster without.
    if instrument.name == "mongodb":
        from rules_codspeed.measure.instruments.mongodb.instrument import MongoInstrument

        return MongoInstrument(tracer, parent, instrument.variable, value, label)
    from rules_codspeed.measure.instruments.postgres.start import start_postgres

    return start_postgres(instrument.variable, value, label)
