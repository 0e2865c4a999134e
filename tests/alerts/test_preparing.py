"""Which digests are made: those with news, each offer told of once, what reached nobody told of again."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import sqlalchemy as sa

from alerts import DeliveryReport, PreparationReport, prepare
from ledger import read_windows
from tests.alerts.conftest import END, NOW, START, World, subscribe
from tests.alerts.sending import mailing, make_due, send
from tests.peers.smtp import Mailbox, Reply


def test_nothing_to_say_is_not_sent_unless_asked_for(world: World) -> None:
    assert prepare(world.ledger, world.index, [subscribe()], NOW).deliveries == 0
    assert read_windows(world.ledger, "east")[-1].end == END
    assert prepare(world.ledger, world.index, [subscribe(id="always", only_when_news=False)], NOW).deliveries == 1
    assert prepare(world.ledger, world.index, [subscribe(id="asked")], NOW, asked=True).deliveries == 1
    assert prepare(world.ledger, world.index, [subscribe(id="off", enabled=False)], NOW).deliveries == 0


def test_every_offer_is_told_of_once(world: World) -> None:
    """Ten days with offers on each, some read late: every one stands in exactly one digest."""
    subscription = subscribe(only_when_news=False)
    expected = set()
    prepare(world.ledger, world.index, [subscription], NOW)
    for day in range(10):
        since = END + timedelta(days=day)
        for hours in (1, 9, -20 if day else 3):
            expected.add(world.add(at=since + timedelta(hours=hours)))
        prepare(world.ledger, world.index, [subscription], NOW + timedelta(days=day + 1))
    told = [
        lead["post_id"]
        for row in world.rows()
        for route in row["message"]["digest"]["routes"]
        for lead in route["leads"]
    ]
    assert sorted(told) == sorted(expected)
    assert START not in {row["window_to"] for row in world.rows()}


def test_what_a_dead_digest_told_of_is_told_again(world: World, smtp_server: Mailbox) -> None:
    make_due(world)
    smtp_server.answer(Reply.NEVER)
    assert send(world, mailing(world, smtp_server), NOW) == DeliveryReport(dead=1)
    tomorrow = NOW + timedelta(days=1)
    assert prepare(world.ledger, world.index, [subscribe()], tomorrow).deliveries == 1
    (lead,) = json.loads(json.dumps(world.rows()[-1]["message"]))["digest"]["routes"][0]["leads"]
    assert lead["late"]
    assert send(world, mailing(world, smtp_server), tomorrow) == DeliveryReport(sent=1)
    assert prepare(world.ledger, world.index, [subscribe()], tomorrow + timedelta(days=1)).deliveries == 0


def test_figures_without_leads_are_sent(world: World) -> None:
    world.add("Danger at sea", labels=["risk_narrative"], offer=None, kind="testimony")
    assert prepare(world.ledger, world.index, [subscribe(labels=["risk_narrative"])], NOW).deliveries == 1
    assert prepare(world.ledger, world.index, [subscribe(id="none", labels=["positive_framing"])], NOW).deliveries == 0


def test_a_subscriptions_history_is_read_when_its_clock_has_ticked_only(world: World) -> None:
    world.add()
    assert prepare(world.ledger, world.index, [subscribe()], NOW).deliveries == 1
    asked: list[str] = []

    def note(conn: object, cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    def reads_history(now: datetime) -> bool:
        asked.clear()
        assert prepare(world.ledger, world.index, [subscribe()], now) == PreparationReport()
        return any("outbox.message" in statement for statement in asked)

    sa.event.listen(world.ledger.engine, "before_cursor_execute", note)
    assert not reads_history(NOW + timedelta(minutes=1)), "a thousand windows read for nothing"
    assert reads_history(NOW + timedelta(days=1))
