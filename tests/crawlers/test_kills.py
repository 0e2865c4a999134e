"""A crawl that is killed in the middle of its reading, for the spiders whose own tests have none: the cursor has not moved, so
the next poll reads everything again, and nothing is lost or double. Over real HTTP, by SIGKILL.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from config import Project, Source
from ledger import Ledger
from tests.crawlers.conftest import Poll, make_source, posts
from tests.crawlers.gdelt_index import answer, listed
from tests.crawlers.killing import kill_the_crawl
from tests.crawlers.site import Reply, Site, article, item, rss
from tests.crawlers.telegram_channel import Channel

POSTS = 45
DIES_AT = 3
"""The request, robots.txt left out, that the crawl does not survive."""


@pytest.fixture
def project() -> Project:
    """A project that may read Telegram, too."""
    return Project(
        controller="Test",
        purpose="tests",
        legal_basis="tests",
        contact="post@example.org",
        telegram_basis="GDPR 6(1)(e)",
    )


def feed(site: Site) -> Source:
    """Summaries, each with an article page."""
    site.serve("/feed", rss(*(item(n, text=None, base=f"{site.base_url}/a") for n in range(POSTS))))
    serve_articles(site)
    return make_source(f"{site.base_url}/feed")


def gdelt(site: Site) -> Source:
    """Addresses, each to be read."""
    found = [listed(f"{site.base_url}/a/{n}", datetime.now(UTC), f"Title {n}") for n in range(POSTS)]
    site.serve("/api/v2/doc/doc", answer(*found), Content_Type="application/json")
    serve_articles(site)
    return make_source(f"{site.base_url}/api/v2/doc/doc?query=boats", kind="gdelt")


def telegram(site: Site) -> Source:
    """Three pages of a channel."""
    channel = Channel(site, top=0)
    for number in range(1, POSTS + 1):
        channel.post(number, age=timedelta(minutes=POSTS - number))
    return make_source(channel.url, kind="telegram")


def serve_articles(site: Site) -> None:
    for n in range(POSTS):
        page = article(title=f"Title {n}", text=f"Words of article {n}.")
        site.serve(f"/a/{n}", page, Content_Type="text/html")


@pytest.mark.parametrize("make", [feed, gdelt, telegram])
def test_a_kill_in_the_middle_loses_and_doubles_nothing(
    site: Site, poll: Poll, ledger: Ledger, make: Callable[[Site], Source]
) -> None:
    source = make(site)
    deaths = 0

    def dying(usual: Callable[..., Reply]) -> Callable[..., Reply]:
        def reply(headers: object) -> Reply:
            nonlocal deaths
            if not deaths and len(site.paths()) == DIES_AT:
                deaths += 1
                kill_the_crawl()
            return usual(headers)

        return reply

    site.answers = {path: dying(usual) for path, usual in site.answers.items()}
    assert poll(source).outcome == "killed"
    assert deaths == 1
    after = poll(source)
    assert after.outcome == "ok"
    assert len(posts(ledger)) == POSTS
    again = poll(source)
    assert (again.counts.get("new", 0), again.counts.get("revised", 0), len(posts(ledger))) == (0, 0, POSTS)
