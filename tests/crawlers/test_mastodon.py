"""Mastodon: mastodon_mock (0.6.1), polled by crawling processes, with edits, deletions, limits and a kill."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from ledger import Ledger, schema
from tests.crawlers.answering import Answering
from tests.crawlers.conftest import Poll, make_rechecks_due, posts, rows
from tests.crawlers.fediverse_given import mastodon_source
from tests.crawlers.killing import kill_the_crawl
from tests.crawlers.site import Reply, Site
from tests.peers.mastodon import Mastodon
from tests.peers.web import ask


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
