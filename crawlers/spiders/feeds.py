"""RSS, Atom and JSON Feed, with article pages where the feed shows summaries only.

1. the newest page, asked for conditionally: 304 ends the poll, 301 rewrites the source, 410 retires it
2. older pages while the last entry of a page is unknown, up to limits.pages
3. pages that a cap left over from an earlier poll

An entry is read once per wording; its article is not fetched again before the entry changes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from pydantic import ValidationError

from config import RobotsTag
from crawlers.dates import read_date
from crawlers.errors import BudgetSpent, EndRun, RateLimited, Refused, Unreachable
from crawlers.items import Rejection
from crawlers.outcome import Outcome
from crawlers.politeness.conditional import conditional_headers, read_validators
from crawlers.politeness.redirects import moved_to
from crawlers.robots_tag import header_refuses
from crawlers.spiders.articles import Article, read_article
from crawlers.spiders.base import PollSpider
from crawlers.spiders.feed_document import FeedDocument, FeedEntry, NotAFeed, parse_feed
from crawlers.spiders.feed_memory import Backfill, FeedMemory, Known
from crawlers.spiders.feed_posts import fingerprint, make_post, native_id, needs_article
from crawlers.urls import host_of
from records import Capture, Landing, RawItem

if TYPE_CHECKING:
    from scrapy.http import Response

TRIES = 3
"""Polls in which an article may fail to answer before the entry lands with the feed's summary alone."""
CHECKED_ARTICLES = 3
"""Articles that `sources check` fetches: enough to see whether they can be read."""


class _UnavailableError(Exception):
    """The article cannot be read just now; a later poll tries again."""


