"""When a digest is due, and what time it covers.

1. A subscription's clock ticks at its local time: every hour, day or week. Where that time is skipped by a change to summer
   time it ticks as much later as the clock jumped; where it comes twice, a daily or weekly digest ticks the first time only.
2. A window goes from the end of the one before it up to the newest tick: windows touch, so nothing falls between two.
3. Ticks missed while nothing ran are made good in one window: one longer digest, not a pile of them.
4. The first window of a subscription is the one between its two newest ticks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from config import Every, Subscription, Weekday

_WEEKDAYS = tuple(Weekday)


@dataclass(frozen=True)
class Window:
    """From ``start`` up to, not including, ``end``; both in UTC."""

    start: datetime
    end: datetime

    @property
    def before(self) -> Window:
        """The window of the same length that ends where this one begins: what it is compared with."""
        return Window(self.start - (self.end - self.start), self.start)


def due_windows(subscription: Subscription, now: datetime, last: datetime | None) -> tuple[Window, ...]:
    """The windows that are closed by ``now`` and not looked at yet; ``last``: the end of the newest that was."""
    earlier, newest = _ticks(subscription, now)[-2:]
    start = earlier if last is None else last.astimezone(UTC)
    return (Window(start, newest),) if start < newest else ()


def open_window(subscription: Subscription, now: datetime, last: datetime | None) -> Window:
    """What a preview shows: the time since the newest digest up to ``now``; before the first one, a whole period."""
    earlier, newest = _ticks(subscription, now)[-2:]
    end = now.astimezone(UTC)
    start = end if last is None else last.astimezone(UTC)
    return Window(start, end) if start < end else Window(end - (newest - earlier), end)


def _ticks(subscription: Subscription, now: datetime) -> list[datetime]:
    """The newest ticks up to ``now`` in UTC, in order; at least two."""
    days = {Every.HOURLY: 1, Every.DAILY: 3, Every.WEEKLY: 16}[subscription.every]
    today = now.astimezone(subscription.timezone).date()
    found: set[datetime] = set()
    for back in range(-1, days + 1):
        day = datetime.combine(today - timedelta(days=back), subscription.at)
        if subscription.every is Every.HOURLY:
            # fold=1 gives the hour that comes twice its second tick; elsewhere it is the same instant.
            found |= {_instant(subscription, day.replace(hour=hour), fold) for hour in range(24) for fold in (0, 1)}
        elif subscription.every is Every.DAILY or _WEEKDAYS[day.weekday()] is subscription.weekday:
            found.add(_instant(subscription, day, 0))
    return sorted(tick for tick in found if tick <= now)


def _instant(subscription: Subscription, local: datetime, fold: int) -> datetime:
    return local.replace(tzinfo=subscription.timezone, fold=fold).astimezone(UTC)
