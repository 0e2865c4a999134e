"""Source events: what befell a source, from when, and until when.

1. a poll brings signs: what holds after it, and what is over (crawlers/signs.py states the rules)
2. a sign that holds and is not known opens an event; one that is known stays as it is
3. what is over ends its event; a source that is switched off or taken out ends all of its events
Gaps are events too: their rows are those of ledger/gaps.py.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import schema
from ledger.database import Ledger
from ledger.gaps import ANSWERED, KnownGap, read_gaps
from records import EventKind, GapReason

SWITCHED_OFF = "the source was switched off"


@dataclass(frozen=True)
class Sign:
    """One thing that holds after a poll. ``since`` is None where the poll alone does not know: its row of failures began it."""

    kind: EventKind
    since: datetime | None
    detail: str


@dataclass(frozen=True)
class Signs:
    """What a poll says of its source. Kinds in neither are left as they are: the poll could not tell."""

    holding: tuple[Sign, ...] = ()
    over: frozenset[EventKind] = frozenset()


@dataclass(frozen=True)
class SourceEvent:
    """An event as recorded. ``key`` names it for good; ``ended_at`` is None while it lasts."""

    key: str
    source: str
    kind: EventKind
    since: datetime
    noted_at: datetime
    detail: str
    ended_at: datetime | None = None
    ending: str = ""


def save_signs(conn: Connection, source: str, signs: Signs, now: datetime) -> None:
    """Opens and ends the events of a source after a poll of it."""
    table = schema.source_event
    here = sa.and_(table.c.source == source, table.c.ended_at.is_(None))
    known = set(conn.execute(sa.select(table.c.kind).where(here)).scalars())
    for sign in signs.holding:
        if sign.kind.value not in known:
            since = sign.since or _first_failure(conn, source) or now
            row = {"source": source, "kind": sign.kind.value, "since": since, "noted_at": now, "detail": sign.detail}
            conn.execute(table.insert().values(row))
    for kind in signs.over & {EventKind(word) for word in known}:
        conn.execute(table.update().where(here, table.c.kind == kind.value).values(ended_at=now, ending=kind.end))


def end_events(conn: Connection, sources: Iterable[str], now: datetime) -> None:
    """Ends all events of sources that are read no longer."""
    table = schema.source_event
    here = sa.and_(table.c.source.in_(list(sources)), table.c.ended_at.is_(None))
    conn.execute(table.update().where(here).values(ended_at=now, ending=SWITCHED_OFF))


def _first_failure(conn: Connection, source: str) -> datetime | None:
    """When the newest row of failures began."""
    poll = schema.poll
    answered = sa.select(poll.c.id).where(poll.c.source == source, poll.c.outcome.in_(ANSWERED))
    # From the newest on: a source has 35,000 polls a year.
    last = conn.execute(answered.order_by(poll.c.id.desc()).limit(1)).scalar() or 0
    query = sa.select(sa.func.min(poll.c.started)).where(poll.c.source == source, poll.c.id > last)
    return conn.execute(query).scalar()


def open_events(ledger: Ledger, sources: Collection[str] | None = None) -> list[SourceEvent]:
    """The events of these sources that last, gaps included; None for all. The longest first."""
    table = schema.source_event
    with ledger.read() as conn:
        rows = conn.execute(sa.select(table).where(table.c.ended_at.is_(None))).all()
        found = [_event(row) for row in rows] + [_gap_event(gap) for gap in read_gaps(conn, open_only=True)]
    return _sorted(event for event in found if sources is None or event.source in sources)


def read_events(ledger: Ledger, since: datetime, until: datetime) -> list[SourceEvent]:
    """Events noted or ended in [since, until), gaps included, the longest first; what ended later still lasts in them."""
    table = schema.source_event
    touched = sa.or_(table.c.noted_at >= since, table.c.ended_at >= since)
    with ledger.read() as conn:
        rows = conn.execute(sa.select(table).where(touched, table.c.noted_at < until)).all()
        found = [_event(row) for row in rows] + [_gap_event(gap) for gap in read_gaps(conn, since=since)]
    return _sorted(_as_of(event, until) for event in found if event.noted_at < until)


def _as_of(event: SourceEvent, until: datetime) -> SourceEvent:
    if event.ended_at is None or event.ended_at < until:
        return event
    return SourceEvent(event.key, event.source, event.kind, event.since, event.noted_at, event.detail)


def _sorted(events: Iterable[SourceEvent]) -> list[SourceEvent]:
    return sorted(events, key=lambda event: (event.since, event.source, event.key))


def _event(row: sa.Row[tuple[object, ...]]) -> SourceEvent:
    return SourceEvent(
        f"e{row.id}",
        row.source,
        EventKind(row.kind),
        row.since,
        row.noted_at,
        row.detail,
        row.ended_at,
        row.ending or "",
    )


def _gap_event(gap: KnownGap) -> SourceEvent:
    kind = EventKind.GAP
    detail = f"not read from {gap.start:%Y-%m-%d %H:%M} to {gap.end:%Y-%m-%d %H:%M} UTC: {GapReason(gap.why).words}; {gap.detail}"
    ending = kind.end if gap.closed_at else ""
    return SourceEvent(f"g{gap.id}", gap.source, kind, gap.start, gap.found_at, detail, gap.closed_at, ending)
