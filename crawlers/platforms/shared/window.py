"""How much time one poll's reading covers (architecture, rule 7): less is claimed where the dates leave a doubt.

A page lists its entries from the newest to the oldest, and the next page goes on where it ends. What was published after
the entry that was read last has then been read too. But one entry may carry any date: one pinned to its place, one that
was imported, one with a mistyped year. So the reach is the later date of the last TWO entries, never of one alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

TWO = 2
"""Entries that must agree on how far the reading went: the oldest one loses its own moment, which costs next to nothing."""


class Window:
    """The time that one poll covers, told page by page."""

    def __init__(self, covered_to: datetime | None) -> None:
        self._covered_to = covered_to
        self._last: list[datetime] = []
        self.joined = False
        """Whether the reading met what an earlier poll had read."""

    def page(self, moments: Iterable[datetime | None]) -> None:
        """A page was read whole that begins where the one before ended; dates as listed, None for an unknown one."""
        self._last = [*self._last, *(moment for moment in moments if moment is not None)][-TWO:]

    def join(self) -> None:
        """The reading met what an earlier poll had read; pages told after this one continue that poll's pages."""
        self.joined = True
        self._last = []

    def begin(self, end: datetime) -> datetime | None:
        """Start of the window that ends at ``end``; None where nothing can be claimed."""
        reached = (later_of_last(self._last), self._covered_to if self.joined else None)
        found = min((moment for moment in reached if moment is not None), default=None)
        return found if found is not None and found <= end else None


def later_of_last(moments: list[datetime]) -> datetime | None:
    """How far back a list reaches that runs from the newest to the oldest; None with fewer than two dates."""
    return max(moments[-TWO:]) if len(moments) >= TWO else None


def earlier_of_last(moments: list[datetime]) -> datetime | None:
    """How far forward a list reaches that runs from the oldest to the newest; None with fewer than two dates."""
    return min(moments[-TWO:]) if len(moments) >= TWO else None
