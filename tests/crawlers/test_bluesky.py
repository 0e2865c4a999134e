"""Bluesky over real HTTP, from a polling process into a ledger. The server is hand-made after the lexicons (appview.py)."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from config import Project, Settings, Source
from crawlers import CrawlProcesses, collect
from ledger import Ledger, Worker, read_source, schema
from tests.crawlers.appview import ANA, BEN, FEED, POSTS, SEARCH, AppView, hours, uri_of, view
from tests.crawlers.conftest import Poll, make_source, posts, rows
from tests.crawlers.site import Reply, Site


def bluesky_source(site: Site, **fields: Any) -> Source:
    what = {} if "query" in fields else {"account": "ana.example"}
    return make_source(site.base_url, kind="bluesky", author_kind="person", **what, **fields)


def make_rechecks_due(ledger: Ledger, *uris: str) -> None:
    """Those of the posts, or all."""
    recheck = schema.recheck
    mine = recheck.c.lookup.in_(uris) if uris else sa.true()
    with ledger.write() as conn:
        conn.execute(sa.update(recheck).where(mine).values(due=datetime.now(UTC) - timedelta(minutes=1)))


@pytest.mark.parametrize("fields", [{}, {"query": "Post"}])
def test_what_is_read_twice_lands_once_across_edit_deletion_and_late_arrival(
    site: Site, poll: Poll, ledger: Ledger, fields: dict[str, Any]
) -> None:
    now = datetime.now(UTC)
    network = AppView(*(view(n, now - timedelta(minutes=n)) for n in range(130))).behind(site)
    source = bluesky_source(site, limits={"rechecks": 200}, **fields)
    first = poll(source)
    assert (first.outcome, first.counts["new"]) == ("ok", 130), first
    assert first.window_from is not None
    second = poll(source)
    assert (second.counts["new"], second.counts["unchanged"], second.window_from) == (0, 130, first.window_to)

    network.add(view(3, now - timedelta(minutes=3), "Post corrected", cid="bafyother"))
    network.add(view(900, datetime.now(UTC), created=now - hours(1.5)), view(901, datetime.now(UTC)))
    del network.posts[uri_of(5)]
    make_rechecks_due(ledger)
    third = poll(source)
    assert (third.counts["new"], third.counts["revised"]) == (2, 1), third
    assert third.counts["removed"] == 1
    stored = posts(ledger)
    assert len(stored) == 132
    assert (stored[uri_of(3)]["text"], stored[uri_of(3)]["platform"]) == ("Post corrected", "bluesky")
    late = stored[uri_of(900)]
    assert late["published_at"].replace(tzinfo=UTC) > now - timedelta(minutes=1), "dated by its arrival"
    assert [uri for uri, row in stored.items() if row["removed_at"] is not None] == [uri_of(5)]
    assert poll(source).counts.get("new") == 0


def test_a_recheck_asks_25_at_a_time_and_sees_what_no_page_shows(site: Site, poll: Poll, ledger: Ledger) -> None:
    now = datetime.now(UTC)
    network = AppView(*(view(n, now - timedelta(minutes=n)) for n in range(260))).behind(site)
    poll(bluesky_source(site))
    edited, withdrawn = uri_of(240), uri_of(241)
    network.posts[edited]["record"]["text"] = "Changed long after"
    network.posts[withdrawn]["author"]["labels"] = [{"val": "!no-unauthenticated", "src": ANA}]
    del network.posts[uri_of(242)]
    make_rechecks_due(ledger, *map(uri_of, range(200, 260)))
    network.asked.clear()
    summary = poll(bluesky_source(site, overlap="1m"))
    batches = [asked for method, asked in network.asked if method == "getPosts"]
    assert (len(batches), summary.counts["seen"]) == (3, 100 + 58)
    assert summary.counts["removed"] == 2
    stored = posts(ledger)
    assert stored[edited]["text"] == "Changed long after"
    gone = {uri for uri, row in stored.items() if row["removed_at"] is not None}
    assert gone == {withdrawn, uri_of(242)}


@pytest.mark.parametrize("found", [(200, b'{"posts": []}'), (403, b"<html>"), (400, b"{}"), (200, b"[]")])
def test_an_answer_without_a_known_post_deletes_nothing(
    site: Site, poll: Poll, ledger: Ledger, found: tuple[int, bytes]
) -> None:
    network = AppView(view(1, datetime.now(UTC)), view(2, datetime.now(UTC))).behind(site)
    source = bluesky_source(site)
    poll(source)
    network.fail(POSTS, *found)
    make_rechecks_due(ledger)
    summary = poll(source)
    assert (summary.outcome, summary.counts["recheck_unknown"], summary.counts.get("removed")) == ("ok", 2, None)
    assert all(row["removed_at"] is None for row in posts(ledger).values())


def test_a_search_that_is_refused_is_blocked_and_says_so(site: Site, poll: Poll) -> None:
    AppView().behind(site).fail(SEARCH, 403, "<html><body>403 Forbidden</body></html>")
    summary = poll(bluesky_source(site, query="boza"))
    assert summary.outcome == "blocked"
    assert "without an account" in summary.message
    assert site.paths() == [f"{SEARCH}?q=boza&sort=latest&limit=100"], "asked once"


def test_who_does_not_want_it_is_left_out_and_what_was_landed_goes(site: Site, poll: Poll, ledger: Ledger) -> None:
    now = datetime.now(UTC)
    shut = {"labels": [{"val": "!no-unauthenticated", "src": BEN}]}
    network = AppView(view(1, now), view(2, now, did=BEN)).behind(site)
    source = bluesky_source(site, query="Post")
    assert poll(source).counts["new"] == 2
    network.add(view(2, now, did=BEN, author=shut), view(3, now, did=BEN, author=shut))
    second = poll(source)
    assert second.not_landed == {"no_unauthenticated": 2}
    assert {uri: row["removed_at"] is not None for uri, row in posts(ledger).items()} == {
        uri_of(1): False,
        uri_of(2, BEN): True,
    }
    first, *later = sorted(rows(ledger, "capture"), key=lambda row: str(row["fetched_at"]))
    assert len(first["body"]) > 20
    assert all(not row["body"] or len(row["body"]) < 20 for row in later), "they hold what must not be kept"


def test_a_kill_in_the_middle_loses_nothing(
    site: Site, ledger: Ledger, worker: Worker, project: Project, settings: Settings, poll: Poll
) -> None:
    asked = threading.Event()
    now = datetime.now(UTC)
    network = AppView(*(view(n, now - timedelta(minutes=n)) for n in range(250))).behind(site)
    source = bluesky_source(site)

    def hang(query: dict[str, str]) -> Reply | None:
        if "cursor" in query:
            asked.set()
            time.sleep(20)
            return 404, {}, b""
        return None

    network.faults[FEED] = hang
    with CrawlProcesses() as processes:

        def stop() -> None:
            asked.wait(60)
            processes.kill()

        thread = threading.Thread(target=stop)
        thread.start()
        assert collect(ledger, worker, [source], project, settings, processes=processes) == []
        thread.join()
    assert read_source(ledger, source.id).cursor == {}
    landed = len(posts(ledger))
    assert landed <= 100
    del network.faults[FEED]
    again = poll(source)
    assert (again.outcome, again.counts["new"], len(posts(ledger))) == ("ok", 250 - landed, 250)
