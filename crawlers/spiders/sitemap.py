"""Sitemaps, for outlets without a useful feed: what they list lately, and the article pages behind it.

1. where     the source's url is a sitemap, or an index of them, or the site's home page: then its robots.txt names them
2. which     news sitemaps first; once one was read, only addresses with "news" in them; never lists of tags or authors;
             archives that show nothing recent sleep a day
3. what      entries of the last RECENT (after an outage: since the last window), the latest first, MOST at most
4. articles  listed_articles.py; a document is asked for conditionally, and its version is kept once all of it was read

The cursor holds entries (feed_memory.py), sitemaps (sitemap_memory.py) and covered_to, the end of the last window. A document
is one list, not a page of one: it covers from its oldest entries on; the window is what all the documents read cover.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from crawlers.errors import BudgetSpent, EndRun, RateLimited, Refused, Unreachable
from crawlers.items import Found
from crawlers.outcome import Outcome
from crawlers.platforms.articles.listed import ListedArticles
from crawlers.platforms.feeds.entry import FeedDocument
from crawlers.platforms.feeds.memory import KEPT, FeedMemory
from crawlers.platforms.feeds.rechecks import ArticleRechecks
from crawlers.platforms.shared.volume import find_shortfall, warn_of_many
from crawlers.platforms.shared.window import TWO
from crawlers.platforms.sitemap.document import ListedMap, NotASitemap, SitemapDocument, parse_sitemap, read_robots
from crawlers.platforms.sitemap.listing import Listing, changed_until, choose
from crawlers.platforms.sitemap.memory import KnownMap, SitemapMemory
from crawlers.politeness.conditional import conditional_headers, read_validators
from crawlers.politeness.redirects import moved_to
from crawlers.rechecking import Answer
from crawlers.spiders.base import PollSpider
from crawlers.task import RecheckOf
from crawlers.urls import host_of

if TYPE_CHECKING:
    from scrapy.http import Response

RECENT = timedelta(days=3)
"""News sitemaps hold two days by their own rules; a day more for what is listed late."""
MOST = KEPT
"""Entries a poll looks at: as many as the memory holds, so that none is read again because it was forgotten."""
_DEPTH = 3
"""Index within index; the protocol knows one level."""
_NO_ARTICLES = re.compile(r"(?:^|[-_./])(?:categor(?:y|ies)|tags?|taxonom(?:y|ies)|authors?|users?)(?:[-_.\d]|$)", re.I)


class SitemapSpider(PollSpider):
    """One poll of a site's sitemaps."""

    name = "sitemap"

    def load(self, cursor: dict[str, Any]) -> None:
        """See the module's docstring."""
        self._memory = FeedMemory(cursor.get("entries"))
        self._maps = SitemapMemory(cursor.get("sitemaps"))
        covered = cursor.get("covered_to")
        recent = self.task.started - RECENT
        self._floor = min(recent, datetime.fromisoformat(covered)) if covered else recent
        self._articles = ListedArticles(self, self._memory)
        self._articles.pages.removals.relist = self._relist
        self._rechecks_of_pages = ArticleRechecks(self._articles.pages, self._articles)
        self._unchanged: list[str] = []
        self._asks_anew = self._memory.awaits(f"{self.task.started:%Y-%m-%d}")
        self._shown = self._looked_at = self._asked = 0
        self._is_news = self._is_unchanged = self._is_through = False
        self._missed: list[str] = []
        self._fault = Outcome.FAILED

    async def read(self) -> AsyncIterator[Found]:
        """See the module's docstring."""
        waiting = [(found, 0) for found in await self._roots()]
        visited: set[str] = set()
        while waiting:
            waiting.sort(key=lambda item: (not _looks_like_news(item[0].url), item[1]))
            listed, depth = waiting.pop(0)
            if listed.url in visited or self._is_idle(listed):
                continue
            if self._asked >= self.task.source.limits.pages:
                self.tally.remark("limit_pages")
                self._missed.append(f"stopped at limits.pages = {self.task.source.limits.pages}")
                break
            visited.add(listed.url)
            found = await self._open(listed.url)
            if found is None:
                continue
            document, response = found
            waiting += [(child, depth + 1) for child in document.maps if depth < _DEPTH]
            async for item in self._read_document(listed.url, document, response):
                yield item
            if self.task.mode == "check" and self._shown:
                break
        self._judge()

    async def recheck(self, post: RecheckOf) -> Answer:
        """The article's page."""
        return await self._rechecks_of_pages.recheck(post)

    def conclude(self) -> None:
        """Writes cursor and window: nothing is claimed while anything that is listed is still to be read."""
        whole = self._is_through and not self._missed
        if whole and self.outcome.is_success and self.outcome is not Outcome.EMPTY:
            since = self._maps.since()
            begin = max([self._floor, *(moment for moment in since if moment is not None)])
            if since and None not in since and begin <= self.task.started:
                self.window_from, self.window_to = begin, self.task.started
            self._maps.cover(self.task.started)
            self.cursor["covered_to"] = self.task.started.isoformat()
        if self.progress:
            # Also where something was missed: else one document that never answers has all others fetched whole for ever.
            self._memory.note_asked(f"{self.task.started:%Y-%m-%d}")
        self.cursor["entries"] = self._memory.dump()
        self.cursor["sitemaps"] = self._maps.dump()

    async def _roots(self) -> tuple[ListedMap, ...]:
        url = self.task.url
        path = urlsplit(url).path
        if path not in ("", "/") and not path.endswith("/robots.txt"):
            return (ListedMap(url),)
        address = urljoin(url, "/robots.txt")
        response = await self.fetch(address)
        named = read_robots(response.body.decode("utf-8", "replace"), address) if response.status == 200 else ()
        # Where robots.txt names none, the usual place.
        return named or (ListedMap(urljoin(url, "/sitemap.xml")),)

    def _is_idle(self, listed: ListedMap) -> bool:
        """Whether a document is not asked for this time."""
        if listed.url == self.task.url:
            return False
        if _NO_ARTICLES.search(urlsplit(listed.url).path) or (self._is_news and not _looks_like_news(listed.url)):
            self.tally.remark("sitemaps_skipped")
            return True
        changed, known = changed_until(listed.lastmod, self.task.started), self._maps.get(listed.url)
        if changed is not None:
            return changed < self._floor
        return known is not None and known.sleeps(self._floor, self.task.started)

    async def _relist(self) -> bool:
        """What the documents list that are unchanged; whether all could be read. May raise BudgetSpent and RateLimited."""
        are_read = True
        while self._unchanged:
            try:
                response = await self.fetch(self._unchanged.pop())
                document = parse_sitemap(response.body, response.url, self.task.source.limits.body_bytes)
            except (BudgetSpent, RateLimited):
                raise
            except (Refused, Unreachable, NotASitemap):
                are_read = False
                continue
            are_read = are_read and response.status == 200 and not document.is_broken
            self._articles.pages.removals.note_listed(entry.link for entry in document.entries)
        return are_read

    async def _open(self, url: str) -> tuple[SitemapDocument, Response] | None:
        """The document; None where it is unchanged or cannot be read. May raise for the source's own address."""
        self._asked += 1
        known = self._maps.get(url)
        try:
            validators = self.task.validators.get(url) if known and not self._asks_anew else None
            response = await self.fetch(url, conditional_headers(validators))
            if response.status == 304 and known is not None:
                self._maps.keep(
                    url, KnownMap(self.task.started, known.since or known.read, known.newest, known.is_news)
                )
                self._is_news = self._is_news or known.is_news
                self._is_unchanged = self.progress = True
                self._unchanged.append(url)
                return None
            document = self._document_in(response)
        except (BudgetSpent, RateLimited):
            raise
        except (EndRun, Refused, Unreachable) as exc:
            if url == self.task.url:
                raise
            self._fault = exc.outcome
            self.tally.remark("sitemap_failed")
            self._missed.append(f"{url[:200]} cannot be read: {exc}")
            return None
        self.progress = True
        if url == self.task.url and response.request is not None:
            self.new_url = moved_to(response.request)
        self._articles.own_hosts.add(host_of(response.url))
        return document, response

    def _document_in(self, response: Response) -> SitemapDocument:
        self.stop_on_status(response)
        self.heed_robots_tag(response, "the sitemap")
        try:
            document = parse_sitemap(response.body, response.url, self.task.source.limits.body_bytes)
        except NotASitemap as exc:
            raise EndRun(Outcome.FAILED, f"not a sitemap: {exc}") from exc
        if document.size > len(response.body):
            self.gate.count_unpacked(document.size - len(response.body))
        if document.is_broken:
            self.tally.remark("broken_xml")
            self._missed.append(f"{response.url[:200]} breaks off")
        return document

    async def _read_document(self, url: str, document: SitemapDocument, response: Response) -> AsyncIterator[Found]:
        """Reads the articles that a document lists; one that lists other documents has none."""
        if document.is_index:
            return
        known = self._maps.begin(url)
        self._articles.pages.removals.note_listed(entry.link for entry in document.entries)
        listing = choose(document, self.task.source, host_of(self.task.url), self._floor, self.task.started)
        self._shown += len(document.entries) - listing.foreign
        if listing.foreign and listing.foreign == len(document.entries):
            self._missed.append(
                f"{url[:200]} lists other sites only: give the outlet's own address, which names its sitemap"
            )
        self._is_news = self._is_news or document.is_news
        tail = listing.recent.entries[-TWO:]
        joined = bool(tail) and all(self._articles.knew(entry, listing.recent) for entry in tail)
        room, left_over = MOST - self._looked_at, self._articles.left_over
        left_alone = self._articles.left_alone
        chosen = FeedDocument(listing.recent.entries[:room], language=document.language)
        self._looked_at += len(chosen.entries)
        self._articles.unfinished = False
        async for item in self._articles.read_listed(chosen):
            yield item
        left_alone = self._articles.left_alone - left_alone
        if left_alone:
            self._missed.append(f"{left_alone} articles are still to be read")
        is_whole = self._is_whole(listing, room, self._articles.left_over - left_over)
        if is_whole and not left_alone and not document.is_broken:
            since = (known.since or known.read) if known is not None and joined else listing.reach
            self._maps.keep(url, KnownMap(self.task.started, since, listing.newest, document.is_news))
            validators = None if self._articles.unfinished else read_validators(response)
            if validators is not None:
                self.validators[url] = validators

    def _is_whole(self, listing: Listing, room: int, left_over: int) -> bool:
        """Whether all recent entries were read; counts what was left out, and says so."""
        too_many = max(0, len(listing.recent.entries) - room)
        counts = {
            "limit_articles": left_over,
            "listed_too_many": too_many,
            "listed_older": listing.older,
            "foreign_listed": listing.foreign,
        }
        for word, number in counts.items():
            if number:
                self.tally.remark(word, number)
        if left_over:
            self._missed.append(f"stopped at limits.articles = {self.task.source.limits.articles}")
        if too_many:
            self._missed.append(f"more than {MOST} recent articles are listed: name the sections' sitemaps instead")
        return not (left_over or too_many)

    def _judge(self) -> None:
        """Outcome and message; what was found has landed in any case. Raises EndRun."""
        self._is_through = True
        said = "; ".join(dict.fromkeys(self._missed))
        if not self.progress or (self._missed and not (self._shown or self._is_unchanged)):
            raise EndRun(self._fault, said or "no sitemap was found")
        shortfall = "" if self._is_unchanged else find_shortfall(self, self._shown, "entries")
        if shortfall:
            self.validators = {}
            raise EndRun(Outcome.FAILED, shortfall)
        warn_of_many(self, self._shown, "entries")
        empty = Outcome.NOT_MODIFIED if self._is_unchanged else Outcome.EMPTY
        self.end(Outcome.OK if self._shown else empty, said)


def _looks_like_news(url: str) -> bool:
    return "news" in urlsplit(url).path.lower()
