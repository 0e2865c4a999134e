"""Writing and erasing, by version.

1. look:   the version in the file, or of the erasure within the last hour
2. older:  what comes is older than that            -> newer_exists, nothing changes
3. write:  replace all rows of the document         -> done, forget the erasure
   erase:  delete all rows, remember the erasure    -> done
All of a batch is one transaction; acknowledgements are given after its commit.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence

from indexer.backend import Acknowledgement, Entry, Outcome
from indexer.sqlite.rows import COLUMNS, Rows

BATCH = 500
"""Documents of one transaction: one fsync for all of them, and other writers wait about 0.1 s."""
REMEMBER_SECONDS = 3600.0
"""How long an erasure's version is remembered: far longer than the ledger waits before it deletes again."""

_SET = ", ".join(f"{name}=excluded.{name}" for name in COLUMNS)
_UPSERT = (
    f"INSERT INTO document ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))}) "
    f"ON CONFLICT (post_id) DO UPDATE SET {_SET} RETURNING id"
)


def write_rows(connection: sqlite3.Connection, rows: Rows) -> Acknowledgement:
    """Writes one document within the caller's transaction."""
    if _known_version(connection, rows.post_id) > rows.doc_version:
        return Acknowledgement(rows.post_id, rows.doc_version, Outcome.NEWER_EXISTS)
    connection.execute("SAVEPOINT one")
    try:
        _replace(connection, rows)
    except (sqlite3.DataError, sqlite3.IntegrityError) as exc:
        connection.execute("ROLLBACK TO one")
        return Acknowledgement(rows.post_id, rows.doc_version, Outcome.REJECTED, f"{type(exc).__name__}: {exc}")
    finally:
        connection.execute("RELEASE one")
    return Acknowledgement(rows.post_id, rows.doc_version, Outcome.DONE)


def erase_entry(connection: sqlite3.Connection, entry: Entry) -> Acknowledgement:
    """Erases one document within the caller's transaction."""
    if _known_version(connection, entry.post_id) > entry.doc_version:
        return Acknowledgement(entry.post_id, entry.doc_version, Outcome.NEWER_EXISTS)
    found = connection.execute("SELECT id FROM document WHERE post_id=?", (entry.post_id,)).fetchone()
    if found is not None:
        for table in ("term", "content", "document"):
            connection.execute(f"DELETE FROM {table} WHERE id=?", found)
    connection.execute(
        "INSERT OR REPLACE INTO erased (post_id, doc_version, at) VALUES (?, ?, ?)",
        (entry.post_id, entry.doc_version, time.time()),
    )
    return Acknowledgement(entry.post_id, entry.doc_version, Outcome.DONE)


def forget_erasures(connection: sqlite3.Connection) -> None:
    """Drops erasures older than REMEMBER_SECONDS: an id that once stood here is itself something to forget."""
    connection.execute("DELETE FROM erased WHERE at < ?", (time.time() - REMEMBER_SECONDS,))


def _known_version(connection: sqlite3.Connection, post_id: str) -> int:
    found: tuple[int] = connection.execute(
        "SELECT max(ifnull((SELECT doc_version FROM document WHERE post_id=?1), 0),"
        " ifnull((SELECT doc_version FROM erased WHERE post_id=?1), 0))",
        (post_id,),
    ).fetchone()
    return found[0]


def _replace(connection: sqlite3.Connection, rows: Rows) -> None:
    (number,) = connection.execute(_UPSERT, rows.document).fetchone()
    connection.execute(
        "INSERT INTO content (id, body, source) VALUES (?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET body=excluded.body, source=excluded.source",
        (number, rows.body, rows.source),
    )
    connection.execute("DELETE FROM term WHERE id=?", (number,))
    connection.executemany(
        "INSERT INTO term (field, value, id) VALUES (?, ?, ?)", [(*term, number) for term in rows.terms]
    )
    connection.execute("DELETE FROM erased WHERE post_id=?", (rows.post_id,))


def unavailable(items: Sequence[Rows | Entry], reason: str) -> list[Acknowledgement]:
    """Acknowledgements for a batch that could not be written now."""
    return [Acknowledgement(item.post_id, item.doc_version, Outcome.UNAVAILABLE, reason) for item in items]
