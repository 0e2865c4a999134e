"""Source events: opened once, ended once, and read by whoever tells of them."""

from __future__ import annotations

from datetime import datetime

from ledger import (
    Gap,
    Ledger,
    PollResult,
    Sign,
    Signs,
    Worker,
    note_gap,
    note_off,
    open_events,
    read_events,
)
from records import EventKind
from tests.ledger.world import NOON, at, poll_once


def poll(
    ledger: Ledger,
    worker: Worker,
    start: float,
    *signs: Sign,
    over: frozenset[EventKind] = frozenset(),
    outcome: str = "failed",
) -> None:
    poll_once(ledger, worker, start, PollResult(outcome, at(start), signs=Signs(signs, over)))


def failing(detail: str = "3 polls in a row went wrong") -> Sign:
    return Sign(EventKind.FAILING, None, detail)


def test_an_event_opens_once_and_ends_once(ledger: Ledger, worker: Worker) -> None:
    poll(ledger, worker, 0, outcome="ok")
    poll(ledger, worker, 1)
    poll(ledger, worker, 2, failing())
    poll(ledger, worker, 3, failing("4 polls in a row went wrong"))
    (event,) = open_events(ledger)
    assert (event.kind, event.since, event.noted_at) == (EventKind.FAILING, at(1), at(2)), "since the first of them"
    poll(ledger, worker, 4, over=frozenset({EventKind.FAILING, EventKind.BLOCKED}), outcome="ok")
    assert open_events(ledger) == []
    (ended,) = read_events(ledger, at(0), at(9))
    assert (ended.key, ended.ended_at, ended.ending) == (event.key, at(4), "recovered")
    poll(ledger, worker, 5, failing())
    (again,) = open_events(ledger)
    assert again.key != event.key


def test_a_poll_that_cannot_tell_changes_nothing(ledger: Ledger, worker: Worker) -> None:
    poll(ledger, worker, 1, Sign(EventKind.SILENT, at(-50), "nothing new"))
    poll(ledger, worker, 2, outcome="empty")
    (event,) = open_events(ledger, ["a"])
    assert (event.kind, event.since) == (EventKind.SILENT, at(-50))
    assert open_events(ledger, ["b"]) == []


def test_gaps_are_events_too(ledger: Ledger, worker: Worker) -> None:
    poll(ledger, worker, 1, outcome="ok")
    note_gap(ledger, "a", Gap(at(-5), at(-3), "limit"))
    (event,) = open_events(ledger)
    assert (event.key[0], event.kind, event.since, event.ended_at) == ("g", EventKind.GAP, at(-5), None)
    assert event.detail.startswith(
        "not read from 2026-11-10 07:00 to 2026-11-10 09:00 UTC: a limit stopped the reading"
    )


def test_a_source_that_is_switched_off_has_no_events_left(ledger: Ledger, worker: Worker) -> None:
    poll(ledger, worker, 1, failing())
    note_off(ledger, ["b"])
    assert open_events(ledger) == []
    (ended,) = read_events(ledger, at(0), datetime.max.replace(tzinfo=NOON.tzinfo))
    assert ended.ending == "the source was switched off"


def test_events_of_a_span_are_as_they_stood_at_its_end(ledger: Ledger, worker: Worker) -> None:
    poll(ledger, worker, 1, failing())
    poll(ledger, worker, 5, over=frozenset({EventKind.FAILING}), outcome="ok")
    assert [event.ended_at for event in read_events(ledger, at(0), at(4))] == [None]
    assert [event.ended_at for event in read_events(ledger, at(4), at(6))] == [at(5)]
    assert read_events(ledger, at(6), at(9)) == []
    assert read_events(ledger, at(-1), at(1)) == []
