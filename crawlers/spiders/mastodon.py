"""Public and hashtag timelines of Mastodon and servers that speak its API.

1. may it be read?    mastodon_access.py
2. forward            min_id = the page just above the mark, until an empty page (since_id would leave a gap)
3. overlap            back from there with max_id: late posts get an id below the mark, edits show here
4. recheck            recheck.py

The cursor holds server, mark, covered_to, access and the statuses under watch (watch.py); the ids are one server's own,
so a cursor of another server counts for nothing. Posts are identified by `uri`, never by the server's own id.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from crawlers.dates import plausible
from crawlers.errors import EndRun
from crawlers.items import Found
from crawlers.outcome import Outcome
from crawlers.platforms.mastodon.access import Access, read_access
from crawlers.platforms.mastodon.reader import StatusReader
from crawlers.platforms.mastodon.recheck import Recheck
from crawlers.platforms.mastodon.statuses import Status, id_of, id_order, read_status, why_skipped
from crawlers.platforms.mastodon.watch import Watch
from crawlers.platforms.shared.window import Window, earlier_of_last
from crawlers.spiders.base import PollSpider
from crawlers.urls import host_of

if TYPE_CHECKING:
    from scrapy.http import Response

PAGE = 40
"""Statuses a page; the API's maximum."""


