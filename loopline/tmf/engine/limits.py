"""How often a token may ask.

A bucket for each token in the memory of each web process: a row in PostgreSQL would cost every request a write and
make the requests of one token wait for one another, to protect the very database that it loads. With several
processes a token may ask that many times as often, which is known when the limit is chosen.
"""

import math
import time
from threading import Lock

from loopline.config import environment
from loopline.tmf.engine.errors import TooMany

SECONDS_OF_BURST = 2
MOST_KEPT = 10_000


class Buckets:
    """Token buckets: `rate` requests a second, and what was not used in SECONDS_OF_BURST besides."""

    def __init__(self, rate: float) -> None:
        self.rate, self.size = rate, max(1.0, rate * SECONDS_OF_BURST)
        self._left: dict[object, tuple[float, float]] = {}
        self._lock = Lock()

    def take(self, key: object, now: float) -> float:
        """Take one request out of a bucket. Returns 0, or in how many seconds the next is there."""
        with self._lock:
            if len(self._left) > MOST_KEPT:
                self._left.clear()
            left, since = self._left.get(key, (self.size, now))
            left = min(self.size, left + (now - since) * self.rate)
            if left < 1:
                self._left[key] = (left, now)
                return (1 - left) / self.rate
            self._left[key] = (left - 1, now)
            return 0.0


buckets = Buckets(float(environment.read(environment.API_RATE)))


def admit(key: object) -> None:
    """Count a request of a token. Raises TooMany with `seconds` to wait."""
    wait = buckets.take(key, time.monotonic())
    if wait:
        raise TooMany(seconds=math.ceil(wait))
