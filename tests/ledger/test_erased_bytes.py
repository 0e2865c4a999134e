"""After an erasure none of it is in any byte of the database's files: architecture, rule 5."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from ledger import (
    Ledger,
    LedgerUnavailable,
    PollResult,
    Validators,
    Worker,
    compact,
    erase_author,
    erase_post,
    finish_poll,
    keep_rejected,
    land,
    mark_retag,
    open_ledger,
    open_original,
    schema,
    start_poll,
)
from records import Contact, Landing, Offer
from tests.ledger.conftest import KEY
from tests.ledger.world import (
    NOON,
    OFFER,
    claim,
    index,
    land_some,
    make_capture,
    make_landing,
    make_post,
    rows,
    signature,
    tag,
)

MARK = "zqxjkvwpfaj"
HANDLE = f"{MARK}handle"


def fill(ledger: Ledger, worker: Worker) -> str:
    """A post whose every part holds MARK, through all that can happen to it; returns its id."""
    address = f"https://{MARK}.example/users/{HANDLE}/statuses/1"

    def one(text: str, **changes: Any) -> Landing:
        body = f"{{'{MARK}body': '{text}'}}".encode()
        return make_landing(
            1,
            make_capture(f"{MARK}{text}", body, url=f"{address}/context", headers={"link": [f"<{address}>"]}),
            native_id=address,
            url=address,
            author=HANDLE,
            text=f"{MARK}text {text}",
            title=f"{MARK}title",
            media_text=f"{MARK}alt",
            hashtags=(f"{MARK}tag",),
            **changes,
        )

    about: dict[str, Any] = {"mentions": [HANDLE], "quotes": address, "thread": address}
    others = [make_landing(number, author="bob@social.example", **about) for number in range(2, 60)]
    land(ledger, [one("first"), *others])
    tag(ledger, worker, signature=signature(1))
    land(ledger, [one("second")])
    offer = OFFER | {"offer": Offer(contacts=(Contact(type="phone", hash="ab" * 8),), service=f"{MARK}service")}
    tag(ledger, worker, **offer)
    index(ledger, worker)
    shared = make_capture("shared", f"{MARK}body".encode(), url=f"https://social.example/?since={address}")
    land(ledger, [one("second").model_copy(update={"capture": shared}), make_landing(70, shared)])
    post_id = str(next(row["post_id"] for row in rows(ledger, schema.post) if row["native_id"] == address))
    keep_rejected(ledger, "social", "bad_shape", f"...{HANDLE}...".encode())
    assert claim(ledger, worker, "social", NOON)
    poll = start_poll(ledger, worker, "social", NOON)
    cursor = {"entries": {"k": ["f", address, 0]}, "watch": {"1": [post_id, 1, 1]}}
    result = PollResult(
        "failed", NOON, cursor=cursor, message=f"{address} answers 500", validators={address: Validators("x")}
    )
    finish_poll(ledger, poll, result, None)
    open_original(ledger, post_id, "to see it")
    mark_retag(ledger, "7")
    tag(ledger, worker)
    return post_id


@pytest.fixture
def own_database(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database whose files no other test has written."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_copy")
    else:
        yield request.getfixturevalue("postgres_server").new_database()


OWN = [pytest.param("sqlite", id="sqlite"), pytest.param("postgresql", id="postgresql", marks=pytest.mark.servers)]


@pytest.mark.parametrize("own_database", OWN, indirect=True)
def test_none_of_the_author_s_bytes_is_in_any_file(own_database: str, request: pytest.FixtureRequest) -> None:
    with open_ledger(own_database, KEY) as ledger:
        worker = Worker(ledger)
        post_id = fill(ledger, worker)
        if not ledger.is_sqlite:
            # What autovacuum does in its own time: samples of every column go into the planner's statistics.
            with ledger.engine.connect() as conn:
                conn.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM ANALYZE")
        pseudonym = KEY.author("fediverse", f"\x00{HANDLE}")
        assert files_with(own_database, request, MARK, HANDLE)
        assert files_with(own_database, request, pseudonym)
        done = erase_author(ledger, HANDLE, f"asked for by {HANDLE}")
        assert (done.posts, done.others) == (1, 58)
        compact(ledger)
        assert files_with(own_database, request, MARK, HANDLE, pseudonym) == []
        # The log of who opened an original names it by its id for ever; everything else has let go of it.
        holding = files_with(own_database, request, post_id)
        with ledger.write() as conn:
            conn.execute(sa.delete(schema.deletion))
            for statement in (
                ["DROP TRIGGER audit_no_delete"] if ledger.is_sqlite else ["ALTER TABLE audit DISABLE TRIGGER USER"]
            ):
                conn.execute(sa.text(statement))
            conn.execute(sa.delete(schema.audit))
        compact(ledger)
        if not ledger.is_sqlite:
            with ledger.engine.connect() as conn:
                conn.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM FULL audit")
        assert holding
        assert files_with(own_database, request, post_id) == []
        worker.close()


def files_with(url: str, request: pytest.FixtureRequest, *words: str) -> list[str]:
    """The database's files that hold any of the words; PostgreSQL's write-ahead log is the server's own."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        files = list(Path(str(parsed.database)).parent.iterdir())
    else:
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as conn:
            conn.execute("CHECKPOINT")
            row = conn.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone()
            assert row is not None
        folder = request.getfixturevalue("postgres_server")._data / "base" / str(row[0])
        files = [path for path in folder.iterdir() if path.is_file()]
    needles = [word.encode() for word in words]
    return [path.name for path in files if any(needle in path.read_bytes() for needle in needles)]


def test_a_reader_that_stays_keeps_compaction_from_its_promise(
    sqlite_copy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.database.BUSY_SECONDS", 0.2)
    with open_ledger(sqlite_copy, KEY) as ledger:
        land_some(ledger, 1)
        reader = sqlite3.connect(str(make_url(sqlite_copy).database), isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM post").fetchall()
        erase_post(ledger, make_post().post_id, "asked for")
        with pytest.raises(LedgerUnavailable, match=r"try again|cannot be compacted"):
            compact(ledger)
        reader.close()
        compact(ledger)
