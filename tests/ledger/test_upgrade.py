"""A ledger of an earlier revision, with a row in every table, at this code's revision: nothing lost, nothing changed."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from ledger import (
    Ledger,
    SourceWindows,
    coverage_windows,
    list_proposals,
    not_landed_counts,
    open_events,
    open_gaps,
    open_ledger,
    read_source,
    read_until,
    schema,
)
from ledger.database import make_engine
from ledger.migrations import alembic_config
from tests.ledger.conftest import KEY
from tests.ledger.world import NOON, at, rows

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
        for name, kept in before.items():
            assert [{key: row[key] for key in kept[0]} for row in now[name]] == kept, name
        assert_read(ledger)


WINDOWS = [
    # source, outcome, window in hours, what was not landed
    ("feed", "ok", (2, 4), {"too_old": 2}),
    ("feed", "ok", (0, 1), {"too_old": 1, "no_text": 1}),
    ("feed", "not_modified", (1, 2), None),
    ("feed", "failed", (4, 9), {"no_text": 3}),
    ("feed", "ok", (10, 12), {}),
    ("feed", "ok", (11, 11.5), {}),
    ("feed", None, None, None),
    ("silent", "failed", None, None),
]


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def test_what_polls_covered_outlives_the_upgrade(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ledger.sqlite" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    engine, config = make_engine(url), alembic_config()
    config.attributes["engine"] = engine
    command.upgrade(config, "0009")
    with engine.begin() as conn:
        for number, (source, outcome, window, not_landed) in enumerate(WINDOWS):
            began = {"source": source, "started": at(number), "outcome": outcome, "not_landed": not_landed}
            ended = {"finished": at(number + 0.5)} if outcome else {}
            read = {"window_from": at(window[0]), "window_to": at(window[1])} if window else {}
            conn.execute(schema.poll.insert().values(**began, **ended, **read))
        for name in ("feed", "silent"):
            state: dict[str, Any] = {"source": name, "next_due": at(99), "cursor": {}, "health": "ok", "message": ""}
            conn.execute(schema.source_state.insert().values(**state))
    engine.dispose()
    with open_ledger(url, KEY) as ledger:
        assert coverage_windows(ledger) == {
            "feed": SourceWindows(((at(0), at(4)), (at(10), at(12))), since=at(0)),
            "silent": SourceWindows((), since=at(7)),
        }
        assert not_landed_counts(ledger) == {"no_text": 4, "too_old": 3}
        assert (read_until(ledger, "feed"), read_until(ledger, "silent")) == (at(12), at(7))
        assert {row["source"]: row["last_ended"] for row in rows(ledger, schema.source_total)}["feed"] == at(6)


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def test_unassessed_posts_are_neither_on_nor_off_topic_any_more(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/ledger.sqlite" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    engine, config = make_engine(url), alembic_config()
    config.attributes["engine"] = engine
    command.upgrade(config, "0009")
    readings = {"doubted": (False, False), "off": (False, True), "on": (True, True), "unassessed": (True, False)}
    # Two pages.
    readings |= {f"more{number}": (False, False) for number in range(500)}
    with engine.begin() as conn:
        for number, (name, (on_topic, covered)) in enumerate(readings.items(), 1):
            post = {"post_id": name, "seq": number, "on_topic": on_topic, "stripped": False}
            conn.execute(schema.post.insert().values(some_row(schema.post) | post))
            tags = {"post_id": name, "id": number, "current": True, "body": {"covered": covered}}
            conn.execute(schema.tags.insert().values(some_row(schema.tags) | tags))
    engine.dispose()
    with open_ledger(url, KEY) as ledger:
        found = {row["post_id"]: row["on_topic"] for row in rows(ledger, schema.post)}
        assert {name for name, on_topic in found.items() if on_topic is not None} == {"off", "on"}
        assert (found["off"], found["on"], len(found)) == (False, True, 504)


def some_row(table: sa.Table) -> dict[str, Any]:
    return {column.name: some_value(column) for column in table.c if column.name not in EMPTY}


def assert_read(ledger: Ledger) -> None:
    """What came with later revisions reads a row of before as one that says nothing of it."""
    state = read_source(ledger, "word")
    assert (state.cursor, state.last_success, state.robots_verdict) == ({"a": 1}, NOON.astimezone(UTC), None)
    assert list(coverage_windows(ledger)) == ["word"]
    assert list_proposals(ledger) == []
    assert (open_events(ledger), open_gaps(ledger)) == ([], [])
