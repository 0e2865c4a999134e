"""The entries of a feed's pages: landed, rejected, withdrawn, or left alone under a reason; each once a run.

An entry is read once per wording; its article is not fetched again before the entry changes. Its identity is settled when
it is first dealt with: a canonical link that its page shows only later would make a second post of it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pydantic import ValidationError

from crawlers.items import Found, Rejection, Removal
from crawlers.platforms.articles.article import Article
from crawlers.platforms.articles.pages import ArticlePages, ArticleRefused, ArticleUnavailable
from crawlers.platforms.feeds.entry import FeedDocument, FeedEntry
from crawlers.platforms.feeds.memory import FeedMemory, Known
from crawlers.platforms.feeds.posts import build_stamps, fingerprint, listed_at, make_post, native_id
from crawlers.platforms.shared.window import TWO, Window
from crawlers.spiders.base import PollSpider
from crawlers.urls import other_scheme
from records import WEB, Capture, Landing, RawItem, make_post_id

if TYPE_CHECKING:
    from scrapy.http import Response

TRIES = 3
"""Polls in which an article may fail to answer before the entry lands with the feed's summary alone."""


class EntryReader:
    """Reads the pages of one poll, and tells the window which were read whole."""

    def __init__(self, spider: PollSpider, memory: FeedMemory, articles: ArticlePages, window: Window) -> None:
        self._spider = spider
        self._source = spider.task.source
        self._tally = spider.tally
        self._memory = memory
        self._articles = articles
        self._window = window
        self._in_run: set[str] = set()
        self._on_page: set[str] = set()
        self.unfinished = False
        """Whether an article is still to be had: then no 304 may hide its entry from the next poll."""

    def is_fresh(self, document: FeedDocument) -> bool:
        """Whether the page shows any entry that this run has not read yet."""
        return any(self._key(entry, document) not in self._in_run for entry in document.entries)

    def met_known(self, document: FeedDocument) -> bool:
        """Whether the page ends in what an earlier poll had read; a single entry may be pinned to its place."""
        return bool(document.entries) and all(self.knew(entry, document) for entry in document.entries[-TWO:])

    def knew(self, entry: FeedEntry, document: FeedDocument) -> bool:
        """Whether an earlier poll had read the entry."""
        return self._memory.knew(self._key(entry, document) or "")

    async def read_page(self, document: FeedDocument, response: Response) -> AsyncIterator[Found]:
        """What becomes of a page's entries; the window counts it when all are read."""
        async for item in self.read_entries(document, response):
            yield item
        now = self._spider.task.started
        self._window.page(listed_at(entry, document, self._source, now) for entry in document.entries)

    async def read_entries(self, document: FeedDocument, response: Response) -> AsyncIterator[Found]:
        """What becomes of entries that say nothing of the time that was read."""
        keys = [self._key(entry, document) for entry in document.entries]
        self._on_page = {key for key in keys if key is not None}
        capture = self._spider.capture(response, keep_body=self._lands_whole(document, keys))
        stamps = build_stamps(document)
        for entry in document.entries:
            self._tally.check()
            item = await self._read(entry, fingerprint(entry, stamps), document, capture)
            # Not before: an entry that a cap cuts off here is seen by the poll that reads it.
            self._tally.see()
            if item is not None:
                yield item

    def _lands_whole(self, document: FeedDocument, keys: list[str | None]) -> bool:
        new = all(key is not None and not self._memory.knew(key) for key in keys) and len(set(keys)) == len(keys)
        return new and not any(map(self._articles.may_ask, document.entries))

    def _identity(self, entry: FeedEntry, document: FeedDocument) -> str | None:
        identity = native_id(entry, document, self._source)
        if identity is None or self._memory.has(identity):
            return identity
        # A site that moved from http to https would bring its whole feed a second time.
        twin = other_scheme(identity)
        return twin if twin is not None and self._memory.has(twin) else identity

    def _key(self, entry: FeedEntry, document: FeedDocument) -> str | None:
        identity = self._identity(entry, document)
        return self._memory.key(identity) if identity else None

    async def _read(self, entry: FeedEntry, mark: str, document: FeedDocument, capture: Capture) -> Found | None:
        """What becomes of one entry; None: unchanged, or dropped under a reason."""
        identity = self._identity(entry, document)
        if identity is None:
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
        article, article_capture, tries = Article(), None, 0
        try:
            article, article_capture = await self._articles.read(entry)
        except ArticleRefused as exc:
            self._keep(key, Known(mark, known.alias))
            self._tally.drop(exc.reason)
            return self._withdraw(known, identity)
        except ArticleUnavailable:
            tries = known.tries + 1
            self.unfinished = self.unfinished or tries < TRIES
            self._tally.remark("article_unavailable")
            if known.fingerprint and tries < TRIES:
                # The summary must not replace a full text for the time that the server is down.
                self._keep(key, Known(known.fingerprint, known.alias, tries))
                self._tally.drop("article_unavailable")
                return None
        alias = known.alias if known.is_settled else self._alias(article, identity)
        self._keep(key, Known("" if 0 < tries < TRIES else mark, alias, tries))
        return self._landing(entry, article, alias or identity, document, article_capture or capture)

    def _keep(self, key: str, known: Known) -> None:
        self._memory.keep(key, known)
        self._in_run.add(key)

    def _withdraw(self, known: Known, identity: str) -> Removal | None:
        """A post that was landed and is gone, or is no longer for us, goes from here too."""
        if not known.is_settled:
            return None
        self._tally.remark("removed")
        return Removal(make_post_id(WEB, known.alias or identity), datetime.now(UTC))

    def _alias(self, article: Article, identity: str) -> str | None:
        """The page's canonical link where it names this article alone.

        Some systems give every page of a section the section's address: all its articles would become one post.
        """
        found = article.canonical
        if found is None or found in (identity, other_scheme(identity)):
            return None
        if self._memory.has(found) or self._memory.key(found) in self._on_page:
            self._tally.remark("canonical_doubted")
            return None
        return found

    def _landing(
        self, entry: FeedEntry, article: Article, identity: str, document: FeedDocument, capture: Capture
    ) -> Landing | Rejection:
        try:
            post = make_post(
                entry,
                article,
                identity=identity,
                source=self._source,
                language=document.language,
                now=datetime.now(UTC),
                tally=self._tally,
            )
        except ValidationError:
            return Rejection("invalid", entry.raw)
        if not post.text and not post.title and not post.media_text:
            return Rejection("no_text", entry.raw)
        raw = RawItem(body=entry.raw, media_type=entry.media_type)
        # Whoever wants no article pages read wants none read again.
        return Landing(post=post, raw=raw, capture=capture, lookup=entry.link if self._source.articles else None)
