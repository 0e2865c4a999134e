"""The outbox: every delivery is kept once, tried with back-off, and given up after a day."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from config import make_key
from ledger import (
    Ledger,
    OutboxState,
    OutboxWindow,
    Worker,
    claim_outbox,
    enqueue,
    last_window_end,
    make_worker,
    open_ledger,
    outbox_counts,
    outbox_key,
    read_windows,
    record_dead,
    record_down,
    record_failed,
    record_sent,
    release_outbox,
    schema,
)
from tests.alerts.conftest import END, NOW, START


@dataclass
class World:
    """A ledger of either kind and one owner of leases."""

    ledger: Ledger
    worker: Worker

    def rows(self) -> list[dict[str, Any]]:
        """The recipients' rows."""
        table = schema.outbox
        with self.ledger.read() as conn:
            found = conn.execute(sa.select(table).where(table.c.recipient != "").order_by(table.c.recipient)).all()
        return [dict(row._mapping) for row in found]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """One suite for both ledgers."""
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    with open_ledger(url, make_key(tmp_path / "key")) as ledger, make_worker(ledger) as worker:
        yield World(ledger, worker)


WINDOW = OutboxWindow("east", "smtp", START, END, ("f1", "f2"))
TO = ("a@example.org", "b@example.org")


def test_the_key_is_made_of_subscription_window_channel_and_recipient() -> None:
    key = outbox_key("east", START, END, "smtp", "a@example.org")
    assert key == outbox_key("east", START.astimezone(), END, "smtp", "a@example.org")
    assert len(key) == 64
    others = {
        outbox_key("eas", START, END, "smtp", "a@example.org"),
        outbox_key("east", END, START, "smtp", "a@example.org"),
        outbox_key("east", START, END, "file", "a@example.org"),
        outbox_key("east", START, END, "smtpa", "@example.org"),
    }
    assert len(others | {key}) == 5


def test_a_window_is_enqueued_once(world: World) -> None:
    assert enqueue(world.ledger, WINDOW, TO, {"n": 1}, NOW) == 2
    assert enqueue(world.ledger, WINDOW, (*TO, "late@example.org"), {"n": 2}, NOW) == 0
    overlapping = OutboxWindow("east", "smtp", START + timedelta(hours=1), END + timedelta(hours=1))
    assert enqueue(world.ledger, overlapping, TO, {}, NOW) == 0
    assert [row["message"] for row in world.rows()] == [{"n": 1}, {"n": 1}]
    assert read_windows(world.ledger, "east") == [WINDOW]


def test_a_window_with_nothing_to_say_is_noted(world: World) -> None:
    assert enqueue(world.ledger, WINDOW, (), {}, NOW) == 0
    assert world.rows() == []
    assert read_windows(world.ledger, "east")[-1].end == END


def test_a_leased_row_is_nobody_elses(world: World) -> None:
    enqueue(world.ledger, WINDOW, TO, {}, NOW)
    with make_worker(world.ledger) as other:
        mine = claim_outbox(world.ledger, world.worker, NOW, 5)
        assert len(mine) == 2
        assert claim_outbox(world.ledger, other, NOW, 5) == []
        assert not record_sent(world.ledger, other, mine[0], "250", NOW)
        release_outbox(world.ledger, world.worker)
        assert len(claim_outbox(world.ledger, other, NOW, 5)) == 2
        assert not record_sent(world.ledger, world.worker, mine[0], "250", NOW)


def test_failures_back_off_and_are_given_up_after_a_day(world: World) -> None:
    enqueue(world.ledger, WINDOW, TO[:1], {"digest": 1}, NOW)
    now, waits = NOW, []
    for _ in range(40):
        (item,) = claim_outbox(world.ledger, world.worker, now)
        state = record_failed(world.ledger, world.worker, item, "451 later", now)
        if state is OutboxState.DEAD:
            break
        assert claim_outbox(world.ledger, world.worker, now + timedelta(seconds=59)) == []
        waits.append(world.rows()[0]["next_try"] - now)
        now = world.rows()[0]["next_try"]
    minutes = [int(wait / timedelta(minutes=1)) for wait in waits]
    assert minutes[:8] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert set(minutes[6:]) == {60}
    assert timedelta(hours=24) <= now - NOW < timedelta(hours=25)
    (row,) = world.rows()
    assert (row["state"], row["message"], row["worker"]) == ("dead", {}, None)
    assert row["receipt"] == "given up after 24 h: 451 later"


