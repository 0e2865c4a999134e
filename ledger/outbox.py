"""Digests on their way out: one row per window of a subscription, and one per recipient of it.

1. enqueue: the window's own row and a row per recipient, in one transaction   -> rows due; 0 where the window is known
2. claim:   due rows without a lease whose next try has come                   -> leased to the worker
3. sent:    only while the lease is mine; receipt kept, content dropped        -> sent
4. failed:  back-off 1 min, doubled up to 1 h                                  -> due again, or dead 24 h after the first
5. dead:    the recipient will never take it; content dropped                  -> dead, shown in status
6. crash:   before 1 commits                                                   -> the window is built again
            between 2 and the channel's acceptance                             -> due again, nothing had gone out
            between the acceptance and 3                                       -> goes out again under the same Message-ID

The last is the one double that cannot be excluded: no transaction spans two machines. Both copies carry the Message-ID
made of the key, by which readers and servers recognise them, and the ledger records exactly one delivery.

A message holds references to posts and figures, never text: what is erased meanwhile is gone from here too.

The window's own row (no recipient; state `window`) keeps which families it told of, so that each is told once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import schema
from ledger.database import Ledger, repeated
from ledger.workers import Worker, reap

FIRST_WAIT = timedelta(minutes=1)
"""Greylisting servers take a message after one to five minutes."""
LONGEST_WAIT = timedelta(hours=1)
WINDOWS = 1000
"""Six weeks of hourly digests: longer than anyone looks back for what was told already."""
GIVE_UP = timedelta(hours=24)
"""After the first failure; a digest older than the next daily one is of little use."""


class OutboxState(StrEnum):
    """How far a row is."""

    WINDOW = "window"
    DUE = "due"
    SENT = "sent"
    DEAD = "dead"


@dataclass(frozen=True)
class OutboxWindow:
    """The digest of one window: from ``start`` up to, not including, ``end``. ``families``: those it tells of."""

    subscription: str
    channel: str
    start: datetime
    end: datetime
    families: tuple[str, ...] = ()


@dataclass(frozen=True)
class OutboxItem:
    """A leased row. ``attempts`` counts failures so far."""

    key: str
    subscription: str
    channel: str
    recipient: str
    start: datetime
    end: datetime
    message: dict[str, Any]
    attempts: int


_ITEM = ("key", "subscription", "channel", "recipient", "window_from", "window_to", "message", "attempts")


@dataclass(frozen=True)
class OutboxCounts:
    """Rows by state; the dead with their reasons, newest window first."""

    due: int
    leased: int
    sent: int
    dead: int
    failures: tuple[tuple[str, str, str], ...] = ()
    """(subscription, recipient, reason) of the newest 20 dead rows."""


def outbox_key(subscription: str, start: datetime, end: datetime, channel: str, recipient: str) -> str:
    """64 hexadecimal digits that name one delivery: the same words always give the same key."""
    words = [subscription, start.astimezone(UTC).isoformat(), end.astimezone(UTC).isoformat(), channel, recipient]
    # The length before each word keeps ("ab", "c") and ("a", "bc") apart.
    return hashlib.sha256("".join(f"{len(word)}:{word}" for word in words).encode()).hexdigest()


@repeated
def enqueue(
    ledger: Ledger, window: OutboxWindow, recipients: Iterable[str], message: dict[str, Any], now: datetime
) -> int:
    """Puts a window's deliveries into the outbox; returns how many are new.

    Without recipients only the window is noted: looked at, nothing to say. A window that is known, or overlaps one that
    is, adds nothing, whoever got there first.
    """
    table = schema.outbox
    row = {
        "subscription": window.subscription,
        "channel": window.channel,
        "window_from": window.start,
        "window_to": window.end,
        "next_try": now,
    }
    with ledger.write() as conn:
        ledger.lock_outbox(conn)
        own = row | {
            # Windows touch, so two that begin at one time are the same window seen by two clocks.
            "key": outbox_key(window.subscription, window.start, window.start, "", ""),
            "recipient": "",
            "state": OutboxState.WINDOW.value,
            # By key, since erasure takes a post's own id out of an object and leaves the others.
            "message": {"families": dict.fromkeys(window.families, 1)},
        }
        if _overlaps(conn, window) or not _insert(ledger, conn, own):
            return 0
        delivery = (window.subscription, window.start, window.end, window.channel)
        deliveries = [
            row
            | {"key": outbox_key(*delivery, who), "recipient": who, "state": OutboxState.DUE.value, "message": message}
            for who in dict.fromkeys(recipients)
        ]
        if deliveries:
            conn.execute(table.insert(), deliveries)
        return len(deliveries)


def _insert(ledger: Ledger, conn: Connection, row: dict[str, Any]) -> bool:
    # The row that comes back says it: the PostgreSQL driver does not count rows here.
    statement = ledger.insert(schema.outbox).values(row).on_conflict_do_nothing().returning(schema.outbox.c.key)
    return conn.execute(statement).scalar() is not None


def _overlaps(conn: Connection, window: OutboxWindow) -> bool:
    table = schema.outbox
    query = sa.select(table.c.key).where(
        table.c.subscription == window.subscription,
        table.c.state == OutboxState.WINDOW.value,
        table.c.window_from < window.end,
        table.c.window_to > window.start,
    )
    return conn.execute(query.limit(1)).scalar() is not None


def read_windows(ledger: Ledger, subscription: str) -> list[OutboxWindow]:
    """The newest WINDOWS windows that were looked at for a subscription, oldest first."""
    table = schema.outbox
    mine = sa.and_(table.c.subscription == subscription, table.c.state == OutboxState.WINDOW.value)
    with ledger.read() as conn:
        rows = conn.execute(sa.select(table).where(mine).order_by(table.c.window_to.desc()).limit(WINDOWS)).all()
    return [
        OutboxWindow(subscription, row.channel, row.window_from, row.window_to, tuple(row.message.get("families", ())))
        for row in reversed(rows)
    ]


@repeated
def claim_outbox(ledger: Ledger, worker: Worker, now: datetime, limit: int = 1) -> list[OutboxItem]:
    """Leases up to ``limit`` rows whose next try has come by ``now``, the longest waiting first."""
    table = schema.outbox
    with ledger.write() as conn:
        worker.touch(conn)
        reap(ledger, conn)
        free = sa.and_(table.c.state == OutboxState.DUE.value, table.c.worker.is_(None), table.c.next_try <= now)
        query = sa.select(table).where(free).order_by(table.c.next_try, table.c.key).limit(limit)
        rows = conn.execute(query.with_for_update(skip_locked=True)).all()
        keys = [row.key for row in rows]
        if keys:
            conn.execute(table.update().where(table.c.key.in_(keys)).values(worker=worker.id))
    return [OutboxItem(*(getattr(row, name) for name in _ITEM)) for row in rows]


def record_sent(ledger: Ledger, worker: Worker, item: OutboxItem, receipt: str, now: datetime) -> bool:
    """Records a delivery with the channel's receipt and drops the content; False when the lease was lost meanwhile."""
    return _finish(ledger, worker, item, OutboxState.SENT, receipt, {"sent_at": now})


