"""Which posts a poll asks for again, where more are due than it has room for.

age       of AGES, the last that a post has reached since it was first seen
dealt     the ages share a poll's room; of an age, offers come first, then those that reached it last
skipped   what found no room and is late by more than its age waits for the next age
ended     a day after the last age, whatever happened
So a source that brings more than can be asked for has some posts asked for at each age in time, not all of them ever later,
and the table holds no more than 31 days of posts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, zip_longest
from typing import Any

import sqlalchemy as sa

from ledger import schema
from ledger.database import Ledger, chunks, repeated

AGES = (timedelta(hours=1), timedelta(days=1), timedelta(days=7), timedelta(days=30))
"""After first sight. Most adverts vanish within days; after a month a recheck finds next to nothing."""
LATE = 0.25
"""Share of its age by which a recheck may come late: posts that follow each other are asked for in one poll."""
LAST_CALL = timedelta(days=1)
"""By which the last recheck may come late: any source that is read at all is polled in that time. Then the watch ends."""
ENDS = AGES[-1] + LAST_CALL
"""After first sight no post is watched: the table holds the posts of so many days at most."""
TOO_LATE = (*AGES[:-1], LAST_CALL)
"""A recheck that is later than that, by age, and did not fit into a poll, waits for the next age."""
SKIPPED, GIVEN_UP = "rechecks_skipped", "rechecks_given_up"
"""What a poll's counts call them, and those that nobody answered clearly (ledger/rechecks.py)."""
SKIPPED_AT_ONCE = 5000
"""Rows of an age moved in one transaction (of four ages, half a second on SQLite): a backlog is cleared over several polls."""
LOOKED_THROUGH = 10
"""Times the posts of a poll: of so many of an age, offers are asked for first. All of a backlog would take seconds."""


@dataclass(frozen=True)
class Watched:
    """A post to ask for. ``lookup``: what its platform is asked by, as the spider gave it at landing."""

    post_id: str
    lookup: str
    seen: datetime
    due: datetime | None = None
    """When it is asked for next; None: at the first of AGES."""


@dataclass(frozen=True)
class MissedRechecks:
    """Rechecks that a poll had no room for, and ages of posts given up without a clear answer."""

    skipped: int = 0
    given_up: int = 0


def due_rechecks(ledger: Ledger, source: str, now: datetime, limit: int) -> list[Watched]:
    """At most ``limit`` posts of a source whose time has come, in turns one of each age, the youngest age first.

    Of an age that has more, offers come first (what vanishes of the market is a finding), then those due last.
    """
    table, post = schema.recheck, schema.post
    query = sa.select(table, post.c.is_offer).join(post, post.c.post_id == table.c.post_id)
    ages: list[list[Any]] = []
    with ledger.read() as conn:
        for number in range(len(AGES)):
            waiting = query.where(table.c.source == source, table.c.due <= now, *_of_age(number, now))
            newest = waiting.order_by(table.c.due.desc(), table.c.post_id).limit(limit * LOOKED_THROUGH)
            ages.append(sorted(conn.execute(newest), key=lambda row: not row.is_offer)[:limit])
    turns = [row for row in chain.from_iterable(zip_longest(*ages)) if row is not None]
    return [Watched(row.post_id, row.lookup, row.seen, row.due) for row in turns[:limit]]


def _of_age(number: int, now: datetime) -> list[sa.ColumnElement[bool]]:
    """The rows of posts that have reached this one of AGES and not the next; the first age takes younger ones, too."""
    table, conditions = schema.recheck, []
    if number > 0:
        conditions.append(table.c.seen <= now - AGES[number])
    if number + 1 < len(AGES):
        # No post is due before it was seen: the bound on `due` says nothing new, but the index knows it.
        conditions += [table.c.seen > now - AGES[number + 1], table.c.due > now - AGES[number + 1]]
    return conditions


@repeated
def skip_rechecks(ledger: Ledger, source: str, now: datetime, asked: Sequence[Watched], limit: int) -> int:
    """Moves what a poll with room for ``limit`` posts does not ask for, and is too late, to its next age; counts it.

    Nothing is moved where all that is due has room: a source that is read once a day is asked a day late. After the last
    age the watch ends. At most SKIPPED_AT_ONCE rows of an age, those due longest.
    """
    if limit == 0 or len(asked) < limit:
        return 0
    table, kept = schema.recheck, {post.post_id for post in asked}
    moved = table.update().where(table.c.post_id == sa.bindparam("which"), table.c.due == sa.bindparam("was"))
    skipped = 0
    with ledger.write() as conn:
        for number, late in enumerate(TOO_LATE):
            old = sa.select(table).where(table.c.source == source, table.c.due <= now - late, *_of_age(number, now))
            found = conn.execute(old.order_by(table.c.due, table.c.post_id).limit(SKIPPED_AT_ONCE)).all()
            rows = [row for row in found if row.post_id not in kept]
            skipped += len(rows)
            if rows and number + 1 < len(AGES):
                values = [{"which": row.post_id, "was": row.due, "then": row.seen + AGES[number + 1]} for row in rows]
                # The tries of the age that is left are not the next one's.
                conn.execute(
                    moved.values(due=sa.bindparam("then"), unclear=0), sorted(values, key=lambda value: value["which"])
                )
            elif rows:
                for chunk in chunks(sorted(row.post_id for row in rows)):
                    conn.execute(table.delete().where(table.c.post_id.in_(chunk)))
    return skipped


@repeated
def end_rechecks(ledger: Ledger, now: datetime) -> int:
    """Ends the watch of posts that are older than ENDS, of sources that are polled no more, too; returns how many."""
    table = schema.recheck
    # None of those is due later than LAST_CALL ago but for an unclear answer, so an index finds them.
    old = sa.and_(table.c.due <= now, table.c.seen <= now - ENDS)
    with ledger.write() as conn:
        return conn.execute(table.delete().where(old)).rowcount


def missed_rechecks(ledger: Ledger, since: datetime) -> dict[str, MissedRechecks]:
    """By source, what its polls have missed since then; sources that missed none are left out."""
    poll, missed = schema.poll, dict[str, MissedRechecks]()
    query = sa.select(poll.c.source, poll.c.counts).where(poll.c.started >= since, poll.c.finished.is_not(None))
    with ledger.read() as conn:
        for source, counts in conn.execute(query):
            skipped, given_up = ((counts or {}).get(word, 0) for word in (SKIPPED, GIVEN_UP))
            if skipped or given_up:
                known = missed.get(source, MissedRechecks())
                missed[source] = MissedRechecks(known.skipped + skipped, known.given_up + given_up)
    return missed


def recheck_wanted(ledger: Ledger, source: str, now: datetime) -> datetime | None:
    """By when a source should be polled, so that no recheck that is not due yet at ``now`` comes late; None: no hurry."""
    table = schema.recheck
    soonest: datetime | None = None
    with ledger.read() as conn:
        # From the oldest age on, so that for each younger one only rows before the moment known so far are looked through.
        for age in reversed(AGES):
            query = sa.select(table.c.due).where(table.c.source == source, table.c.due > now, table.c.seen > now - age)
            if soonest is not None:
                query = query.where(table.c.due < soonest - LATE * age)
            due = conn.execute(query.order_by(table.c.due).limit(1)).scalar()
            soonest = due + LATE * age if due is not None else soonest
    return soonest


def count_rechecks(ledger: Ledger, now: datetime) -> int:
    """How many posts are due for a recheck."""
    table = schema.recheck
    with ledger.read() as conn:
        return int(conn.execute(sa.select(sa.func.count()).select_from(table).where(table.c.due <= now)).scalar_one())
