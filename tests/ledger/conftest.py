"""One suite for both engines.

Each engine has one database a session, opened once and emptied after each test: to make and open one for each test takes
ten times as long. `ledger` is that ledger; `open_again` opens the same one once more, as another process would.
`sqlite_copy` is a file of the test's own, for tests that spoil theirs.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from config import Pseudonyms
from ledger import Ledger, Worker, make_worker, open_ledger, schema
from tests.peers.postgres import Postgres

KEY = Pseudonyms(bytes(range(32)))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty ledger file."""
    path = tmp_path_factory.mktemp("template") / "ledger.sqlite"
    open_ledger(f"sqlite:///{path}", KEY).close()
    return path


@pytest.fixture(scope="session")
def sqlite_ledger(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """The session's SQLite ledger."""
    path = tmp_path_factory.mktemp("session") / "ledger.sqlite"
    shutil.copyfile(sqlite_template, path)
    with open_ledger(f"sqlite:///{path}", KEY) as ledger:
        yield ledger


@pytest.fixture(scope="session")
def postgres_ledger(postgres_server: Postgres) -> Iterator[Ledger]:
    """The session's PostgreSQL ledger."""
    with open_ledger(postgres_server.new_database(), KEY) as ledger:
        yield ledger


@pytest.fixture
def sqlite_copy(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of an empty SQLite ledger of the test's own."""
    path = tmp_path / "data" / "ledger.sqlite"
    path.parent.mkdir()
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


ENGINES = [
    pytest.param("sqlite_ledger", id="sqlite"),
    pytest.param("postgres_ledger", id="postgresql", marks=pytest.mark.servers),
]


@pytest.fixture(params=ENGINES)
def ledger(request: pytest.FixtureRequest, emptied: Callable[[Ledger], None]) -> Iterator[Ledger]:
    """An empty ledger, on each engine."""
    found: Ledger = request.getfixturevalue(request.param)
    yield found
    emptied(found)


@pytest.fixture
def url(ledger: Ledger) -> str:
    """The URL of the test's ledger."""
    return ledger.engine.url.render_as_string(hide_password=False)


@pytest.fixture
def open_again(url: str) -> Iterator[Callable[[], Ledger]]:
    """Opens the test's ledger once more, as often as it is called."""
    opened: list[Ledger] = []

    def open_it() -> Ledger:
        opened.append(open_ledger(url, KEY))
        return opened[-1]

    yield open_it
    for ledger in opened:
        ledger.close()


@pytest.fixture
def worker(ledger: Ledger) -> Iterator[Worker]:
    """An owner of leases."""
    with make_worker(ledger) as made:
        yield made


@pytest.fixture(scope="session")
def emptied(sqlite_template: Path) -> Callable[[Ledger], None]:
    """Takes everything out of a ledger but what makes it a ledger of our key."""

    def empty(ledger: Ledger) -> None:
        ledger.responses.clear()
        if not ledger.is_sqlite:
            empty_postgres(ledger)
            return
        path = str(ledger.engine.url.database)
        with closing(sqlite3.connect(sqlite_template)) as source, closing(sqlite3.connect(path, timeout=10)) as target:
            source.backup(target)

    return empty


def empty_postgres(ledger: Ledger) -> None:
    """Deletes all rows; the audit log refuses that to everyone but a replica."""
    address = ledger.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as conn:
        conn.execute("SET LOCAL lock_timeout = '10s'")
        conn.execute("SET LOCAL session_replication_role = replica")
        for table in schema.metadata.tables:
            if table != "meta":
                conn.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
