"""Work under leases: posts are claimed for tagging or indexing, and come back done, rejected or released.

1. claim:    due posts without a lease, oldest first, new wordings before those to be tagged anew; a post whose batch died
             is claimed alone, after the others
2. commit:   counts only while the lease is mine and doc_version is still the one claimed, else it is superseded
3. reject:   the item's own fault: one attempt; the third quarantines
4. release:  not the item's fault (server away, 429, stop): due again, nothing counted
5. edited:   landing ends the lease on the wording before; a commit, rejection or death then finds no lease and counts not
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.engine import Connection

from ledger import schema
from ledger.database import Ledger, repeated
from ledger.rows import IndexWork, Stage, State, StoredPost, TagWork, stored_post
from ledger.workers import Worker, quarantine, reap
from records import Tags

MAX_ATTEMPTS = 3
"""Rejections after which a post is put aside: once may be chance, twice a hiccup of ours, three times is the post."""


def _due(stage: Stage) -> tuple[Any, ...]:
    """What is due, the most urgent first; each part is read in the order of an index, however long the queue is."""
    post = schema.post
    if stage is Stage.INDEX:
        return (post.c.state == State.TAGGED.value,)
    tagged = post.c.state.in_([State.TAGGED.value, State.INDEXED.value])
    return post.c.state == State.LANDED.value, sa.and_(post.c.retag, tagged)


def _claim(
    ledger: Ledger, conn: Connection, worker: Worker, stage: Stage, limit: int, without: Collection[str] = ()
) -> tuple[list[StoredPost], bool]:
    post = schema.post
    worker.touch(conn)
    reap(ledger, conn)
    query = sa.select(post.c.post_id).where(post.c.worker.is_(None)).with_for_update(skip_locked=True)
    if without:
        query = query.where(post.c.month.not_in(sorted(without)))
    ids: list[str] = []
    for part in _due(stage):
        some = query.where(part, ~post.c.alone).order_by(post.c.seq).limit(limit - len(ids))
        ids += conn.execute(some).scalars()
    alone = not ids
    if alone:
        # Fewest deaths first: a post that kills its worker must not stand in the way of the rest.
        last = query.where(sa.or_(*_due(stage)), post.c.alone).order_by(post.c.deaths, post.c.seq)
        ids += conn.execute(last.limit(1)).scalars()
    if not ids:
        return [], False
    mine = post.c.post_id.in_(ids)
    conn.execute(post.update().where(mine).values(worker=worker.id, lease_stage=stage.value))
    rows = conn.execute(sa.select(post).where(mine).order_by(post.c.seq)).all()
    return [stored_post(row) for row in rows], alone


@repeated
def claim_tag(ledger: Ledger, worker: Worker, limit: int) -> list[TagWork]:
    """Leases up to ``limit`` posts that are due for tagging; one alone after its batch died; empty when none is free."""
    with ledger.write() as conn:
        posts, alone = _claim(ledger, conn, worker, Stage.TAG, limit)
    return [TagWork(post, alone) for post in posts]


@repeated
def claim_index(ledger: Ledger, worker: Worker, limit: int, without: Collection[str] = ()) -> list[IndexWork]:
    """Leases up to ``limit`` posts that are due for indexing, with the tags of the very revision that is leased.

    ``without``: months (YYYY.MM) that the index does not take now; their posts stay due and stand in nobody's way. A post
    whose tags cannot be had is due for tagging again: tags of another wording would redact the wrong places.
    """
    while True:
        with ledger.write() as conn:
            posts, alone = _claim(ledger, conn, worker, Stage.INDEX, limit, without)
            found = _read_tags(conn, posts)
            for post in posts:
                if post.post_id not in found:
                    _tag_again(ledger, conn, post)
        if found or not posts:
            return [IndexWork(post, found[post.post_id], alone) for post in posts if post.post_id in found]


def _tag_again(ledger: Ledger, conn: Connection, lost: StoredPost) -> None:
    if lost.stripped:
        quarantine(ledger, conn, lost.post_id, Stage.INDEX, "its tags cannot be read, and its text is gone")
        return
    post = schema.post
    again = {"state": State.LANDED.value, "retag": False, "doc_version": post.c.doc_version + 1, **_RELEASED}
    conn.execute(post.update().where(post.c.post_id == lost.post_id).values(again))


def _read_tags(conn: Connection, posts: Sequence[StoredPost]) -> dict[str, Tags]:
    table, revisions = schema.tags, {post.post_id: post.revision for post in posts}
    query = sa.select(table.c.post_id, table.c.revision, table.c.body)
    found: dict[str, Tags] = {}
    for row in conn.execute(query.where(table.c.current, table.c.post_id.in_(sorted(revisions)))):
        if row.revision == revisions[row.post_id]:
            # Not readable: written by another Daymark, or the file was changed by hand.
            with contextlib.suppress(ValidationError):
                found[row.post_id] = Tags.model_validate(row.body)
    return found


@repeated
def due(ledger: Ledger, stage: Stage) -> tuple[int, int]:
    """How many posts are due for the stage: free, and leased by a living worker."""
    post = schema.post
    with ledger.write() as conn:
        reap(ledger, conn)
        leased = sa.func.count().filter(post.c.worker.is_not(None))
        free = sa.func.count().filter(post.c.worker.is_(None))
        row = conn.execute(sa.select(free, leased).where(sa.or_(*_due(stage)))).one()
        return int(row[0]), int(row[1])


def held(conn: Connection, worker: Worker, claimed: Iterable[tuple[str, int]]) -> set[str]:
    """Those of the posts (id and doc_version as claimed) whose lease is still the worker's and that did not move on (locked).

    A post that was claimed twice, because it moved on in between, is held once: at the version it has now.
    """
    post, wanted = schema.post, set(claimed)
    query = sa.select(post.c.post_id, post.c.doc_version).where(post.c.worker == worker.id).order_by(post.c.post_id)
    ids = sorted({post_id for post_id, _ in wanted})
    rows = conn.execute(query.where(post.c.post_id.in_(ids)).with_for_update()).all()
    return {row.post_id for row in rows if (row.post_id, row.doc_version) in wanted}


@repeated
def ack_indexed(ledger: Ledger, worker: Worker, done: Sequence[tuple[str, int]]) -> int:
    """Marks posts indexed at the doc_version that the index acknowledged; returns how many counted.

    One that moved on meanwhile (new revision, removal, merge) only loses its lease: it is due again by its state.
    """
    post = schema.post
    with ledger.write() as conn:
        mine = held(conn, worker, done)
        if mine:
            # Acknowledging is a transition, but must not make the document it acknowledges look stale: the version
            # that stands in the index is kept beside the raised one.
            conn.execute(
                post.update()
                .where(post.c.post_id.in_(sorted(mine)))
                .values(
                    state=State.INDEXED.value,
                    indexed_version=post.c.doc_version,
                    doc_version=post.c.doc_version + 1,
                    **_RELEASED,
                    expunge=False,
                    attempts=0,
                    alone=False,
                    deaths=0,
                    failed_reason=None,
                    failed_at=None,
                )
            )
        _release(conn, worker, {post_id for post_id, _ in done} - mine)
        return len(mine)


@repeated
def reject(ledger: Ledger, worker: Worker, stage: Stage, post_id: str, reason: str) -> bool:
    """Counts one attempt against a post; returns True when that quarantined it."""
    post = schema.post
    with ledger.write() as conn:
        row = conn.execute(
            sa.select(post.c.attempts).where(post.c.post_id == post_id, post.c.worker == worker.id).with_for_update()
        ).one_or_none()
        if row is None:
            return False
        attempts: int = row.attempts + 1
        conn.execute(
            post.update()
            .where(post.c.post_id == post_id)
            .values(attempts=attempts, failed_reason=reason[:500], failed_at=ledger.now(conn), **_RELEASED)
        )
        if attempts >= MAX_ATTEMPTS:
            quarantine(ledger, conn, post_id, stage, reason)
        return attempts >= MAX_ATTEMPTS


_RELEASED: dict[str, Any] = {"worker": None, "lease_stage": None}


def _release(conn: Connection, worker: Worker, post_ids: Iterable[str]) -> None:
    ids = sorted(post_ids)
    if ids:
        post = schema.post
        conn.execute(post.update().where(post.c.post_id.in_(ids), post.c.worker == worker.id).values(**_RELEASED))


@repeated
def release(ledger: Ledger, worker: Worker, post_ids: Iterable[str]) -> None:
    """Gives leases back; the posts are due again and nothing is counted against them."""
    with ledger.write() as conn:
        _release(conn, worker, post_ids)


@repeated
def release_stage(ledger: Ledger, worker: Worker, stage: Stage) -> None:
    """Gives back what this worker still holds of a stage: after a drain that ended in LedgerUnavailable."""
    post = schema.post
    with ledger.write() as conn:
        conn.execute(
            post.update().where(post.c.worker == worker.id, post.c.lease_stage == stage.value).values(**_RELEASED)
        )
