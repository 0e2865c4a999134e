"""Articles of which a list gives the address: a sitemap, a search service. Their pages hold all the text that there is.

1. identity   as a feed's entry has it (feeds/entries.py): one article is one post by feed, by sitemap and by search
2. page       read under its own robots.txt and robots tags, again when its entry changes, limits.articles a poll; what its
              answer means: pages.py, belief.py, removals.py
Without its page nothing lands, not even the title: whoever forbids the page has not given us the list's words for it.

In the memory (feeds/memory.py) an alias that is not None, be it empty, says that the article has landed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

from crawlers.dates import read_date
from crawlers.items import Found, Rejection
from crawlers.platforms.articles.article import Article
from crawlers.platforms.articles.pages import CHECKED, ArticlePages, ArticleUnread
from crawlers.platforms.articles.removals import ArticleRefused
from crawlers.platforms.feeds.entries import TRIES, EntryReader
from crawlers.platforms.feeds.entry import FeedDocument, FeedEntry
from crawlers.platforms.feeds.memory import FeedMemory, Known
from crawlers.platforms.feeds.posts import build_stamps, fingerprint
from crawlers.platforms.shared.window import Window
from crawlers.spiders.base import PollSpider
from records import Landing


class ListedArticles(EntryReader):
    """Reads the listed articles of one poll."""

    def __init__(self, spider: PollSpider, memory: FeedMemory) -> None:
        self.pages = ArticlePages(spider)
        super().__init__(spider, memory, self.pages, Window(None))
        self._most = CHECKED if spider.task.mode == "check" else self._source.limits.articles
        self._asked = 0
        self.own_hosts = self.pages.feed_hosts
        """Where the list lies: a wait that they ask for ends the poll."""
        self.left_over = 0
        """Articles that limits.articles left for the next poll."""
        self.left_alone = 0
        """Articles that were not asked for, since their server bars its pages; the next polls ask."""

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

    def is_from_page(self, known: Known | None) -> bool:  # noqa: ARG002
        """Always: what a list says of an article does not land."""
        return True

    def _completed(self, entry: FeedEntry, article: Article) -> FeedEntry:
        return self._whole(entry, article, shared=False)

    def _news_in(self, item: Landing) -> Landing | None:
        """All of it is the page's: whether it is news, the ledger sees."""
        return item

    def _has_landed(self, known: Known) -> bool:
        return known.alias is not None

    def knew(self, entry: FeedEntry, document: FeedDocument) -> bool:
        """Whether an earlier poll had read the article: a list has no text of its own to land without it."""
        return self._memory.knew(self._key(entry, document) or "")

    def _needs_page(self, entry: FeedEntry, mark: str, document: FeedDocument) -> bool:
        key = self._key(entry, document)
        if key is None or key in self._in_run:
            return False
        known = self._memory.get(key)
        return known.fingerprint != mark or known.is_due(self._today)

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
        if known.fingerprint == mark and not known.is_due(self._today):
            self._tally.counts["unchanged"] += 1
            self._keep(key, known)
            return None
        self._asked += 1
        try:
            article, response = await self._articles.open(self._expected(entry, entry.link, known, identity))
        except ArticleRefused as exc:
            return await self._refused(exc, key, known, mark, identity, entry.link)
        except ArticleUnread as exc:
            tries = known.tries + exc.asked
            self.left_alone += not exc.asked
            self._put_off(key, replace(known, tries=tries), mark, again=exc.passing and tries < TRIES)
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

    def _whole(self, entry: FeedEntry, article: Article, *, shared: bool) -> FeedEntry:
        """The entry with the page's date, and without its own title: the page's lands, and a recheck finds the same."""
        now = datetime.now(UTC)
        stated = [text for text in (entry.published, article.published) if text]
        readable = [text for text in stated if read_date(text, now, self._source.languages)[0] is not None]
        published = next(iter([*readable, *stated]), None)
        # The time of a change alone does not say when an article appeared.
        updated = entry.updated if readable and not shared else None
        return replace(entry, title="", published=published, updated=updated)
