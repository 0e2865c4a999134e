"""One suite for both engines.

The schema is made once a session: a SQLite file is copied for each test, a PostgreSQL database is emptied after each, which
takes a tenth of the time of a new one. `ledger` is an empty ledger on each engine; `open_again` opens the same one once
more, as another process would.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
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
def postgres_database(postgres_server: Postgres) -> str:
    """The URL of a migrated, empty database."""
    url = postgres_server.new_database()
    open_ledger(url, KEY).close()
    return url


@pytest.fixture
def sqlite_copy(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of an empty SQLite ledger."""
    path = tmp_path / "data" / "ledger.sqlite"
    path.parent.mkdir()
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_copy(postgres_database: str) -> Iterator[str]:
    """The URL of an empty PostgreSQL ledger."""
    yield postgres_database
    empty(postgres_database)


def empty(database: str) -> None:
    """Deletes all rows but those that make it a ledger of our key."""
    tables = [name for name in schema.metadata.tables if name != "meta"]
    with psycopg.connect(database.replace("+psycopg", "")) as conn:
        conn.execute("SET LOCAL lock_timeout = '10s'")
        conn.execute("SET LOCAL session_replication_role = replica")  # the audit log refuses to be emptied otherwise
        for table in tables:
            conn.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))


ENGINES = [
    pytest.param("sqlite_copy", id="sqlite"),
    pytest.param("postgres_copy", id="postgresql", marks=pytest.mark.servers),
]


@pytest.fixture(params=ENGINES)
def url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty ledger, on each engine."""
    found: str = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def open_again(url: str) -> Iterator[Callable[[], Ledger]]:
    """Opens the test's ledger, as often as it is called."""
    opened: list[Ledger] = []

    def open_it() -> Ledger:
        opened.append(open_ledger(url, KEY))
        return opened[-1]

    yield open_it
    for ledger in opened:
        ledger.close()


@pytest.fixture
def ledger(open_again: Callable[[], Ledger]) -> Ledger:
    """An empty ledger."""
    return open_again()


@pytest.fixture
def worker(ledger: Ledger) -> Iterator[Worker]:
    """An owner of leases."""
    with make_worker(ledger) as made:
        yield made
