"""Bytes of erased, stripped and late-erased posts leave the index's files without anyone asking."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config import Project
from indexer import Acknowledgement, Entry, IndexUnavailable, Note, SqliteIndex, drain_index, expunge_due
from ledger import Ledger, Worker, erase_author, erase_post, housekeep, mark_removed, read_post
from tests.indexer.ailing import Pauses
from tests.indexer.landings import fill
from tests.indexer.test_sqlite import all_bytes

WORD = "qvzxwkjyhapax"
NOW = datetime.now(UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "index.sqlite"


@pytest.fixture
def index(path: Path) -> Iterator[SqliteIndex]:
    opened = SqliteIndex(path)
    yield opened
    opened.close()


@pytest.fixture
def project() -> Project:
    return Project(controller="Example Institute", purpose="tests", legal_basis="none needed", contact="a@example.org")


def fill_secret(ledger: Ledger, worker: Worker, index: SqliteIndex) -> str:
    """Fifty dull posts and one with a word of its own; returns its id."""
    fill(ledger, worker, range(50))
    (secret,) = fill(ledger, worker, range(100, 101), text=f"{WORD} leaves at dawn")
    drain_index(ledger, worker, index)
    return secret


def test_a_stripped_wording_leaves_the_file(
    ledger: Ledger, worker: Worker, index: SqliteIndex, path: Path, project: Project
) -> None:
    secret = fill_secret(ledger, worker, index)
    mark_removed(ledger, secret, NOW - timedelta(days=9))
    assert housekeep(ledger, project, NOW).stripped == 1
    drain_index(ledger, worker, index)
    assert WORD.encode() in all_bytes(path)
    assert expunge_due(index, datetime.now(UTC))
    assert WORD.encode() not in all_bytes(path)
    assert not expunge_due(index, datetime.now(UTC))


def test_the_name_of_an_erased_author_leaves_the_documents_that_named_them(
    ledger: Ledger, worker: Worker, index: SqliteIndex, path: Path
) -> None:
    fill(ledger, worker, range(50))
    (post_id,) = fill(ledger, worker, range(100, 101), mentions=["nobody-else"])
    post = read_post(ledger, post_id)
    assert post is not None
    (name,) = post.mentions
    drain_index(ledger, worker, index)
    assert name.encode() in all_bytes(path)
    assert not expunge_due(index, datetime.now(UTC))
    # Of somebody who wrote nothing here no document is erased: the one that named them owes it.
    assert erase_author(ledger, name, "asked for").posts == 0
    drain_index(ledger, worker, index)
    assert expunge_due(index, datetime.now(UTC))
    assert name.encode() not in all_bytes(path)


def test_wordings_are_expunged_a_few_times_a_day_not_every_hour(
    ledger: Ledger, worker: Worker, index: SqliteIndex
) -> None:
    now = datetime.now(UTC)
    index.write_note(Note.EMPTIED_AT, now.isoformat())
    index.write_note(Note.EXPUNGED_AT, (now - timedelta(hours=1)).isoformat())
    assert not expunge_due(index, now + timedelta(hours=1))
    assert expunge_due(index, now + timedelta(hours=6))


class Away(SqliteIndex):
    """An index that takes no erasures."""

    def erase(self, entries: Iterable[Entry]) -> Iterator[Acknowledgement]:
        raise IndexUnavailable("away")


def test_a_post_erased_while_the_index_was_away_leaves_the_file(
    ledger: Ledger, worker: Worker, index: SqliteIndex, path: Path
) -> None:
    secret = fill_secret(ledger, worker, index)
    erase_post(ledger, secret, "asked for")
    away = Away(path)
    drain_index(ledger, worker, away, wait=Pauses(stop_after=3))
    assert not expunge_due(away, datetime.now(UTC))
    away.close()
    assert drain_index(ledger, worker, index).erased == 1
    assert expunge_due(index, datetime.now(UTC))
    assert WORD.encode() not in all_bytes(path)


def test_an_expunge_that_failed_is_owed_still(ledger: Ledger, worker: Worker, index: SqliteIndex, path: Path) -> None:
    secret = fill_secret(ledger, worker, index)
    erase_post(ledger, secret, "asked for")
    drain_index(ledger, worker, index)

    class Read(SqliteIndex):
        def expunge(self) -> None:
            raise IndexUnavailable("is being read")

    read = Read(path)
    with pytest.raises(IndexUnavailable):
        expunge_due(read, datetime.now(UTC))
    read.close()
    assert expunge_due(index, datetime.now(UTC))
    assert WORD.encode() not in all_bytes(path)


def test_the_id_of_an_erased_post_leaves_the_file_when_the_erasure_is_forgotten(
    ledger: Ledger, worker: Worker, index: SqliteIndex, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = fill_secret(ledger, worker, index)
    erase_post(ledger, secret, "asked for")
    drain_index(ledger, worker, index)
    assert expunge_due(index, datetime.now(UTC))
    assert secret.encode() in all_bytes(path)
    later = datetime.now(UTC) + timedelta(hours=2)
    monkeypatch.setattr("time.time", later.timestamp)
    assert expunge_due(index, later)
    assert secret.encode() not in all_bytes(path)
    assert not expunge_due(index, later + timedelta(hours=2))
