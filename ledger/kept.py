"""Deliveries whose content stays within reach: digests in files, which are written anew when a post of theirs goes.

The row of such a delivery keeps the digest (references and figures, no text) for as long as the row itself; erasure takes
its posts out of it as it does with every row of the outbox.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ledger import schema
from ledger.database import Ledger, repeated
from ledger.outbox import OutboxState


@dataclass(frozen=True)
class KeptDelivery:
    """A delivery that was made. ``message``: the digest, and what the channel noted beside it."""

    key: str
    subscription: str
    recipient: str
    end: datetime
    message: dict[str, Any]


def read_kept(ledger: Ledger, channel: str) -> list[KeptDelivery]:
    """The deliveries of a channel that kept their content, oldest window first."""
    table = schema.outbox
    mine = sa.and_(table.c.channel == channel, table.c.state == OutboxState.SENT.value)
    columns = (table.c.key, table.c.subscription, table.c.recipient, table.c.window_to, table.c.message)
    with ledger.read() as conn:
        rows = conn.execute(sa.select(*columns).where(mine).order_by(table.c.window_to, table.c.key)).all()
    return [KeptDelivery(*row) for row in rows if row.message]


@repeated
def update_kept(ledger: Ledger, key: str, changes: dict[str, Any]) -> None:
    """Replaces what the channel noted beside the digest; nothing where the row is gone."""
    table = schema.outbox
    with ledger.write() as conn:
        message = conn.execute(sa.select(table.c.message).where(table.c.key == key).with_for_update()).scalar()
        if message is not None:
            conn.execute(table.update().where(table.c.key == key).values(message=message | changes))
