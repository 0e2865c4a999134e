"""Landing: posts enter the ledger with their raw item and the response it came in, in one transaction.

For each item, by its post_id:
1. tombstone of the post or its author   -> tombstoned, nothing kept, and the response's body is not kept either
2. unknown                               -> new, state landed, revision 1, month frozen
3. known, other wording                  -> revised: the old wording moves to `revision`, state landed, doc_version + 1
4. known, same wording                   -> unchanged; a post thought removed is present again (tagged, doc_version + 1)
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from ledger import schema
from ledger.database import Ledger
from ledger.rows import State
from records import IMPORT, WEB, Capture, Landing, Post

FUTURE = timedelta(days=1)
"""A publication time further ahead than this is a clock or a lie, and counts as unknown."""


@dataclass(frozen=True)
class LandReport:
    """What became of the items of one call; the four numbers add up to the items given."""

    new: int = 0
    revised: int = 0
    unchanged: int = 0
    tombstoned: int = 0

    def __add__(self, other: LandReport) -> LandReport:
        return LandReport(
            self.new + other.new,
            self.revised + other.revised,
            self.unchanged + other.unchanged,
            self.tombstoned + other.tombstoned,
        )


def author_scope(post: Post) -> str:
    """Where an author's name is unique: the platform itself, but the host for web pages and the source for imports."""
    if post.platform == WEB:
        return urlsplit(post.url or post.native_id).hostname or post.source
    return post.source if post.platform == IMPORT else ""


def land(ledger: Ledger, landings: Sequence[Landing]) -> LandReport:
    """Lands the items in one transaction; an item given twice counts once as it is and then as unchanged.

    Raises LedgerUnavailable when the database does not answer; then nothing of the call has landed.
    """
    if not landings:
        return LandReport()
    with ledger.write() as conn:
        ledger.lock_landing(conn, exclusive=False)
        batch = _Batch(ledger, conn, landings)
        for landing in landings:
            batch.add(landing)
        batch.flush()
    return batch.report


