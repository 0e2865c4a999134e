"""A digest is said once and never again: it waits until the index holds what it should."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from structlog.testing import capture_logs

import scheduler
from alerts import prepare
from config import Project
from crawlers import CrawlProcesses
from indexer import IndexUnavailable, Note, drain_index
from ledger import mark_all_due, outbox_counts
from nlp import Tagger
from tests.alerts.conftest import NOW, World, subscribe


def break_off_rebuild(world: World) -> None:
    """As a rebuild leaves it that died once the index was empty."""
    mark_all_due(world.ledger)
    world.index.drop()


def make_rooms(world: World) -> scheduler.Rooms:
    """The service's rooms, without those that neither alert nor keep enters."""
    return scheduler.Rooms(
        settings=world.settings,
        ledger=world.ledger,
        worker=world.worker,
        tagger=cast(Tagger, None),
        index=world.index,
        processes=cast(CrawlProcesses, None),
        stop=threading.Event(),
    )


def test_a_digest_waits_for_the_rebuild_of_the_index(world: World) -> None:
    world.add()
    break_off_rebuild(world)
    with pytest.raises(IndexUnavailable, match="being rebuilt: this is of 0 of 1 documents"):
        prepare(world.ledger, world.index, [subscribe()], NOW)
    assert outbox_counts(world.ledger).due == 0
    drain_index(world.ledger, world.worker, world.index)
    assert prepare(world.ledger, world.index, [subscribe()], NOW) == 1


def test_the_service_says_that_digests_wait_and_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.add()
    break_off_rebuild(world)
    delivered: list[object] = []

    def deliver(*args: object, **options: object) -> Sent:
        delivered.append(args)
        return Sent()

    monkeypatch.setattr("scheduler.deliver", deliver)
    subscription = subscribe(channel="file", recipients=["out"])
    monkeypatch.setattr("scheduler.load_subscriptions", lambda data: Register((subscription,)))
    with capture_logs() as logs:
        assert scheduler.alert(make_rooms(world)) == 0
    assert len(delivered) == 1
    assert [entry["event"] for entry in logs] == ["digests wait"]


class Sent:
    """A delivery that had nothing to do."""

    sent = 0


class Register:
    """A register of subscriptions."""

    def __init__(self, subscriptions: tuple[object, ...]) -> None:
        self.subscriptions = subscriptions


def test_the_service_expunges_on_the_clock_of_what_may_no_longer_be_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(controller="Example", purpose="tests", legal_basis="none needed", contact="a@example.org")
    monkeypatch.setattr("scheduler.load_project", lambda data: project)
    world.add()
    earlier = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
    world.index.write_note(Note.ERASED_AT, earlier)
    scheduler.keep(make_rooms(world))
    assert world.index.read_note(Note.EXPUNGED_AT) > earlier
