"""Offers secrets to measurements, from a process of its own."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping

from rules_codspeed.secrets.offer import offered


@contextlib.contextmanager
def offering(values: Mapping[str, str], parent: str) -> Iterator[None]:
    """Offers values within the context; see `offered`."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _offer(values, parent, writing)
    os.close(writing)
    try:
        assert os.read(reading, 1) == b"x", "nothing is offered"
        yield
    finally:
        os.close(reading)
        os.kill(child, 9)
        os.waitpid(child, 0)


def _offer(values: Mapping[str, str], parent: str, ready: int) -> None:
    try:
        with offered(values, parent) as sockets:
            os.write(ready, b"x")
            while True:
                for one in sockets.values():
                    one.serve()
    finally:
        os._exit(1)