class _NotLandedError(Exception):
    """The article says that the post must not be landed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class FeedSpider(PollSpider):
    """One poll of a feed."""

    name = "feeds"

    def __init__(self, **kwargs: Any) -> None:
        self._in_run: set[str] = set()
        self._oldest: datetime | None = None
        self._caught_up = False
        self._filled_back = False
        self._unfinished = False
        self._articles = 0
        self._shortfall = ""
        super().__init__(**kwargs)

    def load(self, cursor: dict[str, Any]) -> None:
        """See feed_memory.py."""
        self._memory = FeedMemory(cursor.get("entries"))
        self._left_over = Backfill.load(cursor.get("backfill"))
        covered = cursor.get("covered_to")
        self._covered_to = datetime.fromisoformat(covered) if covered else None

    async def read(self) -> AsyncIterator[Any]:
        """See the module's docstring."""
        url = self.task.url
        # Without a cursor the page itself is needed: "unchanged" would say nothing.
        known = self.task.validators.get(url) if self._covered_to else None
        response = await self.fetch(url, conditional_headers(known))
        self._follow_move(response)
        if response.status == 304:
            self.progress = self._caught_up = True
            self.end(Outcome.NOT_MODIFIED, "")
        else:
            document = self._open(response)
            self._check_volume(document)
            async for item in self._read_page(document, response):
                yield item
            self.progress = True
            if self.task.mode == "check":
                return
            if not self._unfinished:
                self._remember_version(response)
            async for item in self._read_back(self._next_page(document, response.url)):
                yield item
        if self._left_over is not None:
            self._filled_back = True
            async for item in self._walk(self._left_over, known_ends=False):
                yield item

    def conclude(self) -> None:
        """Writes cursor and window; see `Outcome.is_success` for which polls cover anything."""
        if self._shortfall and self.outcome.is_success:
            # What was found has landed; the next poll must not be answered with "unchanged".
            self.end(Outcome.FAILED, self._shortfall)
            self.validators = {}
        self.cursor["entries"] = self._memory.dump()
        self.cursor["backfill"] = self._left_over.dump() if self._left_over else None
        if not (self.outcome.is_success and self.progress):
            return
        start = self.task.started
        reached = self._covered_to if self._caught_up else None
        if reached is None or self._filled_back:
            reached = min((moment for moment in (reached, self._oldest) if moment is not None), default=None)
        if reached is not None and reached <= start and self.outcome is not Outcome.EMPTY:
            self.window_from, self.window_to = reached, start
        self.cursor["covered_to"] = start.isoformat()

    # The newest page

    def _follow_move(self, response: Response) -> None:
        if response.request is None or response.status not in (200, 304):
            return
        self.new_url = moved_to(response.request)
        if self.new_url:
            self.say(f"moved for good to {self.new_url}")

    def _open(self, response: Response) -> FeedDocument:
        self.stop_on_status(response)
        refusal = header_refuses(value.decode("latin-1") for value in response.headers.getlist("X-Robots-Tag"))
        if refusal:
            self.tally.remark("robots_tag")
            if self.task.source.robots_tag is RobotsTag.OBEY:
                raise EndRun(
                    Outcome.ROBOTS_DENIED, f"the feed carries X-Robots-Tag: {refusal}, which this source obeys"
                )
        return self._document(response)

    def _document(self, response: Response) -> FeedDocument:
        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
        try:
            document = parse_feed(response.body, content_type, response.url)
        except NotAFeed as exc:
            raise EndRun(Outcome.FAILED, f"not a feed: {exc}") from exc
        for problem in document.problems:
            self.tally.remark(problem)
        return document

    def _check_volume(self, document: FeedDocument) -> None:
        found, expect = len(document.entries), self.task.source.expect
        if found < expect.min_posts:
            self._shortfall = f"{found} entries where at least {expect.min_posts} are expected"
        if expect.max_posts is not None and found > expect.max_posts:
            self.tally.remark("above_max_posts")
            self.say(f"warning: {found} entries where at most {expect.max_posts} are expected")
        self.end(Outcome.OK if found else Outcome.EMPTY, "" if found else "the feed has no entries")

    def _remember_version(self, response: Response) -> None:
        validators = read_validators(response)
        if validators is not None:
            self.validators[self.task.url] = validators
            if self.new_url:
                self.validators[self.new_url] = validators

    # Older pages

    def _next_page(self, document: FeedDocument, url: str) -> str | None:
        if not self.task.source.page_back:
            return None
        if document.next_url:
            return document.next_url if host_of(document.next_url) == host_of(url) else None
        if "wordpress" in document.generator.lower():
            return next_wordpress_page(url)
        return None

    async def _read_back(self, next_url: str | None) -> AsyncIterator[Any]:
        """Goes back until a known entry."""
        if self._caught_up or next_url is None:
            return
        older = self._left_over
        # Stopped by a cap, this walk must also do what the older one had left.
        self._left_over = Backfill(next_url, 1, older.since if older else self._covered_to)
        async for item in self._walk(self._left_over, known_ends=True):
            yield item
        self._left_over = older if self._caught_up else None

    async def _walk(self, backfill: Backfill, *, known_ends: bool) -> AsyncIterator[Any]:
        """Reads pages from ``backfill`` on; clears ``_left_over`` at the end, leaves it where a cap stops the run.

        ``known_ends``: a known last entry ends the walk. On pages left over from an earlier poll that is no sign,
        because new posts have shifted read ones onto them; there only a known entry older than ``since`` is.
        """
        visited: set[str] = set()
        while backfill.next_url not in visited:
            if backfill.pages >= self.task.source.limits.pages:
                self.tally.remark("limit_pages")
                self.say(f"stopped at limits.pages = {self.task.source.limits.pages}")
                break
            visited.add(backfill.next_url)
            response = await self.fetch(backfill.next_url)
            if response.status != 200:
                if response.status not in (400, 404, 410):  # these are how servers say that the pages end here
                    self.tally.remark("older_page_failed")
                    self.say(f"an older page answers HTTP {response.status}")
                break
            document = self._document(response)
            fresh = [entry for entry in document.entries if self._key(entry, document) not in self._in_run]
            if not fresh:
                break
            async for item in self._read_page(document, response):
                yield item
            if self._ends(document, backfill, known_ends):
                break
            following = self._next_page(document, response.url)
            if following is None:
                break
            backfill.next_url, backfill.pages = following, backfill.pages + 1
        self._left_over = None

    def _ends(self, document: FeedDocument, backfill: Backfill, known_ends: bool) -> bool:
        last = document.entries[-1]
        if not self._memory.knew(self._key(last, document) or ""):
            return False
        if known_ends:
            self._caught_up = True
            return True
        moment, _ = read_date(last.published or last.updated, self.task.started)
        return backfill.since is not None and moment is not None and moment <= backfill.since

    # Entries

    def _key(self, entry: FeedEntry, document: FeedDocument) -> str | None:
        identity = native_id(entry, document, self.task.source)
        return self._memory.key(identity) if identity else None

    async def _read_page(self, document: FeedDocument, response: Response) -> AsyncIterator[Any]:
        capture = self.capture(response, keep_body=self._lands_whole(document))
        for entry in document.entries:
            self.tally.check()
            item = await self._read_entry(entry, document, capture)
            if item is not None:
                yield item
        if document.entries and not self.progress:
            self._caught_up = self._memory.knew(self._key(document.entries[-1], document) or "")

    def _lands_whole(self, document: FeedDocument) -> bool:
        keys = [self._key(entry, document) for entry in document.entries]
        new = all(key is not None and not self._memory.knew(key) for key in keys) and len(set(keys)) == len(keys)
        return new and not (self.task.source.articles and any(map(needs_article, document.entries)))

    async def _read_entry(
        self, entry: FeedEntry, document: FeedDocument, capture: Capture
    ) -> Landing | Rejection | None:
        """What becomes of one entry: landed, rejected, or (None) unchanged or dropped under a reason."""
        identity = native_id(entry, document, self.task.source)
        if identity is None:
            self.tally.see()
            return Rejection("no_identity", entry.raw)
        key, mark = self._memory.key(identity), fingerprint(entry)
        known = self._memory.get(key)
        if key in self._in_run:
            self._drop("duplicate")
            return None
        if known.fingerprint == mark:
            self.tally.see()
            self.tally.counts["unchanged"] += 1
            self._keep(key, known, entry)
            return None
        article, article_capture, tries = Article(), None, 0
        try:
            article, article_capture = await self._article_for(entry)
        except _NotLandedError as exc:
            self._keep(key, Known(mark, known.alias), entry)
            self._drop(exc.reason)
            return None
        except _UnavailableError:
            tries = known.tries + 1
            self._unfinished = self._unfinished or tries < TRIES
            self.tally.remark("article_unavailable")
            if known.fingerprint and tries < TRIES:
                # The summary must not replace a full text for the time that the server is down.
                self._keep(key, Known(known.fingerprint, known.alias, tries), entry)
                self._drop("article_unavailable")
                return None
        # The identity is settled with the first landing: a canonical link that turns up later would double the post.
        alias = known.alias or _alias(article, identity) or (identity if tries else None)
        self._keep(key, Known("" if 0 < tries < TRIES else mark, alias, tries), entry)
        self.tally.see()
        return self._landing(entry, article, alias or identity, document, article_capture or capture)

    def _drop(self, reason: str) -> None:
        self.tally.see()
        self.tally.drop(reason)

    def _keep(self, key: str, known: Known, entry: FeedEntry) -> None:
        self._memory.keep(key, known)
        self._in_run.add(key)
        moment, _ = read_date(entry.published or entry.updated, self.task.started)
        if moment is not None and (self._oldest is None or moment < self._oldest):
            self._oldest = moment

    def _landing(
        self, entry: FeedEntry, article: Article, identity: str, document: FeedDocument, capture: Capture
    ) -> Landing | Rejection:
        try:
            post = make_post(
                entry,
                article,
                identity=identity,
                source=self.task.source,
                language=document.language,
                now=datetime.now(UTC),
                tally=self.tally,
            )
        except ValidationError:
            return Rejection("invalid", entry.raw)
        if not post.text and not post.title and not post.media_text:
            return Rejection("no_text", entry.raw)
        return Landing(post=post, raw=RawItem(body=entry.raw, media_type=entry.media_type), capture=capture)

    # Articles

    async def _article_for(self, entry: FeedEntry) -> tuple[Article, Capture | None]:
        """The article behind a summary; an empty one where the summary is all that may or can be had.

        Raises _NotLandedError (it refuses, or is gone), _UnavailableError (try again in a later poll).
        """
        if not self.task.source.articles or not needs_article(entry) or entry.link is None:
            return Article(), None
        self._articles += 1
        if self.task.mode == "check" and self._articles > CHECKED_ARTICLES:
            return Article(), None
        response = await self._fetch_article(entry.link)
        if response is None:
            return Article(), None
        article = read_article(response)
        if article.refusal:
            raise _NotLandedError("noindex")
        if not article.text:
            self.tally.remark("article_empty")
            return Article(), None
        return article, self.capture(response, keep_body=True)

    async def _fetch_article(self, url: str) -> Response | None:
        try:
            response = await self.fetch(url)
        except BudgetSpent:
            raise
        except RateLimited as exc:
            if exc.host == host_of(self.task.url):
                raise
            raise _UnavailableError from exc
        except Refused as exc:
            # robots.txt, size, address: the site shows the summary in its feed, so the summary is what we may have.
            self.tally.remark(f"article_{exc.outcome.value}")
            return None
        except Unreachable as exc:
            raise _UnavailableError from exc
        if response.status in (404, 410):
            raise _NotLandedError("article_gone")
        if response.status >= 500 or response.status in (408, 425, 429):
            raise _UnavailableError
        if response.status != 200:
            self.tally.remark("article_blocked")
            return None
        return response


def _alias(article: Article, identity: str) -> str | None:
    return article.canonical if article.canonical and article.canonical != identity else None


def next_wordpress_page(url: str) -> str:
    """``?paged=2`` after the newest page, then 3, 4, ..."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    number = query.get("paged", "1")
    query["paged"] = str(int(number) + 1 if number.isdigit() and len(number) < 6 else 2)
    return urlunsplit(parts._replace(query=urlencode(query)))
