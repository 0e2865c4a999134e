"""How much a source usually brings, and what follows from it: how often it is asked, and when its silence is a sign.

rate      new posts an hour over the last week of reading; nothing follows from it before a day of reading
interval  so that a poll finds about WORTH new posts, within the source's bounds: a busy source is asked at its shortest
          interval, a quiet one ever less often
silence   if posts came at the usual rate, independent of each other (Poisson), nothing at all for so long would have a
          chance under RARE: P(0) = exp(-rate * hours)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta

from config import Source

MEMORY = 168.0
"""Hours the average goes back. It falls while a source is silent: with a week, three posts a day are still missed in the end."""
ENOUGH = 24.0
"""Hours of reading before the average says anything: night and day."""
WORTH = 3.0
"""New posts that make a poll worth its requests; fewer on a page of 20 leave room for a burst to be caught whole."""
RARE = 0.001
"""One false word of silence in a thousand such spans. Posts come in bursts, so the true share is higher."""
LEAST_SILENCE = timedelta(days=1)
"""Nights and days off are no silence, however busy a source is."""


@dataclass(frozen=True)
class Rate:
    """New posts an hour, over so many hours of reading."""

    per_hour: float = 0.0
    hours: float = 0.0

    @property
    def known(self) -> float | None:
        """The rate, once there was enough reading."""
        return self.per_hour if self.hours >= ENOUGH else None

    def then(self, new: int, hours: float) -> Rate:
        """The rate after a poll that brought ``new`` posts of the last ``hours``."""
        if hours <= 0:
            return self
        before = max(0.0, min(self.hours, MEMORY - hours))
        return Rate((self.per_hour * before + new) / (before + hours), before + hours)


def interval_for(source: Source, rate: float | None, lately: float = 0.0) -> timedelta:
    """Time to the next poll of a source that answers; its shortest interval while nothing is known.

    ``lately``: the rate of the last poll alone, so that a burst is followed at once.
    """
    if rate is None:
        return source.interval
    rate = max(rate, lately)
    longest = max(source.interval, source.interval_max)
    if rate * longest.total_seconds() / 3600 <= WORTH:
        return longest
    return max(source.interval, timedelta(hours=WORTH / rate))


def is_silent(rate: float | None, since_new: timedelta) -> bool:
    """Whether a source that answers has been without a new post for longer than its usual rate lets expect."""
    if rate is None or since_new < LEAST_SILENCE:
        return False
    return math.exp(-rate * since_new.total_seconds() / 3600) < RARE
