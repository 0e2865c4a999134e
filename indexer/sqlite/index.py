"""The port on a SQLite file."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from indexer.backend import Acknowledgement, Entry, Note, Outcome, Rebuild
from indexer.errors import IndexDamaged, IndexRejected, IndexUnavailable
from indexer.grammar import Query
from indexer.queries import MarketQuery, OfferRow, SearchPage, SearchQuery, TrendCounts, TrendSlice
from indexer.sqlite import counting, reading
from indexer.sqlite.connections import Connections, layout, make_tables, read_note, write_note
from indexer.sqlite.rows import Rows, make_rows
from indexer.sqlite.schema import LAYOUT
from indexer.sqlite.writing import BATCH, erase_entry, forget_erasures, unavailable, write_rows
from indexer.stored import from_millis
from records import Document

Item = TypeVar("Item", Rows, Entry)


class SqliteIndex:
    """Implements indexer.backend.Index. Safe between threads and processes; readers never wait for writers."""

    backend = "sqlite"

    def __init__(self, path: Path) -> None:
        self._connections = Connections(path)

    def write(self, documents: Iterable[Document]) -> Iterator[Acknowledgement]:
        """See Index.write; batches of BATCH documents are committed together."""
        stream = iter(documents)
        while batch := list(itertools.islice(stream, BATCH)):
            ready: list[Rows] = []
            for document in batch:
                try:
                    ready.append(make_rows(document))
                except ValueError as exc:
                    yield Acknowledgement(document.post_id, document.doc_version, Outcome.REJECTED, str(exc))
                except Exception as exc:  # noqa: BLE001 - one document must not stop the others; its message may quote it
                    yield Acknowledgement(document.post_id, document.doc_version, Outcome.REJECTED, type(exc).__name__)
            yield from self._apply(write_rows, ready)

    def erase(self, entries: Iterable[Entry]) -> Iterator[Acknowledgement]:
        """See Index.erase."""
        stream = iter(entries)
        while batch := list(itertools.islice(stream, BATCH)):
            yield from self._apply(erase_entry, batch)

    def _apply(
        self, one: Callable[[sqlite3.Connection, Item], Acknowledgement], items: list[Item]
    ) -> list[Acknowledgement]:
        try:
            with self._connections.write() as connection:
                forget_erasures(connection)
                return [one(connection, item) for item in items]
        except IndexUnavailable as exc:
            return unavailable(items, str(exc))

    def search(self, query: SearchQuery) -> SearchPage:
        """See Index.search."""
        with self._connections.read() as connection:
            return reading.search(connection, query)

    def trend(self, query: TrendSlice) -> TrendCounts:
        """See Index.trend."""
        with self._connections.read() as connection:
            return counting.trend(connection, query)

    def offers(self, query: MarketQuery) -> Iterator[OfferRow]:
        """See Index.offers."""
        with self._connections.read() as connection:
            found = reading.offers(connection, query)
        yield from found

    def extent(self, query: Query) -> tuple[datetime, datetime] | None:
        """See Index.extent."""
        with self._connections.read() as connection:
            found = reading.extent(connection, query)
        return None if found is None else (from_millis(found[0]), from_millis(found[1]))

    def count(self) -> int:
        """See Index.count."""
        with self._connections.read() as connection:
            found: int = connection.execute("SELECT count(*) FROM document").fetchone()[0]
        return found

    def scan_ids(self) -> Iterator[Entry]:
        """See Index.scan_ids; page by page, so that writing may go on."""
        last = ""
        while True:
            with self._connections.read() as connection:
                page = reading.scan_page(connection, last)
            if not page:
                return
            yield from page
            last = page[-1].post_id

    def look_up(self, post_ids: Collection[str]) -> Iterator[Entry]:
        """See Index.look_up."""
        with self._connections.read() as connection:
            found = reading.look_up(connection, post_ids)
        yield from found

    def refresh(self) -> None:
        """Nothing to do: what is committed is visible."""

    def expunge(self) -> None:
        """See Index.expunge. Needs free disk space of the file's size; raises IndexUnavailable while others read."""
        with self._connections.write() as connection:
            forget_erasures(connection)
            connection.execute("INSERT INTO words (words) VALUES ('optimize')")
        with self._connections.bare() as connection:
            connection.execute("VACUUM")
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise IndexUnavailable("the index is being read, so its write-ahead log could not be emptied: try again")

    def drop(self) -> None:
        """See Index.drop. A damaged file is replaced."""
        try:
            sound = self._empty()
        except IndexDamaged:
            sound = False
        if not sound:
            self._connections.replace()
            self._empty()

    def _empty(self) -> bool:
        """Makes the tables afresh; returns whether what is left of the file is sound."""
        with self._connections.bare() as connection:
            if layout(connection) > LAYOUT:
                raise IndexRejected("the index was made by a newer Daymark: install that version, or delete the file")
            make_tables(connection, only_if_missing=False, notes={Note.REBUILD: Rebuild.DROPPED.value})
            found: str = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        return found == "ok"

    def read_note(self, note: Note) -> str:
        """See Index.read_note."""
        with self._connections.bare() as connection:
            found = layout(connection)
            if found == 0 or (note is Note.REBUILD and found != LAYOUT):
                return ""
            return read_note(connection, note)

    def write_note(self, note: Note, value: str, *, first: bool = False) -> None:
        """See Index.write_note."""
        with self._connections.write() as connection:
            write_note(connection, note, value, first=first)

    def close(self) -> None:
        """See Index.close."""
        self._connections.close()
