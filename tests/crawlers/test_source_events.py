"""Events over real polls of a server that is dead, refuses, sends garbage, floods, falls silent, and comes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from config import Project, Settings, Source
from crawlers import collect, source_health
from ledger import (
    Ledger,
    LedgerUnavailable,
    SourceEvent,
    Worker,
    open_events,
    read_events,
    read_source,
    schema,
)
from ledger.events import save_signs
from records import EventKind
from tests.crawlers.conftest import Poll, Stub, make_source, rows
from tests.crawlers.site import Site, item, rss


def open_kinds(ledger: Ledger) -> list[str]:
    return [event.kind.value for event in open_events(ledger)]


def ended(ledger: Ledger) -> list[tuple[str, str]]:
    events: list[SourceEvent] = read_events(ledger, datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
    return [(event.kind.value, event.ending) for event in events if event.ended_at is not None]


@pytest.fixture
def source(site: Site) -> Source:
    return make_source(site.serve("/feed", rss(item(1), item(2))), expect={"min_posts": 2, "max_posts": 4})


def test_a_server_that_dies_sends_garbage_and_comes_back(
    site: Site, source: Source, poll: Poll, ledger: Ledger
) -> None:
    poll(source)
    good = site.answers["/feed"]
    # 500 is asked for a second time after a pause: garbage makes failures as well, and sooner.
    site.serve("/feed", b"\x00\xff<html>" * 50)
    for number in range(1, 5):
        assert poll(source).outcome == "failed"
        assert open_kinds(ledger) == (["failing"] if number >= 3 else [])
    (event,) = open_events(ledger)
    first_failure = rows(ledger, "poll")[1]["started"]
    assert event.since == first_failure
    assert event.detail == "3 polls in a row went wrong, the last as failed"
    site.answers["/feed"] = good
    assert poll(source).outcome == "ok"
    assert (open_kinds(ledger), ended(ledger)) == ([], [("failing", "recovered")])


def test_a_server_that_refuses_us_is_blocked_at_once(site: Site, source: Source, poll: Poll, ledger: Ledger) -> None:
    good = site.answers["/feed"]
    for status in (403, 451):
        site.serve("/feed", "no", status)
        assert poll(source).outcome == "blocked"
        assert open_kinds(ledger) == ["blocked"]
    site.answers["/feed"] = good
    poll(source)
    assert (open_kinds(ledger), ended(ledger)) == ([], [("blocked", "can be read again")])
    site.serve("/feed", "gone", 410)
    assert poll(source).outcome == "gone"
    assert open_kinds(ledger) == ["retired"]


def test_a_volume_out_of_its_bounds_is_told_until_it_is_within_them(
    site: Site, source: Source, poll: Poll, ledger: Ledger
) -> None:
    site.serve("/feed", rss(item(1)))
    assert poll(source).outcome == "failed"
    assert open_kinds(ledger) == ["below_minimum"]
    site.serve("/feed", rss(*(item(number) for number in range(1, 7))))
    flood = poll(source)
    assert (flood.outcome, flood.counts["above_max_posts"]) == ("ok", 1)
    assert open_kinds(ledger) == ["above_maximum"]
    site.serve("/feed", rss(item(5), item(6)))
    poll(source)
    assert open_kinds(ledger) == []
    assert [kind for kind, _ in ended(ledger)] == ["below_minimum", "above_maximum"]


def test_a_source_that_falls_silent_is_told_until_it_brings_something(
    site: Site, source: Source, poll: Poll, ledger: Ledger, project: Project
) -> None:
    poll(source)
    long_ago = datetime.now(UTC) - timedelta(days=9)
    with ledger.write() as conn:
        usual = {"rate": 0.2, "rate_hours": 168.0, "last_new": long_ago}
        conn.execute(schema.source_state.update().values(**usual))
    assert poll(source).outcome == "ok"
    (event,) = open_events(ledger)
    assert (event.kind, event.since) == (EventKind.SILENT, long_ago)
    assert event.detail == f"nothing new since {long_ago:%Y-%m-%d %H:%M} UTC; 4.8 posts a day were usual"
    with ledger.write() as conn:
        # Days later the average has fallen, and by the rule alone nothing would be unusual.
        conn.execute(schema.source_state.update().values(rate=0.001))
    poll(source)
    assert open_kinds(ledger) == ["silent"]
    found = source_health(source, project, read_source(ledger, source.id), datetime.now(UTC), event)
    assert (found.word, found.why) == ("silent", f"it answers, with {event.detail}")
    site.serve("/feed", rss(item(1), item(2), item(3)))
    poll(source)
    assert (open_kinds(ledger), ended(ledger)) == ([], [("silent", "brings new posts again")])


def test_processes_that_are_killed_make_a_failing_source(
    stub: Stub, ledger: Ledger, worker: Worker, project: Project, settings: Settings
) -> None:
    source, processes = make_source("http://one.example/"), stub("signal")
    for _ in range(3):
        (summary,) = collect(ledger, worker, [source], project, settings, only=source.id, processes=processes)
        assert summary.outcome == "killed"
    assert open_kinds(ledger) == ["failing"]


def test_a_fault_in_the_middle_of_the_end_takes_the_event_back_with_the_rest(
    stub: Stub,
    ledger: Ledger,
    worker: Worker,
    project: Project,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source, processes = make_source("http://one.example/"), stub("signal")

    def break_off(*given: Any) -> None:
        save_signs(*given)
        raise LedgerUnavailable("the database restarts")

    def poll_once() -> None:
        collect(ledger, worker, [source], project, settings, only=source.id, processes=processes)

    for _ in range(2):
        poll_once()
    with monkeypatch.context() as patched:
        patched.setattr("ledger.sources.save_signs", break_off)
        with pytest.raises(LedgerUnavailable):
            poll_once()
    assert (open_kinds(ledger), read_source(ledger, source.id).failures) == ([], 2)
    poll_once()
    assert (open_kinds(ledger), len(rows(ledger, "source_event"))) == (["failing"], 1)
