"""The register's address of each source, beside the one that a permanent redirect put in its place.

The operator's word is the last: where the register names another address than it did, what the old one taught (its move,
its retirement, its failures, its validators) holds no longer, and the new one is due at once. The cursor stays: what was
read has been read. Bans stay with their servers.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import schema
from ledger.database import Ledger, repeated
from ledger.sources import ensure_source


def note_addresses(ledger: Ledger, addresses: Mapping[str, str]) -> list[str]:
    """Notes the register's address of each source, by id; returns those whose address is another than before.

    A source that is being read is left for the next call.
    """
    state = schema.source_state
    query = sa.select(state.c.source, state.c.register_url).where(state.c.source.in_(addresses))
    with ledger.read() as conn:
        known = {row.source: row.register_url for row in conn.execute(query)}
    changed = {source: url for source, url in addresses.items() if known.get(source) != url}
    # Most turns change nothing, and then nothing is written.
    return _note(ledger, changed) if changed else []


@repeated
def _note(ledger: Ledger, addresses: Mapping[str, str]) -> list[str]:
    with ledger.write() as conn:
        return [source for source, url in sorted(addresses.items()) if _note_one(ledger, conn, source, url)]


def _note_one(ledger: Ledger, conn: Connection, source: str, url: str) -> bool:
    state, validator = schema.source_state, schema.validator
    ensure_source(ledger, conn, source)
    free = sa.and_(state.c.source == source, state.c.worker.is_(None))
    # A row from before addresses were noted tells of no change.
    first = state.update().where(free, state.c.register_url.is_(None)).values(register_url=url)
    if conn.execute(first).rowcount:
        return False
    fresh = {"url": None, "retired": False, "next_due": None, "not_before": None, "failures": 0}
    other = state.update().where(free, state.c.register_url != url).values(register_url=url, **fresh)
    if not conn.execute(other).rowcount:
        return False
    conn.execute(validator.delete().where(validator.c.source == source))
    return True
