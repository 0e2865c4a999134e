"""What is kept of polls when the polls themselves are gone: coverage, since when a source is due, what was not landed."""

from __future__ import annotations

import random
from datetime import timedelta

from config import Project, Retention
from ledger import (
    Ledger,
    PollResult,
    Worker,
    advance_poll,
    coverage_windows,
    finish_poll,
    housekeep,
    make_worker,
    not_landed_counts,
    read_until,
    schema,
    start_poll,
)
from ledger.gaps import MOMENT
from tests.ledger.world import NOON, PROJECT, at, claim, poll_once, rows


def poll(ledger: Ledger, worker: Worker, hour: float, outcome: str = "ok", not_landed: int = 0) -> None:
    """A poll of the hour before."""
    seen = {"too_old": not_landed}
    poll_once(ledger, worker, hour, PollResult(outcome, at(hour + 0.1), not_landed=seen), (hour - 1, hour))


def test_windows_in_any_order_are_one_where_they_touch(ledger: Ledger, worker: Worker) -> None:
    chance = random.Random(1)
    windows = [(start, start + chance.randrange(1, 90)) for start in chance.sample(range(2000), 60)]
    for start, end in windows:
        result = PollResult("ok", at(0), window_from=NOON + start * MOMENT * 10, window_to=NOON + end * MOMENT * 10)
        assert finish_poll(ledger, start_poll(ledger, worker, "a", NOON), result, None)
    expected: list[tuple[int, int]] = []
    for start, end in sorted(windows):
        if expected and start <= expected[-1][1]:
            expected[-1] = (expected[-1][0], max(expected[-1][1], end))
        else:
            expected.append((start, end))
    found = coverage_windows(ledger)["a"].windows
    assert found == tuple((NOON + start * MOMENT * 10, NOON + end * MOMENT * 10) for start, end in expected)
    assert 10 < len(expected) < 60, "some touch, some do not"


def test_a_window_that_ends_before_it_begins_covers_nothing(ledger: Ledger, worker: Worker) -> None:
    result = PollResult("ok", at(0), window_from=at(1), window_to=at(0))
    assert finish_poll(ledger, start_poll(ledger, worker, "a", NOON), result, None)
    assert coverage_windows(ledger) == {}


SHORT = Project(**{**PROJECT.model_dump(), "retention": Retention(poll_days=14)})


def test_old_polls_go_where_a_setting_says_so_and_nothing_is_answered_otherwise(ledger: Ledger, worker: Worker) -> None:
    for hour in range(30):
        poll(ledger, worker, hour + (5 if hour > 20 else 0), "failed" if hour % 10 == 3 else "ok", not_landed=2)
    poll_once(ledger, worker, 39, PollResult("ok", at(39)))
    for hour in range(40, 43):
        poll(ledger, worker, hour, "failed")
    before = (coverage_windows(ledger), not_landed_counts(ledger), read_until(ledger, "a"))
    assert len(before[0]["a"].windows) > 3
    assert before[1:] == ({"too_old": 60}, at(34))
    housekeep(ledger, PROJECT, at(24 * 365))
    assert len(rows(ledger, schema.poll)) == 34, "without the setting all stay"
    housekeep(ledger, SHORT, at(38) + timedelta(days=14))
    left = rows(ledger, schema.poll)
    assert [row["outcome"] for row in left] == ["ok", "failed", "failed", "failed"]
    assert (coverage_windows(ledger), not_landed_counts(ledger), read_until(ledger, "a")) == before
    housekeep(ledger, SHORT, at(24 * 365))
    assert rows(ledger, schema.poll) == left, "since when it fails is asked of those"


def test_young_polls_stay(ledger: Ledger, worker: Worker) -> None:
    for hour in range(30):
        poll(ledger, worker, hour, "empty" if hour % 2 else "ok")
    housekeep(ledger, SHORT, at(10) + timedelta(days=14))
    assert len(rows(ledger, schema.poll)) == 20


def test_what_a_stream_told_on_its_way_is_counted_once(ledger: Ledger, worker: Worker) -> None:
    assert claim(ledger, worker, "a", NOON)
    begun = start_poll(ledger, worker, "a", NOON)
    for number in (3, 3, 7):
        assert advance_poll(ledger, begun, worker.id, {"at": number}, {"seen": number}, {"no_text": number})
    assert not_landed_counts(ledger) == {"no_text": 7}
    assert finish_poll(ledger, begun, PollResult("ok", at(1), not_landed={"no_text": 8, "too_old": 1}), at(2))
    assert not_landed_counts(ledger) == {"no_text": 8, "too_old": 1}
    assert not finish_poll(ledger, begun, PollResult("ok", at(1), not_landed={"no_text": 99}), at(2))
    assert not_landed_counts(ledger) == {"no_text": 8, "too_old": 1}


def test_a_poll_given_up_meanwhile_still_adds_what_it_saw(ledger: Ledger, worker: Worker) -> None:
    with make_worker(ledger) as other:
        assert claim(ledger, other, "a", NOON)
        begun = start_poll(ledger, other, "a", NOON)
    for _ in range(2):
        assert not finish_poll(ledger, begun, PollResult("ok", at(1), not_landed={"no_text": 4}), at(2))
    assert not_landed_counts(ledger) == {"no_text": 4}


def test_a_source_that_never_succeeded_keeps_its_polls(ledger: Ledger, worker: Worker) -> None:
    for hour in range(20):
        poll(ledger, worker, hour, "failed")
    housekeep(ledger, SHORT, at(24 * 365))
    assert len(rows(ledger, schema.poll)) == 20
    assert read_until(ledger, "a") == at(0)
