"""The feed spider on a real WordPress: conditional requests, older pages, edits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ledger import Ledger
from tests.crawlers.conftest import Poll, make_source, posts
from tests.peers.wordpress import WordPress


def test_a_wordpress_feed_is_read_whole_then_only_when_it_changed(
    wordpress_site: WordPress, poll: Poll, ledger: Ledger
) -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    entries = [
        wordpress_site.publish(f"Post {n}", f"<p>Text of post {n}.</p>", at=start + timedelta(days=n))
        for n in range(25)
    ]
    source = make_source(f"{wordpress_site.base_url}/?feed=rss2")
    first = poll(source)
    assert (first.outcome, first.counts["new"]) == ("ok", 25), first
    assert posts(ledger)[entries[3].url]["text"] == "Text of post 3."
    assert poll(source).outcome == "not_modified"
    wordpress_site.edit(entries[24], content="<p>Corrected.</p>")
    third = poll(source)
    assert (third.counts["revised"], third.counts["new"]) == (1, 0), third
