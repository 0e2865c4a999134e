"""Opening the ledger: schema, key, and databases that are not there; ledger/opening.py, steps 1 to 3."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from config import Pseudonyms, ephemeral_key
from ledger import (
    Ledger,
    LedgerError,
    LedgerUnavailable,
    land,
    ledger_fingerprint,
    open_ledger,
    schema,
    status_counts,
)
from ledger.migrations import alembic_config
from tests.ledger.conftest import KEY
from tests.ledger.world import land_some, make_landing
from tools.processes import free_port

OTHER = Pseudonyms(b"x" * 32)


@pytest.fixture(params=[pytest.param("sqlite"), pytest.param("postgresql", marks=pytest.mark.servers)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database in which nothing is yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/not/yet/there/ledger.sqlite"
    url: str = request.getfixturevalue("postgres_url")
    return url


def test_the_newest_migration_is_the_one_this_code_knows() -> None:
    assert ScriptDirectory.from_config(alembic_config()).get_heads() == [schema.REVISION]


def test_the_migrations_make_the_tables_that_the_code_uses(empty_url: str) -> None:
    with open_ledger(empty_url, KEY) as ledger, ledger.engine.connect() as conn:
        context = MigrationContext.configure(conn, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, schema.metadata) == []


def test_many_processes_may_open_an_empty_one_at_once(empty_url: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(lambda _: open_ledger(empty_url, KEY), range(8)))
    for ledger in opened:
        assert status_counts(ledger).seen == 0
        ledger.close()


def test_of_two_keys_that_come_first_at_once_one_is_the_ledgers(empty_url: str) -> None:
    def attempt(key: Pseudonyms) -> str:
        try:
            open_ledger(empty_url, key).close()
        except LedgerError as exc:
            return str(exc)
        return "opened"

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(attempt, (KEY, OTHER)))
    assert said[0] == "opened"
    assert "DAYMARK_KEY_DIR" in said[1]


def test_a_process_with_another_key_or_a_throw_away_one_stops(url: str) -> None:
    with pytest.raises(LedgerError, match="DAYMARK_KEY_DIR"):
        open_ledger(url, OTHER)
    with pytest.raises(LedgerError, match="daymark init"):
        open_ledger(url, ephemeral_key())
    open_ledger(url, KEY).close()


def test_a_newer_schema_is_refused_and_left_alone(ledger: Ledger, url: str) -> None:
    land_some(ledger, 1)
    try:
        with ledger.write() as conn:
            conn.execute(sa.text("UPDATE alembic_version SET version_num = '0999'"))
        with pytest.raises(LedgerError, match="install the newer version"):
            open_ledger(url, KEY)
        assert status_counts(ledger).landed == 1
    finally:
        with ledger.write() as conn:
            conn.execute(sa.text(f"UPDATE alembic_version SET version_num = '{schema.REVISION}'"))


def test_a_migration_that_fails_leaves_nothing(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr("alembic.operations.Operations.execute", fail)
    with pytest.raises(RuntimeError, match="power cut"):
        open_ledger(empty_url, KEY)
    monkeypatch.undo()
    with sa.create_engine(empty_url).connect() as conn:
        assert sa.inspect(conn).get_table_names() == []
    open_ledger(empty_url, KEY).close()


def test_an_unreachable_server_is_said_in_one_line() -> None:
    with pytest.raises(LedgerUnavailable) as caught:
        open_ledger(f"postgresql+psycopg://daymark:s3cret@127.0.0.1:{free_port()}/daymark", KEY)
    assert "\n" not in str(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("url", ["postgresql+psycopg://host:notaport/x", "no url", "mssql://host/x"])
def test_a_url_that_is_none_is_said_in_one_line(url: str) -> None:
    with pytest.raises(LedgerError, match="DAYMARK_LEDGER_URL"):
        open_ledger(url, KEY)


def test_a_folder_that_cannot_be_made_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LedgerUnavailable, match="folder"):
        open_ledger(f"sqlite:///{tmp_path}/file/ledger.sqlite", KEY)


def test_a_file_that_is_no_ledger_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_bytes(b"not a database at all" * 1000)
    with pytest.raises(LedgerError, match="damaged"):
        open_ledger(f"sqlite:///{tmp_path}/ledger.sqlite", KEY)


def test_a_ledger_that_is_not_there_is_made_by_init_alone(empty_url: str) -> None:
    assert ledger_fingerprint(empty_url) is None
    for _ in range(2):
        with pytest.raises(LedgerError, match=r"there is no ledger at .*daymark init"):
            open_ledger(empty_url, KEY, create=False)
    open_ledger(empty_url, KEY).close()
    open_ledger(empty_url, KEY, create=False).close()
    assert ledger_fingerprint(empty_url) == KEY.fingerprint


def test_looking_for_a_ledger_makes_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/nodir/ledger.sqlite?timeout=5"
    assert ledger_fingerprint(url) is None
    with pytest.raises(LedgerError, match="there is no ledger"):
        open_ledger(url, KEY, create=False)
    assert list(tmp_path.iterdir()) == []


def test_a_password_stands_in_no_message(empty_url: str) -> None:
    with pytest.raises(LedgerError) as caught:
        open_ledger(empty_url, KEY, create=False)
    password = sa.make_url(empty_url).password
    assert not password or str(password) not in str(caught.value)


def test_a_reader_sees_one_state(ledger: Ledger) -> None:
    """Else the counts of `status` would not add up while posts are erased."""
    land_some(ledger, 1)
    with ledger.read() as conn:
        count = sa.select(sa.func.count()).select_from(schema.post)
        assert conn.execute(count).scalar_one() == 1
        with ThreadPoolExecutor(1) as pool:
            pool.submit(land, ledger, [make_landing(2)]).result()
        assert conn.execute(count).scalar_one() == 1
