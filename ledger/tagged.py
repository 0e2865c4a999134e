"""Posts with their tags, read at the moment they are about to leave Daymark, and how many the model could assess."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from datetime import datetime
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


class ReadPosts(NamedTuple):
    """How many posts the model has read and could assess, and how many it could not."""

    assessed: int
    unassessed: int


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


def count_read(ledger: Ledger, start: datetime, end: datetime, since: datetime) -> dict[str, ReadPosts]:
    """By language, the posts of which it was first said from ``start`` up to, not including, ``end`` what their tags say of their
    topic, so that each counts in one such time, however late it came.

    Those published before ``since`` are history and left out; one without a date counts as published when it was first seen.
    """
    post, tags = schema.post, schema.tags
    here = sa.and_(tags.c.post_id == post.c.post_id, tags.c.revision == post.c.revision, tags.c.current)
    lang = tags.c.body["lang"].as_string().label("lang")
    came = sa.and_(post.c.tagged_at >= start, post.c.tagged_at < end, post.c.published_at >= since)
    found = sa.select(lang, post.c.on_topic).select_from(post).join(tags, here).where(came).subquery()
    assessed = sa.func.count(found.c.on_topic)
    query = sa.select(found.c.lang, assessed, sa.func.count() - assessed).group_by(found.c.lang)
    with ledger.read() as conn:
        return {row[0]: ReadPosts(int(row[1]), int(row[2])) for row in conn.execute(query)}
