"""What was spent on a source outside its polls: it counts against the same budgets (crawlers/platforms/keyed/budgets.py)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ledger import schema
from ledger.database import Ledger, repeated
from ledger.sources import ensure_source
from ledger.traces import clean_cursor

SPENT = "spent"
"""Where a cursor holds it."""


@repeated
def note_spent(ledger: Ledger, source: str, spent: dict[str, Any]) -> None:
    """Writes down what has been spent on a source so far; the place that its reading has reached stays.

    For whoever leases the source's server: no poll that spends can end meanwhile. Raises LedgerUnavailable.
    """
    state = schema.source_state
    with ledger.write() as conn:
        # With the erasures, as at a poll's end: the posts that were paid for are named in it.
        ledger.lock_landing(conn, exclusive=False)
        ensure_source(ledger, conn, source)
        mine = state.c.source == source
        cursor = conn.execute(sa.select(state.c.cursor).where(mine).with_for_update()).scalar_one()
        cleaned = clean_cursor(ledger, conn, {**(cursor or {}), SPENT: spent})
        conn.execute(state.update().where(mine).values(cursor=cleaned))
