"""The older pages of a feed.

1. from the newest page back, until a page ends in known entries, up to limits.pages
2. pages that a cap, or a server that did not answer, left over from an earlier poll

The newest page alone decides the outcome: an older one that cannot be read is counted and said, and ends the way back.
Where it may come again (no answer, 5xx, a bot wall) the polls try TRIES times in all; a refusal or a page that is no feed
stays what it is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from crawlers.errors import BudgetSpent, RateLimited, Refused, Unreachable
from crawlers.items import Found
from crawlers.platforms.feeds.document import FeedDocument, NotAFeed, read_feed
from crawlers.platforms.feeds.entries import EntryReader
from crawlers.platforms.feeds.posts import listed_at
from crawlers.platforms.shared.window import Window
from crawlers.spiders.base import PollSpider
from crawlers.urls import host_of
from records import GapReason

if TYPE_CHECKING:
    from scrapy.http import Response

TRIES = 3
"""Polls in which an older page may fail to answer before it is given up."""


@dataclass
class Backfill:
    """Older pages that are still to be read; stands in the cursor as {next, pages, since, tries}."""

    next_url: str
    pages: int
    since: datetime | None
    tries: int = 0

    @classmethod
    def load(cls, stored: Any) -> Backfill | None:
        """From the cursor; None where nothing is left to do."""
        if not isinstance(stored, dict):
            return None
        since = datetime.fromisoformat(stored["since"]) if stored.get("since") else None
        return cls(str(stored["next"]), int(stored["pages"]), since, int(stored.get("tries", 0)))

    def dump(self) -> dict[str, Any]:
        """For the cursor."""
        since = self.since.isoformat() if self.since else None
        return {"next": self.next_url, "pages": self.pages, "since": since, "tries": self.tries}


class _PageFailedError(Exception):
    """An older page cannot be read; ``passing``: it may be another time."""

    def __init__(self, message: str, *, passing: bool) -> None:
        super().__init__(message)
        self.passing = passing


class _NoMorePagesError(Exception):
    """The server says that the pages end here."""


class OlderPages:
    """The way back of one poll."""

    def __init__(self, spider: PollSpider, entries: EntryReader, window: Window, left: Backfill | None) -> None:
        self._spider = spider
        self._source = spider.task.source
        self._entries = entries
        self._window = window
        self._failed = False
        self.left = left
        """What a later poll has to go on with."""

    async def read_back(
        self, document: FeedDocument, response: Response, covered_to: datetime | None
    ) -> AsyncIterator[Found]:
        """From the newest page back to known entries."""
        next_url = self._next_page(document, response.url)
        if self._window.joined or next_url is None:
            return
        older = self.left
        # Stopped on its way, this walk must also do what the older one had left.
        backfill = Backfill(next_url, 1, older.since if older else covered_to)
        async for item in self._walk(backfill, known_ends=True):
            yield item
        if self._window.joined:
            self.left = older

    async def go_on(self) -> AsyncIterator[Found]:
        """Reads the pages that an earlier poll left over."""
        if self.left is None or self._failed:
            return
        async for item in self._walk(self.left, known_ends=False):
            yield item

    async def _walk(self, backfill: Backfill, *, known_ends: bool) -> AsyncIterator[Found]:
        """Reads pages from ``backfill`` on; clears ``left`` at the end, keeps it where the run stops before.

        ``known_ends``: known entries at a page's end are the end. On pages left over from an earlier poll that is no
        sign, because new posts have shifted read ones onto them; there only a known entry older than ``since`` is.
        """
        self.left = backfill
        visited: set[str] = set()
        while backfill.next_url not in visited:
            if backfill.pages >= self._source.limits.pages:
                self._spider.tally.remark("limit_pages")
                self._spider.short = GapReason.LIMIT
                self._spider.say(f"stopped at limits.pages = {self._source.limits.pages}")
                break
            visited.add(backfill.next_url)
            try:
                document, response = await self._open(backfill.next_url)
            except _NoMorePagesError:
                break
            except _PageFailedError as exc:
                self._failed = True
                self._spider.tally.remark("older_page_failed")
                self._spider.short = GapReason.PAGE_FAILED
                self._spider.say(f"an older page cannot be read: {exc}")
                backfill.tries += 1
                if exc.passing and backfill.tries < TRIES:
                    return
                break
            if not self._entries.is_fresh(document):
                break
            async for item in self._entries.read_page(document, response):
                yield item
            following = self._next_page(document, response.url)
            if self._ends(document, backfill, known_ends) or following is None:
                break
            backfill.next_url, backfill.pages, backfill.tries = following, backfill.pages + 1, 0
        self.left = None

    async def _open(self, url: str) -> tuple[FeedDocument, Response]:
        try:
            response = await self._spider.fetch(url)
            if response.status in (400, 404, 410):
                raise _NoMorePagesError
            if response.status != 200:
                raise _PageFailedError(f"HTTP {response.status}", passing=response.status >= 500)
            return read_feed(response, self._spider.tally), response
        except (BudgetSpent, RateLimited):
            raise
        except (Refused, NotAFeed) as exc:
            raise _PageFailedError(str(exc), passing=isinstance(exc, Refused) and exc.is_passing) from exc
        except Unreachable as exc:
            raise _PageFailedError(exc.message, passing=True) from exc

    def _next_page(self, document: FeedDocument, url: str) -> str | None:
        if not self._source.page_back:
            return None
        if document.next_url:
            return document.next_url if host_of(document.next_url) == host_of(url) else None
        if "wordpress" in document.generator.lower():
            return next_wordpress_page(url)
        return None

    def _ends(self, document: FeedDocument, backfill: Backfill, known_ends: bool) -> bool:
        if known_ends:
            if self._entries.met_known(document):
                self._window.join()
            return self._window.joined
        last = document.entries[-1]
        moment = listed_at(last, document, self._source, self._spider.task.started)
        known = self._entries.knew(last, document)
        return known and backfill.since is not None and moment is not None and moment <= backfill.since


def next_wordpress_page(url: str) -> str:
    """``?paged=2`` after the newest page, then 3, 4, ..."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    number = query.get("paged", "1")
    query["paged"] = str(int(number) + 1 if number.isdigit() and len(number) < 6 else 2)
    return urlunsplit(parts._replace(query=urlencode(query)))
