"""What the ledger knows of each source: cursor, validators, health, when it is due; and every poll made of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import schema
from ledger.database import Ledger, repeated
from ledger.events import Signs, save_signs
from ledger.gaps import ANSWERED, SUCCESSES, Gap, close_gaps, save_gaps
from ledger.polls import note_begun, note_ended, note_not_landed
from ledger.robots import RobotsFacts, robots_columns
from ledger.servers import ServerFacts, free_servers, save_facts
from ledger.traces import clean_cursor, clean_message
from ledger.workers import INTERRUPTED, Worker

REJECTED_BYTES = 65_536
"""Kept of an item that could not be landed: enough to see what it was."""
REJECTED_ROWS = 1_000
"""Kept per source, newest first: a broken source must not fill the disk. All go with the bodies of captures."""
LONGEST_URL = 2_000
"""Of a validator; PostgreSQL takes 2.7 KB in an index. A page with a longer address is read whole each time."""

BACKLOG = "backlog"
"""Counts, of a poll's new posts, those of before the source was read at all: they say nothing of what it usually brings."""


@dataclass(frozen=True)
class Validators:
    """What a server gave to ask it again cheaply."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True)
class SourceState:
    """What is known of a source; a source never read has an empty cursor and no times."""

    source: str
    cursor: dict[str, Any] = field(default_factory=dict)
    url: str | None = None
    retired: bool = False
    next_due: datetime | None = None
    not_before: datetime | None = None
    last_attempt: datetime | None = None
    last_success: datetime | None = None
    last_new: datetime | None = None
    failures: int = 0
    rate: float = 0.0
    rate_hours: float = 0.0
    health: str = "new"
    message: str = ""
    robots_verdict: str | None = None
    robots_sha256: str | None = None
    robots_read_at: datetime | None = None
    robots_changed_at: datetime | None = None


@dataclass(frozen=True)
class PollResult:
    """How a poll ended. Windows are covered only by the outcomes ok and not_modified. ``rate``: see crawlers/rate.py.

    ``gaps``: time that it found missing, of a successful poll only; ``signs``: what it says of the source.
    """

    outcome: str
    finished: datetime
    counts: dict[str, int] = field(default_factory=dict)
    not_landed: dict[str, int] = field(default_factory=dict)
    window_from: datetime | None = None
    window_to: datetime | None = None
    cursor: dict[str, Any] | None = None
    validators: dict[str, Validators] = field(default_factory=dict)
    url: str | None = None
    retired: bool = False
    not_before: datetime | None = None
    message: str = ""
    servers: dict[str, ServerFacts] = field(default_factory=dict)
    rate: tuple[float, float] | None = None
    gaps: tuple[Gap, ...] = ()
    signs: Signs = field(default_factory=Signs)
    robots: RobotsFacts | None = None


def read_source(ledger: Ledger, source: str) -> SourceState:
    """The state of one source."""
    return next(iter(read_sources(ledger, [source]).values()))


def read_sources(ledger: Ledger, sources: Iterable[str]) -> dict[str, SourceState]:
    """The states of the sources named, by id, each present."""
    table = schema.source_state
    names = list(sources)
    with ledger.read() as conn:
        rows = conn.execute(sa.select(table).where(table.c.source.in_(names))).all()
    found = {
        row.source: SourceState(**{k: v for k, v in row._mapping.items() if k in SourceState.__dataclass_fields__})
        for row in rows
    }
    return {name: found.get(name, SourceState(name)) for name in names}


def read_validators(ledger: Ledger, source: str) -> dict[str, Validators]:
    """Stored validators of a source, by URL."""
    table = schema.validator
    with ledger.read() as conn:
        rows = conn.execute(sa.select(table).where(table.c.source == source)).all()
    return {row.url: Validators(row.etag, row.last_modified) for row in rows}


def ensure_source(ledger: Ledger, conn: Connection, source: str) -> None:
    """Makes the row of a source that was never read."""
    table = schema.source_state
    row = {"source": source, "cursor": {}, "health": "new", "message": "", "retired": False, "failures": 0}
    conn.execute(ledger.insert(table).values(row).on_conflict_do_nothing())


@repeated
def start_poll(ledger: Ledger, worker: Worker, source: str, started: datetime) -> int:
    """Writes down that a poll begins; a poll that never ends is later found as interrupted."""
    table = schema.poll
    with ledger.write() as conn:
        note_begun(ledger, conn, source, started)
        row = {"source": source, "started": started, "worker": worker.id}
        return int(conn.execute(table.insert().values(row).returning(table.c.id)).scalar_one())


@repeated
def finish_poll(ledger: Ledger, poll_id: int, result: PollResult, next_due: datetime | None) -> bool:
    """Closes a poll, moves the source's cursor and gives the leases on source and server back, in one transaction.

    Only the poll that holds the source's lease moves it: an import into a source that is also polled leaves cursor, clock,
    ban and retirement alone.

    A poll that was given up meanwhile (its worker counted as dead) stays interrupted: its counts are added, since what it
    landed has landed, but cursor and lease are another's by now. Returns False then.
    """
    table = schema.poll
    with ledger.write() as conn:
        # With the erasures: a cursor read before one must not bring back what it took away.
        ledger.lock_landing(conn, exclusive=False)
        mine = table.c.id == poll_id
        begun = conn.execute(sa.select(table).where(mine)).one()
        result = replace(result, message=clean_message(ledger, conn, result.message))
        # A process that was killed tells nothing at its end: what it told before (ledger/streams.py) stays.
        counts, not_landed = result.counts or begun.counts or {}, result.not_landed or begun.not_landed or {}
        result = replace(result, counts=counts, not_landed=not_landed)
        told = {"counts": counts, "not_landed": not_landed, "message": result.message[:1000]}
        save_facts(ledger, conn, result.servers, result.finished)
        if begun.worker is not None:
            free_servers(conn, begun.worker, begun.source)
        if conn.execute(
            table.update()
            .where(mine, table.c.outcome.is_(None))
            .values(
                finished=result.finished,
                outcome=result.outcome,
                window_from=result.window_from,
                window_to=result.window_to,
                worker=None,
                **told,
            )
        ).rowcount:
            _move_source(ledger, conn, begun.source, result, next_due, begun.worker)
            window = (result.window_from, result.window_to) if result.window_from and result.window_to else None
            note_ended(conn, begun.source, result.outcome, result.finished, window)
            note_not_landed(conn, begun.source, not_landed, begun.not_landed or {})
            return True
        if begun.outcome is None or begun.outcome == INTERRUPTED:
            conn.execute(table.update().where(mine).values(**told))
            note_not_landed(conn, begun.source, not_landed, begun.not_landed or {})
        return False


def _move_source(
    ledger: Ledger, conn: Connection, source: str, result: PollResult, next_due: datetime | None, worker: int | None
) -> None:
    state = schema.source_state
    ensure_source(ledger, conn, source)
    row = conn.execute(sa.select(state).where(state.c.source == source).with_for_update()).one()
    seen = _what_is_seen(result)
    if result.outcome in SUCCESSES and result.window_from and result.window_to:
        close_gaps(conn, source, (result.window_from, result.window_to), result.finished)
    if row.worker is None or row.worker != worker:
        if row.next_due is None:
            conn.execute(state.update().where(state.c.source == source).values(**seen))
        return
    changes: dict[str, Any] = {
        **seen,
        "next_due": next_due,
        "not_before": result.not_before,
        "retired": result.retired,
        "failures": _failures(row.failures, result.outcome),
        "worker": None,
    }
    if result.cursor is not None:
        changes["cursor"] = clean_cursor(ledger, conn, result.cursor)
    if result.url:
        changes["url"] = result.url
    changes |= robots_columns(row, result.robots)
    if result.rate is not None:
        changes["rate"], changes["rate_hours"] = result.rate
    conn.execute(state.update().where(state.c.source == source).values(**changes))
    _save_validators(conn, source, result.validators)
    if result.outcome in SUCCESSES:
        save_gaps(conn, source, result.gaps, result.finished)
    save_signs(conn, source, result.signs, result.finished)


def _what_is_seen(result: PollResult) -> dict[str, Any]:
    """What `status` shows of a source."""
    success = result.outcome in SUCCESSES
    seen: dict[str, Any] = {
        "last_attempt": result.finished,
        "health": "ok" if success else result.outcome,
        "message": result.message[:1000],
    }
    if success:
        seen["last_success"] = result.finished
    if newly_posted(result.counts) > 0:
        seen["last_new"] = result.finished
    return seen


def newly_posted(counts: Mapping[str, int]) -> int:
    """New posts of a poll, without those of its source's past."""
    return max(0, counts.get("new", 0) - counts.get(BACKLOG, 0))


