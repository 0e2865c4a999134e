"""Opening the ledger.

1. connect; an unreachable server is LedgerUnavailable, and where there is no ledger yet only `init` makes one
2. bring the schema to this code's revision, one process at a time; a newer schema is refused
3. compare the key's fingerprint with the one the ledger knows; the first key to come is written down
"""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from config import Pseudonyms
from ledger import schema
from ledger.database import LOCK_SCHEMA, Ledger, make_engine, translated
from ledger.errors import LedgerError, LedgerUnavailable


def open_ledger(url: str, pseudonyms: Pseudonyms, *, create: bool = True) -> Ledger:
    """Opens the ledger at a SQLAlchemy URL and brings its schema up to date.

    Without ``create`` a ledger that is not there is LedgerError: an empty one in its place would have forgotten what was
    erased. Raises LedgerUnavailable when the database cannot be reached, LedgerError for a wrong key or a newer schema.
    """
    if pseudonyms.is_ephemeral:
        raise LedgerError("a ledger needs the installation's key: run `daymark init`")
    engine = make_engine(url, create=create)
    ledger = Ledger(engine, pseudonyms)
    try:
        found = None if _has_no_file(engine) else _revision(engine)
        if found is None and not create:
            raise LedgerError(
                f"there is no ledger at {engine.url.render_as_string(hide_password=True)}: restore it from your backup, "
                "or run `daymark init` for a new one"
            )
        if found != schema.REVISION:
            _upgrade(ledger)
        _check_key(ledger)
    except BaseException:
        engine.dispose()
        raise
    return ledger


def ledger_fingerprint(url: str) -> str | None:
    """The fingerprint of the key that the ledger at ``url`` was made with; None where there is no ledger.

    Needs no key and makes nothing. Raises LedgerUnavailable when the database cannot be reached, LedgerError for a URL that
    is none.
    """
    engine = make_engine(url, create=False)
    try:
        if _has_no_file(engine) or _revision(engine) is None:
            return None
        with translated(), engine.connect() as conn:
            return _known_fingerprint(conn)
    finally:
        engine.dispose()


def _has_no_file(engine: Engine) -> bool:
    # Connecting would make an empty file, which looks like a ledger to whoever comes next.
    url = engine.url
    is_file = engine.dialect.name == "sqlite" and bool(url.database) and not url.query.get("uri")
    return is_file and not Path(str(url.database)).is_file()


def _revision(engine: Engine) -> str | None:
    with translated(), engine.connect() as conn:
        if not sa.inspect(conn).has_table("alembic_version"):
            return None
        found: str | None = conn.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
        return found


def _upgrade(ledger: Ledger) -> None:
    # Alembic costs 0.2 s to import and is needed once per release.
    from ledger.migrations import upgrade

    with _one_at_a_time(ledger):
        found = _revision(ledger.engine)
        if found == schema.REVISION:
            return
        if found is not None and found > schema.REVISION:
            raise LedgerError(
                f"the ledger's schema is {found}, this Daymark knows {schema.REVISION}: install the newer version"
            )
        with translated():
            upgrade(ledger.engine)


@contextlib.contextmanager
def _one_at_a_time(ledger: Ledger) -> Iterator[None]:
    if ledger.is_sqlite:
        database = ledger.engine.url.database
        if not database:
            yield
            return
        try:
            file = open(f"{database}.lock", "w", encoding="ascii")  # noqa: SIM115 - closed below
        except OSError as exc:
            raise LedgerUnavailable(f"the ledger's folder cannot be written: {exc}") from exc
        with file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        return
    with translated(), ledger.engine.connect() as conn:
        conn.execute(sa.text(f"SELECT pg_advisory_lock({LOCK_SCHEMA})"))
        try:
            yield
        finally:
            conn.execute(sa.text(f"SELECT pg_advisory_unlock({LOCK_SCHEMA})"))


def _check_key(ledger: Ledger) -> None:
    mine = ledger.pseudonyms.fingerprint
    with ledger.read() as conn:
        found = _known_fingerprint(conn)
    if found is None:
        with ledger.write() as conn:
            # Of two that come first at once, one writes its key down and the other reads it.
            row = {"name": "key_fingerprint", "value": mine}
            conn.execute(ledger.insert(schema.meta).values(row).on_conflict_do_nothing())
            found = _known_fingerprint(conn)
    assert found is not None, "written in this transaction or before it"
    if found != mine:
        raise LedgerError(
            f"this key ({mine[:6]}…) is not the one the ledger was made with ({found[:6]}…): set DAYMARK_KEY_DIR to the "
            "right key, or restore it from your backup"
        )


def _known_fingerprint(conn: Connection) -> str | None:
    name = schema.meta.c.name == "key_fingerprint"
    found: str | None = conn.execute(sa.select(schema.meta.c.value).where(name)).scalar()
    return found
