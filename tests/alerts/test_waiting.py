"""A digest is said once and never again: it waits until the index holds what it should."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Self, cast

import pytest
from structlog.testing import capture_logs

import scheduler
from alerts import deliver, make_digest, prepare
from config import ConfigError, Project, Subscriptions, write_project
from crawlers import CrawlProcesses
from indexer import IndexUnavailable, Note, QueryError, drain_index
from ledger import erase_post, mark_all_due, outbox_counts
from nlp import Tagger
from tests.alerts.conftest import NOW, World, subscribe, write_register
from tests.alerts.test_recall import close_folder


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
    made = prepare(world.ledger, world.index, [subscribe()], NOW)
    ((reason, waiting),) = made.waiting.items()
    assert "being rebuilt: this is of 0 of 1 documents" in reason
    assert (made.deliveries, waiting) == (0, ("east",))
    assert outbox_counts(world.ledger).due == 0
    drain_index(world.ledger, world.worker, world.index)
    assert prepare(world.ledger, world.index, [subscribe()], NOW).deliveries == 1


def test_the_service_says_that_digests_wait_and_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.add()
    made, waits = (subscribe(id=name, channel="file", recipients=[name]) for name in ("made", "waits"))
    write_register(world.settings.data, made, waits)
    assert prepare(world.ledger, world.index, [made], NOW).deliveries == 1
    break_off_rebuild(world)
    monkeypatch.setattr("scheduler.datetime", Noon)
    with capture_logs() as logs:
        assert scheduler.alert(make_rooms(world)) == 1
    assert [(entry["event"], entry["subscriptions"]) for entry in logs] == [("digests wait", ["waits"])]
    assert (world.settings.data / "made").is_dir()
    assert not (world.settings.data / "waits").exists()


def fail_for(monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    """The digest of `bad` cannot be made: by a defect that nobody knows of, or an index that fails in the middle."""

    def make(*arguments: Any) -> Any:
        if arguments[2].id == "bad":
            raise fault
        return make_digest(*arguments)

    monkeypatch.setattr("alerts.preparing.make_digest", make)


@pytest.mark.parametrize("fault", [RuntimeError("poison"), QueryError("not understood"), IndexUnavailable("too slow")])
def test_a_digest_that_cannot_be_made_stops_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    world.add()
    entries = (subscribe(id=name, channel="file", recipients=[name]) for name in ("bad", "good"))
    register = write_register(world.settings.data, *entries)
    with monkeypatch.context() as patch, capture_logs() as logs:
        fail_for(patch, fault)
        patch.setattr("scheduler.datetime", Noon)
        assert scheduler.alert(make_rooms(world)) == 1
    assert [(entry["event"], entry["subscriptions"]) for entry in logs] == [("digests wait", ["bad"])]
    assert "poison" not in str(logs), "a defect's words can quote a post"
    assert (world.settings.data / "good").is_dir()
    assert prepare(world.ledger, world.index, register.subscriptions, NOW).deliveries == 1, "it is made once it can be"


def test_what_is_made_goes_out_though_the_index_refuses_us(world: World) -> None:
    world.add()
    filed = subscribe(channel="file", recipients=["out"])
    write_register(world.settings.data, filed)
    assert prepare(world.ledger, world.index, [filed], NOW).deliveries == 1
    world.index.write_note(Note.OWNER, "another ledger's")
    with capture_logs() as logs:
        # Its next windows have closed long since, and cannot be made.
        assert scheduler.alert(make_rooms(world)) == 1
    assert len(list((world.settings.data / "out").iterdir())) == 2
    (entry,) = logs
    assert "belongs to another ledger" in entry["reason"]


def test_an_index_that_is_away_is_asked_once_for_all(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted before the index: its client asks a server that is away several times by itself."""
    asked = []

    def away(*arguments: object) -> None:
        asked.append(arguments)
        raise IndexUnavailable("refused")

    monkeypatch.setattr("alerts.preparing.require_complete", away)
    made = prepare(world.ledger, world.index, [subscribe(id=name) for name in ("a", "b", "c")], NOW)
    assert made.waiting == {"refused": ("a", "b", "c")}
    assert len(asked) == 1


class Noon(datetime):
    """A clock that stands at the digest's hour."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        """See above."""
        return cls.fromtimestamp(NOW.timestamp(), UTC)


def test_the_service_expunges_on_the_clock_of_what_may_no_longer_be_kept(world: World) -> None:
    project = Project(controller="Example", purpose="tests", legal_basis="none needed", contact="a@example.org")
    write_project(world.settings.data, project)
    world.add()
    earlier = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
    world.index.write_note(Note.ERASED_AT, earlier)
    scheduler.keep(make_rooms(world))
    assert world.index.read_note(Note.EXPUNGED_AT) > earlier


def test_erased_words_leave_the_index_though_all_else_fails(world: World) -> None:
    """There is no project file, and nobody can look into the digests' folder."""
    filed = subscribe(channel="file", recipients=["out"])
    gone = world.add()
    prepare(world.ledger, world.index, [filed], NOW)
    deliver(world.ledger, world.worker, world.settings, Subscriptions(subscriptions=(filed,)), NOW)
    close_folder(world.settings.data / "out")
    erase_post(world.ledger, gone, "asked for")
    earlier = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
    world.index.write_note(Note.ERASED_AT, earlier)
    with capture_logs() as logs, pytest.raises(ConfigError, match=r"project\.yaml"):
        scheduler.keep(make_rooms(world))
    assert [(entry["event"], entry["error"]) for entry in logs] == [("a duty failed", "OSError")]
    assert world.index.read_note(Note.EXPUNGED_AT) > earlier
