"""The dates of a board, in its language and zone, and texts of any shape."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.platforms.forum.dates import DateRule
from tests.crawlers.stand_in import NOW

DATES = DateRule(NOW)


@pytest.mark.parametrize(
    ("text", "languages", "zone", "moment"),
    [
        ("2026-11-20T10:05:00+02:00", (), "UTC", "2026-11-20T08:05"),
        ("2026-11-20 10:05", (), "Europe/Istanbul", "2026-11-20T07:05"),
        ("1763633100", (), "Europe/Istanbul", "2025-11-20T10:05"),
        ("Thu Nov 20, 2025 10:05 am", (), "UTC", "2025-11-20T10:05"),
        ("20 Kas 2026, 10:05", ("tr",), "Europe/Istanbul", "2026-11-20T07:05"),
        ("Fr 20. Nov 2026, 10:05", ("de",), "Europe/Berlin", "2026-11-20T09:05"),
        ("20 نوفمبر 2026 10:05", ("ar",), "UTC", "2026-11-20T10:05"),
        ("Today, 10:05 AM", (), "UTC", "2026-11-22T10:05"),
        ("Yesterday, 11:30 PM", (), "UTC", "2026-11-21T23:30"),
        ("Yesterday at 11:30 PM", (), "Europe/Istanbul", "2026-11-21T20:30"),
        ("5 minutes ago", (), "Europe/Istanbul", "2026-11-22T11:55"),
        ("vor 3 Stunden", ("de",), "UTC", "2026-11-22T09:00"),
        ("gestern 20:11", ("de",), "Europe/Berlin", "2026-11-21T19:11"),
        ("dün 20:11", ("tr",), "Europe/Istanbul", "2026-11-21T17:11"),
        ("2 saat önce", ("tr",), "UTC", "2026-11-22T10:00"),
        ("Dün saat 20:11", ("tr",), "UTC", "2026-11-21T20:11"),
        ("22 Kasım 2026 saat 10:05", ("tr",), "UTC", "2026-11-22T10:05"),
        ("Pzr Kas 22, 2026 4:27 am", ("tr",), "UTC", "2026-11-22T04:27"),
        ("Pzr 05.03.2026", ("tr",), "UTC", "2026-03-05T00:00"),
        ("Pzr 05.03.2026", (), "UTC", None),
        ("Χθες στις 20:11", ("el",), "UTC", "2026-11-21T20:11"),
        ("الأحد 22 تشرين الثاني 2026, 10:05", ("ar",), "UTC", "2026-11-22T10:05"),
        ("Dün saat civarı 20:11", ("tr",), "UTC", None),
        ("منذ ساعتين", ("ar",), "UTC", "2026-11-22T10:00"),
        ("dün 20:11", (), "UTC", None),
        ("05.03.2026", (), "UTC", None),
        ("soon", (), "UTC", None),
    ],
)
def test_dates_are_read_in_the_boards_language_and_zone(
    text: str, languages: tuple[str, ...], zone: str, moment: str | None
) -> None:
    found, _ = DateRule(NOW, languages, ZoneInfo(zone)).read(text)
    assert found == (datetime.fromisoformat(moment).replace(tzinfo=UTC) if moment else None)


@pytest.mark.parametrize("text", ["2031-01-01", "1969-12-31T00:00:00Z"])
def test_a_date_that_cannot_be_is_counted(text: str) -> None:
    assert DATES.read(text)[0] is None
    assert DATES.read(text)[1] is not None


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=70), st.sampled_from([(), ("tr",), ("ar", "en"), ("xx",)]))
def test_any_text_is_a_date_or_unknown(text: str, languages: tuple[str, ...]) -> None:
    found, fault = DateRule(NOW, languages, ZoneInfo("Europe/Istanbul")).read(text)
    assert found is None or (fault is None and found.tzinfo is UTC)
