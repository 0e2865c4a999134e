"""Mastodon, for what mastodon_mock cannot be told to do: Mastodon4 of fediverse_server.py, polled by crawling processes."""

from __future__ import annotations

from datetime import datetime

import pytest

from ledger import Ledger
from tests.crawlers.answering import in_json
from tests.crawlers.conftest import Poll, PollAll, make_rechecks_due, posts, rows
from tests.crawlers.fediverse_given import mastodon_source
from tests.crawlers.fediverse_server import NOT_FOUND, Mastodon4
from tests.crawlers.site import Site, serve


@pytest.fixture
def server(site: Site) -> Mastodon4:
    made = Mastodon4()
    made.stand_behind(site)
    return made


def test_a_late_post_below_the_mark_is_found(server: Mastodon4, site: Site, poll: Poll, ledger: Ledger) -> None:
    for number in (100, 110, 120):
        server.add(str(number))
    source = mastodon_source(site.base_url)
    poll(source)
    server.add("105")
    server.add("130")
    assert poll(source).counts["new"] == 2
    assert poll(source).counts["new"] == 0
    assert len(posts(ledger)) == 5


def test_consent_and_visibility_are_honoured_and_counted(
    server: Mastodon4, site: Site, poll: Poll, ledger: Ledger
) -> None:
    server.add("1")
    server.add("2", account={"acct": "ben@other.example", "noindex": True})
    server.add("3", visibility="unlisted")
    server.add("4", reblog={"id": "1"})
    server.add("5", content=None)
    server.add("6", spoiler_text="Careful", media_attachments=[{"type": "image", "description": "A boat"}])
    summary = poll(mastodon_source(site.base_url))
    assert summary.not_landed == {"noindex": 1, "not_public": 1, "reblog": 1, "bad_shape": 1}
    assert (summary.counts["seen"], summary.counts["new"]) == (6, 2)
    stored = posts(ledger)["https://mastodon.example/users/ana/statuses/6"]
    assert (stored["title"], stored["media_text"], stored["text"]) == ("Careful", "A boat", "Post 6")
    assert rows(ledger, "rejected")[0]["reason"] == "bad_shape"
    body = rows(ledger, "capture")[0]["body"]
    assert body is None or len(body) < 20, "the page holds posts of those who do not want it"


@pytest.mark.parametrize("batch", [True, False])
def test_only_404_and_410_are_deletions(server: Mastodon4, site: Site, poll: Poll, ledger: Ledger, batch: bool) -> None:
    if not batch:
        server.over["/api/v1/statuses"] = lambda _: NOT_FOUND
    for number in range(1, 5):
        server.add(str(number))
    source = mastodon_source(site.base_url)
    poll(source)
    for key, status in (("1", 404), ("2", 503 if batch else 401), ("3", 403)):
        del server.statuses[key]
        server.over[f"/api/v1/statuses/{key}"] = lambda _, status=status: in_json({}, status)  # type: ignore[misc]
    summary = poll(source)
    assert (summary.counts["removed"], summary.counts["recheck_unknown"]) == (1, 2)
    removed = {uri.rpartition("/")[2]: row["removed_at"] is not None for uri, row in posts(ledger).items()}
    assert removed == {"1": True, "2": False, "3": False, "4": False}
    server.over["/api/v1/statuses/2"] = lambda _: in_json({}, 403)
    del server.over["/api/v1/statuses/1"]
    server.add("1")
    poll(source)
    assert posts(ledger)["https://mastodon.example/users/ana/statuses/1"]["removed_at"] is None, "it is back"


def test_closed_timelines_are_not_read(server: Mastodon4, poll_all: PollAll, site: Site) -> None:
    server.add("1")
    server.access["live_feeds"] = {"local": "public", "remote": "disabled"}
    assert poll_all(mastodon_source(site.base_url, id="half"))["half"].counts["new"] == 1
    assert "local=true" in site.paths()[-2]
    server.access["live_feeds"] = {"local": "authenticated", "remote": "disabled"}
    site.asked.clear()
    found = poll_all(mastodon_source(site.base_url, id="closed"))["closed"]
    assert (found.outcome, found.message) == ("blocked", "the server shows this timeline to its members only")
    assert site.paths() == ["/api/v2/instance"]
    server.over["/api/v2/instance"] = lambda _: in_json({"domain": "mastodon.example"})
    server.over["/api/v1/timelines/public"] = lambda _: in_json({"error": "requires an authenticated user"}, 422)
    assert poll_all(mastodon_source(site.base_url, id="login"))["login"].outcome == "blocked"


def test_a_page_cap_stops_the_reading_and_the_next_poll_goes_on(
    server: Mastodon4, site: Site, poll: Poll, ledger: Ledger
) -> None:
    server.add("1")
    source = mastodon_source(site.base_url, limits={"pages": 2})
    poll(source)
    for number in range(2, 130):
        server.add(str(number), minutes=0)
    second = poll(source)
    assert "limits.pages" in second.message
    assert second.window_to == datetime.fromisoformat(server.statuses["80"]["created_at"]), "81 was the last one read"
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
    server: Mastodon4, site: Site, poll: Poll, ledger: Ledger
) -> None:
    with serve() as other_site:
        other = Mastodon4()
        other.stand_behind(other_site)
        server.add("1")
        server.add("2")
        first, second = mastodon_source(site.base_url, id="a"), mastodon_source(other_site.base_url, id="b")
        poll(first)
        for number in (1, 2):
            other.statuses[str(number + 50)] = {**server.statuses[str(number)], "id": str(number + 50)}
        seen = poll(second).counts
        assert (seen["new"], seen["unchanged"]) == (0, 2)
        host = site.base_url.partition("://")[2]
        assert {row["lookup"] for row in rows(ledger, "recheck")} == {f"{host}/1", f"{host}/2"}
        assert {row["source"] for row in rows(ledger, "recheck")} == {"a"}
        make_rechecks_due(ledger)
        other_site.asked.clear()
        poll(second)
        assert not [path for path in other_site.paths() if "/statuses" in path]


def test_a_withdrawn_consent_is_found_by_the_recheck(server: Mastodon4, site: Site, poll: Poll, ledger: Ledger) -> None:
    for number in range(1, 60):
        server.add(str(number), minutes=12 * 60)
    source = mastodon_source(site.base_url)
    poll(mastodon_source(site.base_url, overlap="1d"))
    server.statuses["1"]["account"] = {"acct": "ana", "noindex": True}
    server.statuses["2"]["visibility"] = "unlisted"
    make_rechecks_due(ledger)
    counts = poll(source).counts
    assert (counts["recheck_deleted"], counts["recheck_present"]) == (2, 57)
    removed = {uri.rpartition("/")[2] for uri, row in posts(ledger).items() if row["removed_at"]}
    assert removed == {"1", "2"}
