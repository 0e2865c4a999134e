"""How often a feed itself wants to be read: ttl, skipHours, skipDays, sy:updatePeriod. They slow the interval down, never up.

A publisher's forgotten ``ttl`` of a year must not end a source: no wait is longer than LONGEST.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lxml.etree import QName, _Element

LONGEST = timedelta(days=1)
"""The longest wait for a feed's own sake, as for one that failed: news of a day ago is still news."""
_PERIODS = {"hourly": 60, "daily": 1440, "weekly": 10_080, "monthly": 43_200, "yearly": 525_600}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class Pace:
    """Minutes between two readings, and the hours (0-23) and days (Monday is 0) in UTC on which there are to be none."""

    minutes: int = 0
    hours: frozenset[int] = frozenset()
    days: frozenset[int] = frozenset()

    def next_time(self, read: datetime, interval: timedelta) -> datetime | None:
        """The earliest moment after a reading at ``read`` that the feed agrees to; None where it asks for nothing."""
        if not (self.minutes or self.hours or self.days):
            return None
        moment = read + max(interval, timedelta(minutes=self.minutes))
        for _ in range(8 * 24):
            if moment.weekday() in self.days:
                moment = moment.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
            elif moment.hour in self.hours:
                moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
            else:
                break
        return min(moment, read + max(interval, LONGEST))

    def dump(self) -> list[Any]:
        """For the cursor: an unchanged feed is not sent again, and so does not say it again."""
        return [self.minutes, sorted(self.hours), sorted(self.days)]

    @classmethod
    def load(cls, stored: Any) -> Pace:
        """From the cursor. Raises ValueError and TypeError for another shape."""
        if not stored:
            return cls()
        minutes, hours, days = stored
        return cls(int(minutes), frozenset(map(int, hours)), frozenset(map(int, days)))


def make_pace(
    ttl: str | None = None,
    period: str | None = None,
    frequency: str | None = None,
    hours: Iterable[str] = (),
    days: Iterable[str] = (),
) -> Pace:
    """The pace in a feed's own words; those that are none are passed over."""
    every = _PERIODS.get((period or "").strip().lower(), 0)
    asked = max(_number(ttl) or 0, every // (_number(frequency) or 1))
    # RSS 0.91 counted from 1 to 24.
    skipped = {number % 24 for number in map(_number, hours) if number is not None and number <= 24}
    named = {_DAYS.index(day) for day in (word.strip().lower() for word in days) if day in _DAYS}
    return Pace(
        min(asked, int(LONGEST.total_seconds()) // 60),
        # Who forbids every hour or every day says nothing.
        frozenset(skipped) if len(skipped) < 24 else frozenset(),
        frozenset(named) if len(named) < 7 else frozenset(),
    )


def read_pace(channel: _Element) -> Pace:
    """The pace that an RSS channel or an Atom feed states."""
    texts: dict[str, list[str]] = {}
    for child in channel.iterchildren("{*}ttl", "{*}updatePeriod", "{*}updateFrequency", "{*}skipHours", "{*}skipDays"):
        inner = list(child.iterchildren("{*}hour", "{*}day"))
        texts.setdefault(QName(child).localname, []).extend((node.text or "") for node in inner or [child])
    single = {name: values[0] for name, values in texts.items()}
    return make_pace(
        single.get("ttl"),
        single.get("updatePeriod"),
        single.get("updateFrequency"),
        texts.get("skipHours", ()),
        texts.get("skipDays", ()),
    )


def _number(text: str | None) -> int | None:
    word = (text or "").strip()
    return int(word) if word.isascii() and word.isdigit() and len(word) < 8 else None
