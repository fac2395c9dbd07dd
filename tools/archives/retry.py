"""When a failed request is repeated: exponential backoff with full jitter."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Retry:
    """How often an address is asked, and how long to wait in between.

    Attributes:
      attempts: how often an address is asked in all.
      base_s: longest wait after the first failure, in seconds; it doubles with each.
      longest_s: the longest wait, in seconds, even if a server asks for a longer one.
      sleep: waits for a number of seconds.
      random: gives a number from 0 to 1.
    """

    attempts: int = 5
    base_s: float = 1
    longest_s: float = 30
    sleep: Callable[[float], object] = time.sleep
    random: Callable[[], float] = random.random

    def wait(self, failures: int, at_least_s: float = 0) -> None:
        """Waits after a failure.

        Args:
          failures: how many there were, including this one.
          at_least_s: what the server asked for, in seconds.
        """
        delay = self.random() * self.base_s * 2 ** (failures - 1)
        self.sleep(min(max(delay, at_least_s), self.longest_s))
