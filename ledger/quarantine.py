"""Posts that were put aside: seen with stage and reason, and brought back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from ledger import schema
from ledger.database import Ledger, repeated
from ledger.rows import Stage, State


@dataclass(frozen=True)
class Quarantined:
    """A post that was put aside."""

    post_id: str
    source: str
    stage: Stage
    reason: str
    attempts: int
    at: datetime


def list_quarantine(ledger: Ledger) -> list[Quarantined]:
    """All posts in quarantine, oldest first."""
    post = schema.post
    with ledger.read() as conn:
        rows = conn.execute(
            sa.select(post).where(post.c.state == State.QUARANTINED.value).order_by(post.c.failed_at, post.c.seq)
        ).all()
    return [
        Quarantined(
            row.post_id,
            row.source,
            Stage(row.failed_stage),
            row.failed_reason,
            max(row.attempts, row.deaths),
            row.failed_at,
        )
        for row in rows
    ]


@repeated
def replay(ledger: Ledger, post_ids: Iterable[str] | None = None) -> int:
    """Returns quarantined posts (all, or those named) to the stage that failed, to be tried alone; returns how many.

    One without tags goes back to tagging; a stripped one has no text for that: it goes to the index, or stays.
    """
    post, tags = schema.post, schema.tags
    which = post.c.state == State.QUARANTINED.value
    if post_ids is not None:
        which = sa.and_(which, post.c.post_id.in_(sorted(post_ids)))
    has_tags = sa.exists().where(tags.c.post_id == post.c.post_id, tags.c.revision == post.c.revision, tags.c.current)
    to_tag = sa.and_(~post.c.stripped, sa.or_(post.c.failed_stage == Stage.TAG.value, ~has_tags))
    with ledger.write() as conn:
        return conn.execute(
            post.update()
            .where(which, sa.or_(to_tag, has_tags))
            .values(
                state=sa.case((to_tag, State.LANDED.value), else_=State.TAGGED.value),
                doc_version=post.c.doc_version + 1,
                attempts=0,
                deaths=0,
                alone=True,
                failed_stage=None,
                failed_reason=None,
                failed_at=None,
            )
        ).rowcount
