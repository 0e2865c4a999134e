"""Documents of erased posts: deleted from the index now, and again after the longest lease."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import sqlalchemy as sa

from ledger import schema
from ledger.database import Ledger, repeated
from ledger.rows import Deletion
from ledger.workers import LEASE


def claim_deletes(ledger: Ledger, limit: int, without: Collection[str] = ()) -> list[Deletion]:
    """Documents to delete from the index now, but for the months ``without``. Needs no lease: deleting twice does no harm."""
    table = schema.deletion
    with ledger.read() as conn:
        query = sa.select(table).where(table.c.due <= ledger.now(conn)).order_by(table.c.due).limit(limit)
        if without:
            query = query.where(table.c.month.not_in(sorted(without)))
        return [Deletion(row.post_id, row.month, row.doc_version) for row in conn.execute(query)]


@repeated
def ack_deletes(ledger: Ledger, post_ids: Iterable[str]) -> None:
    """Records deletions. The first is repeated after the longest lease, since a worker may still be writing the document.

    Only what is due counts: of two workers that delete the same document now, the second is not the repetition.
    """
    table = schema.deletion
    ids = sorted(post_ids)
    with ledger.write() as conn:
        now = ledger.now(conn)
        for start in range(0, len(ids), 500):
            mine = sa.and_(table.c.post_id.in_(ids[start : start + 500]), table.c.due <= now)
            conn.execute(table.delete().where(mine, table.c.rounds >= 1))
            conn.execute(table.update().where(mine).values(rounds=table.c.rounds + 1, due=now + 2 * LEASE))
