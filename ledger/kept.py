"""Deliveries whose content stays within reach: digests in files, which are written anew when a post of theirs goes.

The row of such a delivery keeps the digest (references and figures, no text) for as long as the row itself; erasure takes
its posts out of it as it does with every row of the outbox.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import schema
from ledger.database import Ledger, repeated
from ledger.outbox import OutboxState
from ledger.workers import Worker, reap


@dataclass(frozen=True)
class KeptDelivery:
    """A delivery that was made, or broken off. ``message``: the digest, and what the channel noted beside it."""

    key: str
    subscription: str
    recipient: str
    end: datetime
    message: dict[str, Any]


def read_kept(ledger: Ledger, channel: str) -> list[KeptDelivery]:
    """The deliveries of a channel that kept their content, oldest window first."""
    with ledger.read() as conn:
        found = _read(conn, channel, schema.outbox.c.state == OutboxState.SENT.value)
    return [item for item in found if item.message]


@repeated
def read_broken_off(ledger: Ledger, channel: str) -> list[KeptDelivery]:
    """The deliveries of a channel that nobody is making now and that were not recorded as made: a process may have died
    after it had begun to write, and what it wrote is nobody's."""
    table = schema.outbox
    with ledger.write() as conn:
        reap(ledger, conn)
        waiting = sa.and_(table.c.state == OutboxState.DUE.value, table.c.worker.is_(None))
        return _read(conn, channel, sa.or_(waiting, table.c.state == OutboxState.DEAD.value))


@repeated
def hold_broken_off(ledger: Ledger, worker: Worker, key: str) -> bool:
    """Leases such a delivery, so that nobody makes it while what it wrote is taken away; False where somebody was faster.

    It is free again when the worker is closed.
    """
    table = schema.outbox
    waiting = sa.and_(table.c.state == OutboxState.DUE.value, table.c.worker.is_(None))
    here = sa.and_(table.c.key == key, sa.or_(waiting, table.c.state == OutboxState.DEAD.value))
    with ledger.write() as conn:
        worker.touch(conn)
        return conn.execute(table.update().where(here).values(worker=worker.id)).rowcount > 0


def _read(conn: Connection, channel: str, which: sa.ColumnElement[bool]) -> list[KeptDelivery]:
    table = schema.outbox
    columns = (table.c.key, table.c.subscription, table.c.recipient, table.c.window_to, table.c.message)
    query = sa.select(*columns).where(table.c.channel == channel, which).order_by(table.c.window_to, table.c.key)
    return [KeptDelivery(*row) for row in conn.execute(query)]


@repeated
def update_kept(ledger: Ledger, key: str, changes: dict[str, Any]) -> None:
    """Replaces what the channel noted beside the digest; nothing where the row is gone."""
    table = schema.outbox
    with ledger.write() as conn:
        message = conn.execute(sa.select(table.c.message).where(table.c.key == key).with_for_update()).scalar()
        if message is not None:
            conn.execute(table.update().where(table.c.key == key).values(message=message | changes))
