"""What a keyed source may spend, counted in its cursor: quota units a day at YouTube, money a run and a month at X.

1. ask       before a request: is there room for the most that it can cost? -> BudgetSpent, and it is not sent
2. count     quota: a unit a request sent, whatever becomes of it; money: what the answer brought that was not read today
3. dump      into the cursor, also of a run that failed; a process that is killed outright tells nothing of what it spent,
             which at X is no more than limits.money, and the same posts read again that day cost nothing

A source counts for itself: two sources with one key need limits that together fit the key's.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from crawlers.errors import BudgetSpent

PACIFIC = ZoneInfo("America/Los_Angeles")
"""Google's quota days begin at midnight there."""
SMALL = 100
"""Units a day of which no half would do: polls at the usual interval alone take as many."""
POST_MILLS = 5
"""Price of a post at X in thousandths of a US dollar."""


class Budget(Protocol):
    """What the spiders' common part asks of a budget."""

    def dump(self) -> dict[str, Any]:
        """For the cursor."""

    def words(self) -> str:
        """What was spent of what, for the poll's message."""

    def counts(self) -> dict[str, int]:
        """What this run spent, for the poll's counts."""

    def opens(self) -> datetime:
        """When there is room again at the latest."""

    @property
    def has_spare(self) -> bool:
        """Whether there is room for what is not new: older pages, and what is asked for besides the lists."""


class Quota:
    """Units of one Pacific day."""

    def __init__(self, stored: Any, cap: int, now: datetime) -> None:
        self._cap = cap
        self._now = now
        self._day = now.astimezone(PACIFIC).date().isoformat()
        known = stored if isinstance(stored, dict) and stored.get("day") == self._day else {}
        self.spent = int(known.get("units", 0))
        self._run = 0

    def take(self, units: int = 1) -> None:
        """Counts a request that is about to be sent. Raises BudgetSpent, and then it must not be."""
        if self.spent + units > self._cap:
            raise BudgetSpent("quota", self._cap)
        self.spent += units
        self._run += units

    @property
    def has_spare(self) -> bool:
        """Half of the day is for what is new and for rechecks: after a long history the source would sleep until the next."""
        return self._cap < SMALL or 2 * self.spent < self._cap

    def dump(self) -> dict[str, Any]:
        """See Budget."""
        return {"day": self._day, "units": self.spent}

    def words(self) -> str:
        """See Budget."""
        return f"{self.spent} of {self._cap} quota units spent on {self._day} (Pacific time)"

    def counts(self) -> dict[str, int]:
        """See Budget."""
        return {"quota_units": self._run}

    def opens(self) -> datetime:
        """See Budget."""
        local = self._now.astimezone(PACIFIC)
        # The day after in local days: one of them has 23 hours and one 25.
        morning = (local.replace(tzinfo=None) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        return morning.replace(tzinfo=PACIFIC).astimezone(UTC)


class Money:
    """Posts read at X, as money: of this run, of this calendar month (UTC), and which ids were paid for today (UTC)."""

    def __init__(self, stored: Any, run_cap: float, month_cap: float, now: datetime) -> None:
        self._caps = {"money": round(run_cap * 1000), "money_month": round(month_cap * 1000)}
        self._now = now
        self._month, self._day = f"{now:%Y-%m}", f"{now:%Y-%m-%d}"
        known = stored if isinstance(stored, dict) else {}
        self.month = int(known.get("mills", 0)) if known.get("month") == self._month else 0
        self._paid = set(map(str, known.get("ids", ()))) if known.get("day") == self._day else set()
        self.run = 0

    @property
    def has_spare(self) -> bool:
        """See Budget."""
        return self.left() > 0

    def left(self) -> int:
        """Posts that may still be read."""
        left = min(self._caps["money"] - self.run, self._caps["money_month"] - self.month)
        return max(0, left // POST_MILLS)

    def afford(self, least: int, most: int) -> int:
        """How many posts may be asked for: ``most``, or what is left. Raises BudgetSpent below ``least``."""
        left = {"money": self._caps["money"] - self.run, "money_month": self._caps["money_month"] - self.month}
        scarce = min(left, key=lambda name: left[name])
        posts = left[scarce] // POST_MILLS
        if posts < least:
            raise BudgetSpent(scarce, self._caps[scarce] / 1000)
        return min(posts, most)

    def count(self, ids: Iterable[str]) -> None:
        """Counts the posts of an answer; those of the same UTC day are not charged twice."""
        fresh = set(ids) - self._paid
        self._paid |= fresh
        self.run += len(fresh) * POST_MILLS
        self.month += len(fresh) * POST_MILLS

    def dump(self) -> dict[str, Any]:
        """See Budget."""
        return {"month": self._month, "mills": self.month, "day": self._day, "ids": sorted(self._paid)}

    def words(self) -> str:
        """See Budget."""
        return (
            f"${self.run / 1000:.3f} spent in this run, ${self.month / 1000:.3f} of "
            f"${self._caps['money_month'] / 1000:g} in {self._month}"
        )

    def counts(self) -> dict[str, int]:
        """See Budget."""
        return {"usd_mills": self.run}

    def opens(self) -> datetime:
        """See Budget."""
        if self.month + POST_MILLS <= self._caps["money_month"]:
            return self._now
        first = self._now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return (first + timedelta(days=32)).replace(day=1)