class _Batch:
    """One landing transaction in the making: reads what is known once, writes in bulk at the end."""

    def __init__(self, ledger: Ledger, conn: Connection, landings: Sequence[Landing]) -> None:
        self._ledger = ledger
        self._conn = conn
        self._pseudonyms = ledger.pseudonyms
        self.report = LandReport()
        ids: list[str] = sorted({landing.post.post_id for landing in landings})
        self._buried = self._read_tombstones(landings)
        self._known = self._read_known(ids)
        self._new: dict[str, dict[str, Any]] = {}
        self._raw: list[dict[str, Any]] = []
        self._items: dict[tuple[str, str], dict[str, Any]] = {}
        self._captures: dict[str, Capture] = {}
        self._sources: dict[str, str] = {}
        self._tainted: set[str] = set()

    def _read_tombstones(self, landings: Sequence[Landing]) -> set[str]:
        hashes = set()
        for landing in landings:
            hashes.add(self._pseudonyms.tombstone("post", landing.post.post_id))
            author = self._author(landing.post)
            if author:
                hashes.add(self._pseudonyms.tombstone("author", author))
        table = schema.tombstone
        return {
            found
            for chunk in _chunks(sorted(hashes))
            for found in self._conn.execute(sa.select(table.c.hash).where(table.c.hash.in_(chunk))).scalars()
        }

    def _read_known(self, ids: list[str]) -> dict[str, dict[str, Any]]:
        table = schema.post
        columns = (
            table.c.post_id,
            table.c.content_hash,
            table.c.revision,
            table.c.state,
            table.c.removed_at,
            table.c.title,
            table.c.text,
            table.c.media_text,
            table.c.edited_at,
            table.c.collected_at,
            table.c.stripped,
        )
        query = sa.select(*columns).order_by(table.c.post_id).with_for_update()
        return {
            row.post_id: dict(row._mapping)
            for chunk in _chunks(ids)
            for row in self._conn.execute(query.where(table.c.post_id.in_(chunk)))
        }

    def _author(self, post: Post) -> str | None:
        if not post.author:
            return None
        return self._pseudonyms.author(post.platform, f"{author_scope(post)}\x00{post.author}")

    def add(self, landing: Landing) -> None:
        post, post_id = landing.post, landing.post.post_id
        author = self._author(post)
        if self._is_buried(post_id, author):
            self._tainted.add(landing.capture.capture_id)
            self.report += LandReport(tombstoned=1)
            return
        content = self._pseudonyms.content(f"{post.title}\x00{post.text}\x00{post.media_text}")
        known = self._known.get(post_id)
        self._items[landing.capture.capture_id, post_id] = {
            "capture_id": landing.capture.capture_id,
            "post_id": post_id,
        }
        if known is None:
            self._add_new(landing, author, content)
        elif known["content_hash"] != content or (known["stripped"] and known["removed_at"] is not None):
            # The second case: deleted at the source, stripped here, and now public again.
            self._add_revision(landing, known, content)
        else:
            self._add_unchanged(post_id, known)

    def _is_buried(self, post_id: str, author: str | None) -> bool:
        if self._pseudonyms.tombstone("post", post_id) in self._buried:
            return True
        return author is not None and self._pseudonyms.tombstone("author", author) in self._buried

    def _keep_raw(self, landing: Landing, revision: int) -> None:
        self._captures[landing.capture.capture_id] = landing.capture
        self._sources[landing.capture.capture_id] = landing.post.source
        self._raw.append(
            {
                "post_id": landing.post.post_id,
                "revision": revision,
                "capture_id": landing.capture.capture_id,
                "media_type": landing.raw.media_type,
                "body": zlib.compress(landing.raw.body, 6),
            }
        )

    def _add_new(self, landing: Landing, author: str | None, content: str) -> None:
        post = landing.post
        published, estimated = _publication(post)
        row = {
            **_wording(post, content),
            "post_id": post.post_id,
            "platform": post.platform,
            "native_id": post.native_id,
            "source": post.source,
            "revision": 1,
            "state": State.LANDED.value,
            "doc_version": 1,
            "url": post.url,
            "author": author,
            "author_scope": author_scope(post) if author else None,
            "author_kind": post.author_kind.value,
            "published_at": published,
            "published_estimated": estimated,
            "month": f"{published:%Y.%m}",
            "first_seen": post.collected_at,
        }
        self._new[post.post_id] = row
        self._known[post.post_id] = {**row, "removed_at": None, "stripped": False}
        self._keep_raw(landing, 1)
        self.report += LandReport(new=1)

    def _add_revision(self, landing: Landing, known: dict[str, Any], content: str) -> None:
        post = landing.post
        pending = self._new.get(post.post_id)
        if pending is not None:
            # Two wordings of one new post in one batch: the first is written before the second replaces it.
            self._write_new()
        revision = known["revision"] + 1
        if not known["stripped"]:
            old = ("post_id", "revision", "title", "text", "media_text", "edited_at", "collected_at")
            self._conn.execute(schema.revision.insert().values({name: known[name] for name in old}))
        table = schema.post
        fresh = {
            **_wording(post, content),
            "revision": revision,
            "state": State.LANDED.value,
            "removed_at": None,
            "stripped": False,
            "retag": False,
            "attempts": 0,
            "deaths": 0,
            "alone": False,
            "failed_stage": None,
            "failed_reason": None,
            "failed_at": None,
        }
        self._conn.execute(
            table.update().where(table.c.post_id == post.post_id).values(doc_version=table.c.doc_version + 1, **fresh)
        )
        known.update(fresh)
        self._keep_raw(landing, revision)
        self.report += LandReport(revised=1)

    def _add_unchanged(self, post_id: str, known: dict[str, Any]) -> None:
        if known["removed_at"] is not None:
            table = schema.post
            self._conn.execute(
                table.update()
                .where(table.c.post_id == post_id)
                .values(removed_at=None, state=after_change(table), doc_version=table.c.doc_version + 1)
            )
            known["removed_at"] = None
        self.report += LandReport(unchanged=1)

    def _write_new(self) -> None:
        """Writes the new rows; one that another process landed meanwhile is left to it and to the next poll."""
        if not self._new:
            return
        insert = postgresql.insert if not self._ledger.is_sqlite else sqlite.insert
        rows = list(self._new.values())
        statement = insert(schema.post).on_conflict_do_nothing(index_elements=["post_id"])
        if self._ledger.is_sqlite:
            self._conn.execute(statement, rows)
        else:
            landed = set(self._conn.execute(statement.returning(schema.post.c.post_id), rows).scalars())
            lost = self._new.keys() - landed
            self._raw = [row for row in self._raw if row["post_id"] not in lost]
            self.report += LandReport(new=-len(lost), unchanged=len(lost))
        self._new = {}

    def flush(self) -> None:
        self._write_new()
        self._write_captures()
        if self._raw:
            self._conn.execute(schema.raw.insert(), self._raw)
        kept = {row["capture_id"] for row in self._raw}
        items = [row for (capture_id, _), row in sorted(self._items.items()) if capture_id in kept]
        if items:
            insert = postgresql.insert if not self._ledger.is_sqlite else sqlite.insert
            self._conn.execute(insert(schema.capture_item).on_conflict_do_nothing(), items)
        if self._tainted:
            table = schema.capture
            self._conn.execute(table.update().where(table.c.capture_id.in_(self._tainted)).values(body=None))

    def _write_captures(self) -> None:
        insert = postgresql.insert if not self._ledger.is_sqlite else sqlite.insert
        kept = {row["capture_id"] for row in self._raw}
        rows = [
            {
                **capture.model_dump(exclude={"body"}),
                "source": self._sources[capture.capture_id],
                "body": None if capture.capture_id in self._tainted else zlib.compress(capture.body, 6),
            }
            for capture in self._captures.values()
            if capture.capture_id in kept
        ]
        if rows:
            self._conn.execute(insert(schema.capture).on_conflict_do_nothing(), rows)


def after_change(table: sa.Table) -> Any:
    """The state after a change that needs no new tags: tagged, unless tags are still missing or it is quarantined."""
    return sa.case((table.c.state == State.INDEXED.value, State.TAGGED.value), else_=table.c.state)


def _wording(post: Post, content: str) -> dict[str, Any]:
    return {
        "content_hash": content,
        "lang_hint": post.lang_hint,
        "title": post.title,
        "text": post.text,
        "media_text": post.media_text,
        "hashtags": list(post.hashtags),
        "engagement": dict(post.engagement),
        "edited_at": post.edited_at,
        "collected_at": post.collected_at,
    }


def _publication(post: Post) -> tuple[datetime, bool]:
    if post.published_at is None or post.published_at > post.collected_at + FUTURE:
        return post.collected_at, True
    return post.published_at, False


def _chunks(values: list[str], size: int = 500) -> Iterator[list[str]]:
    # SQLite before 3.32 takes 999 parameters; 500 keeps statements cacheable on both engines.
    for start in range(0, len(values), size):
        yield values[start : start + size]