class MastodonSpider(PollSpider):
    """One poll of one timeline."""

    name = "mastodon"

    def __init__(self, **kwargs: Any) -> None:
        self._dates: dict[str, datetime | None] = {}
        self._page_newest: datetime | None = None
        self._forward_done = False
        self._bottom = False
        self._capped = False
        self._pages = 0
        super().__init__(**kwargs)
        self._base = self.task.url.rstrip("/")
        self._reader = StatusReader(self, self._watch, self._access.home)

    def load(self, cursor: dict[str, Any]) -> None:
        """See the module's docstring."""
        server = urlsplit(self.task.url).netloc.lower()
        if cursor.get("server") not in (None, server):
            cursor.clear()
        cursor["server"] = server
        self._mark: str | None = str(cursor["mark"]) if cursor.get("mark") else None
        covered = cursor.get("covered_to")
        self._covered_to = datetime.fromisoformat(covered) if covered else None
        self._watch = Watch(cursor.get("watch"))
        self._access = Access.load(cursor.get("access"), host_of(self.task.url))

    async def read(self) -> AsyncIterator[Found]:
        """See the module's docstring."""
        await self._check_access()
        if self._mark is not None:
            async for item in self._forward():
                yield item
        async for item in self._back():
            yield item
        if self._capped:
            self.tally.remark("limit_pages")
            self.say(f"stopped at limits.pages = {self.task.source.limits.pages}")
        self._judge_volume()
        if self.task.mode == "check":
            return
        async for item in Recheck(self, self._watch, self._reader, self._base).read(self._to_recheck(), self._dates):
            yield item

    def conclude(self) -> None:
        """Writes cursor and window."""
        self.cursor["mark"] = self._mark
        self.cursor["watch"], fallen = self._watch.dump()
        if fallen:
            self.tally.remark("watch_dropped", fallen)
        if not (self.outcome.is_success and self.progress) or self.outcome is Outcome.EMPTY:
            return
        window = Window(self._covered_to)
        if self._covered_to is not None:
            # Forward from the mark there is no gap.
            window.join()
        else:
            window.page(self._dates[key] for key in sorted(self._dates, key=id_order, reverse=True))
        end = self.task.started if self._forward_done else self._reached()
        begin = window.begin(end) if end is not None else None
        if begin is not None:
            self.window_from, self.window_to = begin, end
        if end is not None and (self._covered_to is None or end >= self._covered_to):
            self.cursor["covered_to"] = end.isoformat()

    def _reached(self) -> datetime | None:
        """How far forward a capped run has come; never beyond its own start, whatever a status says of itself."""
        known = [moment for key in sorted(self._dates, key=id_order) if (moment := self._dates[key]) is not None]
        reached = earlier_of_last(known)
        return min(reached, self.task.started) if reached is not None else None

    async def _check_access(self) -> None:
        if self._access.is_fresh(self.task.started):
            return
        response = await self.fetch(f"{self._base}/api/v2/instance")
        if response.status in (404, 405, 501):
            # Before Mastodon 4.0 and in some of its relatives there is only the first version, which has no such flags.
            response = await self.fetch(f"{self._base}/api/v1/instance")
        self.stop_on_status(response)
        self._access = read_access(_json(response), self.task.url, self.task.source.tag, self.task.started)
        self._reader.home = self._access.home
        self.cursor["access"] = self._access.dump()

    # Timeline

    def _timeline(self, **params: str) -> str:
        tag = self.task.source.tag
        path = f"/api/v1/timelines/tag/{quote(tag.lstrip('#'))}" if tag else "/api/v1/timelines/public"
        return f"{self._base}{path}?{urlencode({'limit': str(PAGE), **self._access.params, **params})}"

    async def _page(self, **params: str) -> tuple[list[Any], Response]:
        response = await self.fetch(self._timeline(**params))
        if response.status in (401, 403, 422):
            self.cursor.pop("access", None)
            raise EndRun(Outcome.BLOCKED, f"the server wants a login for this timeline (HTTP {response.status})")
        self.stop_on_status(response)
        self.heed_robots_tag(response, "the API")
        found = _json(response)
        if not isinstance(found, list):
            raise EndRun(Outcome.FAILED, "the timeline is not a list: this is not the Mastodon API as we know it")
        self._pages += 1
        self.progress = True
        return found, response

    async def _forward(self) -> AsyncIterator[Found]:
        """From the mark upwards, page by page without a gap."""
        while self._may_page():
            mark = self._mark or ""
            statuses, response = await self._page(min_id=mark)
            for item in self._land(statuses, response):
                yield item
            newest = max(filter(None, map(id_of, statuses)), key=id_order, default=None)
            if newest is None or id_order(newest) <= id_order(mark):
                self._forward_done = True
                return
            self._mark = newest

    async def _back(self) -> AsyncIterator[Found]:
        """From the newest read (or the newest there is) down to the overlap's end; at least one page."""
        floor = self.task.started - self.task.source.overlap
        lowest = self._lowest
        params: dict[str, str] = {"max_id": lowest} if lowest is not None else {}
        first_run, pages = self._mark is None, 0
        while pages == 0 or self._may_page():
            statuses, response = await self._page(**params)
            pages += 1
            before = self._lowest
            for item in self._land(statuses, response):
                yield item
            if not statuses:
                self._bottom = True
                break
            lowest = self._lowest
            if lowest is None or lowest == before:
                break
            if first_run and pages == 1:
                self._mark, self._forward_done = self._highest, True
            # All of the page, because a single post can carry any date.
            if self._page_newest is not None and self._page_newest < floor:
                break
            if self.task.mode == "check":
                break
            params = {"max_id": lowest}

    def _may_page(self) -> bool:
        if self._pages < self.task.source.limits.pages:
            return True
        self._capped = True
        return False

    @property
    def _lowest(self) -> str | None:
        return min(self._dates, key=id_order, default=None)

    @property
    def _highest(self) -> str | None:
        return max(self._dates, key=id_order, default=None)

    def _land(self, statuses: list[Any], response: Response) -> list[Found]:
        """What becomes of a page's statuses; one that stood on an earlier page of this run is counted already."""
        now = datetime.now(UTC)
        read = [read_status(item) for item in statuses]
        whole = all(status is not None and why_skipped(status) is None for status in read)
        capture = self.capture(response, keep_body=whole)
        self._page_newest = max(
            (moment for status in read if (moment := _moment(status, now)) is not None), default=None
        )
        items = []
        for raw, status in zip(statuses, read, strict=True):
            if status is not None:
                if status.id in self._dates:
                    continue
                self._dates[status.id] = _moment(status, self.task.started)
            items.append(self._reader.read(raw, status, capture, now))
        return [item for item in items if item is not None]

    def _judge_volume(self) -> None:
        shown, expect = len(self._dates), self.task.source.expect
        if shown < expect.min_posts:
            raise EndRun(Outcome.FAILED, f"{shown} posts where at least {expect.min_posts} are expected")
        if expect.max_posts is not None and shown > expect.max_posts:
            self.tally.remark("above_max_posts")
            self.say(f"warning: {shown} posts where at most {expect.max_posts} are expected")
        # An empty timeline can be a quiet tag, or a server that has closed it without saying so.
        self.end(Outcome.OK if shown else Outcome.EMPTY, "" if shown else "the timeline is empty")

    def _to_recheck(self) -> list[str]:
        """Statuses to ask for: those that the pages should have shown, and those that are due."""
        now = datetime.now(UTC)
        for status_id in self._dates:
            self._watch.checked(status_id, now)
        shown = set(self._dates)
        missing: list[str] = []
        if shown:
            # An empty timeline may mean that the server has closed it: then nothing is missing from it.
            missing = self._watch.missing(
                shown, None if self._bottom else self._lowest, None if self._forward_done else self._highest
            )
        due = [status_id for status_id in self._watch.due(now) if status_id not in shown]
        return list(dict.fromkeys([*missing, *due]))


def _moment(status: Status | None, now: datetime) -> datetime | None:
    return status.created_at if status is not None and plausible(status.created_at, now) is None else None


def _json(response: Response) -> Any:
    try:
        return json.loads(response.body)
    except (ValueError, RecursionError) as exc:
        raise EndRun(Outcome.FAILED, f"{response.url[:200]} is not JSON") from exc
