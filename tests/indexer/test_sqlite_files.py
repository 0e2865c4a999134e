"""Files that are not what they should be: each is refused with what helps, and only a damaged one is to be deleted."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer import IndexRejected, IndexUnavailable, MarketQuery, SqliteIndex
from indexer.sqlite import connections
from indexer.sqlite.schema import LAYOUT
from tests.indexer.documents import make, make_corpus, put


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "index.sqlite"


@pytest.fixture
def filled(path: Path) -> Iterator[SqliteIndex]:
    index = SqliteIndex(path)
    put(index, *make_corpus())
    yield index
    index.close()


def test_a_file_of_another_layout_is_refused_until_it_is_rebuilt(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version={LAYOUT + 1}")
    index = SqliteIndex(path)
    for _ in range(2):
        with pytest.raises(IndexRejected, match="newer Daymark"):
            index.count()
    with pytest.raises(IndexRejected, match="newer Daymark"):
        index.drop()
    index.close()


def test_an_older_layout_asks_for_a_rebuild(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE document (id INTEGER PRIMARY KEY)")
        connection.execute("PRAGMA user_version=-1")
    index = SqliteIndex(path)
    with pytest.raises(IndexRejected, match="daymark reindex"):
        index.count()
    index.drop()
    put(index, make(1))
    assert index.count() == 1
    index.close()


def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    path.write_bytes(b"no database, sorry " * 500)
    index = SqliteIndex(path)
    with pytest.raises(IndexRejected, match="reindex"):
        index.count()
    index.close()


def test_a_sqlite_without_fts5_is_named_as_what_it_is(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_PROBE", "SELECT fts9_source_id()")
    index = SqliteIndex(path)
    with pytest.raises(IndexRejected, match=r"without FTS5.*DAYMARK_INDEX_URL") as caught:
        index.count()
    assert "delete" not in str(caught.value)
    index.close()


def test_only_a_damaged_file_is_to_be_deleted(filled: SqliteIndex, path: Path) -> None:
    with filled._connections.write() as connection:
        connection.execute("UPDATE content SET source = 'no JSON'")
    with pytest.raises(IndexRejected, match="malformed JSON") as caught:
        list(filled.offers(MarketQuery()))
    assert "delete" not in str(caught.value)
    filled.close()
    held = bytearray(path.read_bytes())
    held[8192:-4096] = b"\xff" * (len(held) - 12288)
    path.write_bytes(held)
    with pytest.raises(IndexRejected, match=r"damaged.*run `daymark reindex`"):
        list(filled.scan_ids())


def test_a_folder_that_cannot_be_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(IndexUnavailable):
        SqliteIndex(tmp_path / "file" / "index.sqlite").count()
