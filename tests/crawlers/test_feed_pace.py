"""ttl, skipHours, skipDays and sy:updatePeriod: a feed slows its own readings down, never up and never for longer than a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawlers.job import _result
from crawlers.platforms.feeds.document import parse_feed
from crawlers.platforms.feeds.pace import LONGEST, Pace, make_pace
from crawlers.timing import next_due
from tests.crawlers.conftest import make_source
from tests.crawlers.site import item, rss
from tests.crawlers.stand_in import NOW, Answer, read

FEED = "https://news.example/feed"
SOURCE = make_source(FEED)
QUARTER = timedelta(minutes=15)
SY = "<sy:{0} xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'>{1}</sy:{0}>"


def pace_of(head: str, *, broken: bool = False) -> Pace:
    body = rss(item(1), head=head)
    return parse_feed((body[: -len("</rss>")] if broken else body).encode(), "application/rss+xml", FEED).pace


@pytest.mark.parametrize(
    ("head", "pace"),
    [
        ("", Pace()),
        ("<ttl>90</ttl>", Pace(90)),
        ("<ttl>525600</ttl>", Pace(1440)),
        ("<ttl>-5</ttl>", Pace()),
        ("<ttl>soon</ttl>", Pace()),
        (SY.format("updatePeriod", "hourly") + SY.format("updateFrequency", "2"), Pace(30)),
        (SY.format("updatePeriod", " daily "), Pace(1440)),
        (SY.format("updatePeriod", "hourly") + SY.format("updateFrequency", "0"), Pace(60)),
        ("<ttl>30</ttl>" + SY.format("updatePeriod", "hourly"), Pace(60)),
        ("<skipHours><hour>0</hour><hour>24</hour><hour>23</hour><hour>99</hour></skipHours>", Pace(0, frozenset({0, 23}))),
        ("<skipDays><day>Saturday</day><day>sunday</day><day>x</day></skipDays>", Pace(0, frozenset(), frozenset({5, 6}))),
        ("<skipHours>" + "".join(f"<hour>{n}</hour>" for n in range(24)) + "</skipHours>", Pace()),
    ],
)  # fmt: skip
def test_the_words_of_a_feed(head: str, pace: Pace) -> None:
    assert pace_of(head) == pace


def test_a_broken_feed_says_its_pace_too() -> None:
    assert pace_of("<ttl>90</ttl>", broken=True).minutes == 90


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026; the 22nd is a Sunday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("pace", "moment"),
    [
        (Pace(), None),
        (Pace(5), at(22, 12, 15)),  # never up
        (Pace(90), at(22, 13, 30)),
        (Pace(hours=frozenset({12, 13})), at(22, 14)),
        (Pace(days=frozenset({6})), at(23, 0)),
        (Pace(hours=frozenset({0, 1}), days=frozenset({6})), at(23, 2)),
        (Pace(days=frozenset({6, 0, 1})), at(23, 12)),  # never for longer than a day
    ],
)
def test_when_the_feed_agrees_to_be_read_again(pace: Pace, moment: datetime | None) -> None:
    assert pace.next_time(NOW, QUARTER) == moment


@given(
    st.builds(
        make_pace,
        st.text(max_size=8),
        st.sampled_from(["hourly", "weekly", "often", ""]),
        st.text("0123456789", max_size=9),
        st.lists(st.integers(-3, 30).map(str), max_size=30),
        st.lists(st.sampled_from(["Monday", "friday", "x", "sunday"]), max_size=9),
    ),
    st.integers(10, 10**6).map(lambda seconds: timedelta(seconds=seconds)),
)
def test_the_wait_is_never_shorter_than_the_interval_nor_longer_than_a_day(pace: Pace, interval: timedelta) -> None:
    moment = pace.next_time(NOW, interval)
    assert moment is None or NOW + interval <= moment <= NOW + max(interval, LONGEST)
    assert Pace.load(pace.dump()) == pace


def test_a_poll_is_put_off_and_an_unchanged_feed_still_says_so() -> None:
    first = read(SOURCE, {FEED: Answer(rss(item(2), item(1), head="<ttl>120</ttl>"), headers={"ETag": '"1"'})})
    result = _result(first.spider, first.tally, [])
    assert result.quiet_until == NOW + timedelta(hours=2)
    assert next_due(SOURCE, result, 0, NOW) >= NOW + timedelta(hours=2)
    second = read(SOURCE, {FEED: Answer(status=304)}, before=first)
    assert second.outcome == "not_modified"
    assert _result(second.spider, second.tally, []).quiet_until == NOW + timedelta(hours=2)


def test_a_failed_poll_follows_the_back_off_alone() -> None:
    first = read(SOURCE, {FEED: Answer(rss(item(1), head="<ttl>1440</ttl>"))})
    second = read(SOURCE, {FEED: Answer(status=500)}, before=first)
    assert _result(second.spider, second.tally, []).quiet_until is None
