"""Statuses that the pages of the overlap should show again: one that they no longer show is asked for at once.

Each is asked for once on that account; all of them are in the ledger's recheck queue besides (ledger/rechecks.py).
Earlier versions kept that queue here, in the cursor: ``inherited`` takes it over.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from crawlers.platforms.mastodon.statuses import id_order
from ledger import RECHECK_AGES, Watched

RECENT = 2000
"""Statuses kept: what the default caps read in one poll (50 pages of 40), and a cursor of about 120 KB at most."""


class Recent:
    """The statuses of one source that landed last; lives in its cursor."""

    def __init__(self, stored: Any) -> None:
        self._posts: dict[str, str] = {str(key): str(post_id) for post_id, key in dict(stored or {}).items()}

    def add(self, status_id: str, post_id: str) -> None:
        """A status has landed."""
        self._posts[status_id] = post_id

    def drop(self, status_id: str) -> str | None:
        """Forgets a status; returns the post that it landed as, None where that is not known."""
        return self._posts.pop(status_id, None)

    def missing(self, seen: Collection[str], lowest: str | None, highest: str | None) -> dict[str, str]:
        """Posts by status that pages read without a gap from ``lowest`` to ``highest`` should have shown.

        None: the pages went on to the timeline's own end on that side.
        """
        return {
            key: post_id
            for key, post_id in self._posts.items()
            if key not in seen
            and (lowest is None or id_order(lowest) <= id_order(key))
            and (highest is None or id_order(key) <= id_order(highest))
        }

    def dump(self, lowest: str | None) -> dict[str, str]:
        """For the cursor: the newest RECENT, from ``lowest`` up. By post, so that an erasure takes out its own alone."""
        kept = sorted((key for key in self._posts if lowest is None or id_order(lowest) <= id_order(key)), key=id_order)
        return {self._posts[key]: key for key in kept[-RECENT:]}


def inherited(stored: Any, server: str) -> list[Watched]:
    """The queue of earlier versions: ``id -> [post_id, first seen, rechecks done, unclear answers, not before]``, Unix time."""
    found = []
    for status_id, (post_id, seen, done, *waiting) in dict(stored or {}).items():
        if not 0 <= int(done) < len(RECHECK_AGES):
            continue
        first = _moment(seen)
        due = first + RECHECK_AGES[int(done)]
        if len(waiting) > 1:
            due = max(due, _moment(waiting[1]))
        found.append(Watched(str(post_id), make_lookup(server, status_id), first, due))
    return found


def _moment(seconds: Any) -> datetime:
    moment = int(seconds)
    if not 0 <= moment < 2**33:
        raise ValueError("a date that no run has written")
    return datetime.fromtimestamp(moment, UTC)


def make_lookup(server: str, status_id: str) -> str:
    """What a status is asked for by: ``server/id``, since an id means nothing anywhere else."""
    return f"{server}/{status_id}"


def parse_lookup(lookup: str, server: str) -> str | None:
    """The id of a lookup of this server's; None for another server's."""
    where, _, status_id = lookup.rpartition("/")
    return status_id if where == server else None
