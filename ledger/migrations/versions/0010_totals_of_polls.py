"""What polls have covered and seen, apart from the polls, which are dropped in time"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

from ledger.schema import UtcDateTime

revision = "0010"
down_revision = "0009"

MOMENT = timedelta(seconds=1)
PAGE = 500
"""Readings at a time: all of a large ledger would not fit into memory."""


def upgrade() -> None:
    covered = op.create_table(
        "covered",
        sa.Column("source", sa.String(), primary_key=True),
        sa.Column("span_from", UtcDateTime(), primary_key=True),
        sa.Column("span_to", UtcDateTime(), nullable=False),
    )
    total = op.create_table(
        "source_total",
        sa.Column("source", sa.String(), primary_key=True),
        sa.Column("first_started", UtcDateTime(), nullable=False),
        sa.Column("last_ended", UtcDateTime(), nullable=False),
        sa.Column("not_landed", sa.JSON(), nullable=False),
    )
    op.create_index("ix_poll_started", "poll", ["started"])
    names = {"id": sa.Integer, "source": sa.String, "outcome": sa.String, "not_landed": sa.JSON}
    times = ("started", "finished", "window_from", "window_to")
    poll = sa.table(
        "poll",
        *(sa.column(name, kind) for name, kind in names.items()),
        *(sa.column(name, UtcDateTime) for name in times),
    )
    conn = op.get_bind()
    _forget_unassessed(conn)
    for (source,) in conn.execute(sa.select(poll.c.source).distinct()).all():
        polls = conn.execute(sa.select(poll).where(poll.c.source == source)).all()
        conn.execute(total.insert().values(source=source, **_totals(polls)))
        for begin, end in _spans(polls):
            conn.execute(covered.insert().values(source=source, span_from=begin, span_to=end))


def _forget_unassessed(conn: sa.Connection) -> None:
    """Posts that no model could assess stood as off topic, and would lose their text within the week, or as on topic, and would
    keep it for ever."""
    post = sa.table("post", *map(sa.column, ("seq", "post_id", "on_topic", "stripped")))
    tags = sa.table("tags", sa.column("post_id"), sa.column("current"), sa.column("body", sa.JSON))
    doubted = sa.and_(post.c.on_topic.is_not(None), post.c.stripped.is_(sa.false()), tags.c.current.is_(sa.true()))
    found = (
        sa.select(post.c.seq, post.c.post_id, tags.c.body).join(tags, tags.c.post_id == post.c.post_id).where(doubted)
    )
    last = 0
    while rows := conn.execute(found.where(post.c.seq > last).order_by(post.c.seq).limit(PAGE)).all():
        ids = [row.post_id for row in rows if not row.body.get("covered", True)]
        conn.execute(post.update().where(post.c.post_id.in_(ids)).values(on_topic=None))
        last = rows[-1].seq


def _totals(polls: Sequence[sa.Row[Any]]) -> dict[str, Any]:
    seen: dict[str, int] = {}
    for row in polls:
        for reason, number in (row.not_landed or {}).items():
            seen[reason] = seen.get(reason, 0) + number
    last = max(row.finished or row.started for row in polls)
    return {"first_started": min(row.started for row in polls), "last_ended": last, "not_landed": seen}


def _spans(polls: Sequence[sa.Row[Any]]) -> list[tuple[datetime, datetime]]:
    spans: list[tuple[datetime, datetime]] = []
    for row in sorted((row for row in polls if row.window_from and row.window_to), key=lambda row: row.window_from):
        if row.outcome not in {"ok", "not_modified"} or row.window_to < row.window_from:
            continue
        if spans and row.window_from <= spans[-1][1] + MOMENT:
            spans[-1] = (spans[-1][0], max(spans[-1][1], row.window_to))
        else:
            spans.append((row.window_from, row.window_to))
    return spans
