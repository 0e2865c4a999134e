"""A real WordPress (Debian's 6.1) by its REST interface and by its comment feeds, poll after poll through crawling processes;
the kill in the middle on a server of our own, which can be told when.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from ledger import Ledger
from tests.crawlers.conftest import Poll, make_rechecks_due, make_source, posts, rows
from tests.crawlers.killing import kill_the_crawl
from tests.crawlers.site import Reply, Site
from tests.crawlers.wordpress_site import make_item
from tests.peers.wordpress import WordPress

START = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize("links", ["", "/%year%/%postname%/"])
def test_posts_and_comments_by_the_interface(wordpress_site: WordPress, poll: Poll, ledger: Ledger, links: str) -> None:
    if links:
        wordpress_site.permalinks(links)
    entries = [wordpress_site.publish(f"P {n}", f"<p>Text {n}.</p>", at=START + timedelta(days=n)) for n in range(4)]
    said = wordpress_site.comment(entries[0], "I have seen that boat.", author="Invented Reader")
    source = make_source(wordpress_site.base_url, wordpress=True, comments=True)
    first = poll(source)
    assert (first.outcome, first.counts["new"]) == ("ok", 5), first
    found = {name.rstrip("/"): row for name, row in posts(ledger).items()}
    assert found[entries[2].url.rstrip("/")]["text"] == "Text 2."
    comment = next(row for name, row in found.items() if name.endswith(f"#comment-{said.id}"))
    assert (comment["text"], comment["title"], comment["author_kind"]) == ("I have seen that boat.", "", "person")
    second = poll(source)
    assert (second.outcome, second.counts["new"], second.counts.get("revised", 0)) == ("ok", 0, 0), second

    wordpress_site.edit(entries[1], content="<p>Corrected.</p>")
    wordpress_site.publish("Late", "<p>Came late.</p>", at=START + timedelta(days=3, hours=-2))
    wordpress_site.comment(entries[1], "Another one.")
    third = poll(source)
    assert (third.counts["new"], third.counts["revised"]) == (2, 1), third
    assert len(posts(ledger)) == 7

    wordpress_site.trash(entries[3])
    make_rechecks_due(ledger)
    fourth = poll(source)
    assert (fourth.counts["removed"], fourth.counts["recheck_deleted"]) == (1, 1), fourth
    gone = [row for row in rows(ledger, "post") if row["removed_at"] is not None]
    assert [row["native_id"].rstrip("/") for row in gone] == [entries[3].url.rstrip("/")]


def test_the_feed_and_the_interface_show_the_same_posts(wordpress_site: WordPress, poll: Poll, ledger: Ledger) -> None:
    entry = wordpress_site.publish("One", "<p>Text one.</p>", at=START)
    wordpress_site.comment(entry, "I have seen that boat.")
    by_feed = poll(make_source(f"{wordpress_site.base_url}/?feed=rss2", comments=True))
    assert (by_feed.outcome, by_feed.counts["new"]) == ("ok", 2), by_feed
    by_interface = poll(make_source(wordpress_site.base_url, id="rest", wordpress=True, comments=True))
    assert by_interface.counts.get("new", 0) == 0, by_interface
    assert len(posts(ledger)) == 2


def test_comment_feeds_of_a_real_site(wordpress_site: WordPress, poll: Poll, ledger: Ledger) -> None:
    entry = wordpress_site.publish("One", "<p>Text one.</p>", at=START)
    source = make_source(f"{wordpress_site.base_url}/?feed=rss2", comments=True)
    assert poll(source).counts["new"] == 1
    wordpress_site.comment(entry, "First.")
    wordpress_site.comment(entry, "Second.")
    assert poll(source).counts["new"] == 2
    again = poll(source)
    assert (again.outcome, again.counts.get("new", 0)) == ("ok", 0)
    assert {row["text"] for row in posts(ledger).values()} == {"Text one.", "First.", "Second."}
    assert again.next_due is not None


def test_a_crawl_that_is_killed_on_its_way_loses_nothing(site: Site, poll: Poll, ledger: Ledger) -> None:
    now = datetime.now(UTC)
    listed = [make_item(n, now - timedelta(days=n), link=f"{site.base_url}/{n}/") for n in range(1, 5)]
    calls: list[int] = []
    deadly = True

    def answer(_: Mapping[str, str]) -> Reply:
        calls.append(1)
        if deadly and len(calls) == 2:
            kill_the_crawl()
        part = listed[:2] if len(calls) % 2 else listed[2:]
        pages = "2" if len(calls) % 2 else "1"
        return 200, {"X-WP-TotalPages": pages, "Content-Type": "application/json"}, json.dumps(part).encode()

    site.answers["/wp-json/wp/v2/posts"] = answer
    source = make_source(f"{site.base_url}/wp-json/", wordpress=True)
    killed = poll(source)
    assert killed.outcome == "killed", killed
    deadly = False
    calls.clear()
    second = poll(source)
    assert second.outcome == "ok", second
    assert len(posts(ledger)) == 4
