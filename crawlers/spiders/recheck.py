"""Which statuses are asked for again, to see edits and deletions.

watch    id -> [post_id, first seen (Unix time), number of rechecks done]; the newest WATCHED
due      after 1 h, 1 day, 7 days, 30 days, then no more; and at once when a re-read page no longer shows it
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crawlers.spiders.statuses import id_order

AGES = (3600, 86_400, 7 * 86_400, 30 * 86_400)
"""Seconds after first sight. Most adverts vanish within days; after a month a recheck finds next to nothing."""
WATCHED = 4000
"""Statuses watched: a cursor of about 350 KB. On a busier timeline the oldest are watched no more, which is counted."""
ASKED = 200
"""Statuses asked for in one poll: ten batches of 20."""


@dataclass
class Watched:
    """One status under watch."""

    post_id: str
    seen: int
    done: int = 0

    def is_due(self, now: datetime) -> bool:
        """Whether the next recheck's age is reached."""
        return self.done < len(AGES) and now.timestamp() - self.seen >= AGES[self.done]


class Watch:
    """The watched statuses of one source; lives in its cursor."""

    def __init__(self, stored: Any) -> None:
        self._items: dict[str, Watched] = {}
        for status_id, (post_id, seen, done) in stored.items() if isinstance(stored, dict) else ():
            self._items[status_id] = Watched(str(post_id), int(seen), int(done))

    def add(self, status_id: str, post_id: str, now: datetime) -> None:
        """Puts a status under watch; one that is already stays as it is."""
        self._items.setdefault(status_id, Watched(post_id, int(now.timestamp())))

    def post_id(self, status_id: str) -> str:
        """The post that a watched status landed as."""
        return self._items[status_id].post_id

    def drop(self, status_id: str) -> None:
        """Ends the watch."""
        self._items.pop(status_id, None)

    def checked(self, status_id: str, now: datetime) -> None:
        """A recheck is done; every age that has passed counts as done with it."""
        item = self._items.get(status_id)
        if item is None:
            return
        while item.is_due(now):
            item.done += 1
        if item.done >= len(AGES):
            self.drop(status_id)

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

    def dump(self) -> tuple[dict[str, list[Any]], int]:
        """The newest WATCHED for the cursor, and how many fell out."""
        keys = sorted(self._items, key=id_order)
        kept = keys[-WATCHED:]
        return (
            {key: [self._items[key].post_id, self._items[key].seen, self._items[key].done] for key in kept},
            len(keys) - len(kept),
        )
