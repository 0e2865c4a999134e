"""The entries of a feed's pages: landed, rejected, withdrawn, or left alone under a reason; each once a run.

An entry is read once per wording; its article is not fetched again before the entry changes. Its identity is settled when
it first lands: a canonical link that its page shows only later would make a second post of it.

An article that cannot be read is tried in TRIES polls. What landed of its page before stays meanwhile and after: a summary
must not replace a text. One that was removed and is still listed is asked for every day, and lands again once it is there.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pydantic import ValidationError

from crawlers.errors import RateLimited
from crawlers.items import Found, Rejection, Removal
from crawlers.platforms.articles.article import Article
from crawlers.platforms.articles.belief import Expected
from crawlers.platforms.articles.pages import ArticlePages, ArticleUnread
from crawlers.platforms.articles.removals import ArticleRefused
from crawlers.platforms.feeds.entry import FeedDocument, FeedEntry
from crawlers.platforms.feeds.memory import UNLANDED, FeedMemory, Known
from crawlers.platforms.feeds.posts import build_stamps, fingerprint, listed_at, make_post, native_id
from crawlers.platforms.shared.window import TWO, Window
from crawlers.spiders.base import PollSpider
from crawlers.task import RecheckOf
from crawlers.texts import plain_text
from crawlers.urls import canonical_url, comment_url, other_scheme
from ledger import RecheckOutcome
from records import WEB, Capture, Landing, RawItem, make_post_id

if TYPE_CHECKING:
    from scrapy.http import Response

TRIES = 3
"""Polls in which an article may fail to answer before it is given up."""


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
        self._today = f"{spider.task.started:%Y-%m-%d}"
        self.unfinished = False
        """Whether an article is still to be had: then no 304 may hide its entry from the next poll."""

    def is_fresh(self, document: FeedDocument) -> bool:
        """Whether the page shows any entry that this run has not read yet."""
        return any(self._key(entry, document) not in self._in_run for entry in document.entries)

    def met_known(self, document: FeedDocument) -> bool:
        """Whether the page ends in what an earlier poll had read; a single entry may be pinned to its place."""
        return bool(document.entries) and all(self.knew(entry, document) for entry in document.entries[-TWO:])

    def knew(self, entry: FeedEntry, document: FeedDocument) -> bool:
        """Whether an earlier poll had landed the entry; that its page could not be read is no reason to page back for it."""
        return self._memory.was_settled(self._key(entry, document) or "")

    def find(self, post_id: str, lookup: str) -> tuple[str, Known] | None:
        """The entry, with its key, whose post it is; None where none is remembered."""
        link = canonical_url(lookup) or lookup
        return self._memory.find(post_id, [name for name in (link, other_scheme(link), comment_url(lookup)) if name])

    def is_from_page(self, known: Known | None) -> bool:
        """Whether an entry's post has its text from its page."""
        return known is not None and known.page

    def note_gone(self, post_id: str, lookup: str) -> None:
        """A recheck removes the post: while the list names it, its page is asked for every day."""
        found = self.find(post_id, lookup)
        if found is not None:
            self._memory.keep(found[0], replace(found[1], gone=self._today))

    def landing_again(self, post: RecheckOf, article: Article, response: Response) -> Landing | None:
        """The post as its page reads now; None where that is no news, or the page is not known to be this post's."""
        link = canonical_url(post.lookup) or post.lookup
        names = (article.canonical, link, other_scheme(link))
        identity = next((name for name in names if name and make_post_id(WEB, name) == post.post_id), None)
        if identity is None:
            return None
        entry = FeedEntry(json.dumps({"url": post.lookup}).encode(), "application/json", link=post.lookup)
        capture = self._spider.capture(response, keep_body=True)
        item = self._landing(self._completed(entry, article), article, identity, FeedDocument(()), capture)
        return self._news_in(item) if isinstance(item, Landing) else None

    def _completed(self, entry: FeedEntry, article: Article) -> FeedEntry:  # noqa: ARG002
        """An entry of which the address alone is known, with what its page says."""
        return entry

    def _news_in(self, item: Landing) -> Landing | None:
        """The item with what the feed says of it, which its page does not know; None where its text is as it was."""
        landed = self._articles.wording(item.post.post_id)
        if landed is None or landed.text == item.post.text:
            return None
        feeds = {"title": landed.title, "media_text": landed.media_text, "hashtags": landed.hashtags, "author": None}
        # A page that names no language, or no day of an edit, takes back neither.
        kept = {name: getattr(item.post, name) or getattr(landed, name) for name in ("lang_hint", "edited_at")}
        post = item.post.model_copy(update={**feeds, **kept, "engagement": dict(landed.engagement)})
        return item.model_copy(update={"post": post})

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
        self._articles.removals.note_listed(entry.link for entry in document.entries)
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
        if known.fingerprint == mark and not known.is_due(self._today):
            self._tally.counts["unchanged"] += 1
            self._keep(key, known)
            return None
        article, again, tries = Article(), False, 0
        try:
            found = await self._open(entry, known, identity)
        except ArticleRefused as exc:
            return await self._refused(exc, key, known, mark, identity, entry.link or "")
        except ArticleUnread as exc:
            self._tally.remark(exc.reason)
            tries = _tries(known, exc)
            again = tries < TRIES and (exc.passing or known.page)
            if self._waits(known, again=again):
                self._put_off(key, replace(known, tries=tries), mark, again=again)
                self._tally.drop(exc.reason)
                return None
            self.unfinished, found = self.unfinished or again, None
        if found is not None and self._articles.may_ask(entry):
            article, capture = found[0], self._spider.capture(found[1], keep_body=True)
        alias = known.alias if known.is_settled else self._alias(article, identity)
        self._keep(key, Known("" if again else mark, alias, tries if again else 0, page=bool(article.text)))
        return self._landing(entry, article, alias or identity, document, capture)

    async def _open(self, entry: FeedEntry, known: Known, identity: str) -> tuple[Article, Response] | None:
        if entry.link is None or not (self._articles.may_ask(entry) or (known.gone and self._source.articles)):
            return None
        return await self._articles.read(self._expected(entry, entry.link, known, identity))

    def _expected(self, entry: FeedEntry, link: str, known: Known, identity: str) -> Expected:
        post_id = make_post_id(WEB, known.alias or identity)
        landed = self._articles.wording(post_id)
        read_before = self._has_landed(known) and self.is_from_page(known)
        summary = plain_text(entry.content or entry.summary)
        return Expected(link, entry.title, summary, post_id, landed if read_before else None, is_new=landed is None)

    def _waits(self, known: Known, *, again: bool) -> bool:
        """Whether a page that was not read leaves all as it is, and the feed's own words do not land instead."""
        return bool(known.gone) or known.page or known.fingerprint == UNLANDED or (bool(known.fingerprint) and again)

    def _put_off(self, key: str, known: Known, mark: str, *, again: bool) -> None:
        """Nothing lands: the next poll asks again, or the entry is done with. ``known``: with the tries so far."""
        if known.gone:
            self._keep(key, replace(known, fingerprint=mark, gone=self._today))
            return
        self.unfinished = self.unfinished or again
        self._keep(key, known if again else Known(mark, known.alias, page=known.page))

    def _keep(self, key: str, known: Known) -> None:
        self._memory.keep(key, known)
        self._in_run.add(key)

    def _has_landed(self, known: Known) -> bool:
        return known.is_settled

    async def _refused(
        self, exc: ArticleRefused, key: str, known: Known, mark: str, identity: str, link: str
    ) -> Removal | None:
        """A post that was landed and is gone, or is no longer for us, goes from here too, where that can be believed."""
        outcome = RecheckOutcome.UNCLEAR
        if self._has_landed(known) and not known.gone:
            outcome = await self._judge(exc, link)
        elif not known.gone and not known.fingerprint:
            known = replace(known, fingerprint=UNLANDED)
        self._tally.drop(exc.reason)
        if outcome is not RecheckOutcome.DELETED:
            tries, waits = known.tries + 1, exc.passing or known.fingerprint != UNLANDED
            self._put_off(key, replace(known, tries=tries), mark, again=waits and tries < TRIES)
            return None
        self._keep(key, Known(mark, known.alias, gone=self._today, page=known.page))
        self._tally.remark("removed")
        return Removal(make_post_id(WEB, known.alias or identity), datetime.now(UTC))

    async def _judge(self, exc: ArticleRefused, link: str) -> RecheckOutcome:
        try:
            return await self._articles.removals.judge(exc, link)
        except RateLimited as limited:
            if limited.host in self._articles.feed_hosts:
                raise
            return RecheckOutcome.UNCLEAR

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


def _tries(known: Known, exc: ArticleUnread) -> int:
    """Polls in which the page has failed; one that was left alone for its server's sake has not, but is settled."""
    return known.tries + 1 if exc.asked else max(known.tries, 1)
