"""Connections to the file: one a thread, opened when first needed, set up alike; SQLite's errors become ours here.

A connection is to the file that lies at the path now: one that was deleted or replaced under a running service is let go,
else what is written to it would count as indexed and be nowhere.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from indexer.backend import Note
from indexer.errors import IndexDamaged, IndexRejected, IndexUnavailable
from indexer.sqlite.schema import LAYOUT, SCHEMA, TABLES

BUSY_SECONDS = 30
"""How long one waits for another process's write; batches take well under a second, a nightly VACUUM some seconds."""

OWN_NAME = "index.sqlite"
"""What the index is called where no setting names another file. Under another name a file that cannot be read may be
anything, and a slip in the setting must not cost somebody that file."""

_PASSING = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    }
)
"""Faults of the moment or the machine, by primary result code: the file itself is sound."""
_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
"""What is in the file cannot be read: only these are mended by a new file."""
_PROBE = "SELECT fts5_source_id()"
"""Answered by every SQLite that has FTS5, without reading the file."""


class Connections:
    """The file at ``path``; it is made when first used. Safe between threads and processes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """One state of the file for the length of the block. Raises IndexUnavailable, IndexRejected."""
        with _translated(self.path):
            connection = self._ready()
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.rollback()

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction for writing: all of the block or nothing. Raises IndexUnavailable, IndexRejected."""
        with _translated(self.path):
            connection = self._ready()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.commit()
            except BaseException:
                connection.rollback()
                raise

    @contextlib.contextmanager
    def bare(self) -> Iterator[sqlite3.Connection]:
        """A connection outside any transaction, whatever the file's layout. Raises IndexUnavailable."""
        with _translated(self.path):
            yield self._open()

    def replace(self) -> None:
        """Takes a damaged file away, so that the next use makes a new one. Raises IndexDamaged where it is not surely ours."""
        if self.path.name != OWN_NAME:
            raise IndexDamaged(f"the index {self.path} is damaged or no index: delete it and run `daymark reindex`")
        self.close()
        with _translated(self.path):
            # The log first: beside a new file it would be taken for that one's.
            for name in (f"{OWN_NAME}-wal", f"{OWN_NAME}-shm", OWN_NAME):
                self.path.with_name(name).unlink(missing_ok=True)

    def close(self) -> None:
        """Closes the connections of all threads."""
        with self._lock:
            for connection in self._all:
                connection.close()
            self._all.clear()
            self._local = threading.local()

    def _open(self) -> sqlite3.Connection:
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is not None and self._local.file == _identity(self.path):
            return found
        if found is not None:
            self._forget(found)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            _check_engine(connection)
            # FULL: the ledger counts a post as indexed once it is acknowledged here, also across a power cut.
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "cache_size=-65536"):
                connection.execute(f"PRAGMA {pragma}")
        except BaseException:
            connection.close()
            raise
        with self._lock:
            self._all.append(connection)
        self._local.connection, self._local.file, self._local.checked = connection, _identity(self.path), False
        return connection

    def _forget(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            self._all.remove(connection)
        del self._local.connection
        connection.close()

    def _ready(self) -> sqlite3.Connection:
        connection = self._open()
        if self._local.checked:
            return connection
        if layout(connection) == 0:
            make_tables(connection, only_if_missing=True)
        found = layout(connection)
        if found != LAYOUT:
            raise IndexRejected(
                f"{self.path} has layout {found}, this Daymark needs {LAYOUT}: run `daymark reindex` to rebuild it"
                if found < LAYOUT
                else f"{self.path} was made by a newer Daymark (layout {found}): install that version"
            )
        self._local.checked = True
        return connection


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _check_engine(connection: sqlite3.Connection) -> None:
    try:
        connection.execute(_PROBE)
    except sqlite3.OperationalError as exc:
        raise IndexRejected(
            f"SQLite {sqlite3.sqlite_version} of this Python was built without FTS5, which the index needs: "
            "take another Python, or set DAYMARK_INDEX_URL to an Elasticsearch"
        ) from exc


def make_tables(
    connection: sqlite3.Connection, *, only_if_missing: bool, notes: Mapping[Note, str] | None = None
) -> None:
    """Makes all tables afresh in one transaction, dropping those of any earlier layout; writes the notes."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        if not only_if_missing or layout(connection) == 0:
            for table in TABLES:
                connection.execute(f"DROP TABLE IF EXISTS {table}")
            for statement in _statements(SCHEMA):
                connection.execute(statement)
            for note, value in (notes or {}).items():
                write_note(connection, note, value)
            connection.execute(f"PRAGMA user_version={LAYOUT}")
        connection.commit()
    except BaseException:
        connection.rollback()
        raise


def _statements(script: str) -> Iterator[str]:
    # executescript() would commit the transaction first.
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def read_note(connection: sqlite3.Connection, note: Note) -> str:
    """A note; empty where there is none."""
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name='state'").fetchone() is None:
        return ""
    found = connection.execute("SELECT value FROM state WHERE name=?", (note.value,)).fetchone()
    return str(found[0]) if found is not None else ""


def write_note(connection: sqlite3.Connection, note: Note, value: str, *, first: bool = False) -> None:
    """Writes a note within the caller's transaction; with ``first`` one that is there stays."""
    verb = "IGNORE" if first else "REPLACE"
    connection.execute(f"INSERT OR {verb} INTO state (name, value) VALUES (?, ?)", (note.value, value))


def layout(connection: sqlite3.Connection) -> int:
    """The layout of the file; 0 where it has none yet."""
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return found


@contextlib.contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as exc:
        if getattr(exc, "sqlite_errorcode", 0) & 0xFF in _PASSING:
            raise IndexUnavailable(f"the index {path} cannot be used now: {exc}") from exc
        if getattr(exc, "sqlite_errorcode", 0) & 0xFF in _DAMAGE:
            remedy = "run `daymark reindex`" if path.name == OWN_NAME else "delete it and run `daymark reindex`"
            raise IndexDamaged(f"the index {path} is damaged or no index ({exc}): {remedy}") from exc
        # Deleting would help nobody: the file is sound, and the ledger would fill it with the same again.
        raise IndexRejected(
            f"the index {path} refuses what is asked of it ({type(exc).__name__}: {exc}): a defect of Daymark, or tables "
            "that another program changed, which `daymark reindex` makes anew"
        ) from exc
    except OSError as exc:
        raise IndexUnavailable(f"the index {path} cannot be opened: {exc}") from exc
