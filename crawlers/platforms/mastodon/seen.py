"""Statuses that the pages of one poll have shown, with their dates: how far down, how far up, and over what time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from crawlers.platforms.mastodon.statuses import id_order
from crawlers.platforms.shared.window import earlier_of_last


class Seen:
    """The statuses of one poll; an unknown or impossible date is None."""

    def __init__(self) -> None:
        self._dates: dict[str, datetime | None] = {}

    def add(self, status_id: str, moment: datetime | None) -> bool:
        """Notes a status; returns False for one that stood on an earlier page."""
        if status_id in self._dates:
            return False
        self._dates[status_id] = moment
        return True

    def __len__(self) -> int:
        return len(self._dates)

    @property
    def ids(self) -> Collection[str]:
        """All of them."""
        return self._dates.keys()

    @property
    def lowest(self) -> str | None:
        """The oldest by id, as the timeline is sorted."""
        return min(self._dates, key=id_order, default=None)

    @property
    def highest(self) -> str | None:
        """The newest by id."""
        return max(self._dates, key=id_order, default=None)

    def moments(self) -> list[datetime | None]:
        """Dates from the newest status down."""
        return [self._dates[key] for key in sorted(self._dates, key=id_order, reverse=True)]

    def reached(self, started: datetime) -> datetime | None:
        """How far forward a capped run has come; never beyond its own start, whatever a status says of itself."""
        known = [moment for moment in reversed(self.moments()) if moment is not None]
        reached = earlier_of_last(known)
        return min(reached, started) if reached is not None else None
