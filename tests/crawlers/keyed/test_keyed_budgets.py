"""Budgets over days and months: a quota day is one in California, and a post costs once a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crawlers.errors import BudgetSpent
from crawlers.platforms.keyed.budgets import Money, Quota
from crawlers.platforms.x.posts import first_id_at, moment_of
from tests.crawlers.keyed.keyed_given import NOW, spider_of


@pytest.mark.parametrize(
    ("now", "day", "opens"),
    [
        (datetime(2026, 11, 22, 7, 59, tzinfo=UTC), "2026-11-21", datetime(2026, 11, 22, 8, tzinfo=UTC)),
        (datetime(2026, 11, 22, 8, 0, tzinfo=UTC), "2026-11-22", datetime(2026, 11, 23, 8, tzinfo=UTC)),
        (datetime(2026, 7, 1, 6, 59, tzinfo=UTC), "2026-06-30", datetime(2026, 7, 1, 7, tzinfo=UTC)),
        # The days on which the clocks change have 23 and 25 hours.
        (datetime(2026, 3, 8, 9, 0, tzinfo=UTC), "2026-03-08", datetime(2026, 3, 9, 7, tzinfo=UTC)),
        (datetime(2026, 11, 1, 8, 0, tzinfo=UTC), "2026-11-01", datetime(2026, 11, 2, 8, tzinfo=UTC)),
    ],
)
def test_a_quota_day_is_a_day_in_california(now: datetime, day: str, opens: datetime) -> None:
    quota = Quota({"day": day, "units": 7}, 10, now)
    assert (quota.spent, quota.opens()) == (7, opens)
    assert Quota({"day": day, "units": 7}, 10, opens).spent == 0
    quota.take(3)
    with pytest.raises(BudgetSpent, match=r"limits\.quota = 10"):
        quota.take()
    assert quota.dump() == {"day": day, "units": 10}


def test_money_counts_a_post_once_a_day_and_a_month_ends() -> None:
    money = Money(None, 0.10, 1.0, NOW)
    money.count(["1", "2", "2"])
    money.count(["2", "3"])
    assert (money.run, money.month) == (15, 15)
    assert money.afford(10, 100) == 17
    same_day = Money(money.dump(), 0.10, 1.0, NOW + timedelta(hours=3))
    same_day.count(["1", "2", "3"])
    assert (same_day.run, same_day.month) == (0, 15)
    next_day = Money(money.dump(), 0.10, 1.0, NOW + timedelta(days=1))
    next_day.count(["1"])
    assert (next_day.run, next_day.month) == (5, 20)
    assert Money(money.dump(), 0.10, 1.0, NOW + timedelta(days=9)).month == 0
    assert money.opens() == NOW
    spent = Money({**money.dump(), "mills": 1000}, 0.10, 1.0, NOW)
    assert spent.opens() == datetime(2026, 12, 1, tzinfo=UTC)
    with pytest.raises(BudgetSpent, match=r"limits\.money_month = 1"):
        spent.afford(1, 1)


def test_ids_hold_their_time() -> None:
    assert moment_of(first_id_at(NOW)) == NOW
    assert int(first_id_at(NOW + timedelta(milliseconds=1))) - int(first_id_at(NOW)) == 1 << 22


def test_a_lost_place_brings_no_money_back() -> None:
    spent = {"month": f"{NOW:%Y-%m}", "mills": 8995, "day": f"{NOW:%Y-%m-%d}", "ids": ["7"]}
    spider = spider_of("x", {"covered_to": "0001-01-01T00:00:00", "spent": spent})
    assert spider.tally.counts["cursor_reset"] == 1
    assert spider.budget is not None
    assert spider.budget.dump() == spent
