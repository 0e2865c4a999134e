"""The ledger's database: one `Ledger` object for SQLite (WAL) and PostgreSQL, and the errors of both in our own words.

Locks on PostgreSQL are taken in this order: landing or erasure (advisory), families (advisory), rows by post_id. Where that
order cannot be kept (a merge of families reaches posts nobody named) the database ends the deadlock by undoing one of the
two transactions, and `repeated` does that one again.
"""

from __future__ import annotations

import contextlib
import functools
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from config import Pseudonyms
from ledger.errors import LedgerConflict, LedgerError, LedgerUnavailable

if TYPE_CHECKING:
    from ledger.captures import Response

BUSY_SECONDS = 60
"""How long a SQLite writer waits for another; transactions here take milliseconds, a vacuum of a large file seconds."""

TRIES = 5
"""Of a transaction that the database undid to end a deadlock. Each try meets other company; two have always sufficed."""
_CONFLICTS = frozenset({"40P01", "40001"})
_READ_ONLY = "25006"
"""What a PostgreSQL stand-by answers to a write in the moments of a fail-over."""
_SERVER_GONE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 60_000}
"""A cut network is noticed within a minute; the kernel's own patience is two hours."""

LOCK_SCHEMA = 0x646D0001
_LOCK_LANDING = 0x646D0002
_LOCK_FAMILY = 0x646D0003
_LOCK_OUTBOX = 0x646D0004


class Ledger:
    """An open ledger. Not shared between processes; safe between threads."""

    def __init__(self, engine: Engine, pseudonyms: Pseudonyms) -> None:
        self.engine = engine
        self.pseudonyms = pseudonyms
        self.responses: dict[str, Response] = {}
        """What `land` remembers of the responses it is in the middle of; ledger/captures.py."""

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the one-machine ledger."""
        return self.engine.dialect.name == "sqlite"

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading; sees one state of the ledger. Raises LedgerUnavailable."""
        with translated(), self.engine.connect() as conn:
            if not self.is_sqlite:
                # Else each statement would see a state of its own, and counts would not add up.
                conn = conn.execution_options(isolation_level="REPEATABLE READ")
            with conn.begin():
                yield conn

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction for writing; all of it or nothing. Raises LedgerUnavailable."""
        with translated(), self.engine.connect() as conn:
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

    def lock_outbox(self, conn: Connection) -> None:
        """Two schedulers must not both find that no window overlaps theirs."""
        if not self.is_sqlite:
            conn.execute(sa.text(f"SELECT pg_advisory_xact_lock({_LOCK_OUTBOX})"))

    def insert(self, table: sa.Table) -> Any:
        """An INSERT that can be told to do nothing where the row is there already."""
        return (sqlite.insert if self.is_sqlite else postgresql.insert)(table)

    def close(self) -> None:
        """Closes all connections."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def repeated(transaction: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """For a function that is one transaction and nothing else: does it again where the database ended a deadlock with it.

    Raises LedgerConflict, a LedgerUnavailable, after TRIES times.
    """

    @functools.wraps(transaction)
    def again(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        for number in range(1, TRIES):
            try:
                return transaction(*args, **kwargs)
            except LedgerConflict:
                time.sleep(random.uniform(0, 0.05 * number))  # noqa: S311 - no secret, only apart from the other
        return transaction(*args, **kwargs)

    return again


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Turns what a driver raises into the ledger's own errors; faults of ours stay as they are."""
    try:
        yield
    except OperationalError as exc:
        if _state(exc) in _CONFLICTS:
            raise LedgerConflict(f"the ledger's database undid this: {_one_line(exc)}") from exc
        raise LedgerUnavailable(f"the ledger's database does not answer: {_one_line(exc)}") from exc
    except DBAPIError as exc:
        if exc.connection_invalidated or _state(exc) == _READ_ONLY:
            raise LedgerUnavailable(f"the ledger's database went away: {_one_line(exc)}") from exc
        if type(exc.orig) is sqlite3.DatabaseError:
            raise LedgerError(f"the ledger's file is damaged or no ledger, restore a backup: {_one_line(exc)}") from exc
        raise
    except PoolTimeoutError as exc:
        raise LedgerUnavailable("the ledger's database has no connection free") from exc


def _state(exc: DBAPIError) -> str:
    return getattr(exc.orig, "sqlstate", None) or ""


def _one_line(exc: DBAPIError) -> str:
    # The driver's first sentence only: SQLAlchemy adds parameters and PostgreSQL details, that is, text of posts.
    said = getattr(getattr(exc.orig, "diag", None), "message_primary", None) or str(exc.orig)
    return " ".join(said.split())[:300]


def chunks(values: list[str], size: int = 500) -> Iterator[list[str]]:
    """The values in parts: SQLite before 3.32 takes 999 parameters, and 500 keep statements cacheable on both engines."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def make_engine(url: str, *, create: bool = True) -> Engine:
    """An engine with our settings; no connection is made, and without ``create`` no folder. Raises LedgerError for a URL
    that is none.
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            if parsed.database and create:
                Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            arguments: dict[str, Any] = {"timeout": BUSY_SECONDS}
        else:
            arguments = {"connect_timeout": 10, "keepalives": 1, **_SERVER_GONE}
        engine = sa.create_engine(parsed, hide_parameters=True, pool_pre_ping=True, connect_args=arguments)
    except (ArgumentError, ValueError, ImportError) as exc:
        raise LedgerError("DAYMARK_LEDGER_URL is no database URL; write postgresql://USER@HOST/NAME") from exc
    except OSError as exc:
        raise LedgerUnavailable(f"the ledger's folder cannot be made: {exc}") from exc
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
