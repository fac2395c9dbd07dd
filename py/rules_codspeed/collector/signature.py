"""Upload URLs that are valid for a limited time and one run, signed with the collector's key."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlencode

from rules_codspeed.collector.errors import Refusal

LIFETIME = 3600  # seconds
KEY_LENGTH = 32  # bytes


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs upload URLs, and checks them.

    Attributes:
      key: secret bytes.
      clock: gives the time in seconds.
    """

    key: bytes = field(repr=False)
    clock: Callable[[], float] = time.time

    def query(self, run_id: str) -> str:
        """Returns the query of the URL to which the archive of a run can be sent."""
        expires = str(int(self.clock()) + LIFETIME)
        return urlencode({"expires": expires, "signature": self._sign(run_id, expires)})

    def check(self, run_id: str, expires: str, signature: str) -> None:
        """Checks the query of a URL.

        Raises:
          Refusal: 403, it is not signed for the run, or has expired.
        """
        # Compared as bytes: text that is not ASCII is not comparable.
        if not hmac.compare_digest(self._sign(run_id, expires).encode(), signature.encode()):
            raise Refusal(403, "the signature of the URL is wrong")
        if self.clock() >= int(expires):
            raise Refusal(403, "the URL has expired")

    def _sign(self, run_id: str, expires: str) -> str:
        message = f"PUT\n{run_id}\n{expires}".encode()
        return hmac.new(self.key, message, hashlib.sha256).hexdigest()
