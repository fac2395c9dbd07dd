"""What was found out lately: a server that never ends must not keep all of it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """The values that were kept or asked for last; safe to use from many threads."""

    def __init__(self, most: int) -> None:
        """Starts empty.

        Args:
          most: values that it keeps.
        """
        self._most = most
        self._kept: OrderedDict[Key, Value] = OrderedDict()
        self._changing = threading.Lock()

    def get(self, key: Key) -> Value | None:
        """Returns a value; None where it is not kept, or not any more."""
        with self._changing:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key]

    def keep(self, key: Key, value: Value) -> Value:
        """Keeps a value, in place of the one that was not asked for longest; returns it."""
        with self._changing:
            self._kept[key] = value
            self._kept.move_to_end(key)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return value

    def take(self, key: Key) -> Value | None:
        """Returns a value and keeps it no longer; None where there is none."""
        with self._changing:
            return self._kept.pop(key, None)
