"""Every poll that read robots.txt leaves its verdict, its hash and the time with the source."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from ledger import Ledger, read_sources
from tests.crawlers.conftest import PollAll, make_source
from tests.crawlers.site import item, rss, serve

FORBIDS = "User-agent: *\nDisallow: /\n"
PARTLY = "User-agent: *\nDisallow: /1\n"
ALLOWS = "User-agent: *\nDisallow: /private\n"
ANSWERS = {
    "missing": ("", 404, "none"),
    "broken": ("", 503, "unreadable"),
    "closed": (FORBIDS, 200, "forbids"),
    "half": (PARTLY, 200, "allows in part"),
    "open": (ALLOWS, 200, "allows"),
}


def test_whatever_robots_txt_comes_to_is_kept_with_the_source(poll_all: PollAll, ledger: Ledger) -> None:
    before = datetime.now(UTC)
    with ExitStack() as stack:
        sources = []
        for name, (rules, status, _) in ANSWERS.items():
            site = stack.enter_context(serve())
            site.serve("/robots.txt", rules, status)
            feed = site.serve("/feed", rss(item(1, text=None, base=site.base_url)), Content_Type="application/rss+xml")
            sources.append(make_source(feed, id=name))
        poll_all(*sources)
    found = read_sources(ledger, ANSWERS)
    assert {name: state.robots_verdict for name, state in found.items()} == {
        name: verdict for name, (_, _, verdict) in ANSWERS.items()
    }
    for name, (rules, status, verdict) in ANSWERS.items():
        state = found[name]
        assert state.robots_sha256 == (sha256(rules.encode()).hexdigest() if status == 200 else None)
        assert state.robots_changed_at is None
        if verdict == "unreadable":
            assert state.robots_read_at is None
        else:
            assert state.robots_read_at is not None
            assert before - timedelta(seconds=1) <= state.robots_read_at <= datetime.now(UTC)
