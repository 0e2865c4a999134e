"""A source's rhythm over real polls: the rate it is known by, the interval that follows, and the rechecks that shorten it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from config import Limits
from crawlers import PollSummary
from crawlers.outcome import Outcome
from crawlers.rhythm import Ended, find_rhythm
from crawlers.task import RobotsNews, RobotsVerdict, ServerNews, TaskResult
from crawlers.timing import LONGEST_BACKOFF, SPREAD, next_due
from ledger import Ledger, MissedRechecks, SourceState, missed_rechecks, read_source, schema
from tests.crawlers.conftest import Poll, make_source
from tests.crawlers.site import Site, article, item, rss

MINUTE = timedelta(minutes=1)
DAYS = 2
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def turn_back(ledger: Ledger, days: float) -> None:
    """As if the last poll had been so long ago; what it landed too, so that its first recheck is over."""
    before = datetime.now(UTC) - timedelta(days=days)
    state, recheck = schema.source_state, schema.recheck
    with ledger.write() as conn:
        conn.execute(state.update().values(last_success=before, last_new=before, next_due=before))
        conn.execute(recheck.update().values(seen=before, due=before + timedelta(days=30)))


def wait_of(summary: PollSummary) -> timedelta:
    assert summary.next_due is not None
    return summary.next_due - datetime.now(UTC)


@pytest.mark.parametrize(("articles", "least", "most"), [(False, 110, 130), (True, 70, 76)])
def test_the_rate_of_two_polls_sets_the_interval_and_the_first_recheck_shortens_it(
    site: Site, poll: Poll, ledger: Ledger, *, articles: bool, least: float, most: float
) -> None:
    for number in range(1, 6):
        site.serve(f"/{number}", article(), Content_Type="text/html")
    entries = [item(number, base=site.base_url) for number in range(1, 6)]
    source = make_source(site.serve("/feed", rss(*entries[:3])), articles=articles)
    first = poll(source)
    assert first.counts["new"] == 3
    assert read_source(ledger, "test").rate_hours == 0.0, "nobody knows how long the first three took to come"
    assert wait_of(first) < 16 * MINUTE

    turn_back(ledger, DAYS)
    site.serve("/feed", rss(*entries))
    second = poll(source)
    assert second.counts["new"] == 2
    known = read_source(ledger, "test")
    assert known.rate_hours == pytest.approx(24 * DAYS, rel=0.01)
    assert known.rate * 24 == pytest.approx(2 / DAYS, rel=0.01)
    # One post a day is worth a poll every two hours, the longest interval; a new post is asked for again after one.
    assert least * MINUTE < wait_of(second) < most * MINUTE


def test_who_is_asked_for_no_post_again_is_not_hurried(site: Site, poll: Poll, ledger: Ledger) -> None:
    entries = [item(number, base=site.base_url) for number in (1, 2)]
    source = make_source(site.serve("/feed", rss(entries[0])), limits=Limits(rechecks=0))
    poll(source)
    turn_back(ledger, DAYS)
    site.serve("/feed", rss(*entries))
    assert wait_of(poll(source)) > 110 * MINUTE


def test_a_recheck_at_its_time_finds_what_was_deleted(site: Site, poll: Poll, ledger: Ledger) -> None:
    site.serve("/1", article(), Content_Type="text/html")
    source = make_source(site.serve("/feed", rss(item(1, base=site.base_url), item(2, base=site.base_url))))
    poll(source)
    with ledger.write() as conn:
        conn.execute(schema.recheck.update().values(due=datetime.now(UTC) - MINUTE))
    # The feed breaks; the server answers on, and one of the two articles is gone. Which is asked for first is chance.
    site.serve("/", "<html><head><title>News</title></head><body><p>Today</p></body></html>", Content_Type="text/html")
    site.serve("/feed", "<html>closed for repairs</html>")
    broken = poll(source)
    assert broken.outcome == "failed"
    assert (broken.counts["recheck_present"], broken.counts["recheck_deleted"]) == (1, 1)
    with ledger.read() as conn:
        gone = conn.execute(sa.select(schema.post.c.native_id).where(schema.post.c.removed_at.is_not(None))).scalars()
        assert list(gone) == [f"{site.base_url}/2"]


def test_rechecks_that_find_no_room_in_a_poll_are_counted_with_it(site: Site, poll: Poll, ledger: Ledger) -> None:
    for number in range(1, 4):
        site.serve(f"/{number}", article(), Content_Type="text/html")
    feed = rss(*[item(number, base=site.base_url) for number in range(1, 4)])
    source = make_source(site.serve("/feed", feed), articles=True, limits=Limits(rechecks=1))
    assert "rechecks_skipped" not in poll(source).counts
    seen = datetime.now(UTC) - timedelta(hours=3)
    with ledger.write() as conn:
        conn.execute(schema.recheck.update().values(seen=seen, due=seen + timedelta(hours=1)))
    again = poll(source)
    assert (again.counts["recheck_present"], again.counts["rechecks_skipped"]) == (1, 2)
    assert missed_rechecks(ledger, seen) == {source.id: MissedRechecks(skipped=2)}


def test_an_age_that_nobody_answers_for_clearly_is_counted_with_its_poll(
    site: Site, poll: Poll, ledger: Ledger
) -> None:
    site.serve("/1", article(), Content_Type="text/html")
    source = make_source(site.serve("/feed", rss(item(1, base=site.base_url))), articles=True)
    poll(source)
    seen = datetime.now(UTC) - timedelta(hours=23, minutes=30)
    with ledger.write() as conn:
        conn.execute(schema.recheck.update().values(seen=seen, due=datetime.now(UTC) - MINUTE))
    site.serve("/1", "no", 403)
    again = poll(source)
    assert (again.counts["recheck_unknown"], again.counts["rechecks_given_up"]) == (1, 1)
    assert missed_rechecks(ledger, seen) == {source.id: MissedRechecks(given_up=1)}
    with ledger.read() as conn:
        (row,) = conn.execute(sa.select(schema.recheck)).all()
    assert (row.unclear, row.due) == (0, seen + timedelta(days=1)), "its next age begins anew"


@pytest.mark.parametrize(
    ("recheck", "waits"),
    [(None, 120), (75, 75), (5, 15), (-5, 15), (500, 120)],
)
def test_a_recheck_brings_a_poll_forward_down_to_the_shortest_interval(recheck: int | None, waits: int) -> None:
    source = make_source("http://127.0.0.1/", interval="15m")
    wanted = None if recheck is None else START + recheck * MINUTE
    result = TaskResult(outcome=Outcome.OK, finished=START)
    found = next_due(source, result, 0, START, rate=0.0, recheck=wanted) - START
    assert waits * MINUTE * (1 - SPREAD) <= found <= waits * MINUTE * (1 + SPREAD)


def test_no_recheck_hurries_a_source_that_fails_or_a_server_that_asks_for_time() -> None:
    source = make_source("http://127.0.0.1/", interval="15m")
    soon = START + 20 * MINUTE
    failed = TaskResult(outcome=Outcome.FAILED, finished=START)
    assert next_due(source, failed, 3, START, rate=0.0, recheck=soon) > START + 180 * MINUTE
    quiet = TaskResult(outcome=Outcome.OK, finished=START, quiet_until=START + 90 * MINUTE)
    assert next_due(source, quiet, 0, START, rate=0.0, recheck=soon) >= START + 90 * MINUTE


@pytest.mark.parametrize(
    ("outcome", "before", "failures", "days"),
    [
        (Outcome.BLOCKED, "ok", 0, 1),
        (Outcome.BLOCKED, "blocked", 1, 7),
        (Outcome.BLOCKED, "blocked", 30, 7),
        (Outcome.BLOCKED, "robots_denied", 1, 7),
        (Outcome.BLOCKED, "failed", 5, 1),
        (Outcome.BLOCKED, "rate_limited", 1, 1),
        (Outcome.ROBOTS_DENIED, "ok", 0, 1),
        (Outcome.ROBOTS_DENIED, "robots_denied", 30, 1),
    ],
)
def test_who_refuses_us_is_left_alone_and_longer_from_the_second_time_on(
    outcome: Outcome, before: str, failures: int, days: int
) -> None:
    source = make_source("http://127.0.0.1/", interval="15m")
    refused = TaskResult(outcome=outcome, finished=START, servers={"127.0.0.1": robots(RobotsVerdict.FORBIDS)})
    found = next_due(source, refused, failures, START, recheck=START + MINUTE, health=before) - START
    assert timedelta(days=days) <= found <= timedelta(days=days) * (1 + SPREAD)
    seldom = make_source("http://127.0.0.1/", interval="10d", interval_max="10d")
    assert next_due(seldom, refused, failures, START) - START >= timedelta(days=10)


def test_a_stream_that_refuses_us_is_asked_while_its_server_still_has_what_was_missed() -> None:
    source = make_source("wss://127.0.0.1/subscribe", kind="jetstream", interval="15m", words=["boat"])
    refused = TaskResult(outcome=Outcome.BLOCKED, finished=START)
    for failures in (0, 1, 30):
        assert next_due(source, refused, failures, START) - START <= LONGEST_BACKOFF


def test_a_robots_txt_that_is_away_is_a_failure_of_its_server_and_no_refusal() -> None:
    source = make_source("http://127.0.0.1/", interval="15m")
    away = {"127.0.0.1": robots(RobotsVerdict.UNREADABLE)}
    denied = TaskResult(outcome=Outcome.ROBOTS_DENIED, finished=START, servers=away)
    assert next_due(source, denied, 0, START) - START <= 30 * MINUTE
    assert next_due(source, denied, 30, START) - START <= LONGEST_BACKOFF


def test_a_robots_txt_that_forbids_is_heeded_whatever_other_servers_of_the_run_are_away() -> None:
    source = make_source("http://127.0.0.1/", interval="15m")
    servers = {"127.0.0.1": robots(RobotsVerdict.FORBIDS), "media.example": robots(RobotsVerdict.UNREADABLE)}
    denied = TaskResult(outcome=Outcome.ROBOTS_DENIED, finished=START, servers=servers)
    assert next_due(source, denied, 0, START, "127.0.0.1") - START >= timedelta(days=1)
    elsewhere = servers | {"127.0.0.1": robots(RobotsVerdict.ALLOWS)}
    led = TaskResult(outcome=Outcome.ROBOTS_DENIED, finished=START, servers=elsewhere)
    assert next_due(source, led, 0, START, "127.0.0.1") - START <= 30 * MINUTE


def robots(verdict: RobotsVerdict) -> ServerNews:
    return ServerNews(robots=RobotsNews(verdict=verdict, read_at=START))


@pytest.mark.parametrize(
    ("state", "minutes"),
    [
        (SourceState("test", next_due=START), {2: 15, 23: 15, 25: 120, 200: 120}),
        # Eight posts an hour are worth a poll every 22 minutes; after a week without one nothing is left of that.
        (SourceState("test", rate=8.0, rate_hours=168.0, last_success=START), {2: 23, 23: 26, 200: 120}),
    ],
)
def test_who_is_always_empty_is_asked_ever_less_often_and_has_no_rate_of_it(
    state: SourceState, minutes: dict[int, int]
) -> None:
    source = make_source("http://127.0.0.1/", interval="15m", interval_max="2h")
    for hours, expected in minutes.items():
        now = START + timedelta(hours=hours)
        empty = TaskResult(outcome=Outcome.EMPTY, finished=now)
        ended = Ended(source, state, START, "127.0.0.1", now, in_bunch=False, result=empty)
        found = find_rhythm(ended, now, recheck=None, is_followed=False)
        assert (found.rate.per_hour, found.rate.hours) == (state.rate, state.rate_hours), "nothing was read"
        assert (found.due - now) / MINUTE == pytest.approx(expected, rel=0.06)
