"""The rules by which an event of a source begins and ends: crawlers/signs.py."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crawlers.outcome import ABOVE_MAXIMUM, BELOW_MINIMUM, Outcome
from crawlers.signs import FAILING_AFTER, read_signs
from crawlers.task import RobotsNews, RobotsVerdict, ServerNews, TaskResult
from crawlers.timing import hours_read
from ledger import SourceState
from records import EventKind

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MENDED = {EventKind.FAILING, EventKind.BLOCKED, EventKind.RETIRED, EventKind.BELOW_MINIMUM}


def signs(
    outcome: Outcome, state: dict[str, Any] | None = None, rate: float | None = None, **fields: Any
) -> tuple[list[str], set[EventKind]]:
    found = read_signs(
        SourceState("s", **(state or {})), TaskResult(outcome=outcome, finished=NOW, **fields), rate, NOW - HOUR
    )
    return [sign.kind.value for sign in found.holding], set(found.over)


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.TIMEOUT, Outcome.KILLED, Outcome.RATE_LIMITED])
def test_the_third_failure_in_a_row_is_an_event(outcome: Outcome) -> None:
    assert signs(outcome, {"failures": FAILING_AFTER - 2}) == ([], set())
    assert signs(outcome, {"failures": FAILING_AFTER - 1}) == (["failing"], set())
    assert FAILING_AFTER == 3


@pytest.mark.parametrize("outcome", [Outcome.BLOCKED, Outcome.ROBOTS_DENIED])
def test_a_refusal_is_one_at_once_and_no_failure_besides(outcome: Outcome) -> None:
    assert signs(outcome) == (["blocked"], set())
    assert signs(outcome, {"failures": 9}) == (["blocked"], set())


def test_a_robots_txt_that_cannot_be_read_is_a_failure_and_no_refusal() -> None:
    away = {"a.example": ServerNews(robots=RobotsNews(verdict=RobotsVerdict.UNREADABLE, read_at=NOW))}
    assert signs(Outcome.ROBOTS_DENIED, servers=away) == ([], set())
    assert signs(Outcome.ROBOTS_DENIED, {"failures": FAILING_AFTER - 1}, servers=away) == (["failing"], set())
    forbids = {"a.example": ServerNews(robots=RobotsNews(verdict=RobotsVerdict.FORBIDS, read_at=NOW))}
    assert signs(Outcome.ROBOTS_DENIED, servers=forbids) == (["blocked"], set())


def test_the_end_of_a_source_is_one() -> None:
    assert signs(Outcome.GONE, retired=True) == (["retired"], set())
    assert signs(Outcome.GONE, {"failures": 2}) == (["failing"], set()), "an account that is away can come back"


def test_bounds_of_volume_that_are_broken_are_events() -> None:
    assert signs(Outcome.FAILED, {"failures": 9}, counts={BELOW_MINIMUM: 1}) == (["below_minimum"], set())
    holding, over = signs(Outcome.OK, counts={ABOVE_MAXIMUM: 1})
    assert (holding, over) == (["above_maximum"], MENDED)
    assert signs(Outcome.OK) == ([], {*MENDED, EventKind.ABOVE_MAXIMUM})
    assert signs(Outcome.NOT_MODIFIED) == ([], MENDED), "nothing was counted"


def test_silence_is_judged_by_what_is_usual_and_ends_with_a_post_alone() -> None:
    daily = {"last_new": NOW - 10 * 24 * HOUR}
    assert signs(Outcome.OK, daily, 1 / 24)[0] == ["silent"]
    assert signs(Outcome.EMPTY, daily, 1 / 24) == (["silent"], set()), "an empty answer is silence too"
    assert signs(Outcome.OK, {"last_new": NOW - 2 * 24 * HOUR}, 1 / 24)[0] == []
    assert signs(Outcome.FAILED, daily, 1 / 24) == ([], set()), "who does not answer is not silent"
    assert EventKind.SILENT not in signs(Outcome.OK, daily, 0.001)[1], "a rate that fell ends no silence"
    assert EventKind.SILENT in signs(Outcome.OK, daily, 1 / 24, counts={"new": 1})[1]
    assert signs(Outcome.OK, daily, 1 / 24, counts={"new": 5, "backlog": 5})[0] == ["silent"], "posts of its past"


def test_an_empty_answer_ends_nothing() -> None:
    assert signs(Outcome.EMPTY, {"failures": 5}) == ([], set())


def test_empty_answers_do_not_wear_the_rate_out() -> None:
    """`last_success` stands still meanwhile: counted each time, a day of empty polls would be weeks without a post."""
    state = SourceState("s", last_success=NOW - 5 * HOUR)
    assert hours_read(state, TaskResult(outcome=Outcome.EMPTY, finished=NOW)) == 0.0
    assert hours_read(state, TaskResult(outcome=Outcome.OK, finished=NOW)) == 5.0
