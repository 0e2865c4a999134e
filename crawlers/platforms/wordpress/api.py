"""A WordPress site by its REST interface, without a key: posts, and with ``comments: true`` its readers' comments.

1. root       from the address in the register, or named by the page that stands there; kept in the cursor
2. forward    from each mark minus the overlap, oldest first:
              posts by date, posts by time of change (edits; a post that was planned ahead has an old one), comments by date
3. back       at the first poll, and what a cap left of it: from the newest post down, up to limits.pages

Pages are not counted through: what comes in or goes meanwhile would shift them. The next one begins a second before the
last item's moment, and what stands on both is known by its number; only where a page is all of one second is its next
asked for by number. The cursor holds url, root, and walks: mark and way back of each.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from crawlers.errors import EndRun
from crawlers.items import Found
from crawlers.outcome import Outcome
from crawlers.platforms.shared.answers import read_json
from crawlers.platforms.shared.volume import find_shortfall
from crawlers.platforms.shared.window import Window
from crawlers.platforms.wordpress.items import embedding, find_api, moment_of, rest_url
from crawlers.platforms.wordpress.reader import ItemReader, code_of
from crawlers.platforms.wordpress.walk import PAGE, Walk, dump_walks, make_walks, next_bound
from crawlers.spiders.base import PollSpider
from crawlers.task import RecheckOf
from crawlers.urls import host_of
from ledger import RecheckOutcome
from records import GapReason, Landing

if TYPE_CHECKING:
    from scrapy.http import Response

_NO_SUCH_PAGE = frozenset({"rest_post_invalid_page_number", "rest_comment_invalid_page_number"})


class WordPressApi:
    """One poll of one site."""

    def __init__(self, spider: PollSpider, stored: Any, window: Window) -> None:
        self._spider = spider
        self._source = spider.task.source
        self._tally = spider.tally
        self._window = window
        self._stored: dict[str, Any] = dict(stored or {})
        self._walks = make_walks(self._stored.get("walks"), comments=self._source.comments)
        self._reader = ItemReader(spider)
        self._pages = 0

    async def read(self) -> AsyncIterator[Found]:
        """Lands what is new or changed. Raises EndRun for an interface that is closed or is none."""
        root = await self._find_root()
        self._spider.end(Outcome.OK, "")
        first = self._walks[0].mark is None
        for walk in self._walks:
            if first and walk.is_of_changes:
                # What was changed before this poll is read by its date.
                walk.mark, walk.is_done = self._spider.task.started, True
        for walk in self._walks:
            if first and walk.is_of_changes:
                continue
            bound = walk.start(self._source.overlap)
            async for item in self._walk(root, walk, bound, back=walk.mark is None):
                yield item
            if self._spider.task.mode == "check":
                return
        if first:
            self._judge_volume()
        else:
            self._window.join()
        for walk in self._walks:
            if walk.back is not None:
                async for item in self._walk(root, walk, walk.back, back=True):
                    yield item

    async def recheck(self, post: RecheckOf) -> RecheckOutcome | Landing:
        """What became of one post or comment; see ItemReader."""
        return await self._reader.recheck(post)

    def reached(self, started: datetime) -> datetime:
        """How far forward everything was read: the poll's start, or where a cap stopped the slowest walk."""
        return min([started, *(walk.mark for walk in self._walks if not walk.is_done and walk.mark is not None)])

    def dump(self) -> dict[str, Any]:
        """For the cursor."""
        return {**self._stored, "walks": dump_walks(self._walks)} if self._source.wordpress else self._stored

    async def _find_root(self) -> str:
        url = self._spider.task.url
        # Where the register's address was changed, what was found at the old one counts no more.
        if self._stored.get("url") == url and isinstance(self._stored.get("root"), str):
            return str(self._stored["root"])
        root = find_api((), b"", url)
        if root is None:
            response = await self._spider.fetch(url)
            self._spider.stop_on_status(response)
            links = [value.decode("latin-1") for value in response.headers.getlist("Link")]
            root = find_api(links, response.body, response.url)
            if root is None or host_of(root) != host_of(response.url):
                raise EndRun(Outcome.FAILED, f"{url[:200]} names no WordPress REST interface: read its feed instead")
        self._stored = {**self._stored, "url": url, "root": root}
        return root

    async def _walk(self, root: str, walk: Walk, bound: datetime | None, *, back: bool) -> AsyncIterator[Found]:
        """From ``bound`` on to the list's end; the walk's marks follow."""
        page, stale, first = 1, 0, bound is None
        while stale < 2 and self._may_page():
            if back:
                walk.back = bound
            found, more, response = await self._page(root, walk, bound, page, back=back)
            moments = self._moments(found, walk)
            walk.was_done = walk.was_done and back
            if not back and bound is not None and moments and moments[0] < bound - timedelta(days=1):
                self._refuse_unfiltered(walk)
                return
            items, fresh = self._reader.read(found, root, response, comment=walk.is_of_comments, first=first)
            for item in items:
                yield item
            if back and not walk.is_of_comments:
                self._window.page(moments)
            if not back or bound is None:
                walk.note(moments, self._spider.task.started)
            if not more or self._spider.task.mode == "check":
                walk.is_done, walk.was_done, walk.back = True, True, None if back else walk.back
                return
            stale = 0 if fresh else stale + 1
            bound, page = next_bound(bound, page, moments, back=back)
        if stale:
            self._tally.remark("paging_stuck")
        if back:
            # As for feeds, limits.pages is how far back a first reading goes.
            walk.is_done, walk.back = True, None

    def _refuse_unfiltered(self, walk: Walk) -> None:
        """WordPress before 5.7 knows no ``modified_after`` and passes over it without a word: it would send all there is."""
        if not walk.is_of_changes:
            raise EndRun(Outcome.FAILED, f"the interface does not heed {walk.after}: read the site's feed instead")
        walk.is_done = True
        self._tally.remark("edits_unseen")
        self._spider.say("the interface does not heed modified_after: edits show only when posts are asked for again")

    def _may_page(self) -> bool:
        if self._pages < self._source.limits.pages:
            self._pages += 1
            return True
        if not self._tally.counts["limit_pages"]:
            self._spider.say(f"stopped at limits.pages = {self._source.limits.pages}")
        self._tally.remark("limit_pages")
        self._spider.short = GapReason.LIMIT
        return False

    async def _page(
        self, root: str, walk: Walk, bound: datetime | None, page: int, *, back: bool
    ) -> tuple[list[Any], bool, Response]:
        """The items of a page, whether there are more, and the answer. Raises EndRun."""
        params = {**walk.params(bound, page, back=back), **embedding(walk.route)}
        response = await self._spider.fetch(rest_url(root, walk.route, params))
        found = read_json(response)
        if response.status == 400 and code_of(found) in _NO_SUCH_PAGE:
            return [], False, response
        if walk.is_of_comments and response.status in (401, 403, 404):
            self._tally.remark("comments_closed")
            self._spider.say(f"the site does not show its comments (HTTP {response.status})")
            return [], False, response
        if response.status == 404:
            # The interface may have moved: the next poll looks for it anew.
            self._stored.pop("root", None)
        self._spider.stop_on_status(response)
        self._spider.heed_robots_tag(response, "the API")
        if not isinstance(found, list):
            raise EndRun(Outcome.FAILED, "the answer is no list: this is not WordPress's interface as we know it")
        self._spider.progress = True
        pages = (response.headers.get("X-WP-TotalPages") or b"").decode("latin-1").strip()
        # Some proxies drop the header: then a full page is a sign that there are more.
        more = page < int(pages) if pages.isdecimal() and len(pages) < 10 else len(found) >= PAGE
        return found, more, response

    def _moments(self, found: list[Any], walk: Walk) -> list[datetime]:
        texts = (raw.get(walk.field) for raw in found if isinstance(raw, dict))
        moments = (moment_of(text, self._spider.task.started) for text in texts if isinstance(text, str))
        return [moment for moment in moments if moment is not None]

    def _judge_volume(self) -> None:
        found = self._tally.counts["seen"]
        shortfall = find_shortfall(self._spider, found)
        if shortfall:
            self._spider.end(Outcome.FAILED, shortfall)
            # The next poll is a first reading again: what is missing must not pass for read.
            self._walks = make_walks(None, comments=self._source.comments)
        elif not found:
            self._spider.end(Outcome.EMPTY, "the site has no posts")
