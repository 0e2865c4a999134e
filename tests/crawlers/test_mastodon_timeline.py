"""Mastodon, for what mastodon_mock cannot be told to do: a stand-in (mastodon_timeline.py), polled by crawling processes."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from ledger import Ledger
from tests.crawlers.conftest import Poll, PollAll, make_rechecks_due, posts, rows
from tests.crawlers.mastodon_timeline import Timeline, mastodon_source
from tests.crawlers.site import Site, serve


@pytest.fixture
def timeline(site: Site) -> Timeline:
    return Timeline(site)


def test_a_late_post_below_the_mark_is_found(timeline: Timeline, poll: Poll, ledger: Ledger) -> None:
    for number in (100, 110, 120):
        timeline.add(number)
    source = mastodon_source(timeline.site.base_url)
    poll(source)
    timeline.add(105)
    timeline.add(130)
    assert poll(source).counts["new"] == 2
    assert poll(source).counts["new"] == 0
    assert len(posts(ledger)) == 5


def test_consent_and_visibility_are_honoured_and_counted(timeline: Timeline, poll: Poll, ledger: Ledger) -> None:
    timeline.add(1)
    timeline.add(2, account={"acct": "ben@other.example", "noindex": True})
    timeline.add(3, visibility="unlisted")
    timeline.add(4, reblog={"id": "1"})
    timeline.add(5, content=None)
    timeline.add(6, spoiler_text="Careful", media_attachments=[{"type": "image", "description": "A boat"}])
    summary = poll(mastodon_source(timeline.site.base_url))
    assert summary.not_landed == {"noindex": 1, "not_public": 1, "reblog": 1, "bad_shape": 1}
    assert (summary.counts["seen"], summary.counts["new"]) == (6, 2)
    stored = posts(ledger)["https://social.example/users/ana/statuses/6"]
    assert (stored["title"], stored["media_text"], stored["text"]) == ("Careful", "A boat", "Post 6")
    assert rows(ledger, "rejected")[0]["reason"] == "bad_shape"
    body = rows(ledger, "capture")[0]["body"]
    assert body is None or len(body) < 20, "the page holds posts of those who do not want it"


@pytest.mark.parametrize("batch", [True, False])
def test_only_404_and_410_are_deletions(timeline: Timeline, poll: Poll, ledger: Ledger, batch: bool) -> None:
    timeline.batch = batch
    for number in range(1, 5):
        timeline.add(number)
    source = mastodon_source(timeline.site.base_url)
    poll(source)
    for number, status in ((1, 404), (2, 503 if batch else 401), (3, 403)):
        del timeline.statuses[number]
        timeline.site.serve(f"/api/v1/statuses/{number}", "{}", status)
    summary = poll(source)
    assert (summary.counts["removed"], summary.counts["recheck_unknown"]) == (1, 2)
    removed = {uri.rpartition("/")[2]: row["removed_at"] is not None for uri, row in posts(ledger).items()}
    assert removed == {"1": True, "2": False, "3": False, "4": False}
    timeline.site.serve("/api/v1/statuses/2", "{}", 403)
    timeline.add(1)
    poll(source)
    assert posts(ledger)["https://social.example/users/ana/statuses/1"]["removed_at"] is None, "it is back"


def test_closed_timelines_are_not_read(timeline: Timeline, poll_all: PollAll, site: Site) -> None:
    timeline.add(1)
    timeline.instance = {
        "configuration": {"timelines_access": {"live_feeds": {"local": "public", "remote": "disabled"}}}
    }
    assert poll_all(mastodon_source(site.base_url, id="half"))["half"].counts["new"] == 1
    assert "local=true" in site.paths()[-2]
    closed = {"local": "authenticated", "remote": "disabled"}
    timeline.instance = {"configuration": {"timelines_access": {"live_feeds": closed}}}
    site.asked.clear()
    found = poll_all(mastodon_source(site.base_url, id="closed"))["closed"]
    assert (found.outcome, found.message) == ("blocked", "the server shows this timeline to its members only")
    assert site.paths() == ["/api/v2/instance"]
    timeline.instance = {}
    site.answers["/api/v1/timelines/public"] = lambda _: timeline.json({"error": "requires an authenticated user"}, 422)
    assert poll_all(mastodon_source(site.base_url, id="login"))["login"].outcome == "blocked"


def test_a_page_cap_stops_the_reading_and_the_next_poll_goes_on(timeline: Timeline, poll: Poll, ledger: Ledger) -> None:
    timeline.add(1)
    source = mastodon_source(timeline.site.base_url, limits={"pages": 2})
    poll(source)
    for number in range(2, 130):
        timeline.add(number, timedelta(0))
    second = poll(source)
    assert "limits.pages" in second.message
    assert second.window_to == datetime.fromisoformat(timeline.statuses[80]["created_at"]), "81 was the last one read"
    for _ in range(3):
        poll(source)
    assert len(posts(ledger)) == 129


def test_not_a_mastodon_server(site: Site, poll_all: PollAll) -> None:
    site.serve("/html/api/v2/instance", "<html>")
    site.serve("/list/api/v2/instance", "{}")
    site.serve("/list/api/v1/timelines/public", '{"statuses": []}')
    site.serve("/empty/api/v1/instance", '{"uri": "old.example"}')
    site.serve("/empty/api/v1/timelines/public", "[]")
    names = ("html", "list", "empty")
    found = poll_all(*(mastodon_source(f"{site.base_url}/{name}", id=name) for name in names))
    assert {name: found[name].outcome for name in names} == {"html": "failed", "list": "failed", "empty": "empty"}


def test_a_post_on_two_servers_lands_once_and_is_asked_for_where_it_landed_first(
    timeline: Timeline, poll: Poll, ledger: Ledger
) -> None:
    with serve() as other_site:
        other = Timeline(other_site)
        timeline.add(1)
        timeline.add(2)
        first, second = mastodon_source(timeline.site.base_url, id="a"), mastodon_source(other_site.base_url, id="b")
        poll(first)
        for number in (1, 2):
            other.statuses[number + 50] = {**timeline.statuses[number], "id": str(number + 50)}
        seen = poll(second).counts
        assert (seen["new"], seen["unchanged"]) == (0, 2)
        host = timeline.site.base_url.partition("://")[2]
        assert {row["lookup"] for row in rows(ledger, "recheck")} == {f"{host}/1", f"{host}/2"}
        assert {row["source"] for row in rows(ledger, "recheck")} == {"a"}
        make_rechecks_due(ledger)
        other_site.asked.clear()
        poll(second)
        assert not [path for path in other_site.paths() if "/statuses" in path]


def test_a_withdrawn_consent_is_found_by_the_recheck(timeline: Timeline, poll: Poll, ledger: Ledger) -> None:
    for number in range(1, 60):
        timeline.add(number, timedelta(hours=12))
    source = mastodon_source(timeline.site.base_url)
    poll(mastodon_source(timeline.site.base_url, overlap="1d"))
    timeline.statuses[1]["account"] = {"acct": "ana", "noindex": True}
    timeline.statuses[2]["visibility"] = "unlisted"
    make_rechecks_due(ledger)
    counts = poll(source).counts
    assert (counts["recheck_deleted"], counts["recheck_present"]) == (2, 57)
    removed = {uri.rpartition("/")[2] for uri, row in posts(ledger).items() if row["removed_at"]}
    assert removed == {"1", "2"}
