"""Articles of which a list gives the address: a sitemap, a search service. Their pages hold all the text that there is.

1. identity   as a feed's entry has it (feed_entries.py): one article is one post by feed, by sitemap and by search
2. page       read under its own robots.txt and robots tags, again when its entry changes, limits.articles a poll
3. refused    404, 410, noindex: nothing lands, and what had landed is withdrawn
   barred     401, 403, a redirect to the home page: nothing lands, what had landed stays
   silent     5xx, no answer, robots.txt that forbids or is away: the next polls try, TRIES in all
Without its page nothing lands, not even the title: whoever forbids the page has not given us the list's words for it.

In the memory (feed_memory.py) an alias that is not None, be it empty, says that the article has landed.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from crawlers.dates import read_date
from crawlers.errors import BudgetSpent, RateLimited, Refused, Unreachable
from crawlers.items import Found, Rejection, Removal
from crawlers.outcome import Outcome
from crawlers.platforms.articles.article import Article, read_article
from crawlers.platforms.articles.pages import CHECKED, ArticlePages, ArticleRefused
from crawlers.platforms.feeds.entries import TRIES, EntryReader
from crawlers.platforms.feeds.entry import FeedDocument, FeedEntry
from crawlers.platforms.feeds.memory import FeedMemory, Known
from crawlers.platforms.feeds.posts import build_stamps, fingerprint
from crawlers.platforms.shared.window import Window
from crawlers.spiders.base import PollSpider
from crawlers.task import RecheckOf
from crawlers.urls import canonical_url, other_scheme
from ledger import RecheckOutcome
from records import WEB, Landing, make_post_id

if TYPE_CHECKING:
    from scrapy.http import Response


class _NotReadError(Exception):
    """The page was not read; ``passing``: it may be another time."""

    def __init__(self, reason: str, *, passing: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.passing = passing


class ListedArticles(EntryReader):
    """Reads the listed articles of one poll."""

    def __init__(self, spider: PollSpider, memory: FeedMemory) -> None:
        super().__init__(spider, memory, ArticlePages(spider), Window(None))
        self._most = CHECKED if spider.task.mode == "check" else self._source.limits.articles
        self._asked = 0
        self.own_hosts = self._articles.feed_hosts
        """Where the list lies: a wait that they ask for ends the poll."""
        self.left_over = 0
        """Articles that limits.articles left for the next poll."""

    async def read_listed(self, document: FeedDocument) -> AsyncIterator[Found]:
        """What becomes of the listed entries, read in their order.

        May raise BudgetSpent, and RateLimited where the list's own server asks; the entries not yet read stay unknown then.
        """
        stamps = build_stamps(document)
        self._on_page = {key for entry in document.entries if (key := self._key(entry, document)) is not None}
        for entry in document.entries:
            self._tally.check()
            mark = fingerprint(entry, stamps)
            if self._asked >= self._most and self._needs_page(entry, mark, document):
                self.left_over += 1
                continue
            item = await self._read_one(entry, mark, entry.updated in stamps, document)
            # Not before: an entry that a cap cuts off here is seen by the poll that reads it.
            self._tally.see()
            if item is not None:
                yield item

    async def recheck_page(self, post: RecheckOf) -> RecheckOutcome | Landing:
        """The article as its page now shows it; 404, 410 and a page that no longer wants to be read are deletions."""
        response = await self._spider.fetch(post.lookup)
        if response.status in (404, 410):
            return RecheckOutcome.DELETED
        if response.status != 200 or _is_astray(post.lookup, response):
            return RecheckOutcome.UNCLEAR
        article = read_article(response)
        if article.refusal:
            return RecheckOutcome.DELETED
        link = canonical_url(post.lookup) or post.lookup
        names = (article.canonical, link, other_scheme(link))
        identity = next((name for name in names if name and make_post_id(WEB, name) == post.post_id), None)
        if identity is None or not article.text:
            return RecheckOutcome.PRESENT
        entry = FeedEntry(json.dumps({"url": post.lookup}).encode(), "application/json", link=post.lookup)
        whole = self._whole(entry, article, shared=False)
        item = self._landing(whole, article, identity, FeedDocument(()), self._spider.capture(response, keep_body=True))
        return item if isinstance(item, Landing) else RecheckOutcome.PRESENT

    def _needs_page(self, entry: FeedEntry, mark: str, document: FeedDocument) -> bool:
        key = self._key(entry, document)
        return key is not None and key not in self._in_run and self._memory.get(key).fingerprint != mark

    async def _read_one(self, entry: FeedEntry, mark: str, shared: bool, document: FeedDocument) -> Found | None:
        """What becomes of one entry; None: unchanged, or dropped under a reason. ``shared``: its time of change is."""
        identity = self._identity(entry, document)
        if identity is None or entry.link is None:
            return Rejection("no_identity", entry.raw)
        key = self._memory.key(identity)
        known = self._memory.get(key)
        if key in self._in_run:
            self._tally.drop("duplicate")
            return None
        if known.fingerprint == mark:
            self._tally.counts["unchanged"] += 1
            self._keep(key, known)
            return None
        try:
            article, response = await self._open(entry.link)
        except ArticleRefused as exc:
            self._keep(key, Known(mark, known.alias))
            self._tally.drop(exc.reason)
            return self._removal(known, identity)
        except _NotReadError as exc:
            self._put_off(key, known, mark, passing=exc.passing)
            self._tally.drop(exc.reason)
            return None
        if not article.text:
            self._keep(key, Known(mark, known.alias))
            return Rejection("no_text", entry.raw)
        if not (entry.title or entry.published or article.published):
            # A plain sitemap lists sections and imprints too; a page that names no day of publication is no article.
            self._keep(key, Known(mark, known.alias))
            self._tally.drop("not_an_article")
            return None
        alias = known.alias if known.alias is not None else self._alias(article, identity) or ""
        self._keep(key, Known(mark, alias))
        capture = self._spider.capture(response, keep_body=True)
        return self._landing(self._whole(entry, article, shared=shared), article, alias or identity, document, capture)

    def _put_off(self, key: str, known: Known, mark: str, *, passing: bool) -> None:
        tries = known.tries + 1
        again = passing and tries < TRIES
        self.unfinished = self.unfinished or again
        self._keep(key, Known(known.fingerprint, known.alias, tries) if again else Known(mark, known.alias))

    def _removal(self, known: Known, identity: str) -> Removal | None:
        if known.alias is None:
            return None
        self._tally.remark("removed")
        return Removal(make_post_id(WEB, known.alias or identity), datetime.now(UTC))

    def _whole(self, entry: FeedEntry, article: Article, *, shared: bool) -> FeedEntry:
        """The entry with the page's date, and without its own title: the page's lands, and a recheck finds the same."""
        now = datetime.now(UTC)
        stated = [text for text in (entry.published, article.published) if text]
        readable = [text for text in stated if read_date(text, now, self._source.languages)[0] is not None]
        published = next(iter([*readable, *stated]), None)
        # The time of a change alone does not say when an article appeared.
        updated = entry.updated if readable and not shared else None
        return replace(entry, title="", published=published, updated=updated)

    async def _open(self, url: str) -> tuple[Article, Response]:
        """The page's article, perhaps without text. Raises ArticleRefused, _NotReadError, BudgetSpent, RateLimited."""
        self._asked += 1
        try:
            response = await self._spider.fetch(url)
        except BudgetSpent:
            raise
        except RateLimited as exc:
            if exc.host in self.own_hosts:
                raise
            raise _NotReadError("article_unavailable", passing=True) from exc
        except Refused as exc:
            # A robots.txt that is away forbids like one that does not want us; only the first comes back.
            passing = exc.outcome is Outcome.ROBOTS_DENIED
            raise _NotReadError(f"article_{exc.outcome.value}", passing=passing) from exc
        except Unreachable as exc:
            raise _NotReadError("article_unavailable", passing=True) from exc
        if response.status in (404, 410):
            raise ArticleRefused("article_gone")
        if response.status >= 500 or response.status in (408, 425, 429):
            raise _NotReadError("article_unavailable", passing=True)
        if response.status != 200:
            raise _NotReadError("article_blocked", passing=False)
        if _is_astray(url, response):
            raise _NotReadError("article_moved", passing=False)
        article = read_article(response)
        if article.refusal:
            raise ArticleRefused("noindex")
        return article, response


def _is_astray(url: str, response: Response) -> bool:
    """Whether a page's address has led to a home page, as that of a withdrawn article does on many sites."""
    return urlsplit(response.url).path in ("", "/") and urlsplit(url).path not in ("", "/")
