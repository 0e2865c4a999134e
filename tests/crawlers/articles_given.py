"""A house whose lists and article pages are given (stand_in.py), and polls of it by feed or by sitemap."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config import Source
from crawlers.landing import MemoryStore
from crawlers.task import RecheckOf
from tests.crawlers.conftest import make_source
from tests.crawlers.outlet import HTML, news, urlset
from tests.crawlers.site import article, item, rss
from tests.crawlers.stand_in import NOW, Answer, Run, Say, read

SITE = "https://herald.example"
LIST = f"{SITE}/list"


def page(number: int = 1, **words: str) -> Answer:
    return Answer(article(f"Item {number}: a crossing", **words), headers=HTML)


def sitemap(*numbers: int, lastmod: str = "") -> Answer:
    listed = (news(f"{SITE}/{n}", NOW - timedelta(hours=n), title=f"Item {n}", lastmod=lastmod) for n in numbers)
    return Answer(urlset(*listed))


def summaries(*numbers: int, summary: str = "A summary.") -> Answer:
    return Answer(rss(*(item(n, text=None, base=SITE, summary=summary) for n in numbers)))


BY_FEED_AND_BY_SITEMAP = pytest.mark.parametrize(
    "source", [make_source(LIST, kind=kind) for kind in ("feeds", "sitemap")], ids=lambda source: source.kind
)


def listing(source: Source, *numbers: int) -> Answer:
    return sitemap(*numbers) if source.kind == "sitemap" else summaries(*numbers)


def edited(source: Source, *numbers: int) -> Answer:
    """A list that says of all its articles that they were changed."""
    return (
        sitemap(*numbers, lastmod=NOW.isoformat()) if source.kind == "sitemap" else summaries(*numbers, summary="New.")
    )


class House:
    """Polls of one source that share what was landed."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.store = MemoryStore()
        self.answers: dict[str, Say] = {LIST: listing(source, 1, 2), f"{SITE}/1": page(1), f"{SITE}/2": page(2)}
        self.last: Run | None = None
        self.last = self.poll()
        assert [post.native_id for post in self.last.posts] == [f"{SITE}/1", f"{SITE}/2"]
        self.post = self.last.posts[0]

    def poll(self, *, recheck: bool = False, days: float = 0) -> Run:
        wanted = (RecheckOf(post_id=self.post.post_id, lookup=f"{SITE}/1"),) if recheck else ()
        when = NOW + timedelta(days=days)
        run = read(self.source, self.answers, before=self.last, store=self.store, rechecks=wanted, started=when)
        assert run.adds_up()
        self.last = run
        return run
