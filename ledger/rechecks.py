"""The recheck queue: posts are asked for again, to see edits and deletions that no timeline shows.

watched   a row per post from its landing on, or from its return after a removal, where its platform can be asked for one post
due       1 h, 1 day, 7 days and 30 days after it was first seen; then the watch ends. recheck_turns.py says which are asked first
outcome   present   every age that has passed is done
          deleted   the post is marked as removed at its source, the watch ends
          gone      the place it stood in is gone (server, channel, forum): nobody can say more, the watch ends
          unclear   403, 5xx, no answer: never a deletion; asked again after 1 h, 2 h, 4 h, ..., until the next age comes,
                    which has its own tries. An age that had no clear answer is given up and counted; none but the last
                    one ends the watch
A crash between the answer and its writing down asks once more; an outcome written twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import schema
from ledger.database import Ledger, chunks, repeated
from ledger.posts import mark_removed_rows
from ledger.recheck_turns import AGES, ENDS, Watched


class RecheckOutcome(StrEnum):
    """What asking for one post again came to."""

    PRESENT = "present"
    DELETED = "deleted"
    GONE = "gone_platform"
    UNCLEAR = "unknown"


@dataclass(frozen=True)
class Rechecked:
    """The answer for one post."""

    post_id: str
    outcome: RecheckOutcome
    when: datetime


@dataclass(frozen=True)
class Settled:
    """What answers came to: posts newly known to be deleted at their source, and ages given up without a clear answer."""

    removed: int = 0
    given_up: int = 0


def watch(ledger: Ledger, conn: Connection, rows: Sequence[tuple[str, str, str, datetime]]) -> None:
    """Puts new posts under watch: (post_id, source, lookup, first seen) each. One that is watched stays as it is."""
    if rows:
        values = [
            {"post_id": post_id, "source": source, "lookup": lookup, "seen": seen, "due": seen + AGES[0]}
            for post_id, source, lookup, seen in sorted(rows)
        ]
        conn.execute(ledger.insert(schema.recheck).on_conflict_do_nothing(index_elements=["post_id"]), values)


@repeated
def watch_landed(ledger: Ledger, source: str, posts: Iterable[Watched]) -> None:
    """Puts posts under watch that have landed before. What is watched, unknown, erased or removed stays as it is."""
    table, post = schema.recheck, schema.post
    rows = {
        item.post_id: {
            "post_id": item.post_id,
            "source": source,
            "lookup": item.lookup,
            "seen": item.seen,
            "due": item.due or item.seen + AGES[0],
        }
        for item in posts
    }
    with ledger.write() as conn:
        ledger.lock_landing(conn, exclusive=False)
        for chunk in chunks(sorted(rows)):
            there = sa.select(post.c.post_id).where(post.c.post_id.in_(chunk), post.c.removed_at.is_(None))
            values = [rows[post_id] for post_id in sorted(conn.execute(there).scalars())]
            if values:
                conn.execute(ledger.insert(table).on_conflict_do_nothing(index_elements=["post_id"]), values)


@repeated
def settle_rechecks(ledger: Ledger, answers: Iterable[Rechecked]) -> Settled:
    """Writes the answers down."""
    found = {answer.post_id: answer for answer in answers}
    if not found:
        return Settled()
    table, given_up = schema.recheck, 0
    with ledger.write() as conn:
        deleted = [answer for answer in found.values() if answer.outcome is RecheckOutcome.DELETED]
        removed = mark_removed_rows(conn, [(answer.post_id, answer.when) for answer in deleted])
        for chunk in chunks(sorted(found)):
            query = sa.select(table).where(table.c.post_id.in_(chunk)).order_by(table.c.post_id).with_for_update()
            for row in conn.execute(query).all():
                changes, is_given_up = _next(row, found[row.post_id])
                given_up += is_given_up
                mine = table.c.post_id == row.post_id
                conn.execute(
                    table.delete().where(mine) if changes is None else table.update().where(mine).values(changes)
                )
        return Settled(removed, given_up)


def _next(row: Any, answer: Rechecked) -> tuple[dict[str, Any] | None, bool]:
    """The row's new values, None where the watch ends; and whether the age it has reached is given up."""
    if answer.outcome in (RecheckOutcome.DELETED, RecheckOutcome.GONE):
        return None, False
    next_age = next((row.seen + age for age in AGES if row.seen + age > answer.when), None)
    is_unclear = answer.outcome is RecheckOutcome.UNCLEAR
    if is_unclear:
        again = answer.when + timedelta(hours=2**row.unclear)
        if again < (next_age or row.seen + ENDS):
            return {"unclear": row.unclear + 1, "due": again}, False
    return ({"unclear": 0, "due": next_age} if next_age is not None else None), is_unclear
