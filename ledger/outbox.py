"""Digests on their way out: one row per window of a subscription, and one per recipient of it.

1. enqueue: the window's own row and a row per recipient, in one transaction   -> rows due; 0 where the window is known
2. claim:   due rows without a lease whose next try has come                   -> leased to the worker
3. sent:    only while the lease is mine; receipt kept, content dropped        -> sent
4. failed:  back-off 1 min, doubled up to 1 h                                  -> due again, or dead 24 h after the first
5. down:    nobody can be reached by the channel; same back-off, no attempt    -> due again, however long it takes
6. dead:    the recipient will never take it; content dropped                  -> dead, shown in status
7. crash:   before 1 commits                                                   -> the window is built again
            between 2 and the channel's acceptance                             -> due again, nothing had gone out
            between the acceptance and 3                                       -> goes out again under the same Message-ID

The last is the one double that cannot be excluded: no transaction spans two machines. Both copies carry the Message-ID
made of the key, by which readers and servers recognise them, and the ledger records exactly one delivery.

A message holds references to posts and figures, never text: what is erased meanwhile is gone from here too.

The window's own row (no recipient; state `window`) keeps which families and source events it told of, so that each is told
once. A window whose every delivery is dead told nobody.

A delivery into a file keeps its references, since files lie here and are written anew when a post goes (ledger.kept).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
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
    """The digest of one window: from ``start`` up to, not including, ``end``. ``families``, ``events``: those it tells of.

    ``told``: False where every delivery of it is dead, so that nobody knows of them.
    """

    subscription: str
    channel: str
    start: datetime
    end: datetime
    families: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    told: bool = True


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
            "message": {
                "families": dict.fromkeys(window.families, 1),
                **({"events": dict.fromkeys(window.events, 1)} if window.events else {}),
            },
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


@repeated
def claim_outbox(
    ledger: Ledger, worker: Worker, now: datetime, limit: int = 1, only: Collection[str] | None = None
) -> list[OutboxItem]:
    """Leases up to ``limit`` rows whose next try has come by ``now``, the longest waiting first.

    ``only``: of these subscriptions; None for all.
    """
    table = schema.outbox
    with ledger.write() as conn:
        worker.touch(conn)
        reap(ledger, conn)
        free = sa.and_(table.c.state == OutboxState.DUE.value, table.c.worker.is_(None), table.c.next_try <= now)
        if only is not None:
            free = sa.and_(free, table.c.subscription.in_(sorted(only)))
        query = sa.select(table).where(free).order_by(table.c.next_try, table.c.key).limit(limit)
        rows = conn.execute(query.with_for_update(skip_locked=True)).all()
        keys = [row.key for row in rows]
        if keys:
            conn.execute(table.update().where(table.c.key.in_(keys)).values(worker=worker.id))
    return [OutboxItem(*(getattr(row, name) for name in _ITEM)) for row in rows]


def record_sent(
    ledger: Ledger,
    worker: Worker,
    item: OutboxItem,
    receipt: str,
    now: datetime,
    keep: dict[str, Any] | None = None,
) -> bool:
    """Records a delivery with the channel's receipt and drops the content; False when the lease was lost meanwhile.

    ``keep``: the content stays, and this beside it.
    """
    return _finish(ledger, worker, item, OutboxState.SENT, receipt, {"sent_at": now}, keep)


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
    marks = {"first_failure": first.isoformat()}
    _put_off(ledger, worker, item, reason, now + _wait(item.attempts), item.attempts + 1, marks)
    return OutboxState.DUE


@repeated
def record_down(ledger: Ledger, worker: Worker, item: OutboxItem, reason: str, now: datetime) -> None:
    """Sets the next try after a back-off, where nobody can be reached just now: no attempt, and no clock that runs out."""
    times = int(item.message.get("down", 0))
    _put_off(ledger, worker, item, reason, now + _wait(times), item.attempts, {"down": times + 1})


def _wait(times: int) -> timedelta:
    return min(FIRST_WAIT * (1 << min(times, 10)), LONGEST_WAIT)


def _put_off(
    ledger: Ledger,
    worker: Worker,
    item: OutboxItem,
    reason: str,
    until: datetime,
    attempts: int,
    marks: dict[str, Any],
) -> None:
    table, mine = schema.outbox, _held(worker, item)
    with ledger.write() as conn:
        # Read anew: erasure may have taken a post out of it since the claim.
        message = conn.execute(sa.select(table.c.message).where(mine).with_for_update()).scalar()
        if message is not None:
            # Each kind of failure ends the other's count: after an outage a recipient has its whole day again.
            bare = {name: value for name, value in message.items() if name not in ("first_failure", "down")}
            values = {"attempts": attempts, "next_try": until, "message": bare | marks, "worker": None}
            conn.execute(table.update().where(mine).values(receipt=reason[:500], **values))


def _held(worker: Worker, item: OutboxItem) -> sa.ColumnElement[bool]:
    table = schema.outbox
    return sa.and_(table.c.key == item.key, table.c.worker == worker.id, table.c.state == OutboxState.DUE.value)


@repeated
def _finish(
    ledger: Ledger,
    worker: Worker,
    item: OutboxItem,
    state: OutboxState,
    receipt: str,
    values: dict[str, Any],
    keep: dict[str, Any] | None = None,
) -> bool:
    fields = {"state": state.value, "receipt": receipt[:500], "worker": None, "message": {}} | values
    with ledger.write() as conn:
        if keep is not None:
            # Read anew, as above.
            message = sa.select(schema.outbox.c.message).where(_held(worker, item)).with_for_update()
            fields["message"] = (conn.execute(message).scalar() or {}) | keep
        return conn.execute(schema.outbox.update().where(_held(worker, item)).values(**fields)).rowcount > 0


@repeated
def release_outbox(ledger: Ledger, worker: Worker) -> None:
    """Gives back what a round of this worker that failed half-way still holds; nothing is counted."""
    table = schema.outbox
    with ledger.write() as conn:
        conn.execute(table.update().where(table.c.worker == worker.id).values(worker=None))
