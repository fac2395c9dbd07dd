"""The publisher's messages, in the dialect of the CI's log (spec: upload-environment 15)."""

from __future__ import annotations

import contextlib
import enum
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TextIO

from rules_codspeed.contract.escaping import printable, printable_lines, printable_styled
from rules_codspeed.contract.printing import write_printed
from rules_codspeed.contract.run_environments import EnvironmentKind
from rules_codspeed.publish.auth.secret import Secret, redact
from rules_codspeed.publish.ci.log_dialects import Dialect, LocalDialect
from rules_codspeed.publish.ci.providers import PROVIDERS


class Level(enum.IntEnum):
    """How much is logged; each level includes those before it."""

    OFF = 0
    ERROR = 1
    WARN = 2
    INFO = 3
    DEBUG = 4
    TRACE = 5


class Logger:
    """Writes messages; known secrets are replaced in all of them, and none commands the log."""

    def __init__(self, dialect: Dialect, output: TextIO, level: Level = Level.INFO) -> None:
        self._dialect = dialect
        self._output = output
        self._level = level
        self._secrets: set[str] = set()

    def register_secret(self, secret: Secret) -> None:
        """Makes every later message show `***` instead of a secret."""
        self._secrets.add(secret.reveal())

    def error(self, text: str) -> None:
        """Reports why the run fails."""
        self._log(Level.ERROR, text)

    def warn(self, text: str) -> None:
        """Reports what a person should look at; the run goes on."""
        self._log(Level.WARN, text)

    def info(self, text: str, *, styled: bool = False) -> None:
        """Reports what everybody wants to know; `styled`: the colours of the text stay."""
        self._log(Level.INFO, text, styled=styled)

    def debug(self, text: str) -> None:
        """Reports what helps to find a fault."""
        self._log(Level.DEBUG, text)

    def trace(self, text: str) -> None:
        """Reports every detail."""
        self._log(Level.TRACE, text)

    def announce(self, text: str) -> None:
        """Announces something new that needs no action now."""
        if self._dialect.always or self._level >= Level.INFO:
            self._write(self._dialect.announcement(self._clean(text)))

    @contextlib.contextmanager
    def group(self, name: str, *, opened: bool = False) -> Iterator[None]:
        """Groups the messages of a `with` statement; `opened` shows it unfolded."""
        shown = self._dialect.always or self._level >= Level.INFO
        name = printable(redact(name, self._secrets))
        if shown:
            self._write(self._dialect.group_start(name, opened))
        try:
            yield
        finally:
            if shown:
                self._write(self._dialect.group_end(name))

    def _log(self, level: Level, text: str, *, styled: bool = False) -> None:
        if level <= self._level:
            self._write(self._dialect.message(level.name, self._clean(text, styled=styled)))

    def _clean(self, text: str, *, styled: bool = False) -> str:
        text = redact(text, self._secrets)
        return printable_styled(text) if styled else printable_lines(text)

    def _write(self, text: str) -> None:
        # Only a dialect's own commands are added to what was made printable.
        write_printed(text, self._output)


def make_logger(
    environment: str,
    variables: Mapping[str, str],
    stdout: TextIO,
    stderr: TextIO,
    clock: Callable[[], float] = time.time,
) -> Logger:
    """Returns the logger of a run environment.

    Args:
      environment: `runEnvironment` of the metadata, such as `GITHUB_ACTIONS`.
      variables: the environment: CODSPEED_LOG, RUNNER_DEBUG.
      stdout: where a CI wants its log.
      stderr: where a person wants it: standard output is for results.
      clock: gives the time in seconds since 1970.
    """
    level = _level(variables.get("CODSPEED_LOG", ""))
    provider = PROVIDERS.get(EnvironmentKind(environment))
    if provider:
        level = Level.TRACE if provider.wants_details(variables) else level
        return Logger(provider.dialect(clock), stdout, level)
    return Logger(LocalDialect(coloured=stderr.isatty()), stderr, level)


def _level(name: str) -> Level:
    """Returns the level of a name, in any case; an unknown one is ignored."""
    return Level.__members__.get(name.upper(), Level.INFO)
