"""What is kept of polls when the polls themselves are gone: coverage, since when a source is due, what was not landed."""

from __future__ import annotations

import random

import pytest
import sqlalchemy as sa

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
from ledger.gaps import MOMENT, NEWEST
from ledger.polls import KEPT
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


def test_old_polls_go_and_nothing_is_answered_otherwise(ledger: Ledger, worker: Worker) -> None:
    for hour in range(NEWEST + 50):
        poll(ledger, worker, hour + (5 if hour > 20 else 0), "failed" if hour % 10 == 3 else "ok", not_landed=2)
    for hour in range(200, 203):
        poll(ledger, worker, hour, "failed")
    before = (coverage_windows(ledger), not_landed_counts(ledger), read_until(ledger, "a"))
    assert len(before[0]["a"].windows) > 3
    assert before[1] == {"too_old": 2 * (NEWEST + 50)}
    housekeep(ledger, PROJECT, at(120) + KEPT)
    left = rows(ledger, schema.poll)
    assert sum(row["outcome"] == "ok" for row in left) == NEWEST, "the newest stay, however old"
    assert (coverage_windows(ledger), not_landed_counts(ledger), read_until(ledger, "a")) == before
    housekeep(ledger, PROJECT, at(120) + KEPT)
    assert rows(ledger, schema.poll) == left


def test_young_polls_stay(ledger: Ledger, worker: Worker) -> None:
    for hour in range(NEWEST + 20):
        poll(ledger, worker, hour)
    housekeep(ledger, PROJECT, at(10) + KEPT)
    assert len(rows(ledger, schema.poll)) == NEWEST + 10


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


@pytest.mark.parametrize("failing", [0, 200])
def test_a_source_that_never_succeeded_keeps_its_polls(ledger: Ledger, worker: Worker, failing: int) -> None:
    for hour in range(failing):
        poll(ledger, worker, hour, "failed")
    housekeep(ledger, PROJECT, at(1000) + KEPT)
    with ledger.read() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(schema.poll)).scalar_one() == failing
