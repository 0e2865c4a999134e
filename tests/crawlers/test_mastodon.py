"""Mastodon: mastodon_mock (0.6.1) for what it can do; a small stand-in for what it cannot be told to do.

The stand-in pages as Mastodon does (min_id, max_id) and adds late arrivals, consent flags and closed timelines.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa

from config import Source
from ledger import Ledger, schema
from tests.crawlers.answering import Answering
from tests.crawlers.conftest import Poll, PollAll, make_rechecks_due, make_source, posts, rows
from tests.crawlers.killing import kill_the_crawl
from tests.crawlers.site import Reply, Site, serve
from tests.peers.mastodon import Mastodon
from tests.peers.web import ask


def mastodon_source(url: str, **fields: Any) -> Source:
    return make_source(url, kind="mastodon", author_kind="person", **fields)


def test_a_timeline_is_read_forward_with_edits_and_deletions(
    mastodon_server: Mastodon, poll: Poll, ledger: Ledger
) -> None:
    source = mastodon_source(mastodon_server.base_url)
    made = [mastodon_server.post(f"<p>Post {number} #boza</p>", language="tr") for number in range(3)]
    first = poll(source)
    assert (first.outcome, first.counts["new"]) == ("ok", 3)

    for number in range(3, 90):
        mastodon_server.post(f"Post {number}")
    mastodon_server.edit(made[0]["id"], "Corrected #boza", language="tr")
    mastodon_server.delete(made[1]["id"])
    second = poll(source)
    assert second.counts["new"] == 87, "more than two pages came in between, and none is lost"
    assert second.counts["revised"] == 1
    assert second.counts["removed"] == 1
    assert second.window_from == first.window_to
    stored = posts(ledger)
    assert len(stored) == 90
    assert stored[made[0]["uri"]]["text"] == "Corrected #boza"
    assert stored[made[0]["uri"]]["hashtags"] == ["boza"]
    assert stored[made[0]["uri"]]["lang_hint"] == "tr"
    assert stored[made[1]["uri"]]["removed_at"] is not None
    assert stored[made[2]["uri"]]["removed_at"] is None
    assert stored[made[2]["uri"]]["platform"] == "fediverse"

    third = poll(source)
    assert (third.counts.get("new"), third.counts.get("removed")) == (0, None)
    assert third.counts["seen"] == third.counts["unchanged"]


def test_a_hashtag_and_a_server_that_limits(mastodon_server: Mastodon, poll: Poll) -> None:
    mastodon_server.post("one #boza")
    mastodon_server.post("another")
    source = mastodon_source(mastodon_server.base_url, tag="boza")
    assert poll(source).counts["new"] == 1
    until = (datetime.now(UTC) + timedelta(minutes=20)).isoformat()
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": until}
    mastodon_server.fail("/api/v1/timelines/*", {"type": "status", "status": 429, "headers": headers})
    limited = poll(source)
    assert limited.outcome == "rate_limited"
    assert limited.next_due is not None
    assert limited.next_due > datetime.now(UTC) + timedelta(minutes=19)


class Relay(Answering):
    """Passes on what another server says, and dies before the second page of its timeline."""

    def __init__(self, base_url: str) -> None:
        super().__init__()
        self.pages = 0
        self._base_url = base_url

    def usual(self, address: str) -> Reply:
        if "/timelines/" in address:
            self.pages += 1
            if self.pages == 2:
                kill_the_crawl()
        said = ask(self._base_url + address)
        return said.status, {"Content-Type": "application/json"}, said.body


def test_twice_in_a_row_no_double_and_no_loss_over_a_kill_an_edit_and_a_deletion(
    mastodon_server: Mastodon, site: Site, poll: Poll, ledger: Ledger
) -> None:
    made = [mastodon_server.post(f"Post {number}") for number in range(100)]
    Relay(mastodon_server.base_url).stand_behind(site)
    source = mastodon_source(site.base_url)
    assert poll(source).outcome == "killed"
    assert 0 < len(posts(ledger)) < 100, "what had landed stays"
    second, third = poll(source), poll(source)
    assert (second.outcome, third.outcome, third.counts["new"]) == ("ok", "ok", 0)
    assert len(posts(ledger)) == 100

    mastodon_server.edit(made[0]["id"], "Corrected")
    mastodon_server.delete(made[1]["id"])
    make_rechecks_due(ledger)
    counts = poll(mastodon_source(site.base_url, overlap="0s", limits={"rechecks": 200})).counts
    assert (counts["recheck_present"], counts["recheck_deleted"], counts["removed"]) == (99, 1, 1)
    assert (counts["revised"], counts["new"]) == (1, 0)
    stored = posts(ledger)
    assert stored[made[0]["uri"]]["text"] == "Corrected"
    assert [uri for uri, row in stored.items() if row["removed_at"]] == [made[1]["uri"]]
    assert len(rows(ledger, "recheck")) == 99
    asked = [path for path in site.paths() if path.startswith("/api/v1/statuses")]
    assert len(asked) == 5, "60 statuses that are on no page, 20 at a time; the one that is gone, and the proof"
    assert poll(source).counts["new"] == 0


def test_a_watch_list_in_the_cursor_moves_to_the_recheck_queue(
    mastodon_server: Mastodon, poll: Poll, ledger: Ledger
) -> None:
    """A ledger as an earlier version left it: no row in the queue, all in the cursor."""
    made = [mastodon_server.post(f"Post {number}") for number in range(3)]
    source = mastodon_source(mastodon_server.base_url)
    poll(source)
    stored = posts(ledger)
    seen = int(datetime.now(UTC).timestamp()) - 2 * 86_400
    watch = {status["id"]: [stored[status["uri"]]["post_id"], seen, done] for done, status in enumerate(made)}
    with ledger.write() as conn:
        conn.execute(schema.recheck.delete())
        old = {**conn.execute(sa.select(schema.source_state.c.cursor)).scalar_one(), "watch": watch}
        conn.execute(schema.source_state.update().values(cursor={k: v for k, v in old.items() if k != "recent"}))
    mastodon_server.delete(made[0]["id"])
    counts = poll(source).counts
    assert counts["removed"] == 1
    queue = {row["post_id"]: row for row in rows(ledger, "recheck")}
    assert set(queue) == {stored[status["uri"]]["post_id"] for status in made[1:]}
    host = mastodon_server.base_url.partition("://")[2]
    second, third = (queue[stored[status["uri"]]["post_id"]] for status in made[1:])
    assert second["lookup"] == f"{host}/{made[1]['id']}"
    assert (second["due"] - second["seen"], third["due"] - third["seen"]) == (timedelta(days=1), timedelta(days=7))
    (state,) = rows(ledger, "source_state")
    assert "watch" not in state["cursor"]
    make_rechecks_due(ledger)
    assert poll(source).counts["recheck_present"] == 2


class Timeline:
    """A stand-in for a Mastodon server: a dict of statuses behind a Site."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.statuses: dict[int, dict[str, Any]] = {}
        self.batch = True
        site.answers["/api/v2/instance"] = lambda _: self.json({"domain": "social.example", **self.instance})
        site.answers["/api/v1/timelines/public"] = self.page
        site.answers["/api/v1/statuses"] = self.look_up
        self.instance: dict[str, Any] = {}

    @staticmethod
    def json(data: object, status: int = 200) -> Reply:
        return status, {"Content-Type": "application/json"}, json.dumps(data).encode()

    def add(self, number: int, age: timedelta = timedelta(minutes=5), **fields: Any) -> None:
        uri = f"https://social.example/users/ana/statuses/{number}"
        account = {"acct": "ana", "noindex": False, **fields.pop("account", {})}
        created = (datetime.now(UTC) - age).isoformat().replace("+00:00", "Z")
        self.statuses[number] = {
            "id": str(number),
            "uri": uri,
            "url": uri,
            "created_at": created,
            "content": f"<p>Post {number}</p>",
            "visibility": "public",
            "account": account,
            **fields,
        }
        self.site.answers[f"/api/v1/statuses/{number}"] = lambda _: (
            self.json(self.statuses[number])
            if number in self.statuses
            else self.json({"error": "Record not found"}, 404)
        )

    def page(self, _: Mapping[str, str]) -> Reply:
        query = parse_qs(urlsplit(self.site.asked[-1][0]).query)
        low, high = int(query.get("min_id", ["0"])[0]), int(query.get("max_id", ["999999"])[0])
        found = sorted(number for number in self.statuses if low < number < high)
        page = found[:40] if "min_id" in query else found[-40:]
        return self.json([self.statuses[number] for number in reversed(page)])

    def look_up(self, _: Mapping[str, str]) -> Reply:
        if not self.batch:
            return self.json({"error": "Not found"}, 404)
        wanted = parse_qs(urlsplit(self.site.asked[-1][0]).query).get("id[]", [])
        return self.json([self.statuses[int(number)] for number in wanted if int(number) in self.statuses])


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
