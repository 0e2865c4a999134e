"""Erasure: a post or an author leaves every store; a tombstone alone remains.

1. in one transaction: rows of the posts go from every table, and what names them elsewhere (ledger/traces.py), in other
   posts too (ledger/links.py); tombstones come, deletions for the index are written, the deed is audited under the
   tombstone's hash
2. compaction: bytes of deleted rows leave the database's files
3. the index deletes now, and again after the longest lease (ledger.deletions.ack_deletes)
A crash between the steps leaves nothing undone: deletions are rows, compaction is repeated by the next one.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import schema
from ledger.audit import write_audit
from ledger.database import Ledger, chunks, repeated, translated
from ledger.errors import LedgerError, LedgerUnavailable
from ledger.links import Mentions, erase_links, who_mentions
from ledger.posts import drop_captures_of
from ledger.proposals import drop_uncited, forget_citations
from ledger.traces import Names, blank, erase_from_captures, erase_rejected, erase_traces, read_tombstones
from records import is_post_id


@dataclass(frozen=True)
class Erasure:
    """What was erased: how many posts, under how many hashes a re-crawl is blocked, out of how many posts of others, and how
    many items that could not be landed."""

    posts: int
    tombstones: int
    others: int = 0
    items: int = 0


@repeated
def erase_post(ledger: Ledger, post_id: str, reason: str) -> Erasure:
    """Erases one post; one that never landed gets its tombstone all the same.

    Raises LedgerError without a reason, or for what is no post id.
    """
    _needs_reason(reason)
    if not is_post_id(post_id):
        raise LedgerError(f"{post_id[:60]!r} is no post id (32 hexadecimal digits, as search prints them)")
    with ledger.write() as conn:
        ledger.lock_landing(conn, exclusive=True)
        ledger.lock_families(conn)
        return _erase(ledger, conn, [post_id], _Who(), reason)


@repeated
def erase_author(ledger: Ledger, name: str, reason: str) -> Erasure:
    """Erases all posts of an author, given in clear as the platform names them or as a pseudonym (16 hex digits).

    Other posts no longer name them (an author known from there alone can be erased too), and later posts are blocked. A
    clear name is looked up on every platform and host that the ledger knows; by a pseudonym all items that could not be
    landed are dropped, since it does not tell whose they are. Raises LedgerError when nothing of the author
    is known, so that a typing error is not taken for a deed; an author who is erased already is no error.
    """
    _needs_reason(reason)
    post, name = schema.post, name.strip()
    with ledger.write() as conn:
        ledger.lock_landing(conn, exclusive=True)
        ledger.lock_families(conn)
        pseudonyms = _pseudonyms_of(ledger, conn, name)
        found = [
            row
            for chunk in chunks(pseudonyms)
            for row in conn.execute(sa.select(post.c.post_id, post.c.author).where(post.c.author.in_(chunk)))
        ]
        mentions = who_mentions(conn, pseudonyms)
        clear = () if _is_pseudonym(name) else tuple(_spellings(name))
        if not found and not mentions:
            hashes = [ledger.pseudonyms.tombstone("author", author) for author in pseudonyms]
            if known := read_tombstones(conn, hashes):
                # What came since and could not be landed, no tombstone has kept out.
                items = _erase_rejected(conn, clear)
                _log(ledger, conn, min(known), blank(reason.strip(), clear), 0, items)
                return Erasure(0, 0, items=items)
            raise LedgerError("no post of that author is in the ledger: give the name as the platform shows it")
        named = {word for words in mentions.values() for word in words}
        who = _Who(
            authors=tuple(sorted({row.author for row in found} | named.intersection(pseudonyms))),
            clear=clear,
            mentions=mentions,
        )
        return _erase(ledger, conn, [row.post_id for row in found], who, reason)


def _erase_rejected(conn: Connection, clear: tuple[str, ...]) -> int:
    if clear:
        return erase_rejected(conn, [*clear, *_addresses(clear)])
    # A pseudonym does not tell by which name an item would hold its author; they are kept for diagnosis, for days.
    return conn.execute(schema.rejected.delete()).rowcount


def _log(ledger: Ledger, conn: Connection, tombstone: str, reason: str, posts: int, items: int) -> None:
    dropped = f", {items} items that could not be landed" if items else ""
    write_audit(ledger, conn, "erase", tombstone[:16], f"{reason} ({posts} posts{dropped})")


@dataclass(frozen=True)
class _Who:
    """Whose posts they are: pseudonyms, the name in clear as it may be spelled, and the posts that name them."""

    authors: tuple[str, ...] = ()
    clear: tuple[str, ...] = ()
    mentions: Mentions = field(default_factory=dict)


def _needs_reason(reason: str) -> None:
    if not reason.strip():
        raise LedgerError("erasing needs a reason for the log: --reason TEXT")


def _is_pseudonym(name: str) -> bool:
    return len(name) == 16 and all(letter in "0123456789abcdef" for letter in name)


def _spellings(name: str) -> list[str]:
    bare = name.removeprefix("@")
    return [name] if bare == name or not bare else [name, bare]


def _pseudonyms_of(ledger: Ledger, conn: Connection, name: str) -> list[str]:
    post = schema.post
    scopes = conn.execute(sa.select(post.c.platform, post.c.author_scope).distinct()).all()
    # Where all posts of a platform are erased its scope is forgotten; names that are unique on a platform have none.
    pairs = {(row.platform, row.author_scope) for row in scopes if row.author_scope is not None} | {
        (row.platform, "") for row in scopes
    }
    make = ledger.pseudonyms.author
    found = [make(platform, f"{scope}\x00{word}") for platform, scope in sorted(pairs) for word in _spellings(name)]
    return [name, *found] if _is_pseudonym(name) else found


def _erase(ledger: Ledger, conn: Connection, ids: list[str], who: _Who, reason: str) -> Erasure:
    tombstone, authors, clear = ledger.pseudonyms.tombstone, who.authors, who.clear
    others = erase_links(conn, ids, authors, who.mentions)
    names: Names = {}
    seen: set[str] = set()
    for chunk in chunks(sorted(ids)):
        for row in _erase_rows(ledger, conn, chunk):
            seen.add(row.post_id)
            names |= _names(row)
    drop_uncited(conn)
    erase_traces(ledger, conn, set(ids), names)
    items = (_erase_rejected(conn, clear) if authors else 0) + erase_rejected(conn, names)
    hashes = {tombstone("author", author): "author" for author in authors}
    hashes |= {tombstone("post", post_id): "post" if post_id in seen else "unseen" for post_id in ids}
    known = read_tombstones(conn, hashes)
    now = ledger.now(conn)
    fresh = [{"hash": digest, "what": what, "at": now} for digest, what in hashes.items() if digest not in known]
    if fresh:
        conn.execute(schema.tombstone.insert(), fresh)
    subject = tombstone("author", authors[-1]) if authors else tombstone("post", ids[-1])
    # The log is for ever: it must not hold the name that it says was erased.
    _log(ledger, conn, subject, blank(reason.strip(), [*names, *clear]), len(seen), items)
    return Erasure(len(seen), len(fresh), others, items)


def _names(row: Any) -> Names:
    return {word: row.post_id for word in (row.url, row.native_id) if word}


def _addresses(names: Iterable[str]) -> list[str]:
    """How the pages of accounts in the Fediverse are named."""
    pairs = [name.split("@") for name in names if name.count("@") == 1 and not name.startswith("@")]
    return [f"{host}/{path}{user}" for user, host in pairs for path in ("@", "users/")]


def _erase_rows(ledger: Ledger, conn: Connection, ids: list[str]) -> Sequence[Any]:
    post = schema.post
    mine = post.c.post_id.in_(ids)
    rows = conn.execute(sa.select(post).where(mine).order_by(post.c.post_id).with_for_update()).all()
    here: Names = {word: post_id for row in rows for word, post_id in _names(row).items()}
    forget_citations(conn, ids)
    for table in (schema.raw, schema.revision, schema.tags, schema.signature, schema.band, schema.recheck, post):
        conn.execute(table.delete().where(table.c.post_id.in_(ids)))
    erase_from_captures(conn, drop_captures_of(conn, ids), here)
    for chunk in chunks(sorted(here)):
        conn.execute(schema.validator.delete().where(schema.validator.c.url.in_(chunk)))
    _schedule_deletions(ledger, conn, rows)
    return rows


def _schedule_deletions(ledger: Ledger, conn: Connection, rows: Sequence[Any]) -> None:
    now = ledger.now(conn) - timedelta(seconds=1)
    deletions = [
        {"post_id": row.post_id, "month": row.month, "doc_version": row.doc_version + 1, "due": now} for row in rows
    ]
    if deletions:
        conn.execute(schema.deletion.insert(), deletions)


_EMPTIED = (
    "post",
    "revision",
    "raw",
    "capture",
    "capture_item",
    "tags",
    "signature",
    "band",
    "recheck",
    "citation",
    "proposal",
    "rejected",
    "validator",
    "source_state",
    "poll",
    "outbox",
    "deletion",
)


def compact(ledger: Ledger) -> None:
    """Removes the bytes of deleted rows from the database's files. Raises LedgerUnavailable when others keep it from that.

    SQLite: checkpoint, VACUUM, checkpoint. PostgreSQL: VACUUM FULL of the tables that hold content, which locks each for
    the time of its copying, and of the planner's statistics, which hold samples of it; its write-ahead log and backups
    are the server's own and turn over by its settings.
    """
    with translated():
        if ledger.is_sqlite:
            _compact_sqlite(ledger)
            return
        with ledger.engine.connect() as conn:
            auto = conn.execution_options(isolation_level="AUTOCOMMIT")
            for table in _EMPTIED:
                auto.exec_driver_sql(f"VACUUM (FULL, ANALYZE) {table}")
            auto.exec_driver_sql("VACUUM FULL pg_statistic")


def _compact_sqlite(ledger: Ledger) -> None:
    with _driver_connection(ledger) as cursor:
        _checkpoint(cursor)
        # The copy that VACUUM makes would have to fit into memory; on disk it holds nothing but what stays.
        cursor.execute("PRAGMA temp_store=FILE")
        try:
            cursor.execute("VACUUM")
        finally:
            cursor.execute("PRAGMA temp_store=MEMORY")
        _checkpoint(cursor)


def _checkpoint(cursor: Any) -> None:
    busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    if busy:
        raise LedgerUnavailable(
            "the ledger is being read all the while: erased bytes are still in its journal, try again"
        )


@contextlib.contextmanager
def _driver_connection(ledger: Ledger) -> Iterator[Any]:
    """The driver's own cursor: SQLAlchemy would open a transaction, in which VACUUM is refused."""
    connection = ledger.engine.raw_connection()
    try:
        yield connection.cursor()
    except sqlite3.OperationalError as exc:
        raise LedgerUnavailable(f"the ledger cannot be compacted now: {exc}") from exc
    finally:
        connection.close()
