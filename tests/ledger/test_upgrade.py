"""A ledger of an earlier revision, with a row in every table, at this code's revision: nothing lost, nothing changed."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from ledger import Ledger, coverage_windows, list_proposals, open_events, open_gaps, open_ledger, read_source, schema
from ledger.database import make_engine
from ledger.migrations import alembic_config
from tests.ledger.conftest import KEY
from tests.ledger.world import NOON

NAMED: dict[str, Any] = {"state": "tagged", "outcome": "ok", "month": "2026.11", "kind": "failing", "why": "limit"}
EMPTY = {"worker", "lease_stage", "failed_stage"}
KEPT_EMPTY = {"alembic_version", "meta", "audit"}
Rows = dict[str, list[dict[str, Any]]]


def some_value(column: sa.Column[Any]) -> Any:
    if column.name in NAMED:
        return NAMED[column.name]
    made: dict[Any, Any] = {
        sa.Boolean: False,
        schema.UtcDateTime: NOON,
        sa.Integer: 1,
        sa.Float: 1.5,
        sa.LargeBinary: b"bytes",
        sa.JSON: {"a": 1},
    }
    return next((value for kind, value in made.items() if isinstance(column.type, kind)), "word")


def fill(engine: sa.Engine) -> Rows:
    tables = sa.MetaData()
    tables.reflect(engine)
    for table in tables.sorted_tables:
        for column in table.c:
            if isinstance(column.type, sa.DateTime):
                column.type = schema.UtcDateTime()
    with engine.begin() as conn:
        for table in tables.sorted_tables:
            if table.name not in KEPT_EMPTY:
                row = {column.name: some_value(column) for column in table.c if column.name not in EMPTY}
                conn.execute(table.insert().values(row))
    return read_all(engine, tables)


def read_all(engine: sa.Engine, tables: sa.MetaData) -> Rows:
    with engine.connect() as conn:
        return {
            table.name: [dict(row._mapping) for row in conn.execute(sa.select(table))]
            for table in tables.sorted_tables
            if table.name not in KEPT_EMPTY
        }


@pytest.mark.parametrize("revision", ["0001", "0005", "0008"])
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def test_every_row_outlives_an_upgrade(
    kind: str, revision: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/ledger.sqlite" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    engine, config = make_engine(url), alembic_config()
    config.attributes["engine"] = engine
    command.upgrade(config, revision)
    before = fill(engine)
    engine.dispose()
    with open_ledger(url, KEY) as ledger:
        now = read_all(ledger.engine, schema.metadata)
        for name, rows in before.items():
            assert [{key: row[key] for key in rows[0]} for row in now[name]] == rows, name
        assert_read(ledger)


def assert_read(ledger: Ledger) -> None:
    """What came with later revisions reads a row of before as one that says nothing of it."""
    state = read_source(ledger, "word")
    assert (state.cursor, state.last_success, state.robots_verdict) == ({"a": 1}, NOON.astimezone(UTC), None)
    assert list(coverage_windows(ledger)) == ["word"]
    assert list_proposals(ledger) == []
    assert (open_events(ledger), open_gaps(ledger)) == ([], [])
