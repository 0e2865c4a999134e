"""Gaps: time in which a source was to be read and was not, each with its bounds and its reason.

1. found     a successful poll does not reach what was read before, or its spider knows that something is lost
2. covers    nothing: while a gap is open, coverage leaves its time out, whatever windows claim
3. closed    a later successful poll whose window covers it; one that covers a part leaves the rest open
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import schema
from ledger.database import Ledger, repeated

SUCCESSES = frozenset({"ok", "not_modified"})
"""Outcomes of polls whose window counts as covered."""
ANSWERED = SUCCESSES | {"empty"}
"""Outcomes of a source that answered as it should: no reason to ask it less often. Empty alone is neither success nor
failure: a quiet hashtag and a timeline that was closed without a word look the same."""
MOMENT = timedelta(seconds=1)
"""Between two polls that touch: the time a request takes, not a gap."""

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Gap:
    """From ``start`` up to ``end``; ``why`` is a word of records.GapReason, ``detail`` a line more, without words of posts."""

    start: datetime
    end: datetime
    why: str
    detail: str = ""


@dataclass(frozen=True)
class KnownGap:
    """A gap as recorded. ``closed_at`` is None while nothing has covered it."""

    id: int
    source: str
    start: datetime
    end: datetime
    why: str
    detail: str
    found_at: datetime
    closed_at: datetime | None = None


def subtract(span: Span, holes: Iterable[Span]) -> list[Span]:
    """What is left of a span without the holes, in order; a rest of a second or less is none."""
    left, begin = [], span[0]
    for start, end in sorted(holes):
        if end <= begin:
            continue
        if start >= span[1]:
            break
        left.append((begin, start))
        begin = max(begin, end)
    left.append((begin, span[1]))
    return [(start, end) for start, end in left if end - start > MOMENT]


def read_until(ledger: Ledger, source: str) -> datetime | None:
    """Up to when a source was read, or the start of its first poll where none covered anything; None before the first."""
    covered, total = schema.covered, schema.source_total
    with ledger.read() as conn:
        end = sa.select(sa.func.max(covered.c.span_to)).where(covered.c.source == source)
        found: datetime | None = conn.execute(end).scalar()
        return found or conn.execute(sa.select(total.c.first_started).where(total.c.source == source)).scalar()


@repeated
def note_gap(ledger: Ledger, source: str, gap: Gap) -> None:
    """Records a gap outside of a poll, for readers that make none (a stream whose place was lost)."""
    with ledger.write() as conn:
        save_gaps(conn, source, (gap,), ledger.now(conn))


def save_gaps(conn: Connection, source: str, gaps: Iterable[Gap], now: datetime) -> None:
    """Records gaps of a source; what is known as an open gap already is not recorded twice."""
    table = schema.gap
    for gap in gaps:
        known = [(row.gap_from, row.gap_to) for row in _open(conn, source, (gap.start, gap.end))]
        for start, end in subtract((gap.start, gap.end), known):
            row = {"source": source, "gap_from": start, "gap_to": end, "why": gap.why, "found_at": now}
            row["detail"] = gap.detail or _polls_in(conn, source, start, end)
            conn.execute(table.insert().values(row))


def close_gaps(conn: Connection, source: str, window: Span, now: datetime) -> None:
    """Takes what a successful poll has read out of the source's open gaps."""
    table = schema.gap
    for row in _open(conn, source, window):
        rest = subtract((row.gap_from, row.gap_to), [window])
        mine = table.c.id == row.id
        if not rest:
            conn.execute(table.update().where(mine).values(closed_at=now))
        elif rest != [(row.gap_from, row.gap_to)]:
            conn.execute(table.update().where(mine).values(gap_from=rest[0][0], gap_to=rest[0][1]))
            shared = {"source": source, "why": row.why, "detail": row.detail, "found_at": row.found_at}
            for start, end in rest[1:]:
                conn.execute(table.insert().values(shared | {"gap_from": start, "gap_to": end}))


def _open(conn: Connection, source: str, span: Span) -> list[sa.Row[tuple[object, ...]]]:
    """The open gaps that a span meets: what nobody can close stays for ever, and a source can have thousands of them."""
    table = schema.gap
    mine = (table.c.source == source, table.c.closed_at.is_(None))
    return list(conn.execute(sa.select(table).where(*mine, table.c.gap_from < span[1], table.c.gap_to > span[0])).all())


def _polls_in(conn: Connection, source: str, start: datetime, end: datetime) -> str:
    """What was tried in a span, for the record: ``4 polls: 3 failed, 1 timeout``."""
    poll = schema.poll
    within = (poll.c.source == source, poll.c.started > start, poll.c.started < end, poll.c.outcome.is_not(None))
    query = sa.select(poll.c.outcome, sa.func.count()).where(*within).group_by(poll.c.outcome).order_by(poll.c.outcome)
    found = [(outcome, number) for outcome, number in conn.execute(query)]
    total = sum(number for _, number in found)
    told = ", ".join(f"{number} {outcome}" for outcome, number in found)
    return f"{total} polls in it: {told}" if total else "no poll in it"


def open_gaps(ledger: Ledger, sources: Collection[str] | None = None) -> list[KnownGap]:
    """The open gaps of these sources, None for all, oldest first."""
    with ledger.read() as conn:
        return [gap for gap in read_gaps(conn, open_only=True) if sources is None or gap.source in sources]


def read_gaps(conn: Connection, *, open_only: bool = False, since: datetime | None = None) -> list[KnownGap]:
    """Gaps, oldest first; ``since``: only those found or closed from then on."""
    table = schema.gap
    query = sa.select(table).order_by(table.c.gap_from, table.c.id)
    if open_only:
        query = query.where(table.c.closed_at.is_(None))
    if since is not None:
        query = query.where(sa.or_(table.c.found_at >= since, table.c.closed_at >= since))
    return [
        KnownGap(row.id, row.source, row.gap_from, row.gap_to, row.why, row.detail, row.found_at, row.closed_at)
        for row in conn.execute(query)
    ]
