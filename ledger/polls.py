"""What all polls of a source come to: which time was covered, since and until when it was read, what was seen and not landed.

A service with a thousand sources makes 96,000 polls a day, and each trend asks this.
1. written   in the transaction that starts or closes a poll; `_lock` first, so that two polls of a source do not meet
2. kept      for ever; single polls too, unless `retention.poll_days` says otherwise (`prune_polls`)
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import schema
from ledger.database import Ledger, repeated
from ledger.gaps import ANSWERED, MOMENT, SUCCESSES, Span


def note_begun(ledger: Ledger, conn: Connection, source: str, started: datetime) -> None:
    """A poll of a source begins: from the first one on the source is due."""
    table = schema.source_total
    row = {"source": source, "first_started": started, "last_ended": started, "not_landed": {}}
    conn.execute(ledger.insert(table).values(row).on_conflict_do_nothing())
    known = _lock(conn, source)
    first, last = min(known.first_started, started), max(known.last_ended, started)
    conn.execute(table.update().where(table.c.source == source).values(first_started=first, last_ended=last))


def note_ended(conn: Connection, source: str, outcome: str, finished: datetime, window: Span | None) -> None:
    """A poll of a source ends: its window is covered where it was a success."""
    table, known = schema.source_total, _lock(conn, source)
    if finished > known.last_ended:
        conn.execute(table.update().where(table.c.source == source).values(last_ended=finished))
    if outcome in SUCCESSES and window is not None and window[0] <= window[1]:
        _cover(conn, source, window)


def note_not_landed(conn: Connection, source: str, told: Mapping[str, int], before: Mapping[str, int]) -> None:
    """What a poll saw and did not land; ``before``: what it had told of that already."""
    if dict(told) == dict(before):
        return
    table, known = schema.source_total, dict(_lock(conn, source).not_landed)
    for reason in told.keys() | before.keys():
        known[reason] = known.get(reason, 0) + told.get(reason, 0) - before.get(reason, 0)
    conn.execute(table.update().where(table.c.source == source).values(not_landed=known))


def _lock(conn: Connection, source: str) -> sa.Row[Any]:
    table = schema.source_total
    return conn.execute(sa.select(table).where(table.c.source == source).with_for_update()).one()


def _cover(conn: Connection, source: str, window: Span) -> None:
    """Adds a window to what is covered, as one with all that it touches."""
    table = schema.covered
    touched = (
        table.c.source == source,
        table.c.span_from <= window[1] + MOMENT,
        table.c.span_to >= window[0] - MOMENT,
    )
    spans = [(row.span_from, row.span_to) for row in conn.execute(sa.select(table).where(*touched))]
    if any(start <= window[0] and window[1] <= end for start, end in spans):
        return
    begin, end = min([window[0], *(start for start, _ in spans)]), max([window[1], *(end for _, end in spans)])
    conn.execute(table.delete().where(*touched))
    conn.execute(table.insert().values(source=source, span_from=begin, span_to=end))


def read_covered(conn: Connection) -> dict[str, list[Span]]:
    """By source, the spans of time that successful polls covered, in order and apart from each other."""
    table = schema.covered
    result: dict[str, list[Span]] = {}
    for row in conn.execute(sa.select(table).order_by(table.c.source, table.c.span_from)):
        result.setdefault(row.source, []).append((row.span_from, row.span_to))
    return result


def not_landed_counts(ledger: Ledger) -> dict[str, int]:
    """How many items were seen and not landed, by reason, over all polls ever made."""
    counts: dict[str, int] = {}
    with ledger.read() as conn:
        for reasons in conn.execute(sa.select(schema.source_total.c.not_landed)).scalars():
            for reason, number in reasons.items():
                counts[reason] = counts.get(reason, 0) + number
    return {reason: number for reason, number in sorted(counts.items()) if number}


def prune_polls(ledger: Ledger, before: datetime) -> int:
    """Drops single polls that began before then; returns how many.

    Of each source the polls since its newest answer stay: the next one asks them since when it fails.
    """
    with ledger.read() as conn:
        sources = conn.execute(sa.select(schema.source_total.c.source)).scalars().all()
    return sum(_prune(ledger, source, before) for source in sources)


@repeated
def _prune(ledger: Ledger, source: str, before: datetime) -> int:
    poll = schema.poll
    mine = poll.c.source == source
    answered = sa.select(poll.c.id).where(mine, poll.c.outcome.in_(ANSWERED)).order_by(poll.c.id.desc()).limit(1)
    with ledger.read() as conn:
        doomed = (mine, poll.c.started < before, poll.c.id < (conn.execute(answered).scalar() or 0))
        if conn.execute(sa.select(poll.c.id).where(*doomed).limit(1)).first() is None:
            return 0
    with ledger.write() as conn:
        return conn.execute(poll.delete().where(*doomed)).rowcount
