"""How far down a list was read, and where the reading goes on. Lists run from the newest post down.

feed     by the server's cursor, to its end
search   the same, but its cursor counts hits and ends near the 10,000th: `until` is then moved back to what was reached,
         where a new count begins

Two items must agree on how far the reading has come (crawlers/platforms/shared/window.py): one may stand at any place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

from crawlers.platforms.shared.window import TWO, later_of_last

PAGE = 100
"""Posts a page; the API's maximum."""
DEEP = 9_900
"""Hits of one count. The server's own end is at 10,000, and it is an error there, not an empty page."""
BELIEVED = timedelta(hours=6)
"""For so long "unchanged" is taken for a reading. A whole one brings back what another source took for deleted while the
account was switched off; its text is kept for a day."""
STALE = 2
"""Pages in a row that show nothing new: one comes about where a hundred posts arrive between two requests."""


class End(Enum):
    """How a way down ended."""

    FLOOR = "floor"
    """As far down as was wanted."""
    BOTTOM = "bottom"
    """The list itself ends there."""
    CAPPED = "capped"
    """limits.pages; the next poll goes on."""
    UNCHANGED = "unchanged"
    """The server says that nothing changed since the last poll, which read all that was wanted."""
    CUT = "cut"
    """The server leads no further, though the list goes on: nobody can read the rest."""


@dataclass(frozen=True)
class Step:
    """Where the next page begins. Without either: at the newest post."""

    cursor: str | None = None
    until: str | None = None

    def params(self) -> dict[str, str]:
        """For the address."""
        return {name: value for name, value in (("cursor", self.cursor), ("until", self.until)) if value}


@dataclass(frozen=True)
class Left:
    """What an earlier poll has left unread: from ``step``, which lies at ``reach``, down to ``floor``."""

    step: Step
    floor: datetime
    reach: datetime | None = None

    @classmethod
    def load(cls, stored: Any) -> Left | None:
        """From the cursor. Raises the usual errors for another shape."""
        if not stored:
            return None
        step = Step(*(None if stored[name] is None else str(stored[name]) for name in ("cursor", "until")))
        if step.until is not None:
            _moment(step.until)
        reach = stored["reach"]
        return cls(step, _moment(stored["floor"]), _moment(reach) if reach else None)

    def dump(self) -> dict[str, str | None]:
        """For the cursor."""
        reach = self.reach.isoformat() if self.reach else None
        return {"cursor": self.step.cursor, "until": self.step.until, "floor": self.floor.isoformat(), "reach": reach}

    def below(self, way: Descent) -> Step:
        """Where it goes on after a way down that has read some of it too; what is known already would look like the end."""
        reached = way.reach
        return way.resume if reached and self.reach and reached < self.reach else self.step


@dataclass(frozen=True)
class Enough:
    """The last whole reading, which one page was enough for: a post on that page, and when the poll started."""

    post: str
    at: datetime

    @classmethod
    def load(cls, stored: Any) -> Enough | None:
        """From the cursor. Raises the usual errors for another shape."""
        return cls(str(stored["post"]), _moment(stored["at"])) if stored else None

    def dump(self) -> dict[str, str]:
        """For the cursor."""
        return {"post": self.post, "at": self.at.isoformat()}

    def holds(self, now: datetime) -> bool:
        """Whether an answer "unchanged" says all there is to know."""
        return now - self.at < BELIEVED


class Descent:
    """One way down a list to ``floor``, told page by page; ``end`` is None while it goes on."""

    def __init__(self, step: Step, floor: datetime, *, is_search: bool) -> None:
        self.step = step
        self.floor = floor
        self.end: End | None = None
        self._is_search = is_search
        self._last: list[datetime] = []
        self._hits = 0
        self._stale = 0
        # Where a server leaves `until` out of account, the list would seem to end there.
        self._doubtful = step.until is not None

    @property
    def reach(self) -> datetime | None:
        """How far down it has come; None with fewer than two dates."""
        return later_of_last(self._last)

    @property
    def resume(self) -> Step:
        """Where another poll goes on: by time if possible, since a count of hits shifts with every new post."""
        until = self._reached()
        return Step(until=until) if until else self.step

    def page(self, places: Sequence[datetime | None], *, is_fresh: bool, cursor: str | None) -> None:
        """A page was read: the places of its items as listed, and whether it showed any that was not read before."""
        known = [place for place in places if place is not None]
        self._last = [*self._last, *known][-TWO:]
        self._hits += PAGE
        self._stale = 0 if is_fresh or not places else self._stale + 1
        reach = self.reach
        moved = self.step.until if self.step.cursor is None else None
        if reach is not None and reach < self.floor:
            self.end = End.FLOOR if cursor or self._is_search else End.BOTTOM
            self.step = Step(cursor, self.step.until)
        elif moved and not is_fresh and (places or cursor is None):
            ignored = any(place >= datetime.fromisoformat(moved) for place in known)
            self.end = End.CUT if ignored and self._doubtful else End.BOTTOM
        elif self._stale >= STALE or (cursor is not None and cursor == self.step.cursor):
            self.move(is_end=False)
        elif cursor is None:
            self.move(is_end=True)
        elif self._is_search and self._hits >= DEEP:
            self.move(is_end=False)
        else:
            self.step = Step(cursor, self.step.until)

    def move(self, *, is_end: bool) -> None:
        """The cursor leads no further: a search goes on by time. ``is_end``: the server says that the list ends here."""
        until = self._reached()
        is_short = is_end and self._hits <= PAGE and self.step.until is None
        stuck = until is None or (self.step.until is not None and until >= self.step.until)
        if is_short or stuck:
            self.end = End.BOTTOM if is_end else End.CUT
            return
        self._doubtful = self._doubtful or not is_end
        self.step, self._hits, self._stale = Step(until=until), 0, 0

    def _reached(self) -> str | None:
        """The `until` that leaves out nothing unread: it excludes its own moment, which several posts may share."""
        reach = self.reach
        if reach is None or not self._is_search:
            return None
        moment = (reach + timedelta(milliseconds=1)).astimezone(UTC)
        return f"{moment.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
