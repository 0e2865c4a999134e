"""Posts with their tags, read at the moment they are about to leave Daymark."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import NamedTuple

import sqlalchemy as sa
from pydantic import ValidationError

from ledger import schema
from ledger.database import Ledger
from ledger.rows import State, StoredPost, stored_post
from records import Tags


class TaggedPost(NamedTuple):
    """A post with the current tags of its current revision."""

    post: StoredPost
    tags: Tags


def read_tagged(ledger: Ledger, post_ids: Iterable[str]) -> dict[str, TaggedPost]:
    """The ledger's word on posts that are about to go out: those that are still there, with tags of this very revision.

    The index lags by seconds; what was erased, edited or put aside meanwhile must not leave by a digest. Nor may a post whose
    tags cannot be read: nobody knows what of it is contact data.
    """
    post, tags = schema.post, schema.tags
    ids = sorted(set(post_ids))
    here = sa.and_(tags.c.post_id == post.c.post_id, tags.c.revision == post.c.revision, tags.c.current)
    states = post.c.state.in_([State.TAGGED.value, State.INDEXED.value])
    query = sa.select(post, tags.c.body.label("tags_body")).join(tags, here).where(states)
    found: dict[str, TaggedPost] = {}
    with ledger.read() as conn:
        for start in range(0, len(ids), 500):
            rows = conn.execute(query.where(post.c.post_id.in_(ids[start : start + 500]))).all()
            for row in rows:
                with contextlib.suppress(ValidationError):
                    found[row.post_id] = TaggedPost(stored_post(row), Tags.model_validate(row.tags_body))
    return found
