"""Landing: posts enter the ledger with their raw item and the response it came in, in one transaction.

For each item, by its post_id:
1. tombstone of the post or its author   -> tombstoned, nothing kept, and the response's body is not kept either
2. unknown                               -> new, state landed, revision 1, month frozen
3. known, other wording                  -> revised: the old wording moves to `revision`, state landed, doc_version + 1,
                                            a lease on the old wording ends
4. known, the wording this source brought last, though another source has brought a different one since
                                         -> unchanged: two servers that word one post differently do not take turns
5. known, same wording                   -> unchanged; a post thought removed is present again, and what this reading adds
                                            (author, links, counts an hour newer) is written down (tagged, doc_version + 1)
6. unknown, but another process was first -> unchanged; where it landed another wording, all of the call is done again
7. an item under a mark that erasure left -> tombstoned, see ledger/traces.py

New posts, and those that are public again after a removal, are rechecked from then on where they can be (rechecks.py).
Links to erased posts and the names of erased authors are left out of every item (ledger/links.py).
Rows are locked by post_id, so that two processes that land the same posts wait for each other.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import schema
from ledger.captures import CaptureWriter
from ledger.database import Ledger, chunks, repeated
from ledger.errors import LedgerConflict
from ledger.links import Links, make_links
from ledger.post_columns import added_columns, first_columns, revised_columns
from ledger.rechecks import watch
from ledger.rows import after_change
from ledger.tombstones import author_pseudonym, tombstones_of
from ledger.traces import read_tombstones
from ledger.wording import EARLIER, KNOWN, words
from records import Landing, Post


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


@repeated
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
        lost = batch.write_new()
        if lost:
            batch.read_known(lost, lock=False)
            for landing in landings:
                if landing.post.post_id in lost:
                    batch.add(landing)
        batch.flush()
    batch.captures.remember()
    return batch.report


class _Batch:
    """One landing transaction in the making: reads what is known once, writes in bulk at the end."""

    def __init__(self, ledger: Ledger, conn: Connection, landings: Sequence[Landing]) -> None:
        self._ledger = ledger
        self._conn = conn
        self._pseudonyms = ledger.pseudonyms
        self._tally: dict[str, LandReport] = {}
        self._known: dict[str, dict[str, Any]] = {}
        self._new: dict[str, dict[str, Any]] = {}
        self._unlocked: set[str] = set()
        self._raw: list[dict[str, Any]] = []
        self._watched: dict[str, tuple[str, str, str, datetime]] = {}
        self._revisions: list[dict[str, Any]] = []
        self.captures = CaptureWriter(ledger, conn, landings)
        self._buried = self._read_tombstones(landings)
        self.read_known({landing.post.post_id for landing in landings})

    @property
    def report(self) -> LandReport:
        """What became of the items so far."""
        return sum(self._tally.values(), LandReport())

    def _count(self, post_id: str, what: LandReport) -> None:
        self._tally[post_id] = self._tally.get(post_id, LandReport()) + what

    def _read_tombstones(self, landings: Sequence[Landing]) -> set[str]:
        hashes = {self._pseudonyms.tombstone("post", post_id) for post_id in self.captures.waiting()}
        for landing in landings:
            hashes |= tombstones_of(self._pseudonyms, landing.post)
            hashes |= make_links(self._pseudonyms, landing.post).tombstones(self._pseudonyms)
        return read_tombstones(self._conn, hashes)

    def read_known(self, ids: Iterable[str], *, lock: bool = True) -> None:
        """Reads those of the posts that are there, and locks them in the order of their ids."""
        query = sa.select(*(schema.post.c[name] for name in KNOWN)).order_by(schema.post.c.post_id)
        if lock:
            query = query.with_for_update()
        else:
            self._unlocked.update(ids)
        for chunk in chunks(sorted(ids)):
            for row in self._conn.execute(query.where(schema.post.c.post_id.in_(chunk))):
                self._known[row.post_id] = dict(row._mapping)

    def add(self, landing: Landing) -> None:
        """Decides what becomes of one item."""
        post, post_id = landing.post, landing.post.post_id
        author = author_pseudonym(self._pseudonyms, post)
        if not self._buried.isdisjoint(tombstones_of(self._pseudonyms, post)):
            self.captures.taint(landing.capture)
            self._count(post_id, LandReport(tombstoned=1))
            return
        self.captures.add(landing)
        links = make_links(self._pseudonyms, post).without(self._pseudonyms, self._buried)
        content = self._pseudonyms.content(words(post.title, post.text, post.media_text))
        known = self._known.get(post_id)
        if known is None or known["removed_at"] is not None:
            self._watch(landing)
        if known is None:
            self._add_new(landing, author, links, content)
        elif known["stripped"] and known["removed_at"] is not None:
            # Deleted at the source, stripped here, and now public again.
            self._add_revision(landing, known, author, links, content)
        elif known["content_hash"] == content or self._is_repeat(post, known, content):
            self._add_unchanged(post, known, author, links)
        else:
            self._add_revision(landing, known, author, links, content)

    def _watch(self, landing: Landing) -> None:
        """Its rechecks begin: it is new, or public again after its removal, which had ended them."""
        post = landing.post
        if landing.lookup is not None:
            self._watched[post.post_id] = (post.post_id, post.source, landing.lookup, post.collected_at)

    def _is_repeat(self, post: Post, known: dict[str, Any], content: str) -> bool:
        """Whether this source only says again what it said last, while the current wording is another source's."""
        if post.post_id in self._new or (
            post.edited_at is not None and (known["edited_at"] is None or post.edited_at > known["edited_at"])
        ):
            return False
        raw, capture, earlier = schema.raw, schema.capture, schema.revision
        last = self._conn.execute(
            sa.select(sa.func.max(raw.c.revision))
            .join(capture, capture.c.capture_id == raw.c.capture_id)
            .where(raw.c.post_id == post.post_id, capture.c.source == post.source)
        ).scalar()
        row = self._conn.execute(
            sa.select(earlier).where(earlier.c.post_id == post.post_id, earlier.c.revision == last)
        ).one_or_none()
        return row is not None and content == self._pseudonyms.content(words(row.title, row.text, row.media_text))

    def _keep_raw(self, landing: Landing, revision: int) -> None:
        self._raw.append(
            {
                "post_id": landing.post.post_id,
                "revision": revision,
                "capture_id": landing.capture.capture_id,
                "media_type": landing.raw.media_type,
                "body": zlib.compress(landing.raw.body, 6),
            }
        )

    def _add_new(self, landing: Landing, author: str | None, links: Links, content: str) -> None:
        post = landing.post
        row = first_columns(post, author, links, content)
        self._new[post.post_id] = self._known[post.post_id] = row
        self._keep_raw(landing, 1)
        self._count(post.post_id, LandReport(new=1))

    def _add_revision(
        self, landing: Landing, known: dict[str, Any], author: str | None, links: Links, content: str
    ) -> None:
        post = landing.post
        if not known["stripped"]:
            self._revisions.append({name: known[name] for name in EARLIER})
        fresh = revised_columns(post, known, author, links, content)
        self._must_be_locked(post.post_id)
        if post.post_id in self._new:
            # Two wordings of one new post in one batch; its row is written once, with the second.
            known["doc_version"] += 1
        else:
            table, tags = schema.post, schema.tags
            mine = table.c.post_id == post.post_id
            self._conn.execute(table.update().where(mine).values(doc_version=table.c.doc_version + 1, **fresh))
            self._conn.execute(
                tags.update().where(tags.c.post_id == post.post_id, tags.c.current).values(current=False)
            )
        known.update(fresh)
        self._keep_raw(landing, known["revision"])
        self._count(post.post_id, LandReport(revised=1))

    def _add_unchanged(self, post: Post, known: dict[str, Any], author: str | None, links: Links) -> None:
        changes: dict[str, Any] = {"removed_at": None} if known["removed_at"] is not None else {}
        if not known["stripped"]:
            changes |= added_columns(post, known, author, links)
        if changes and post.post_id not in self._new:
            self._must_be_locked(post.post_id)
            table = schema.post
            self._conn.execute(
                table.update()
                .where(table.c.post_id == post.post_id)
                .values(state=after_change(table), doc_version=table.c.doc_version + 1, **changes)
            )
        known.update(changes)
        self._count(post.post_id, LandReport(unchanged=1))

    def _must_be_locked(self, post_id: str) -> None:
        if post_id in self._unlocked:
            # Locking it now, out of order and with new rows in hand, could stand against one who waits for these.
            raise LedgerConflict("another process has just landed the same post")

    def write_new(self) -> set[str]:
        """Writes the new rows; returns the ids of those that another process landed meanwhile."""
        rows, self._new = self._new, {}
        if not rows:
            return set()
        insert = self._ledger.insert(schema.post).on_conflict_do_nothing(index_elements=["post_id"])
        if self._ledger.is_sqlite:
            self._conn.execute(insert, list(rows.values()))
            return set()
        # Numbered as they came, written by id: a conflict waits for the other's end, and so must keep the order of locks.
        numbers = sa.text("SELECT nextval(pg_get_serial_sequence('post', 'seq')) FROM generate_series(1, :n)")
        for row, seq in zip(rows.values(), self._conn.execute(numbers, {"n": len(rows)}).scalars(), strict=True):
            row["seq"] = seq
        ordered = [rows[post_id] for post_id in sorted(rows)]
        written = set(self._conn.execute(insert.returning(schema.post.c.post_id), ordered).scalars())
        lost = rows.keys() - written
        for post_id in lost:
            del self._known[post_id], self._tally[post_id]
            self._watched.pop(post_id, None)
        self._raw = [row for row in self._raw if row["post_id"] not in lost]
        self._revisions = [row for row in self._revisions if row["post_id"] not in lost]
        return lost

    def flush(self) -> None:
        """Writes what is left: earlier wordings, raw items, captures."""
        if self._revisions:
            self._conn.execute(schema.revision.insert(), self._revisions)
        watch(self._ledger, self._conn, list(self._watched.values()))
        if self._raw:
            self._conn.execute(schema.raw.insert(), self._raw)
        buried = {name for name in self.captures.waiting() if self._pseudonyms.tombstone("post", name) in self._buried}
        self.captures.write({row["capture_id"] for row in self._raw}, buried)