def test_a_channel_that_is_down_costs_nobody_an_attempt_however_long(world: World) -> None:
    enqueue(world.ledger, WINDOW, TO[:1], {"digest": 1}, NOW)
    now = NOW
    for _ in range(40):
        (item,) = claim_outbox(world.ledger, world.worker, now)
        record_down(world.ledger, world.worker, item, "connection refused", now)
        now = world.rows()[0]["next_try"]
    assert now - NOW > timedelta(hours=24)
    (row,) = world.rows()
    assert (row["state"], row["attempts"], row["message"]["digest"]) == ("due", 0, 1)
    assert row["receipt"] == "connection refused"
    (item,) = claim_outbox(world.ledger, world.worker, now)
    # Its own day begins with its own first failure.
    assert record_failed(world.ledger, world.worker, item, "451 later", now) is OutboxState.DUE
    assert world.rows()[0]["next_try"] == now + timedelta(minutes=1)


def test_a_window_that_reached_nobody_told_nothing(world: World) -> None:
    enqueue(world.ledger, WINDOW, TO, {}, NOW)
    first, second = claim_outbox(world.ledger, world.worker, NOW, 5)
    record_dead(world.ledger, world.worker, first, "550 no such user")
    assert [past.told for past in read_windows(world.ledger, "east")] == [True]
    record_dead(world.ledger, world.worker, second, "550 no such user")
    assert [past.told for past in read_windows(world.ledger, "east")] == [False]
    quiet = OutboxWindow("east", "smtp", END, END + timedelta(days=1))
    enqueue(world.ledger, quiet, (), {}, NOW)
    assert [past.told for past in read_windows(world.ledger, "east")] == [False, True]
    assert last_window_end(world.ledger, "east") == END + timedelta(days=1)
    assert last_window_end(world.ledger, "west") is None


def test_only_the_named_subscriptions_are_claimed(world: World) -> None:
    for name in ("east", "west"):
        enqueue(world.ledger, OutboxWindow(name, "smtp", START, END), TO[:1], {}, NOW)
    assert [item.subscription for item in claim_outbox(world.ledger, world.worker, NOW, 5, {"west"})] == ["west"]
    assert claim_outbox(world.ledger, world.worker, NOW, 5, set()) == []


def test_what_is_sent_or_dead_keeps_its_receipt_and_drops_its_content(world: World) -> None:
    enqueue(world.ledger, WINDOW, TO, {"digest": 1}, NOW)
    first, second = claim_outbox(world.ledger, world.worker, NOW, 5)
    assert record_sent(world.ledger, world.worker, first, "250 queued as 7", NOW)
    assert record_dead(world.ledger, world.worker, second, "550 no such user")
    assert claim_outbox(world.ledger, world.worker, NOW + timedelta(days=9), 5) == []
    assert [row["message"] for row in world.rows()] == [{}, {}]
    counts = outbox_counts(world.ledger)
    assert (counts.due, counts.leased, counts.sent, counts.dead) == (0, 0, 1, 1)
    assert counts.failures == (("east", second.recipient, "550 no such user"),)


class Crash(Exception):
    """The process ends here."""


def test_a_crash_at_any_statement_of_enqueue_leaves_all_or_nothing(world: World) -> None:
    for statement in range(1, 10):
        seen = 0

        def count(_conn: object, _cursor: object, sql: str, *_: object, last: int = statement) -> None:
            nonlocal seen
            seen += "outbox" in sql
            if seen == last:
                raise Crash

        sa.event.listen(world.ledger.engine, "after_cursor_execute", count)
        try:
            enqueue(world.ledger, WINDOW, TO, {}, NOW)
            break
        except Crash:
            pass
        finally:
            sa.event.remove(world.ledger.engine, "after_cursor_execute", count)
        assert world.rows() == []
        assert read_windows(world.ledger, "east") == []
    else:
        pytest.fail("enqueue never got through")
    assert statement == 4
    assert len(world.rows()) == 2


def test_two_that_prepare_at_once_enqueue_one_window(world: World) -> None:
    windows = [OutboxWindow("east", "smtp", START, END + timedelta(minutes=n), ("f",)) for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda window: enqueue(world.ledger, window, TO, {}, NOW), windows))
    assert sorted(made) == [0] * 7 + [2]
    assert len(world.rows()) == 2
