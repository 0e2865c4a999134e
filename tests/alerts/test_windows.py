"""Windows touch, tick at local time, and survive the two nights on which clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from alerts import due_windows, open_window
from tests.alerts.conftest import END, NOW, START, subscribe


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def test_the_first_window_lies_between_the_two_newest_ticks() -> None:
    (window,) = due_windows(subscribe(), NOW, None)
    assert (window.start, window.end) == (START, END)
    assert window.before.end == START
    assert window.before.start == START - timedelta(days=1)


def test_nothing_is_due_before_the_tick_and_once_only_after_it() -> None:
    assert due_windows(subscribe(), END - timedelta(seconds=1), START) == ()
    assert due_windows(subscribe(), END, START) != ()
    assert due_windows(subscribe(), NOW, END) == ()


def test_ticks_missed_while_nothing_ran_are_one_window() -> None:
    (window,) = due_windows(subscribe(), NOW, END - timedelta(days=9))
    assert (window.start, window.end) == (END - timedelta(days=9), END)


def test_a_weekly_digest_ticks_on_its_day() -> None:
    (window,) = due_windows(subscribe(every="weekly", weekday="friday"), NOW, None)
    assert window.end == utc(2026, 3, 6, 6)
    assert window.start == utc(2026, 2, 27, 6)


@pytest.mark.parametrize(
    ("at", "night", "tick"),
    [
        ("02:30", utc(2026, 3, 29, 12), utc(2026, 3, 29, 1, 30)),  # skipped: 03:30 summer time
        ("02:30", utc(2026, 10, 25, 12), utc(2026, 10, 25, 0, 30)),  # twice: the first one
        ("07:00", utc(2026, 3, 29, 12), utc(2026, 3, 29, 5)),
        ("07:00", utc(2026, 10, 25, 12), utc(2026, 10, 25, 6)),
    ],
)
def test_a_daily_digest_ticks_once_where_the_clock_changes(at: str, night: datetime, tick: datetime) -> None:
    subscription = subscribe(at=at)
    last = due_windows(subscription, night - timedelta(days=1), None)[0].end
    (window,) = due_windows(subscription, night, last)
    assert window.end == tick
    assert due_windows(subscription, night + timedelta(hours=10), tick) == ()


@pytest.mark.parametrize("zone", ["Europe/Vienna", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Cairo"])
@pytest.mark.parametrize("every", ["hourly", "daily"])
def test_windows_tile_a_year_without_gap_or_overlap(zone: str, every: str) -> None:
    subscription = subscribe(zone=zone, every=every, at="00:15")
    longest = timedelta(hours=1.5) if every == "hourly" else timedelta(hours=25)
    shortest = timedelta(minutes=30) if every == "hourly" else timedelta(hours=23)
    step = timedelta(minutes=15) if every == "hourly" else timedelta(hours=1)
    days = ((2026, 3, 27), (2026, 4, 3), (2026, 4, 23), (2026, 10, 2), (2026, 10, 23), (2026, 10, 28))
    for year, month, day in days:
        now = utc(year, month, day)
        windows = [due_windows(subscription, now, None)[0]]
        for _ in range(int(timedelta(days=5) / step)):
            now += step
            windows += due_windows(subscription, now, windows[-1].end)
        assert all(a.end == b.start for a, b in pairwise(windows))
        assert all(shortest <= window.end - window.start <= longest for window in windows[1:])


def test_a_preview_shows_what_has_come_since_the_last_digest() -> None:
    window = open_window(subscribe(), NOW + timedelta(hours=2), END)
    assert (window.start, window.end) == (END, NOW + timedelta(hours=2))
    assert open_window(subscribe(), NOW, None).start == NOW - timedelta(days=1)
    assert open_window(subscribe(), NOW, NOW).start < NOW
