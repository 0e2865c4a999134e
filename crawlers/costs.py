"""What reading a source costs: measured by one look at it, and reckoned for a day of polls at its interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from config import Source

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Cost:
    """``quota_units`` (YouTube) and ``usd`` (X, US dollars) are None for a source where nothing of the kind is spent."""

    requests: int
    bytes: int
    seconds: float
    quota_units: int | None = None
    usd: float | None = None

    def a_day(self, source: Source) -> Cost:
        """Of as many polls of this size as the source's interval allows, within its limits. An estimate: polls after the first
        ask for what is new, those of a quiet source come less often, and articles and older pages come on top.
        """
        polls = polls_a_day(source)
        return Cost(
            requests=min(self.requests, source.limits.requests) * polls,
            bytes=min(self.bytes, source.limits.bytes) * polls,
            seconds=round(min(self.seconds, source.limits.seconds) * polls, 1),
            quota_units=None if self.quota_units is None else min(self.quota_units * polls, source.limits.quota),
            usd=None if self.usd is None else round(self.usd * polls, 3),
        )


def polls_a_day(source: Source) -> int:
    """How many polls of a source its shortest interval allows in a day, at least 1."""
    return max(1, _DAY // source.interval)


def measure(counts: Mapping[str, int], seconds: float) -> Cost:
    """The cost of a run by its counts."""
    mills = counts.get("usd_mills")
    return Cost(
        requests=counts.get("requests", 0),
        bytes=counts.get("bytes", 0),
        seconds=round(seconds, 1),
        quota_units=counts.get("quota_units"),
        usd=None if mills is None else mills / 1000,
    )
