"""How answers are laid out for people: nothing folded, nothing dropped, nothing placed at a time it does not have."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cli.answers import ABREAST, _asked, _print_trend, _row
from indexer import Coverage, PriceSummary, Route, SearchHit, Trend, TrendBucket

DAY = datetime(2026, 11, 22, tzinfo=UTC)
HIT = SearchHit(
    post_id="0" * 32, url="daymark:" + "0" * 32, published_at=DAY, published_estimated=False, removed_at=None,
    platform="web", source="s", lang="en", covered=True, labels=(), kind="news", reviewed=False, title="A title",
    excerpt="and words", highlights=(), score=None, family="f",
)  # fmt: skip


def make_trend(keys: int) -> Trend:
    names = [f"source-{number}" for number in range(keys)]
    half: dict[str, float | None] = dict.fromkeys(names, 0.5)
    counts = dict.fromkeys(names, 12345)
    bucket = TrendBucket(DAY, 30000, 25000, 24690, counts, counts, half, half, half, {"m": 1}, Coverage(2, 1))
    return Trend("week", "UTC", "source", 0, (bucket, bucket))


def test_many_keys_stand_below_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    _print_trend(make_trend(24), with_of=False)
    head, *rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert head == ["week", "sources", "posts", "on topic", "assessed", "source", "share"]
    assert [row[5] for row in rows] == [f"source-{number}" for number in range(24)] * 2
    assert rows[0] == ["2026-11-22", "1/2", "30000", "25000", "24690", "source-0", "12345 = 50% (50%-50%)"]


def test_few_keys_stand_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    _print_trend(make_trend(ABREAST), with_of=False)
    head, *rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert head[5:] == [f"source-{number}" for number in range(ABREAST)]
    assert len(rows) == 2


def test_a_post_without_a_date_was_seen_not_published() -> None:
    assert _row(HIT)[0] == "2026-11-22"
    assert _row(replace(HIT, published_estimated=True))[0] == "seen 2026-11-22"


def test_a_median_says_of_which_service_it_is() -> None:
    price = PriceSummary("transport", 12, 4500.0, 4000.0, 5000.0)
    route = Route("TR", "DE", 12, 14, 5, {"land": 12}, (price,))
    assert _asked(route) == "transport: 4,500 (n = 12)"
    few = PriceSummary(None, 2, None, None, None)
    assert _asked(replace(route, prices=(few,))) == "service not said: (n = 2)"
    assert _asked(replace(route, prices=())) == "-"
