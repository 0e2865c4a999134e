"""How often a source is asked, and when its silence means something."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import Source
from crawlers.rate import LEAST_SILENCE, WORTH, Rate, interval_for, is_silent

SOURCE = Source.model_validate(
    {"id": "s", "kind": "feeds", "url": "https://a.example/f", "interval": "15m", "interval_max": "6h"}
)


def after(posts_a_poll: list[int], hours: float) -> Rate:
    rate = Rate()
    for new in posts_a_poll:
        rate = rate.then(new, hours)
    return rate


def test_nothing_follows_from_less_than_a_day_of_reading() -> None:
    assert after([40], 0.0).known is None
    assert after([0] * 95, 0.25).known is None
    assert after([0] * 96, 0.25).known == 0.0
    assert interval_for(SOURCE, None) == timedelta(minutes=15)


def test_the_rate_settles_at_what_comes_whatever_the_rhythm_of_polls() -> None:
    often, seldom = after([1, 0, 0, 0] * 500, 0.25), after([24] * 40, 24.0)
    once = after([24 * 30], 24.0 * 30)
    assert [rate.known for rate in (often, seldom, once)] == [pytest.approx(1.0, rel=0.02)] * 3


@pytest.mark.parametrize(
    ("rate", "interval"),
    [
        (0.0, timedelta(hours=6)),
        (0.1, timedelta(hours=6)),
        (1.0, timedelta(hours=3)),
        (6.0, timedelta(minutes=30)),
        (100.0, timedelta(minutes=15)),
    ],
)
def test_a_busy_source_is_asked_often_and_a_quiet_one_seldom(rate: float, interval: timedelta) -> None:
    assert interval_for(SOURCE, rate) == interval


def test_a_burst_is_followed_at_once() -> None:
    assert interval_for(SOURCE, 0.1, lately=WORTH * 4) == timedelta(minutes=15)


def test_a_longest_interval_under_the_shortest_counts_for_nothing() -> None:
    slow = SOURCE.model_copy(update={"interval": timedelta(days=1)})
    assert interval_for(slow, 0.0) == interval_for(slow, 50.0) == timedelta(days=1)


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_the_bounds_hold_for_every_rate(rate: float, lately: float) -> None:
    assert SOURCE.interval <= interval_for(SOURCE, rate, lately) <= SOURCE.interval_max


@pytest.mark.parametrize(
    ("rate", "hours", "silent"),
    [(None, 900, False), (0.0, 9000, False), (10.0, 20, False), (1.0, 25, True), (0.125, 48, False), (0.125, 72, True)],
)
def test_silence_is_judged_by_what_is_usual(rate: float | None, hours: float, *, silent: bool) -> None:
    assert is_silent(rate, timedelta(hours=hours)) is silent


@pytest.mark.parametrize("a_day", [3, 10, 200])
def test_a_source_that_falls_silent_is_seen_although_its_rate_falls_with_it(a_day: int) -> None:
    rate, since = after([a_day] * 30, 24.0), timedelta()
    while not is_silent(rate.known, since) and since < timedelta(days=14):
        since += timedelta(hours=2)
        rate = rate.then(0, 2.0)
    assert LEAST_SILENCE <= since < timedelta(days=10)
