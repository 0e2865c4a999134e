"""Coverage: a gap in collection must never look like a fall in interest, nor a source that is not due like a gap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from indexer import (
    EVERYTHING,
    Coverage,
    Query,
    SqliteIndex,
    Trend,
    TrendQuery,
    Windows,
    cover,
    make_trend,
    parse_query,
    where,
)
from ledger import SourceWindows

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


LONG_AGO = day("2026-11-10")


def read(
    *windows: tuple[datetime, datetime], since: datetime = LONG_AGO, until: datetime | None = None
) -> SourceWindows:
    return SourceWindows(windows, since, until)


WHOLE = read((LONG_AGO, NOW))


def coverage(trend: Trend) -> list[tuple[int, int]]:
    return [(bucket.coverage.sources_due, bucket.coverage.sources_ok) for bucket in trend.buckets]


def trend_of(index: SqliteIndex, windows: Windows, query: Query = EVERYTHING) -> Trend:
    return make_trend(index, TrendQuery(start=day("2026-11-18"), query=query), windows, NOW)


def test_a_gap_in_collection_is_a_gap_in_coverage(sqlite_index: SqliteIndex) -> None:
    late = read((day("2026-11-19T10:00"), NOW), since=day("2026-11-19T11:00"))
    gap = read((LONG_AGO, day("2026-11-20T12:00")), (day("2026-11-20T13:00"), NOW))
    assert coverage(trend_of(sqlite_index, {"a": WHOLE})) == [(1, 1)] * 5
    assert coverage(trend_of(sqlite_index, {"a": late})) == [(0, 0), (1, 0), (1, 1), (1, 1), (1, 1)]
    assert coverage(trend_of(sqlite_index, {"a": gap, "b": WHOLE})) == [(2, 2), (2, 2), (2, 1), (2, 2), (2, 2)]
    stale = read((LONG_AGO, NOW - 2 * HOUR))
    assert coverage(trend_of(sqlite_index, {"a": stale}))[-1] == (1, 0)


def test_coverage_follows_the_sources_asked_for(sqlite_index: SqliteIndex) -> None:
    windows = {"a": WHOLE, "b": read((LONG_AGO, day("2026-11-11")))}
    assert coverage(trend_of(sqlite_index, windows, where("source", "a"))) == [(1, 1)] * 5
    assert coverage(trend_of(sqlite_index, windows, parse_query("lang:en -source:a"))) == [(1, 0)] * 5


def test_nothing_is_due_in_a_bucket_to_come(sqlite_index: SqliteIndex) -> None:
    asked = TrendQuery(start=day("2026-11-22"), end=day("2026-11-25"))
    assert coverage(make_trend(sqlite_index, asked, {"a": WHOLE}, NOW)) == [(1, 1), (0, 0), (0, 0)]


def test_a_dead_source_is_not_ok_in_the_first_minutes_of_a_bucket(sqlite_index: SqliteIndex) -> None:
    """With the youngest half hour left out, nothing of the day is asked for yet; the source is dead all the same."""
    soon = day("2026-11-22T00:20")
    windows = {"dead": read((LONG_AGO, day("2026-11-12"))), "alive": read((LONG_AGO, soon - timedelta(minutes=15)))}
    trend = make_trend(sqlite_index, TrendQuery(start=day("2026-11-21")), windows, soon)
    assert coverage(trend) == [(2, 1), (2, 1)]
    assert cover(windows, soon - timedelta(minutes=1), soon + HOUR, soon) == Coverage(2, 1)


def test_a_source_refused_from_the_first_day_is_due(sqlite_index: SqliteIndex) -> None:
    windows = {"refused": read(since=day("2026-11-19T08:00")), "ok": WHOLE}
    assert coverage(trend_of(sqlite_index, windows)) == [(1, 1), (2, 1), (2, 1), (2, 1), (2, 1)]


def test_an_import_of_another_year_hides_no_gap_of_this_one() -> None:
    windows = {"file": SourceWindows(((day("2024-01-01"), day("2024-07-01")),)), "ok": WHOLE}
    assert cover(windows, day("2026-11-18"), day("2026-11-19"), NOW) == Coverage(1, 1)
    assert cover(windows, day("2024-03-01"), day("2024-04-01"), NOW) == Coverage(1, 1)
    assert cover(windows, day("2024-07-01"), day("2024-08-01"), NOW) == Coverage(0, 0)
    assert cover(windows, day("2024-06-15"), day("2024-07-15"), NOW) == Coverage(1, 0)


def test_a_source_that_was_switched_off_is_due_no_longer(sqlite_index: SqliteIndex) -> None:
    ended = day("2026-11-20T00:00")
    windows = {"off": read((LONG_AGO, ended), until=ended), "ok": WHOLE}
    assert coverage(trend_of(sqlite_index, windows)) == [(2, 2), (2, 2), (1, 1), (1, 1), (1, 1)]


def test_windows_that_touch_a_bucket_from_outside_are_not_in_it() -> None:
    file = SourceWindows(((day("2026-11-01"), day("2026-11-02")), (day("2026-11-03"), day("2026-11-04"))))
    assert cover({"file": file}, day("2026-11-02"), day("2026-11-03"), NOW) == Coverage(0, 0)
    assert cover({"file": file}, day("2026-11-01"), day("2026-11-03"), NOW) == Coverage(1, 0)
