"""Public timelines of Mastodon and servers that speak its API: all of it, a hashtag's, or a trending link's.

1. may it be read?    mastodon/access.py
2. forward            min_id = the page just above the mark, until an empty page (since_id would leave a gap)
3. overlap            back from there with max_id: late posts get an id below the mark, edits show here
4. recheck            mastodon/recheck.py: what is due in the ledger's queue, and what the overlap no longer shows

The cursor holds server, timeline, mark, covered_to, access and the statuses of the overlap (mastodon/recent.py); the ids are
one server's own, so a cursor of another server or timeline counts for nothing. Posts are identified by `uri`, never by the
server's own id. Of a post that several servers show, the source that landed it first asks its own server.
Edits: the overlap and the rechecks show the wording that holds; what stood between two readings is not asked for (/history).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from crawlers.dates import plausible
from crawlers.errors import EndRun, Refused
from crawlers.items import Found
from crawlers.outcome import Outcome
from crawlers.platforms.mastodon.access import Access, read_access, stored_moment
from crawlers.platforms.mastodon.reader import StatusReader
from crawlers.platforms.mastodon.recent import Recent, inherited, make_lookup
from crawlers.platforms.mastodon.recheck import BATCH, Lookups
from crawlers.platforms.mastodon.seen import Seen
from crawlers.platforms.mastodon.statuses import Status, holds_others, id_of, id_order, read_status, why_skipped
from crawlers.platforms.mastodon.timeline import timeline_of
from crawlers.platforms.shared.answers import read_json
from crawlers.platforms.shared.volume import judge_volume
from crawlers.platforms.shared.window import Window
from crawlers.rechecking import Answer
from crawlers.spiders.base import PollSpider
from crawlers.task import RecheckOf
from crawlers.urls import host_of

if TYPE_CHECKING:
    from scrapy.http import Response


class MastodonSpider(PollSpider):
    """One poll of one timeline."""

    name = "mastodon"
    batch = BATCH

    def __init__(self, **kwargs: Any) -> None:
        self._seen = Seen()
        self._page_newest: datetime | None = None
        self._forward_done = False
        self._bottom = False
        self._capped = False
        self._pages = 0
        super().__init__(**kwargs)
        self._base = self.task.url.rstrip("/")
        self._reader = StatusReader(self, self._recent, self._server, self._access.home)
        self._lookups = Lookups(self, self._reader, self._base, self._server)

    def load(self, cursor: dict[str, Any]) -> None:
        """See the module's docstring."""
        self._server = urlsplit(self.task.url).netloc.lower()
        self._timeline = timeline_of(self.task.source)
        place = {"server": self._server, "timeline": self._timeline.name}
        if any(cursor.get(name) not in (None, value) for name, value in place.items()):
            cursor.clear()
        cursor |= place
        self._mark: str | None = cursor.get("mark") or None
        if self._mark is not None and id_of({"id": self._mark}) is None:
            raise ValueError("a mark that is no id")
        covered = cursor.get("covered_to")
        self._covered_to = stored_moment(covered) if covered else None
        self._inherited = inherited(cursor.pop("watch", None), self._server)
        known = {item.post_id: item.lookup.rpartition("/")[2] for item in self._inherited}
        self._recent = Recent(cursor.get("recent") or known)
        self._access = Access.load(cursor.get("access"), host_of(self.task.url))

    async def read(self) -> AsyncIterator[Found]:
        """See the module's docstring."""
        if self.task.mode == "poll":
            for item in self._inherited:
                yield item
        await self._check_access()
        if self._mark is not None:
            async for found in self._forward():
                yield found
        async for found in self._back():
            yield found
        if self._capped:
            self.tally.remark("limit_pages")
            self.say(f"stopped at limits.pages = {self.task.source.limits.pages}")
        self._judge_volume()

    def to_recheck(self) -> Sequence[RecheckOf]:
        """What the pages should have shown, and what is due, up to the cap; last what is due and was on a page: it is free."""
        missing: dict[str, str] = {}
        lowest, highest = self._seen.lowest, self._seen.highest
        if lowest is not None:
            # An empty timeline may mean that the server has closed it: then nothing is missing from it.
            missing = self._recent.missing(
                self._seen.ids, None if self._bottom else lowest, None if self._forward_done else highest
            )
            self._lookups.listed(lowest)
        most = self.task.source.rechecks
        hints = {self._recent.drop(key): make_lookup(self._server, key) for key in list(missing)[:most]}
        named = [RecheckOf(post_id=post_id, lookup=lookup) for post_id, lookup in hints.items() if post_id is not None]
        due = [post for post in self.task.rechecks if post.post_id not in hints]
        shown = [post for post in due if self._lookups.is_shown(post)]
        return [*[*named, *(post for post in due if post not in shown)][:most], *shown]

    async def recheck_batch(self, posts: Sequence[RecheckOf]) -> Mapping[str, Answer]:
        """See mastodon/recheck.py."""
        return await self._lookups.ask(posts, self._access)

    def conclude(self) -> None:
        """Writes cursor and window."""
        self.cursor["mark"] = self._mark
        self.cursor["recent"] = self._recent.dump(None if self._bottom else self._seen.lowest)
        if not (self.outcome.is_success and self.progress) or self.outcome is Outcome.EMPTY:
            return
        window = Window(self._covered_to)
        if self._covered_to is not None:
            # Forward from the mark there is no gap.
            window.join()
        else:
            window.page(self._seen.moments())
        end = self.task.started if self._forward_done else self._seen.reached(self.task.started)
        begin = window.begin(end) if end is not None else None
        if begin is not None:
            self.window_from, self.window_to = begin, end
        if end is not None and (self._covered_to is None or end >= self._covered_to):
            self.cursor["covered_to"] = end.isoformat()

    async def _check_access(self) -> None:
        if self._access.is_fresh(self.task.started):
            return
        response = await self._get(f"{self._base}/api/v2/instance")
        if response.status in (404, 405, 501):
            # Before Mastodon 4.0 and in some of its relatives there is only the first version.
            response = await self._get(f"{self._base}/api/v1/instance")
        self.stop_on_status(response)
        self._access = read_access(_json(response), self.task.url, self._timeline, self.task.started)
        self._reader.home = self._access.home
        self.cursor["access"] = self._access.dump()

    async def _get(self, url: str) -> Response:
        try:
            return await self.fetch(url)
        except Refused as exc:
            if exc.outcome is not Outcome.ROBOTS_DENIED:
                raise
            told = "a server that closes its interface to programs, as GoToSocial does from the start, is not collected"
            raise EndRun(exc.outcome, f"{exc.message}: {told}") from exc

    # Timeline

    async def _page(self, **params: str) -> tuple[list[Any], Response]:
        response = await self._get(self._timeline.address(self._base, {**self._access.params, **params}))
        if response.status in (401, 403, 422):
            self.cursor.pop("access", None)
            raise EndRun(Outcome.BLOCKED, f"the server wants a login for this timeline (HTTP {response.status})")
        if response.status == 404 and self.task.source.link:
            raise EndRun(Outcome.EMPTY, "the link does not trend there, or the server has no timelines of links")
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
        lowest = self._seen.lowest
        params: dict[str, str] = {"max_id": lowest} if lowest is not None else {}
        first_run, pages = self._mark is None, 0
        while pages == 0 or self._may_page():
            statuses, response = await self._page(**params)
            pages += 1
            before = self._seen.lowest
            for item in self._land(statuses, response):
                yield item
            if not statuses:
                self._bottom = True
                break
            lowest = self._seen.lowest
            if lowest is None or lowest == before:
                break
            if first_run and pages == 1:
                self._mark, self._forward_done = self._seen.highest, True
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

    def _land(self, statuses: list[Any], response: Response) -> list[Found]:
        """What becomes of a page's statuses; one that stood on an earlier page of this run is counted already."""
        now = datetime.now(UTC)
        read = [read_status(item) for item in statuses]
        self._reader.threads.learn(read)
        whole = not any(map(holds_others, statuses)) and all(
            status is not None and why_skipped(status, self.task.source) is None for status in read
        )
        capture = self.capture(response, keep_body=whole)
        self._page_newest = max(
            (moment for status in read if (moment := _moment(status, now)) is not None), default=None
        )
        items = []
        for raw, status in zip(statuses, read, strict=True):
            if status is not None and not self._seen.add(status.id, _moment(status, self.task.started)):
                continue
            items.append(self._reader.read(raw, status, capture, now))
        return [item for item in items if item is not None]

    def _judge_volume(self) -> None:
        shown = len(self._seen)
        judge_volume(self, shown)
        # An empty timeline can be a quiet tag, or a server that has closed it without saying so.
        self.end(Outcome.OK if shown else Outcome.EMPTY, "" if shown else "the timeline is empty")


def _moment(status: Status | None, now: datetime) -> datetime | None:
    return status.created_at if status is not None and plausible(status.created_at, now) is None else None


def _json(response: Response) -> Any:
    found = read_json(response)
    if found is None:
        raise EndRun(Outcome.FAILED, f"{response.url[:200]} is not JSON")
    return found
