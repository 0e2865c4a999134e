"""Telegram over real HTTP: a channel of hand-made pages (telegram_channel.py), polled through `collect` and its processes.

No live page was read; what Telegram serves is seen by an operator's `daymark sources check`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from config import Project, Settings, Source
from crawlers import CrawlProcesses, check, collect
from ledger import Ledger, Worker, schema
from tests.crawlers.conftest import Poll, make_source, posts, rows
from tests.crawlers.site import Reply, Site
from tests.crawlers.telegram_channel import HTML, Channel, preview

HOUR = timedelta(hours=1)


@pytest.fixture
def project() -> Project:
    """A project that states why it may read Telegram."""
    return Project(
        controller="Test",
        purpose="tests",
        legal_basis="tests",
        contact="post@example.org",
        telegram_basis="GDPR 6(1)(e)",
    )


@pytest.fixture
def channel(site: Site) -> Channel:
    return Channel(site)


def source_of(channel: Channel, **fields: Any) -> Source:
    return make_source(channel.url, kind="telegram", **fields)


def due_now(ledger: Ledger) -> None:
    """Makes every recheck due."""
    with ledger.write() as conn:
        conn.execute(schema.recheck.update().values(due=datetime.now(UTC) - HOUR))


def test_a_channel_is_read_twice_with_an_edit_a_deletion_and_a_late_message(
    channel: Channel, poll: Poll, ledger: Ledger
) -> None:
    source = source_of(channel)
    for number in range(1, 31):
        channel.post(number)
    first = poll(source)
    assert (first.outcome, first.counts["new"]) == ("ok", 30)
    again = poll(source)
    assert (again.counts["new"], again.counts["unchanged"], again.counts["seen"]) == (0, 30, 30)

    channel.post(3, "Message 3, mended", edited=True)
    del channel.messages[12]
    for number in (*range(40, 95), 35):
        channel.post(number)
    second = poll(source)
    assert (second.counts["new"], second.counts["revised"], second.counts["removed"]) == (56, 1, 1)
    assert second.window_from == again.window_to
    channel.post(37)
    late = poll(source)
    assert late.counts["new"] == 1
    assert late.counts["seen"] == late.counts["new"] + late.counts["unchanged"]

    stored = posts(ledger)
    assert set(stored) == {f"samplechannel/{number}" for number in (*range(1, 31), 35, 37, *range(40, 95))}
    assert (stored["samplechannel/3"]["text"], stored["samplechannel/3"]["revision"]) == ("Message 3, mended", 2)
    assert [key for key, row in stored.items() if row["removed_at"] is not None] == ["samplechannel/12"]
    one = stored["samplechannel/40"]
    assert (one["platform"], one["url"], one["engagement"]) == (
        "telegram",
        "https://t.me/samplechannel/40",
        {"views": 1200},
    )


def test_a_quiet_channel_costs_one_request(channel: Channel, poll: Poll) -> None:
    for number in range(1, 31):
        channel.post(number, age=30 * HOUR - number * HOUR / 2)
    source = source_of(channel)
    poll(source)
    channel.asked_pages()
    assert poll(source).outcome == "ok"
    assert channel.asked_pages() == ["/s/samplechannel"]


def test_older_messages_are_rechecked_one_by_one(channel: Channel, poll: Poll, ledger: Ledger) -> None:
    source = source_of(channel)
    for number in range(1, 61):
        channel.post(number, age=timedelta(days=3) if number < 30 else HOUR)
    first = poll(source_of(channel, overlap="4d"))
    assert first.counts["new"] == 60
    channel.post(5, "Message 5, mended", age=timedelta(days=3))
    del channel.messages[6]
    channel.over = lambda path: (503, HTML, b"") if path.startswith("/samplechannel/7?") else None
    due_now(ledger)
    channel.asked_pages()
    summary = poll(source)
    assert (summary.outcome, summary.counts["revised"], summary.counts["removed"]) == ("ok", 1, 1)
    assert (
        summary.counts["recheck_deleted"],
        summary.counts["recheck_unknown"],
        summary.counts["recheck_present"],
    ) == (1, 1, 58)
    asked = channel.asked_pages()
    assert not any(path.startswith("/samplechannel/55?") for path in asked), "the pages have shown it"
    stored = posts(ledger)
    assert stored["samplechannel/5"]["text"] == "Message 5, mended"
    assert stored["samplechannel/6"]["removed_at"] is not None
    assert stored["samplechannel/7"]["removed_at"] is None


def test_a_kill_in_the_middle_loses_nothing(
    channel: Channel, poll: Poll, ledger: Ledger, worker: Worker, project: Project, settings: Settings
) -> None:
    source = source_of(channel)
    for number in range(1, 11):
        channel.post(number)
    poll(source)
    before = rows(ledger, "source_state")[0]["cursor"]
    for number in range(11, 91):
        channel.post(number)
    with CrawlProcesses() as processes:

        def kill(path: str) -> Reply | None:
            if "after=30" in path:
                processes.kill()
            return None

        channel.over = kill
        collect(ledger, worker, [source], project, settings, only=source.id, processes=processes)
    channel.over = lambda path: None
    assert rows(ledger, "source_state")[0]["cursor"] == before
    assert poll(source).outcome == "ok"
    assert set(posts(ledger)) == {f"samplechannel/{number}" for number in range(1, 91)}
    assert poll(source).counts["new"] == 0


def test_a_channel_without_preview_is_left_alone_for_a_day_and_then_a_week(
    site: Site, poll: Poll, ledger: Ledger
) -> None:
    site.answers["/s/closed"] = lambda _: (302, {"Location": "/closed"}, b"")
    site.serve(
        "/closed", "<html><body><div class='tgme_page'>Open in the app</div></body></html>", Content_Type="text/html"
    )
    for days in (1, 7):
        summary = poll(make_source(f"{site.base_url}/closed", kind="telegram"))
        assert (summary.outcome, summary.message.partition(":")[0]) == ("blocked", "no web preview")
        assert summary.next_due is not None
        assert summary.next_due > datetime.now(UTC) + timedelta(days=days - 0.1)
    assert rows(ledger, "source_state")[0]["retired"] is False
    assert posts(ledger) == {}


def test_a_long_absence_is_caught_up_over_several_polls(channel: Channel, poll: Poll, ledger: Ledger) -> None:
    source = source_of(channel, limits={"pages": 3})
    channel.post(1)
    channel.post(2)
    poll(source)
    for number in range(3, 201):
        channel.post(number)
    assert "limits.pages" in poll(source).message
    for _ in range(5):
        poll(source)
    assert len(posts(ledger)) == 200
    assert poll(source).counts["new"] == 0


def test_without_a_stated_basis_telegram_is_off(
    channel: Channel, ledger: Ledger, worker: Worker, project: Project, settings: Settings
) -> None:
    channel.post(1)
    for basis in (None, "", "todo"):
        bare = project.model_copy(update={"telegram_basis": basis})
        (summary,) = collect(ledger, worker, [source_of(channel)], bare, settings)
        assert (summary.ran, "telegram_basis" in summary.message) == (False, True)
        report = check(ledger, worker, source_of(channel), bare, settings)
        assert (report.posts, "telegram_basis" in report.message) == ((), True)
    assert channel.asked_pages() == []
    report = check(ledger, worker, source_of(channel), project, settings)
    assert [post.native_id for post in report.posts] == ["samplechannel/1"]


def test_a_page_that_does_not_want_to_be_read_is_not(site: Site, poll: Poll, ledger: Ledger) -> None:
    channel = Channel(site)
    channel.post(1)
    refusing = preview(*channel.messages.values(), head="<meta name='robots' content='noindex'>")
    channel.over = lambda path: (200, HTML, refusing.encode())
    assert poll(source_of(channel)).outcome == "robots_denied"
    channel.over = lambda path: (200, {**HTML, "X-Robots-Tag": "noai"}, channel.page().encode())
    assert poll(source_of(channel)).outcome == "robots_denied"
    site.serve("/robots.txt", "User-agent: *\nDisallow: /s/")
    assert poll(source_of(channel, id="other")).outcome == "robots_denied"
    assert posts(ledger) == {}
