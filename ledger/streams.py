"""What a stream needs of the ledger while it is read: its cursor moves on with each batch, and its events name posts and
authors that may never have landed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from ledger import schema
from ledger.database import Ledger, chunks, repeated
from ledger.polls import note_not_landed
from ledger.posts import mark_removed_rows


@repeated
def advance_poll(
    ledger: Ledger,
    poll_id: int,
    worker_id: int,
    cursor: dict[str, Any],
    counts: Mapping[str, int],
    not_landed: Mapping[str, int],
) -> bool:
    """Moves a source's cursor and writes down a poll's counts so far, while the poll goes on.

    The cursor must name no post (a position in a stream does not): it is not cleaned as that of a poll that ends. Returns
    False, with nothing written, where poll or source are no longer that worker's: somebody else reads the source by now.
    """
    poll, state = schema.poll, schema.source_state
    with ledger.write() as conn:
        mine = (poll.c.id == poll_id, poll.c.worker == worker_id, poll.c.outcome.is_(None))
        begun = conn.execute(sa.select(poll).where(*mine).with_for_update()).one_or_none()
        if begun is None:
            return False
        held = (state.c.source == begun.source, state.c.worker == worker_id)
        if not conn.execute(state.update().where(*held).values(cursor=cursor)).rowcount:
            return False
        told = {"counts": dict(counts), "not_landed": dict(not_landed)}
        conn.execute(poll.update().where(poll.c.id == poll_id).values(**told))
        note_not_landed(conn, begun.source, not_landed, begun.not_landed or {})
        return True


def known_among(ledger: Ledger, post_ids: Iterable[str]) -> set[str]:
    """Those of the posts that are in the ledger."""
    post = schema.post
    with ledger.read() as conn:
        return {
            found
            for chunk in chunks(sorted(set(post_ids)))
            for found in conn.execute(sa.select(post.c.post_id).where(post.c.post_id.in_(chunk))).scalars()
        }


def mark_author_removed(ledger: Ledger, platform: str, author: str, when: datetime) -> int:
    """Notes that all posts of an account are gone at their source; returns how many were not known to be.

    ``author``: in clear, as the platform names accounts where a name is unique on the whole platform; it is not kept.
    """
    pseudonym = ledger.pseudonyms.author(platform, f"\x00{author}")
    post = schema.post
    query = sa.select(post.c.post_id).where(post.c.author == pseudonym, post.c.removed_at.is_(None))
    # Accounts come and go all day, and hardly one of them ever wrote a post that is here.
    with ledger.read() as conn:
        if conn.execute(query.limit(1)).first() is None:
            return 0
    return _mark_removed(ledger, query, when)


@repeated
def _mark_removed(ledger: Ledger, query: sa.Select[Any], when: datetime) -> int:
    with ledger.write() as conn:
        return mark_removed_rows(conn, [(post_id, when) for post_id in conn.execute(query).scalars()])
