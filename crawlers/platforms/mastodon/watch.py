"""Which statuses are asked for again, to see edits and deletions.

watch    id -> [post_id, first seen (Unix time), rechecks done, unclear answers, not before (Unix time)]; the newest WATCHED
due      after 1 h, 1 day, 7 days, 30 days, then no more; and at once when a re-read page no longer shows it
unclear  an answer that is neither "here it is" nor a deletion to be believed does not count as a recheck: asked again
         after 1 h, 2 h, 4 h, ..., and no more after PATIENCE of them (5 days)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crawlers.platforms.mastodon.statuses import id_order

AGES = (3600, 86_400, 7 * 86_400, 30 * 86_400)
"""Seconds after first sight. Most adverts vanish within days; after a month a recheck finds next to nothing."""
WATCHED = 4000
"""Statuses watched: a cursor of about 350 KB. On a busier timeline the oldest are watched no more, which is counted."""
PATIENCE = 7
"""Unclear answers in a row, over 127 hours: a server that is down longer than that is mostly not coming back."""


@dataclass
class Watched:
    """One status under watch; times in seconds of Unix time."""

    post_id: str
    seen: int
    done: int = 0
    unclear: int = 0
    not_before: int = 0

    def is_due(self, now: datetime) -> bool:
        """Whether the next recheck's age is reached."""
        return self.done < len(AGES) and now.timestamp() - self.seen >= AGES[self.done]

    def dump(self) -> list[Any]:
        """For the cursor."""
        plain = [self.post_id, self.seen, self.done]
        return [*plain, self.unclear, self.not_before] if self.unclear else plain


class Watch:
    """The watched statuses of one source; lives in its cursor."""

    def __init__(self, stored: Any) -> None:
        self._items: dict[str, Watched] = {}
        for status_id, (post_id, *numbers) in stored.items() if isinstance(stored, dict) else ():
            self._items[status_id] = Watched(str(post_id), *map(int, numbers))

    def add(self, status_id: str, post_id: str, now: datetime) -> None:
        """Puts a status under watch; one that is already stays as it is."""
        self._items.setdefault(status_id, Watched(post_id, int(now.timestamp())))

    def post_id(self, status_id: str) -> str | None:
        """The post that a watched status landed as; None for one that is not watched."""
        item = self._items.get(status_id)
        return item.post_id if item is not None else None

    def drop(self, status_id: str) -> None:
        """Ends the watch."""
        self._items.pop(status_id, None)

    def checked(self, status_id: str, now: datetime) -> None:
        """The server shows it; every age that has passed counts as done with it."""
        item = self._items.get(status_id)
        if item is None:
            return
        item.unclear = item.not_before = 0
        while item.is_due(now):
            item.done += 1
        if item.done >= len(AGES):
            self.drop(status_id)

    def unclear(self, status_id: str, now: datetime) -> bool:
        """The answer says nothing: to be asked again later. Returns whether PATIENCE is at an end."""
        item = self._items.get(status_id)
        if item is None:
            return False
        item.not_before = int(now.timestamp()) + 3600 * 2**item.unclear
        item.unclear += 1
        return item.unclear >= PATIENCE

    def missing(self, seen: set[str], lowest: str | None, highest: str | None) -> list[str]:
        """Watched statuses that pages read without a gap from ``lowest`` to ``highest`` should have shown.

        None: the pages went on to the timeline's own end on that side.
        """
        return [
            key
            for key in self._items
            if key not in seen
            and (lowest is None or id_order(lowest) <= id_order(key))
            and (highest is None or id_order(key) <= id_order(highest))
        ]

    def due(self, now: datetime) -> list[str]:
        """Watched statuses whose next recheck has come."""
        return [key for key, item in self._items.items() if item.is_due(now)]

    def may_ask(self, status_id: str, now: datetime) -> bool:
        """Whether the time to wait after an unclear answer is over."""
        return self._items[status_id].not_before <= now.timestamp()

    def dump(self) -> tuple[dict[str, list[Any]], int]:
        """The newest WATCHED for the cursor, and how many fell out."""
        keys = sorted(self._items, key=id_order)
        kept = keys[-WATCHED:]
        return {key: self._items[key].dump() for key in kept}, len(keys) - len(kept)
