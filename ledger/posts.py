"""Reading posts, opening originals, and what happens to a post's content over time."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from config import Project
from ledger import schema
from ledger.audit import write_audit
from ledger.database import Ledger, chunks, repeated
from ledger.errors import LedgerError
from ledger.polls import prune_polls
from ledger.proposals import forget_citations, prune_proposals
from ledger.recheck_turns import end_rechecks
from ledger.rows import State, StoredPost, after_change, stored_post
from records import Tags

AHEAD = timedelta(hours=7)
"""So long before its time a removed post is stripped: the clock looks once an hour, and the files of an index keep the bytes
of what it took out for up to six hours more (indexer/expunging.py)."""


@dataclass(frozen=True)
class Original:
    """A post as it was read: the current wording, the earlier ones, the raw bytes of the current one."""

    post: StoredPost
    earlier: tuple[tuple[int, str, str], ...]
    raw: bytes | None


def read_post(ledger: Ledger, post_id: str) -> StoredPost | None:
    """The current revision of a post; None when there is none of that id."""
    with ledger.read() as conn:
        row = conn.execute(sa.select(schema.post).where(schema.post.c.post_id == post_id)).one_or_none()
    return stored_post(row) if row is not None else None


@repeated
def open_original(ledger: Ledger, post_id: str, reason: str) -> Original:
    """A post's original, after writing down who asked and why. Raises LedgerError for an unknown post or no reason."""
    if not reason.strip():
        raise LedgerError("opening an original needs a reason: --reason TEXT")
    post, raw, earlier = schema.post, schema.raw, schema.revision
    with ledger.write() as conn:
        row = conn.execute(sa.select(post).where(post.c.post_id == post_id)).one_or_none()
        if row is None:
            raise LedgerError(f"there is no post {post_id} (never landed, or erased)")
        write_audit(ledger, conn, "open", post_id, reason.strip())
        body = conn.execute(
            sa.select(raw.c.body).where(raw.c.post_id == post_id, raw.c.revision == row.revision)
        ).scalar()
        wordings = conn.execute(
            sa.select(earlier.c.revision, earlier.c.title, earlier.c.text)
            .where(earlier.c.post_id == post_id)
            .order_by(earlier.c.revision)
        ).all()
    return Original(
        stored_post(row),
        tuple((item.revision, item.title, item.text) for item in wordings),
        zlib.decompress(body) if body is not None else None,
    )


@repeated
def mark_removed(ledger: Ledger, post_id: str, when: datetime) -> bool:
    """Notes that a post is gone at its source; returns False when that was known or the post is not."""
    with ledger.write() as conn:
        return mark_removed_rows(conn, [(post_id, when)]) > 0


def mark_removed_rows(conn: Connection, gone: Iterable[tuple[str, datetime]]) -> int:
    """Notes that posts are gone at their source, by id in the order that locks are taken; how many were not known to be."""
    post, changed = schema.post, 0
    for post_id, when in sorted(gone):
        changed += conn.execute(
            post.update()
            .where(post.c.post_id == post_id, post.c.removed_at.is_(None))
            .values(removed_at=when, state=after_change(post), doc_version=post.c.doc_version + 1)
        ).rowcount
        conn.execute(schema.recheck.delete().where(schema.recheck.c.post_id == post_id))
    return changed


@dataclass(frozen=True)
class HousekeepingReport:
    """How many posts were stripped, captures emptied, and items that could not be landed dropped."""

    stripped: int
    captures: int
    rejected: int = 0


def housekeep(ledger: Ledger, project: Project, now: datetime) -> HousekeepingReport:
    """Drops what may no longer be kept (architecture, rule 5): safe to run at any time, as often as one likes.

    Text, author, link and raw of posts removed at their source, off topic, or never assessed, and proposals that only
    they linked to; bodies of captures, and of items that could not be landed; single polls where the project says so. A
    removed post is stripped once it is tagged, or quarantined and so not to be tagged soon.
    Offers keep their original where the project file states a basis for evidence, until ``retention.offer_days``.
    """
    post, keep = schema.post, project.retention
    within = max(timedelta(), timedelta(days=keep.removed_strip_days) - AHEAD)
    removed = sa.and_(post.c.removed_at.is_not(None), post.c.removed_at <= now - within)
    if project.evidence_basis:
        old = post.c.first_seen <= now - timedelta(days=keep.offer_days)
        removed = sa.and_(removed, sa.or_(~post.c.is_offer, old))
    off_topic = sa.and_(post.c.on_topic.is_(False), post.c.tagged_at <= now - timedelta(days=keep.off_topic_strip_days))
    unassessed = sa.and_(
        post.c.on_topic.is_(None), post.c.tagged_at <= now - timedelta(days=keep.unassessed_strip_days)
    )
    due = sa.and_(post.c.state != State.LANDED.value, ~post.c.stripped, sa.or_(removed, off_topic, unassessed))
    stripped = 0
    while count := _strip_some(ledger, due):
        stripped += count
    prune_proposals(ledger)
    end_rechecks(ledger, now)
    if keep.poll_days is not None:
        prune_polls(ledger, now - timedelta(days=keep.poll_days))
    before = now - timedelta(hours=keep.capture_body_hours)
    captures = _empty_captures(ledger, before, bool(project.evidence_basis))
    return HousekeepingReport(stripped, captures, _drop_rejected(ledger, before))


