"""Dates of the Persian calendar. The pairs of days are those of the calendars that Iran's and Afghanistan's outlets print."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import jdatetime
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.dates import DateFault, parse_date, read_date
from crawlers.platforms.forum.dates import DateRule
from crawlers.solar_hijri import read_solar_hijri

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TEHRAN = timezone(timedelta(hours=3, minutes=30))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("۱ فروردین ۱۴۰۵", "2026-03-21"),
        ("1405/09/01", "2026-11-22"),
        ("۱۴۰۵/۹/۱", "2026-11-22"),
        ("1405-09-01 14:30", "2026-11-22 14:30"),
        ("یکشنبه ۱ آذر ۱۴۰۵، ۱۴:۳۰", "2026-11-22 14:30"),
        ("یک‌شنبه، 1 آذر ماه 1405 ساعت 8:05:09", "2026-11-22 08:05:09"),
        ("۱۴:۳۰ - ۱۴۰۵/۰۹/۰۱", "2026-11-22 14:30"),
        ("1405/09/01 02:30 ب.ظ", "2026-11-22 14:30"),
        ("1405/09/01 12:10 ق.ظ", "2026-11-22 00:10"),
        ("یکشنبه ۱ آذر ۱۴۰۵ ساعت ۸ صبح", "2026-11-22 08:00"),
        ("۱ آذر ۱۴۰۵ - ۸ بعد از ظهر", "2026-11-22 20:00"),
        ("1405-09-01T14:30", "2026-11-22 14:30"),
        ("1405-09-01T14:30:05.123", "2026-11-22 14:30:05"),
        ("1405-09-01T14:30:00+03:30", "2026-11-22 14:30+03:30"),
        ("1405-09-01T14:30:00-0500", "2026-11-22 14:30-05:00"),
        ("1405/09/01 14:30 +0430", "2026-11-22 14:30+04:30"),
        ("۱۴۰۵-۰۹-۰۱T۱۴:۳۰:۰۰Z", "2026-11-22 14:30+00:00"),
        ("۳۰ اسفند ۱۴۰۳", "2025-03-20"),
        ("۲ قوس ۱۴۰۵", "2026-11-23"),
        ("٢ ليندۍ ١٤٠٥", "2026-11-23"),
        ("۵ آبان ۱۴۰۴", "2025-10-27"),
    ],
)
def test_a_date_is_read(text: str, moment: str) -> None:
    assert read_solar_hijri(text, ["fa"]) == datetime.fromisoformat(moment)


@pytest.mark.parametrize(
    "text",
    [
        "1405/13/01",
        "۳۰ اسفند ۱۴۰۴",
        "1405/09/01 25:00",
        "1405/09/01 09:00-10:00",
        "۱ آذر ۱۴۰۵ ساعت ۸",
        "۱ آذر",
        "۱ آذر ۱۴۰۵ تهران",
        "2026/11/22",
        "",
        "آذر ۱۴۰۵",
    ],
)
def test_what_is_no_such_date_is_left(text: str) -> None:
    assert read_solar_hijri(text, ["fa"]) is None


def test_only_for_sources_in_its_languages() -> None:
    assert read_solar_hijri("1405/09/01", ["ar", "en"]) is None
    assert read_solar_hijri("1405/09/01", ["prs-AF"]) is not None


def test_dates_of_sources_and_boards_are_read_in_their_zone() -> None:
    assert parse_date("۱ آذر ۱۴۰۵ ۱۴:۳۰", ["fa"], TEHRAN) == datetime(2026, 11, 22, 11, tzinfo=UTC)
    assert read_date("1405-09-01", NOW, ["fa"]) == (datetime(2026, 11, 22, tzinfo=UTC), None)
    assert read_date("1405-09-01", NOW, ["en"]) == (None, DateFault.ANCIENT)
    assert read_date("۱ آذر ۱۴۱۰", NOW, ["fa"]) == (None, DateFault.FUTURE)
    assert parse_date("1405-09-01T14:30:00+03:30", ["fa"]) == datetime(2026, 11, 22, 11, tzinfo=UTC)
    board = DateRule(NOW, ("fa",), TEHRAN)
    assert board.read("یکشنبه ۱ آذر ۱۴۰۵ ساعت ۱۴:۳۰") == (datetime(2026, 11, 22, 11, tzinfo=UTC), None)


@given(st.dates(datetime(1991, 1, 1).date(), datetime(2090, 1, 1).date()))
def test_every_day_comes_back(day: object) -> None:
    persian = jdatetime.date.fromgregorian(date=day)
    read = read_solar_hijri(f"{persian.year}/{persian.month:02}/{persian.day:02}", ["fa"])
    assert read is not None
    assert read.date() == day


@given(st.text(alphabet="0123456789۰۱۴/:-+TZ. آذردیماهب‌ظساعتصبح", max_size=40))
def test_no_text_breaks_it(text: str) -> None:
    read_solar_hijri(text, ["fa"])
