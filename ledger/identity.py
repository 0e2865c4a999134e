"""Who a ledger is: an id of its own, by which an index knows whose projection it is.

The key's fingerprint would not do: two installations of one account share the key.
"""

from __future__ import annotations

import secrets

import sqlalchemy as sa

from ledger import schema
from ledger.database import Ledger

_NAME = "ledger_id"


def ledger_identity(ledger: Ledger) -> str:
    """The ledger's id, 32 hexadecimal digits: made at the first call, kept for good; a backup put back has the same.

    Raises LedgerUnavailable.
    """
    known = sa.select(schema.meta.c.value).where(schema.meta.c.name == _NAME)
    with ledger.read() as conn:
        found: str | None = conn.execute(known).scalar()
    if found is not None:
        return found
    with ledger.write() as conn:
        row = {"name": _NAME, "value": secrets.token_hex(16)}
        conn.execute(ledger.insert(schema.meta).values(row).on_conflict_do_nothing())
        made: str = conn.execute(known).scalar_one()
    return made
