"""Calendar buckets in a time zone: days, weeks from Monday, months; the same as Elasticsearch's calendar intervals.

A bucket begins at the first instant of its first day, also where that day has no midnight (Cairo, Beirut, Havana change
their clocks then), so a bucket can be 23, 24 or 25 hours a day long, and none is left out or counted twice.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from indexer.errors import QueryError

MAX_BUCKETS = 3660
"""Ten years of days. Elasticsearch refuses above 65,536 and a chart is unreadable long before."""


class Interval(StrEnum):
    """Length of a bucket."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def read_zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name such as Europe/Athens. Raises QueryError for others."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
        raise QueryError(f"{name!r} is not a time zone: write it like Europe/Athens or UTC") from exc


def floor_edges(start: datetime, end: datetime, interval: Interval, zone: ZoneInfo) -> tuple[datetime, ...]:
    """The starts of all buckets that touch [start, end), and the end of the last, in UTC; one bucket where start is end.

    Raises QueryError for too many buckets, and for times at the rim of the calendar.
    """
    try:
        return _edges(start, end, interval, zone)
    except OverflowError as exc:
        raise QueryError("the time span leaves the calendar: take years from 2 to 9998") from exc


def _edges(start: datetime, end: datetime, interval: Interval, zone: ZoneInfo) -> tuple[datetime, ...]:
    day = _bucket_day(start.astimezone(zone).date(), interval)
    last = max(day, _bucket_day((end - timedelta(microseconds=1)).astimezone(zone).date(), interval))
    edges: list[datetime] = []
    while day <= last:
        edges.append(_first_instant(day, zone))
        if len(edges) > MAX_BUCKETS:
            raise QueryError(f"more than {MAX_BUCKETS} buckets: shorten the time span or take a longer interval")
        day = _next_day(day, interval)
    edges.append(_first_instant(day, zone))
    # A day that a zone left out altogether (Samoa, 30 December 2011) begins when the next one does: it is no bucket.
    return tuple(sorted(set(edges)))


def earliest_start(end: datetime, interval: Interval) -> datetime:
    """How far back from ``end`` the buckets can reach."""
    days = {Interval.DAY: 1, Interval.WEEK: 7, Interval.MONTH: 28}[interval]
    floor = datetime(1, 1, 3, tzinfo=UTC)
    reach = timedelta(days=days * (MAX_BUCKETS - 2))
    return end - reach if end - floor > reach else floor


def _bucket_day(day: date, interval: Interval) -> date:
    if interval is Interval.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if interval is Interval.MONTH else day


def _next_day(day: date, interval: Interval) -> date:
    if interval is Interval.MONTH:
        return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return day + timedelta(days=7 if interval is Interval.WEEK else 1)


def _first_instant(day: date, zone: ZoneInfo) -> datetime:
    # fold=0 reads a midnight that was skipped with the offset before the change, which is the instant of the change.
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