@repeated
def _strip_some(ledger: Ledger, due: sa.ColumnElement[bool]) -> int:
    post = schema.post
    with ledger.write() as conn:
        # The first few as they come, then locked by id, the order in which every transaction locks.
        some = conn.execute(sa.select(post.c.post_id).where(due).limit(500)).scalars().all()
        query = sa.select(post.c.post_id).where(due, post.c.post_id.in_(some)).order_by(post.c.post_id)
        ids = list(conn.execute(query.with_for_update()).scalars())
        if ids:
            strip(conn, ids)
        return len(ids)


def strip(conn: Connection, post_ids: list[str]) -> None:
    """Drops text, author, the people named, link and raw of the posts; tags, times and ids of other posts stay.

    The native id goes too: it is mostly the link.
    """
    post = schema.post
    mine = post.c.post_id.in_(post_ids)
    drop_captures_of(conn, post_ids)
    forget_citations(conn, post_ids)
    for table in (schema.raw, schema.revision, schema.signature, schema.band, schema.recheck):
        conn.execute(table.delete().where(table.c.post_id.in_(post_ids)))
    _strip_offsets(conn, post_ids)
    conn.execute(
        post.update()
        .where(mine)
        .values(
            title="",
            text="",
            media_text="",
            hashtags=[],
            mentions=None,
            native_id="",
            url=None,
            author=None,
            author_scope=None,
            stripped=True,
            retag=False,
            state=after_change(post),
            doc_version=post.c.doc_version + 1,
        )
    )


def _strip_offsets(conn: Connection, post_ids: list[str]) -> None:
    """Redactions point into a text that is gone; contacts in clear were never in the tags."""
    table = schema.tags
    rows: list[Any] = list(conn.execute(sa.select(table.c.id, table.c.body).where(table.c.post_id.in_(post_ids))))
    for row in rows:
        conn.execute(table.update().where(table.c.id == row.id).values(body={**row.body, "redactions": []}))


def drop_captures_of(conn: Connection, post_ids: list[str]) -> set[str]:
    """Drops the bodies of responses that contain any of the posts; returns the responses that held others too.

    A response that held nothing else goes whole: its address names the post.
    """
    capture, item = schema.capture, schema.capture_item
    mine = item.c.post_id.in_(post_ids)
    holding = set(conn.execute(sa.select(item.c.capture_id).where(mine)).scalars())
    conn.execute(item.delete().where(mine))
    shared: set[str] = set()
    for chunk in chunks(sorted(holding)):
        others = set(
            conn.execute(sa.select(item.c.capture_id).where(item.c.capture_id.in_(chunk)).distinct()).scalars()
        )
        conn.execute(capture.update().where(capture.c.capture_id.in_(others)).values(body=None))
        conn.execute(capture.delete().where(capture.c.capture_id.in_(set(chunk) - others)))
        shared |= others
    return shared


@repeated
def _empty_captures(ledger: Ledger, before: datetime, keep_offers: bool) -> int:
    capture, item, post = schema.capture, schema.capture_item, schema.post
    old = sa.and_(capture.c.fetched_at < before, capture.c.body.is_not(None))
    if keep_offers:
        offers = sa.select(item.c.capture_id).join(post, post.c.post_id == item.c.post_id).where(post.c.is_offer)
        old = sa.and_(old, capture.c.capture_id.not_in(offers))
    with ledger.write() as conn:
        return conn.execute(capture.update().where(old).values(body=None)).rowcount


@repeated
def _drop_rejected(ledger: Ledger, before: datetime) -> int:
    table = schema.rejected
    with ledger.write() as conn:
        return conn.execute(table.delete().where(table.c.at < before)).rowcount


def tagged_posts(ledger: Ledger) -> Iterator[tuple[StoredPost, Tags]]:
    """Every post that has tags, with the newest tags of its current revision, in the order they landed."""
    post, table = schema.post, schema.tags
    here = sa.and_(table.c.post_id == post.c.post_id, table.c.revision == post.c.revision, table.c.current)
    query = sa.select(post, table.c.body).join(table, here)
    last = 0
    while True:
        with ledger.read() as conn:
            rows = conn.execute(query.where(post.c.seq > last).order_by(post.c.seq).limit(1000)).all()
        if not rows:
            return
        for row in rows:
            yield stored_post(row), Tags.model_validate(row.body)
        last = rows[-1].seq


def expected_documents(ledger: Ledger) -> Iterator[tuple[str, str, int]]:
    """(post_id, month, version) of every document that should stand in the index, ordered by post_id."""
    post = schema.post
    query = sa.select(post.c.post_id, post.c.month, post.c.indexed_version).where(post.c.indexed_version.is_not(None))
    last = ""
    while True:
        with ledger.read() as conn:
            rows = conn.execute(query.where(post.c.post_id > last).order_by(post.c.post_id).limit(5000)).all()
        if not rows:
            return
        for row in rows:
            yield row.post_id, row.month, row.indexed_version
        last = rows[-1].post_id