def _failures(before: int, outcome: str) -> int:
    if outcome in SUCCESSES:
        return 0
    return before if outcome in ANSWERED else before + 1


def _save_validators(conn: Connection, source: str, validators: dict[str, Validators]) -> None:
    table = schema.validator
    for url, found in validators.items():
        conn.execute(table.delete().where(table.c.source == source, table.c.url == url))
        if (found.etag or found.last_modified) and len(url) <= LONGEST_URL:
            row = {"source": source, "url": url, "etag": found.etag, "last_modified": found.last_modified}
            conn.execute(table.insert().values(row))


@repeated
def keep_rejected(ledger: Ledger, source: str, reason: str, body: bytes) -> None:
    """Keeps the start of an item that could not be landed, with the reason; the newest thousand of a source stay."""
    table = schema.rejected
    with ledger.write() as conn:
        row = {"source": source, "at": ledger.now(conn), "reason": reason, "body": body[:REJECTED_BYTES]}
        newest = conn.execute(table.insert().values(row).returning(table.c.id)).scalar_one()
        oldest_kept = (
            sa.select(table.c.id)
            .where(table.c.source == source, table.c.id <= newest)
            .order_by(table.c.id.desc())
            .offset(REJECTED_ROWS)
            .limit(1)
            .scalar_subquery()
        )
        conn.execute(table.delete().where(table.c.source == source, table.c.id <= oldest_kept))
