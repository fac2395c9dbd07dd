"""SCRAM-SHA-256, by which PostgreSQL checks passwords (RFC 5802, RFC 7677), without TLS."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import unicodedata

from rules_codspeed.measure.instruments.postgres.wire import WireError

MECHANISM = "SCRAM-SHA-256"
# The server's default is 4096. A hostile one could have us count for hours.
_MOST_ITERATIONS = 100_000
_NO_BINDING = "n,,"


class Scram:
    """One exchange: `first`, `final`, `check`."""

    def __init__(self, password: str, nonce: str = "") -> None:
        """Begins one.

        Args:
          password: of the user. PostgreSQL normalises it by SASLprep; this by its last step, NFKC.
          nonce: of this exchange; empty for one by chance.
        """
        self._password = unicodedata.normalize("NFKC", password).encode()
        self._nonce = nonce or secrets.token_urlsafe(18)
        self._bare = f"n=,r={self._nonce}"
        self._signature = b""

    def first(self) -> bytes:
        """Returns the first message of the client."""
        return f"{_NO_BINDING}{self._bare}".encode()

    def final(self, server_first: bytes) -> bytes:
        """Returns the last message of the client.

        Raises:
          WireError: the server's is not of this exchange.
        """
        said = _fields(server_first)
        nonce = said.get("r", "")
        iterations = said.get("i", "")
        if not nonce.startswith(self._nonce) or not iterations.isdecimal():
            raise WireError("an answer of another exchange of SCRAM")
        # Of a longer number, digits after leading zeros would not be counted.
        count = int(iterations) if len(iterations) < 10 else 0
        if not 0 < count <= _MOST_ITERATIONS:
            raise WireError(f"SCRAM with {iterations[:9]} iterations")
        salted = hashlib.pbkdf2_hmac("sha256", self._password, _decoded(said.get("s", "")), count)
        binding = base64.b64encode(_NO_BINDING.encode()).decode()
        without_proof = f"c={binding},r={nonce}"
        message = b",".join([self._bare.encode(), server_first, without_proof.encode()])
        client_key = _mac(salted, b"Client Key")
        signature = _mac(hashlib.sha256(client_key).digest(), message)
        proof = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
        self._signature = _mac(_mac(salted, b"Server Key"), message)
        return f"{without_proof},p={base64.b64encode(proof).decode()}".encode()

    def check(self, server_final: bytes) -> None:
        """Raises WireError if the server does not know the password either."""
        stated = _decoded(_fields(server_final).get("v", ""))
        if not self._signature or not hmac.compare_digest(stated, self._signature):
            raise WireError("a server that does not know the password")


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def _fields(message: bytes) -> dict[str, str]:
    pairs = message.decode("utf-8", "replace").split(",")
    return {name: value for name, _, value in (pair.partition("=") for pair in pairs)}


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise WireError("SCRAM with a value that is not base64") from error
