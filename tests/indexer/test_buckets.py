"""Calendar buckets in time zones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer import Interval, QueryError, floor_edges, read_zone
from indexer.buckets import MAX_BUCKETS, earliest_start

ZONES = [
    "UTC", "Europe/Athens", "Asia/Beirut", "Africa/Cairo", "America/Havana", "Asia/Kathmandu", "Asia/Kabul", "Pacific/Apia",
    "Australia/Lord_Howe", "America/New_York",
]  # fmt: skip
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1)).map(lambda naive: naive.replace(tzinfo=UTC))


def local(zone: str, year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=ZoneInfo(zone))


def test_days_are_23_and_25_hours_long_when_clocks_change() -> None:
    zone = ZoneInfo("Europe/Athens")
    edges = floor_edges(local("Europe/Athens", 2026, 3, 28), local("Europe/Athens", 2026, 3, 31), Interval.DAY, zone)
    assert [b - a for a, b in pairwise(edges)] == [timedelta(hours=h) for h in (24, 23, 24)]
    edges = floor_edges(local("Europe/Athens", 2026, 10, 25), local("Europe/Athens", 2026, 10, 26), Interval.DAY, zone)
    assert [b - a for a, b in pairwise(edges)] == [timedelta(hours=25)]


def test_a_day_without_midnight_begins_with_its_first_instant() -> None:
    zone = ZoneInfo("Asia/Beirut")
    edges = floor_edges(local("Asia/Beirut", 2026, 3, 28), local("Asia/Beirut", 2026, 3, 30), Interval.DAY, zone)
    assert edges[1].astimezone(zone).isoformat() == "2026-03-29T01:00:00+03:00"


def test_a_day_that_never_was_is_no_bucket() -> None:
    zone = ZoneInfo("Pacific/Apia")
    edges = floor_edges(local("Pacific/Apia", 2011, 12, 28), local("Pacific/Apia", 2012, 1, 1), Interval.DAY, zone)
    days = [edge.astimezone(zone).date() for edge in edges[:-1]]
    assert days == [date(2011, 12, 28), date(2011, 12, 29), date(2011, 12, 31)]


def test_weeks_begin_on_monday_and_months_on_the_first() -> None:
    zone = ZoneInfo("Asia/Kabul")
    weeks = floor_edges(local("Asia/Kabul", 2026, 11, 4), local("Asia/Kabul", 2026, 11, 20), Interval.WEEK, zone)
    assert [edge.astimezone(zone).date().isoformat() for edge in weeks] == [
        "2026-11-02",
        "2026-11-09",
        "2026-11-16",
        "2026-11-23",
    ]
    months = floor_edges(local("Asia/Kabul", 2025, 12, 31), local("Asia/Kabul", 2026, 2, 1), Interval.MONTH, zone)
    assert [edge.astimezone(zone).date().isoformat() for edge in months] == ["2025-12-01", "2026-01-01", "2026-02-01"]


@given(
    MOMENTS,
    st.timedeltas(timedelta(seconds=1), timedelta(days=400)),
    st.sampled_from(list(Interval)),
    st.sampled_from(ZONES),
)
def test_buckets_cover_the_span_without_gap_and_each_instant_once(
    start: datetime, length: timedelta, interval: Interval, name: str
) -> None:
    edges = floor_edges(start, start + length, interval, ZoneInfo(name))
    assert edges[0] <= start < edges[1]
    assert edges[-2] < start + length <= edges[-1]
    assert list(edges) == sorted(set(edges))


def test_too_many_buckets_are_refused_and_open_beginnings_stay_within() -> None:
    end = datetime(2026, 11, 1, tzinfo=UTC)
    with pytest.raises(QueryError, match="more than 3660 buckets"):
        floor_edges(datetime(1970, 1, 1, tzinfo=UTC), end, Interval.DAY, ZoneInfo("UTC"))
    for interval in Interval:
        assert len(floor_edges(earliest_start(end, interval), end, interval, ZoneInfo("UTC"))) <= MAX_BUCKETS + 1


def test_an_instant_is_one_bucket_and_the_rim_of_the_calendar_is_refused() -> None:
    midnight = datetime(2026, 11, 1, tzinfo=UTC)
    assert floor_edges(midnight, midnight, Interval.DAY, ZoneInfo("UTC")) == (midnight, midnight + timedelta(days=1))
    for rim in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)):
        with pytest.raises(QueryError, match="calendar"):
            floor_edges(rim, rim, Interval.MONTH, ZoneInfo("America/New_York" if rim.year == 1 else "Asia/Kabul"))


@pytest.mark.parametrize("name", ["Middle/Earth", "../etc/passwd", "", "/etc/localtime"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(QueryError, match="not a time zone"):
        read_zone(name)
