"""The plans by which a server runs statements."""

from __future__ import annotations

import time
from typing import Any

from rules_codspeed.contract.strict_json import DocumentError, load_json
from rules_codspeed.measure.instruments.postgres.client import QueryError, Session

_TIMEOUT_S = 5.0
_ALL_S = 60.0  # for all statements together
_GENERIC = 160000  # version of the server from which statements with $1 can be explained
_LONGEST = 1 << 20  # characters of a plan
_AROUND = 8  # levels of a document around a plan, at most


class Plans:
    """Explains each statement once: its plan does not change during a run."""

    def __init__(self, session: Session, version: int) -> None:
        """Begins with none.

        Args:
          session: that explains, in transactions that cannot write.
          version: of the server, such as 160002.
        """
        self._session = session
        self._generic = version >= _GENERIC
        self._known: dict[str, Any] = {}
        self._left = _ALL_S

    def of(self, sql: str) -> Any:
        """Returns a plan in JSON; None where the server cannot explain a statement in time.

        Raises:
          WireError: the session cannot go on.
          OSError: likewise.
        """
        if sql not in self._known:
            start = time.monotonic()
            self._known[sql] = self._explain(sql) if self._left > 0 else None
            self._left -= time.monotonic() - start
        return self._known[sql]

    def _explain(self, sql: str) -> Any:
        parameters = _has_parameter(sql)
        if parameters and not self._generic:
            return None
        options = "GENERIC_PLAN, FORMAT JSON" if parameters else "FORMAT JSON"
        try:
            rows = self._session.query(f"EXPLAIN ({options}) {sql}", _TIMEOUT_S)
            text = (rows[0][0] if rows and rows[0] else None) or ""
            if not 0 < len(text) <= _LONGEST:
                return None
            # With more levels no document could be read that has the plan.
            load_json("[" * _AROUND + text + "]" * _AROUND)
            return load_json(text)
        except (QueryError, DocumentError):
            return None


def _has_parameter(sql: str) -> bool:
    return any(one[:1].isdigit() for one in sql.split("$")[1:])