def record_dead(ledger: Ledger, worker: Worker, item: OutboxItem, reason: str) -> bool:
    """Records that this recipient will never take it; False when the lease was lost meanwhile."""
    return _finish(ledger, worker, item, OutboxState.DEAD, reason, {"attempts": item.attempts + 1})


@repeated
def record_failed(ledger: Ledger, worker: Worker, item: OutboxItem, reason: str, now: datetime) -> OutboxState:
    """Sets the next try after a back-off; 24 h after the first failure the row is given up as dead."""
    first = datetime.fromisoformat(item.message.get("first_failure", now.isoformat()))
    if now - first >= GIVE_UP:
        record_dead(ledger, worker, item, f"given up after 24 h: {reason}")
        return OutboxState.DEAD
    table = schema.outbox
    with ledger.write() as conn:
        mine = _held(worker, item)
        # Read anew: erasure may have taken a post out of it since the claim.
        message = conn.execute(sa.select(table.c.message).where(mine).with_for_update()).scalar()
        if message is not None:
            values = {
                "attempts": item.attempts + 1,
                "next_try": now + min(FIRST_WAIT * 2 ** min(item.attempts, 10), LONGEST_WAIT),
                "message": message | {"first_failure": first.isoformat()},
                "receipt": reason[:500],
                "worker": None,
            }
            conn.execute(table.update().where(mine).values(**values))
    return OutboxState.DUE


def _held(worker: Worker, item: OutboxItem) -> sa.ColumnElement[bool]:
    table = schema.outbox
    return sa.and_(table.c.key == item.key, table.c.worker == worker.id, table.c.state == OutboxState.DUE.value)


@repeated
def _finish(
    ledger: Ledger, worker: Worker, item: OutboxItem, state: OutboxState, receipt: str, values: dict[str, Any]
) -> bool:
    fields = {"state": state.value, "receipt": receipt[:500], "worker": None, "message": {}} | values
    with ledger.write() as conn:
        return conn.execute(schema.outbox.update().where(_held(worker, item)).values(**fields)).rowcount > 0


@repeated
def release_outbox(ledger: Ledger, worker: Worker) -> None:
    """Gives back what a round of this worker that failed half-way still holds; nothing is counted."""
    table = schema.outbox
    with ledger.write() as conn:
        conn.execute(table.update().where(table.c.worker == worker.id).values(worker=None))


def outbox_counts(ledger: Ledger) -> OutboxCounts:
    """The outbox for `status`."""
    table = schema.outbox
    leased = table.c.worker.is_not(None)
    with ledger.read() as conn:
        counted = conn.execute(sa.select(table.c.state, leased, sa.func.count()).group_by(table.c.state, leased)).all()
        query = sa.select(table.c.subscription, table.c.recipient, table.c.receipt)
        dead = query.where(table.c.state == OutboxState.DEAD.value).order_by(table.c.window_to.desc(), table.c.key)
        failures = tuple((row[0], row[1], row[2] or "") for row in conn.execute(dead.limit(20)))

    due, sent, dead_rows = (
        sum(row[2] for row in counted if row[0] == state.value)
        for state in (OutboxState.DUE, OutboxState.SENT, OutboxState.DEAD)
    )
    return OutboxCounts(due, sum(row[2] for row in counted if row[1]), sent, dead_rows, failures)
