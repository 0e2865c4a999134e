"""What the outbox holds: the windows that a subscription has behind it, and the counts for `status`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from ledger import schema
from ledger.database import Ledger
from ledger.outbox import OutboxState, OutboxWindow

WINDOWS = 1000
"""Six weeks of hourly digests: longer than anyone looks back for what was told already."""


@dataclass(frozen=True)
class OutboxCounts:
    """Rows by state; the dead with their reasons, newest window first."""

    due: int
    leased: int
    sent: int
    dead: int
    failures: tuple[tuple[str, str, str], ...] = ()
    """(subscription, recipient, reason) of the newest 20 dead rows."""


def read_windows(ledger: Ledger, subscription: str) -> list[OutboxWindow]:
    """The newest WINDOWS windows that were looked at for a subscription, oldest first."""
    table = schema.outbox
    mine = sa.and_(table.c.subscription == subscription, table.c.state == OutboxState.WINDOW.value)
    deliveries = sa.and_(table.c.subscription == subscription, table.c.recipient != "")
    alive = sa.func.sum(sa.case((table.c.state == OutboxState.DEAD.value, 0), else_=1))
    untold = sa.select(table.c.window_from).where(deliveries).group_by(table.c.window_from).having(alive == 0)
    with ledger.read() as conn:
        rows = conn.execute(sa.select(table).where(mine).order_by(table.c.window_to.desc()).limit(WINDOWS)).all()
        unheard = set(conn.execute(untold).scalars())
    return [
        OutboxWindow(
            subscription,
            row.channel,
            row.window_from,
            row.window_to,
            tuple(row.message.get("families", ())),
            tuple(row.message.get("events", ())),
            row.window_from not in unheard,
        )
        for row in reversed(rows)
    ]


def last_window_end(ledger: Ledger, subscription: str) -> datetime | None:
    """Where the newest window that was looked at ends; None before the first."""
    table = schema.outbox
    mine = sa.and_(table.c.subscription == subscription, table.c.state == OutboxState.WINDOW.value)
    query = sa.select(table.c.window_to).where(mine).order_by(table.c.window_to.desc()).limit(1)
    with ledger.read() as conn:
        return conn.execute(query).scalar()


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
