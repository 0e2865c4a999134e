"""Platforms that show articles: a feed, a sitemap, GDELT."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from config import SourceKind
from tests.crawlers.hostility.platform import Draw, Platform, in_json, path_of, words
from tests.crawlers.outlet import HTML, index, news, urlset
from tests.crawlers.site import article, item, rss
from tests.peers.hostile import Reply, Seen

XML = {"Content-Type": "application/xml"}


def article_of(seen: Seen) -> Reply | None:
    """The page behind /a/NUMBER."""
    head, _, number = path_of(seen).rpartition("/")
    if not head.endswith("/a") or not (number.isascii() and number.isdecimal()):
        return None
    return 200, HTML, article(words(int(number)), words(int(number))).encode()


class Feeds(Platform):
    kind, path = SourceKind.FEEDS, "/feed"
    fields: ClassVar[dict[str, Any]] = {"author_kind": "outlet"}

    def answer(self, seen: Seen) -> Reply | None:
        if path_of(seen) != self.path:
            return article_of(seen)
        items = [
            item(
                number, text=None, summary=words(number), base=f"{self.base}/a", date=f"{at:%a, %d %b %Y %H:%M:%S} GMT"
            )
            for number, at in reversed(self.posts.items())
        ]
        return 200, {"Content-Type": "application/rss+xml"}, rss(*items).encode()

    def endless(self, seen: Seen, draw: Draw) -> Reply | None:
        now = datetime.now(UTC).isoformat()
        items = [
            {"id": str(n), "url": f"{self.base}/a/{n}", "content_text": words(n), "date_published": now}
            for n in draw.numbers(20)
        ]
        more = {"next_url": f"{self.base}/feed?page={draw.token()}"}
        return in_json({"version": "https://jsonfeed.org/version/1.1", "title": "Endless", "items": items, **more})


class Sitemap(Platform):
    kind, path = SourceKind.SITEMAP, "/news.xml"
    fields: ClassVar[dict[str, Any]] = {"author_kind": "outlet"}

    def answer(self, seen: Seen) -> Reply | None:
        if path_of(seen) != self.path:
            return article_of(seen)
        entries = [news(f"{self.base}/a/{number}", at, title=words(number)) for number, at in self.posts.items()]
        return 200, XML, urlset(*entries).encode()

    def endless(self, seen: Seen, draw: Draw) -> Reply | None:
        if "/a/" in seen.path:
            return article_of(seen)
        token = int(draw.token()[1:])
        if token % 2:
            return 200, XML, index(*((f"{self.base}/news-{n}-{token}.xml", "") for n in draw.numbers(20))).encode()
        now = datetime.now(UTC)
        return 200, XML, urlset(*(news(f"{self.base}/a/{n}", now) for n in draw.numbers(20))).encode()


class Gdelt(Platform):
    kind, path = SourceKind.GDELT, "/api/v2/doc/doc?query=crossing"
    fields: ClassVar[dict[str, Any]] = {"author_kind": "outlet"}

    def answer(self, seen: Seen) -> Reply | None:
        return article_of(seen) or self._list(list(self.posts))

    def endless(self, seen: Seen, draw: Draw) -> Reply | None:
        return article_of(seen) or self._list(draw.numbers(250))

    def _list(self, numbers: list[int]) -> Reply:
        return in_json({"articles": [{"url": f"{self.base}/a/{n}", "title": words(n)} for n in numbers]})
