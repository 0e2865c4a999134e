"""Erasure: a post or an author leaves every store; a tombstone alone remains.

1. in one transaction: rows of the posts go from every table, tombstones come, deletions for the index are written,
   the deed is audited under the tombstone's hash
2. compaction: bytes of deleted rows leave the database's files
3. the index deletes now, and again after the longest lease (ledger.work.ack_deletes)
A crash between the steps leaves nothing undone: deletions are rows, compaction is repeated by the next one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import schema
from ledger.audit import write_audit
from ledger.database import Ledger
from ledger.errors import LedgerError
from ledger.posts import empty_captures_of


@dataclass(frozen=True)
class Erasure:
    """What was erased: how many posts, and under which hashes a re-crawl is blocked."""

    posts: int
    tombstones: int


def erase_post(ledger: Ledger, post_id: str, reason: str) -> Erasure:
    """Erases one post; a post that never landed gets its tombstone all the same. Raises LedgerError without a reason."""
    _needs_reason(reason)
    with ledger.write() as conn:
        ledger.lock_landing(conn, exclusive=True)
        return _erase(ledger, conn, [post_id], [], [], reason)


def erase_author(ledger: Ledger, name: str, reason: str) -> Erasure:
    """Erases all posts of an author, given in clear as the platform names them or as a pseudonym (16 hex digits).

    The author's later posts are blocked too. A clear name is looked up on every platform and host that the ledger knows.
    Raises LedgerError when nothing of the author is known, so that a typing error is not taken for a deed.
    """
    _needs_reason(reason)
    post = schema.post
    with ledger.write() as conn:
        ledger.lock_landing(conn, exclusive=True)
        pseudonyms = [name] if _is_pseudonym(name) else _pseudonyms_of(ledger, conn, name)
        found = [
            row
            for start in range(0, len(pseudonyms), 500)
            for row in conn.execute(
                sa.select(post.c.post_id, post.c.author).where(post.c.author.in_(pseudonyms[start : start + 500]))
            )
        ]
        if not found:
            raise LedgerError("no post of that author is in the ledger: give the name as the platform shows it")
        authors = sorted({row.author for row in found})
        clear = [] if _is_pseudonym(name) else [name]
        return _erase(ledger, conn, [row.post_id for row in found], authors, clear, reason)


def _needs_reason(reason: str) -> None:
    if not reason.strip():
        raise LedgerError("erasing needs a reason for the log: --reason TEXT")


def _is_pseudonym(name: str) -> bool:
    return len(name) == 16 and all(letter in "0123456789abcdef" for letter in name)


def _pseudonyms_of(ledger: Ledger, conn: Connection, name: str) -> list[str]:
    post = schema.post
    scopes = conn.execute(sa.select(post.c.platform, post.c.author_scope).distinct()).all()
    make = ledger.pseudonyms.author
    return [make(row.platform, f"{row.author_scope}\x00{name}") for row in scopes if row.author_scope is not None]


def _erase(
    ledger: Ledger, conn: Connection, ids: list[str], authors: list[str], clear: list[str], reason: str
) -> Erasure:
    hashes = [("post", ledger.pseudonyms.tombstone("post", post_id)) for post_id in ids]
    hashes += [("author", ledger.pseudonyms.tombstone("author", author)) for author in authors]
    erased = 0
    for start in range(0, len(ids), 500):
        erased += _erase_rows(ledger, conn, ids[start : start + 500], clear)
    known = set(conn.execute(sa.select(schema.tombstone.c.hash)).scalars()) if hashes else set()
    now = ledger.now(conn)
    fresh = [{"hash": digest, "what": what, "at": now} for what, digest in hashes if digest not in known]
    if fresh:
        conn.execute(schema.tombstone.insert(), fresh)
    subject = hashes[-1][1][:16]
    write_audit(ledger, conn, "erase", subject, f"{reason.strip()} ({erased} posts)")
    return Erasure(erased, len(fresh))


def _erase_rows(ledger: Ledger, conn: Connection, ids: list[str], clear: list[str]) -> int:
    post, item, capture = schema.post, schema.capture_item, schema.capture
    rows = conn.execute(sa.select(post).where(post.c.post_id.in_(ids)).with_for_update()).all()
    empty_captures_of(conn, ids)
    _erase_rejected(conn, {row.source for row in rows}, [*clear, *(row.native_id for row in rows)])
    holding = set(conn.execute(sa.select(item.c.capture_id).where(item.c.post_id.in_(ids))).scalars())
    for table in (schema.raw, schema.revision, schema.tags, schema.signature, schema.band, item, post):
        conn.execute(table.delete().where(table.c.post_id.in_(ids)))
    # A capture that held nothing else has a URL that names the post.
    others = set(conn.execute(sa.select(item.c.capture_id).where(item.c.capture_id.in_(holding))).scalars())
    conn.execute(capture.delete().where(capture.c.capture_id.in_(holding - others)))
    urls = [url for row in rows for url in (row.url, row.native_id) if url]
    conn.execute(schema.validator.delete().where(schema.validator.c.url.in_(urls)))
    _schedule_deletions(ledger, conn, rows)
    return len(rows)


def _schedule_deletions(ledger: Ledger, conn: Connection, rows: Sequence[Any]) -> None:
    now = ledger.now(conn) - timedelta(seconds=1)
    deletions = [
        {"post_id": row.post_id, "month": row.month, "doc_version": row.doc_version + 1, "due": now} for row in rows
    ]
    if deletions:
        conn.execute(schema.deletion.insert(), deletions)


def _erase_rejected(conn: Connection, sources: set[str], words: list[str]) -> None:
    """Items that could not be landed are not tied to a post; those that name the author or the post go."""
    table = schema.rejected
    needles = [word.encode("utf-8", "surrogatepass") for word in words if word]
    doomed = [
        row.id
        for row in conn.execute(sa.select(table.c.id, table.c.body).where(table.c.source.in_(sources)))
        if any(needle in row.body for needle in needles)
    ]
    for start in range(0, len(doomed), 500):
        conn.execute(table.delete().where(table.c.id.in_(doomed[start : start + 500])))


def compact(ledger: Ledger) -> None:
    """Removes the bytes of deleted rows from the database's files.

    SQLite: checkpoint, VACUUM, checkpoint. PostgreSQL: VACUUM FULL of the tables that hold content, which locks each for
    the time of its copying; its write-ahead log and backups are the server's own and turn over by its settings.
    """
    if ledger.is_sqlite:
        connection = ledger.engine.raw_connection()
        cursor: Any = connection.cursor()
        try:
            # The driver's own connection: SQLAlchemy would open a transaction, in which VACUUM is refused.
            for statement in ("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                cursor.execute(statement).fetchall()
        finally:
            connection.close()
        return
    with ledger.engine.connect() as conn:
        auto = conn.execution_options(isolation_level="AUTOCOMMIT")
        for table in ("post", "revision", "raw", "capture", "capture_item", "tags", "rejected", "validator", "outbox"):
            auto.exec_driver_sql(f"VACUUM FULL {table}")
