"""Opening the ledger's database: one `Ledger` object for SQLite (WAL) and PostgreSQL.

1. connect; an unreachable server is LedgerUnavailable
2. bring the schema to this code's revision, one process at a time; a newer schema is refused
3. compare the key's fingerprint with the one the ledger knows; the first key to come is written down
"""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from config import Pseudonyms
from ledger import schema
from ledger.errors import LedgerError, LedgerUnavailable

BUSY_SECONDS = 60
"""How long a SQLite writer waits for another; transactions here take milliseconds, a vacuum of a large file seconds."""

_LOCK_SCHEMA = 0x646D0001
_LOCK_LANDING = 0x646D0002
_LOCK_FAMILY = 0x646D0003


class Ledger:
    """An open ledger. Not shared between processes; safe between threads."""

    def __init__(self, engine: Engine, pseudonyms: Pseudonyms) -> None:
        self.engine = engine
        self.pseudonyms = pseudonyms

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the one-machine ledger."""
        return self.engine.dialect.name == "sqlite"

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading; sees one state of the ledger. Raises LedgerUnavailable."""
        with _translated(), self.engine.connect() as conn, conn.begin():
            yield conn

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction for writing; all of it or nothing. Raises LedgerUnavailable."""
        with _translated(), self.engine.connect() as conn:
            # Taking the write lock at once: a reader that turns writer half-way fails with "database is locked".
            conn = conn.execution_options(daymark_begin="BEGIN IMMEDIATE")
            with conn.begin():
                yield conn

    def now(self, conn: Connection) -> datetime:
        """The ledger's clock: the server's on PostgreSQL, so that hosts with wrong clocks agree on leases."""
        if self.is_sqlite:
            return datetime.now(UTC)
        moment: datetime = conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        return moment.astimezone(UTC)

    def lock_landing(self, conn: Connection, *, exclusive: bool) -> None:
        """Landing shares this lock, erasure takes it alone: no post lands between a tombstone's check and its commit."""
        if not self.is_sqlite:
            name = "pg_advisory_xact_lock" if exclusive else "pg_advisory_xact_lock_shared"
            conn.execute(sa.text(f"SELECT {name}({_LOCK_LANDING})"))

    def lock_families(self, conn: Connection) -> None:
        """Two taggers that commit copies of one text at once must not found two families."""
        if not self.is_sqlite:
            conn.execute(sa.text(f"SELECT pg_advisory_xact_lock({_LOCK_FAMILY})"))

    def close(self) -> None:
        """Closes all connections."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OperationalError as exc:
        raise LedgerUnavailable(f"the ledger's database does not answer: {_one_line(exc)}") from exc
    except DBAPIError as exc:
        if exc.connection_invalidated:
            raise LedgerUnavailable(f"the ledger's database went away: {_one_line(exc)}") from exc
        raise


def _one_line(exc: DBAPIError) -> str:
    # The driver's text only: SQLAlchemy's own message carries parameters, that is, text of posts.
    return " ".join(str(exc.orig).split())[:300]


def open_ledger(url: str, pseudonyms: Pseudonyms) -> Ledger:
    """Opens the ledger at a SQLAlchemy URL and brings its schema up to date.

    Raises LedgerUnavailable when the database cannot be reached, LedgerError for a wrong key or a newer schema.
    """
    engine = make_engine(url)
    ledger = Ledger(engine, pseudonyms)
    try:
        if _revision(ledger) != schema.REVISION:
            _upgrade(ledger)
        _check_key(ledger)
    except BaseException:
        engine.dispose()
        raise
    return ledger


def make_engine(url: str) -> Engine:
    """An engine with our settings; no connection is made."""
    parsed = make_url(url)
    options: dict[str, Any] = {"hide_parameters": True}
    if parsed.get_backend_name() == "sqlite":
        if parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        options["connect_args"] = {"timeout": BUSY_SECONDS}
    else:
        options["pool_pre_ping"] = True
        options["connect_args"] = {"connect_timeout": 10}
    engine = sa.create_engine(parsed, **options)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    # FULL: an acknowledged post must survive a power cut. secure_delete: erased bytes are overwritten, not just unlinked.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "temp_store=MEMORY"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(conn: Connection) -> None:
    conn.exec_driver_sql(conn.get_execution_options().get("daymark_begin", "BEGIN"))


def _revision(ledger: Ledger) -> str | None:
    with ledger.read() as conn:
        if not sa.inspect(conn).has_table("alembic_version"):
            return None
        found: str | None = conn.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
        return found


def _upgrade(ledger: Ledger) -> None:
    # Alembic costs 0.2 s to import and is needed once per release.
    from ledger.migrations import upgrade

    with _one_at_a_time(ledger):
        found = _revision(ledger)
        if found == schema.REVISION:
            return
        if found is not None and found > schema.REVISION:
            raise LedgerError(
                f"the ledger's schema is {found}, this Daymark knows {schema.REVISION}: install the newer version"
            )
        upgrade(ledger.engine)


@contextlib.contextmanager
def _one_at_a_time(ledger: Ledger) -> Iterator[None]:
    if ledger.is_sqlite:
        database = ledger.engine.url.database
        if not database:
            yield
            return
        with open(f"{database}.lock", "w", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        return
    with _translated(), ledger.engine.connect() as conn:
        conn.execute(sa.text(f"SELECT pg_advisory_lock({_LOCK_SCHEMA})"))
        try:
            yield
        finally:
            conn.execute(sa.text(f"SELECT pg_advisory_unlock({_LOCK_SCHEMA})"))


def _check_key(ledger: Ledger) -> None:
    mine = ledger.pseudonyms.fingerprint
    known = sa.select(schema.meta.c.value).where(schema.meta.c.name == "key_fingerprint")
    with ledger.read() as conn:
        found = conn.execute(known).scalar()
    if found is None:
        with ledger.write() as conn:
            found = conn.execute(known).scalar()
            if found is None:
                conn.execute(schema.meta.insert().values(name="key_fingerprint", value=mine))
                found = mine
    if found != mine:
        raise LedgerError(
            f"this key ({mine[:6]}…) is not the one the ledger was made with ({found[:6]}…): set DAYMARK_KEY_DIR to the "
            "right key, or restore it from your backup"
        )
