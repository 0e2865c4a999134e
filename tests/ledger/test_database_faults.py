"""A database in trouble: away, full, read-only, busy. Nothing is left half done, and it is said in one line."""

from __future__ import annotations

import sqlite3

import pytest
import sqlalchemy as sa

from ledger import (
    Ledger,
    LedgerUnavailable,
    Stage,
    claim_tag,
    commit_tags,
    due,
    land,
    make_worker,
    open_ledger,
    schema,
    status_counts,
)
from tests.ledger.conftest import KEY
from tests.ledger.world import assert_sound, land_some, make_landing, make_tags, rows
from tests.peers.postgres import Postgres


@pytest.mark.servers
def test_a_server_that_goes_away_and_comes_back(postgres_server: Postgres, postgres_url: str) -> None:
    with open_ledger(postgres_url, KEY) as ledger:
        land_some(ledger, 2)
        worker = make_worker(ledger)
        assert len(claim_tag(ledger, worker, 1)) == 1
        postgres_server.kill()
        try:
            for attempt in (lambda: land(ledger, [make_landing(3)]), lambda: status_counts(ledger)):
                with pytest.raises(LedgerUnavailable) as caught:
                    attempt()
                assert "boat" not in str(caught.value)
        finally:
            postgres_server.start()
        assert land(ledger, [make_landing(3)]).new == 1
        assert due(ledger, Stage.TAG) == (2, 1)
        worker.close()
        assert due(ledger, Stage.TAG) == (3, 0)
        assert_sound(ledger)


def test_closing_a_worker_while_the_database_is_away_is_no_fault(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = make_worker(ledger)

    def away(_: object) -> None:
        raise LedgerUnavailable("away")

    monkeypatch.setattr(Ledger, "write", away)
    worker.close()


# Disk full


@pytest.fixture
def small(sqlite_copy: str) -> Ledger:
    """A SQLite ledger on a disk that is nearly full."""
    ledger = open_ledger(sqlite_copy, KEY)
    with ledger.engine.connect() as conn:
        pages = conn.exec_driver_sql("PRAGMA page_count").scalar_one()
    ledger.engine.dispose()

    def limit(connection: sqlite3.Connection, _: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages + 20}").fetchall()

    sa.event.listen(ledger.engine, "connect", limit)
    return ledger


def test_a_full_disk_leaves_nothing_half_done(small: Ledger) -> None:
    landings = [make_landing(number, text=f"{number} " + "x" * 5000) for number in range(1, 200)]
    with pytest.raises(LedgerUnavailable, match="full"):
        land(small, landings)
    assert rows(small, schema.post) == rows(small, schema.raw) == rows(small, schema.capture) == []
    assert land(small, landings[:2]).new == 2
    worker = make_worker(small)
    work = claim_tag(small, worker, 10)
    huge = make_tags(sub_labels=tuple("y" * 1000 for _ in range(200)))
    with pytest.raises(LedgerUnavailable, match="full"):
        commit_tags(small, worker, [(item.post, huge) for item in work])
    assert not rows(small, schema.tags)
    assert due(small, Stage.TAG) == (0, 2), "still leased, so that the worker may try again"
    assert commit_tags(small, worker, [(item.post, make_tags()) for item in work]) == 2
    worker.close()
    assert_sound(small)
    small.close()


def test_a_file_that_may_only_be_read(sqlite_copy: str) -> None:
    ledger = open_ledger(sqlite_copy, KEY)
    sa.event.listen(ledger.engine, "connect", lambda conn, _: conn.execute("PRAGMA query_only = ON"))
    ledger.engine.dispose()
    with pytest.raises(LedgerUnavailable, match="readonly"):
        land_some(ledger, 1)
    ledger.close()


def test_a_writer_that_waits_too_long_is_told(sqlite_copy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.database.BUSY_SECONDS", 0.2)
    with open_ledger(sqlite_copy, KEY) as ledger:
        other = sqlite3.connect(str(ledger.engine.url.database), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerUnavailable, match="locked"):
            land_some(ledger, 1)
        assert status_counts(ledger).seen == 0, "readers do not wait"
        other.rollback()
        other.close()
        assert land_some(ledger, 1).new == 1
