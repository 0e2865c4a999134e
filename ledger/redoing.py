"""Posts that are made due again: for an index that lost them, for a rebuild, for another model or other rules."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from ledger import schema
from ledger.database import Ledger, repeated
from ledger.rows import Stage, State


@repeated
def mark_due(ledger: Ledger, post_ids: Iterable[str]) -> int:
    """Makes posts due for the index again whose documents it lacks or holds in an old version; returns how many.

    One that is not due for it now (quarantined, or waiting for its tags) is merely no longer expected there.
    """
    post = schema.post
    count = 0
    ids = sorted(post_ids)
    with ledger.write() as conn:
        for start in range(0, len(ids), 500):
            mine = post.c.post_id.in_(ids[start : start + 500])
            conn.execute(post.update().where(mine, post.c.state != State.INDEXED.value).values(indexed_version=None))
            count += conn.execute(
                post.update()
                .where(mine, post.c.state == State.INDEXED.value)
                .values(state=State.TAGGED.value, doc_version=post.c.doc_version + 1)
            ).rowcount
    return count


@repeated
def mark_all_due(ledger: Ledger) -> int:
    """Makes every indexed post due for the index again, for a rebuild; returns how many.

    To be called before the index is emptied, so that a crash in between leaves nothing counted that is gone, and once more
    when it is empty: a document written before, but not acknowledged yet, must not count either.
    """
    post = schema.post
    with ledger.write() as conn:
        count = conn.execute(
            post.update()
            .where(post.c.state == State.INDEXED.value)
            .values(state=State.TAGGED.value, doc_version=post.c.doc_version + 1, indexed_version=None)
        ).rowcount
        conn.execute(
            post.update()
            .where(post.c.lease_stage == Stage.INDEX.value)
            .values(doc_version=post.c.doc_version + 1, indexed_version=None)
        )
        conn.execute(post.update().where(post.c.indexed_version.is_not(None)).values(indexed_version=None))
        return count


@repeated
def mark_retag(ledger: Ledger, reading: str) -> int:
    """Marks posts whose tags come from another model or other rules as due for tagging again; returns how many.

    ``reading``: the name of a reading made now, records.reading_name.
    They stay as they are until the new tags commit. Stripped posts keep their tags: their text is gone.
    """
    with ledger.write() as conn:
        return conn.execute(schema.post.update().where(_read_otherwise(reading)).values(retag=True)).rowcount


def count_read_otherwise(ledger: Ledger, reading: str) -> int:
    """How many posts `mark_retag` would mark."""
    query = sa.select(sa.func.count()).select_from(schema.post).where(_read_otherwise(reading))
    with ledger.read() as conn:
        return int(conn.execute(query).scalar_one())


def _read_otherwise(reading: str) -> sa.ColumnElement[bool]:
    post = schema.post
    current = post.c.state.in_([State.TAGGED.value, State.INDEXED.value])
    return sa.and_(current, post.c.model_version != reading, ~post.c.stripped, ~post.c.retag)
