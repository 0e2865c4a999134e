"""One account's posts, or a search, on Bluesky: through the public AppView, without an account of our own.

1. down     from the newest post to the end of the overlap below what earlier polls have read; where one of them left something,
            only to what they have read: an overlap that takes all that limits.pages allows would have the rest wait for ever
2. left     what an earlier poll left unread because of limits.pages, down to where it should have come
3. recheck  platforms/bluesky/recheck.py
Where one page was enough, the next polls ask for it only if it changed.

The cursor holds ``of`` (a hash of server and account or query: another one's cursor counts for nothing), ``covered_to``,
the start of the last good poll, ``left`` (platforms/bluesky/paging.py), ``overlap_at``, the mark whose overlap was put off,
and ``enough`` (there, too). The lists have no way forward from a mark, so each poll begins at the newest post; a post that its
author dates back by more than the overlap stands below it and is not seen.
A server that shows readers without an account only the first page of a search is taken at its word.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from pydantic import ValidationError

from crawlers.errors import EndRun
from crawlers.items import Found, Rejection, Removal
from crawlers.outcome import Outcome
from crawlers.platforms.bluesky.paging import PAGE, Descent, End, Enough, Left, Step
from crawlers.platforms.bluesky.posts import BLUESKY, make_landing, make_own_raw
from crawlers.platforms.bluesky.recheck import BATCH, Lookups
from crawlers.platforms.bluesky.views import Shown, holds_others, read_answer, read_item, says_gone, why_withheld
from crawlers.platforms.shared.volume import judge_volume
from crawlers.platforms.shared.window import Window
from crawlers.politeness.conditional import conditional_headers, read_validators
from crawlers.rechecking import Answer
from crawlers.spiders.base import PollSpider
from crawlers.task import RecheckOf, StoredValidators
from records import Capture, GapReason, make_post_id

if TYPE_CHECKING:
    from scrapy.http import Response


class BlueskySpider(PollSpider):
    """One poll of one account or search."""

    name = "bluesky"
    batch = BATCH - 1

    def __init__(self, **kwargs: Any) -> None:
        self._keys: set[str] = set()
        self._pages = 0
        self._version: StoredValidators | None = None
        self._enough: Enough | None = None
        super().__init__(**kwargs)
        self._base = self.task.url.rstrip("/")
        self._lookups = Lookups(self, self._base)

    def load(self, cursor: dict[str, Any]) -> None:
        """See the module's docstring."""
        source = self.task.source
        names = f"{urlsplit(self.task.url).netloc.lower()}\n{source.account}\n{source.query}"
        mine = hashlib.sha256(names.encode()).hexdigest()[:16]
        if cursor.get("of") not in (None, mine):
            cursor.clear()
        cursor["of"] = mine
        self._covered_to = read_moment(cursor.get("covered_to"))
        self._overlap_at = read_moment(cursor.get("overlap_at"))
        self._before = Enough.load(cursor.get("enough"))
        self._left = Left.load(cursor.get("left"))
        self._window = Window(self._covered_to)

    async def read(self) -> AsyncIterator[Found]:
        """See the module's docstring."""
        mark = min(self._covered_to or self.task.started, self.task.started)
        floor = min(self._overlap_at or mark, mark) - self.task.source.overlap
        old = self._left
        put_off = self._overlap_at or mark
        self._overlap_at = None
        # Until the way down is done, what was left before is part of what is left now.
        self._left = Left(Step(), min(floor, old.floor) if old else floor)
        way = self._way(Step(), mark if old else floor)
        async for item in self._down(way):
            yield item
        if way.end is End.UNCHANGED:
            self._left, self._enough = None, self._before
            self._lookups.proof = self._before.post if self._before else None
            self._window.join()
            self.end(Outcome.NOT_MODIFIED, "")
            return
        if way.end in (End.FLOOR, End.BOTTOM):
            self._left = old
            if self._covered_to is not None:
                self._window.join()
            if old is not None and way.end is End.FLOOR:
                self._overlap_at = put_off
                way = self._way(old.below(way), old.floor)
                async for item in self._down(way):
                    yield item
        if way.end is not End.CAPPED and self.task.mode == "poll":
            self._left = None
        is_enough = self._pages == 1 and way.end in (End.FLOOR, End.BOTTOM) and self._overlap_at is None
        proof = self._lookups.proof
        self._enough = Enough(proof, self.task.started) if is_enough and proof else None
        self._judge(way.end)

    async def recheck_batch(self, posts: Sequence[RecheckOf]) -> Mapping[str, Answer]:
        """See bluesky/recheck.py."""
        return await self._lookups.ask(posts)

    def conclude(self) -> None:
        """Writes cursor and window."""
        if not (self.outcome.is_success and self.progress) or self.outcome is Outcome.EMPTY:
            # What comes back after that may have been taken for deleted: "unchanged" would leave it so.
            self.cursor["enough"] = None
            return
        self.cursor["covered_to"] = self.task.started.isoformat()
        self.cursor["left"] = self._left.dump() if self._left else None
        self.cursor["overlap_at"] = self._overlap_at.isoformat() if self._overlap_at else None
        self.cursor["enough"] = self._enough.dump() if self._enough else None
        if self._enough and self._version:
            self.validators[self._address(Step())] = self._version
        begin = self._window.begin(self.task.started)
        if begin is not None:
            self.window_from, self.window_to = begin, self.task.started

    @property
    def _is_search(self) -> bool:
        return bool(self.task.source.query)

    def _way(self, step: Step, floor: datetime) -> Descent:
        return Descent(step, floor, is_search=self._is_search)

    async def _down(self, way: Descent) -> AsyncIterator[Found]:
        """Reads page by page until the way ends."""
        while way.end is None:
            if self._pages >= self.task.source.limits.pages:
                way.end = End.CAPPED
                return
            page = await self._page(way)
            if page is None:
                continue
            items, cursor, response = page
            now = datetime.now(UTC)
            shown = [read_item(item, now) for item in items]
            fresh = any(found is not None and found.key not in self._keys for found in shown)
            for made in self._land(items, shown, response, now):
                yield made
            places = [found.place if found is not None else None for found in shown]
            self._window.page(places)
            way.page(places, is_fresh=fresh, cursor=cursor)
            if self._left is not None:
                self._left = replace(self._left, step=way.resume, reach=way.reach)
            if self.task.mode == "check":
                return

    async def _page(self, way: Descent) -> tuple[list[Any], str | None, Response] | None:
        """The items, the cursor behind them and the answer; None where a later page is refused, which the way then knows."""
        address = self._address(way.step)
        holds = way.step == Step() and self._before is not None and self._before.holds(self.task.started)
        known = self.task.validators.get(address) if holds and self._covered_to else None
        response = await self.fetch(address, conditional_headers(known))
        if response.status == 304 and known is not None:
            self.progress, way.end = True, End.UNCHANGED
            return None
        if self._is_search and way.step != Step() and response.status in (401, 403):
            self.tally.remark("paging_refused")
            self.say("without an account it shows the first page only")
            way.end = End.CUT
            return None
        if way.step != Step() and response.status == 400:
            # A search past its last hit, or a cursor that an earlier poll was given and that holds no longer.
            way.move(is_end=False)
            return None
        self._stop_on(response)
        self.heed_robots_tag(response, "the API")
        found = read_answer(response.body, "posts" if self._is_search else "feed")
        if found is None:
            raise EndRun(Outcome.FAILED, f"{response.url[:200]} does not answer as Bluesky's AppView does")
        if way.step == Step():
            self._version = read_validators(response)
        self._pages += 1
        self.progress = True
        return *found, response

    def _address(self, step: Step) -> str:
        source = self.task.source
        if self._is_search:
            name, params = "searchPosts", {"q": source.query or "", "sort": "latest"}
        else:
            name, params = "getAuthorFeed", {"actor": source.account or "", "filter": "posts_with_replies"}
        return f"{self._base}/xrpc/app.bsky.feed.{name}?{urlencode({**params, 'limit': PAGE, **step.params()})}"

    def _stop_on(self, response: Response) -> None:
        if self._is_search and response.status in (401, 403):
            raise EndRun(
                Outcome.BLOCKED,
                f"the server does not let readers without an account search (HTTP {response.status}); "
                "an account's own posts can mostly be read: account instead of query",
            )
        if response.status == 400 and not self._is_search and says_gone(response.body):
            # Not for good: an account that was switched off can come back.
            raise EndRun(Outcome.GONE, "the server shows no such account")
        self.stop_on_status(response)

    def _land(self, items: list[Any], shown: list[Shown | None], response: Response, now: datetime) -> list[Found]:
        """What becomes of a page's items; one that stood on an earlier page of this run is counted already."""
        whole = all(
            found is not None and not found.repost and why_withheld(found.view) is None and not holds_others(item)
            for item, found in zip(items, shown, strict=True)
        )
        capture = self.capture(response, keep_body=whole)
        made: list[Found] = []
        for item, found in zip(items, shown, strict=True):
            if found is not None and found.key in self._keys:
                continue
            self.tally.see()
            if found is None:
                made.append(Rejection("bad_shape", make_own_raw(item).body))
                continue
            self._keys.add(found.key)
            made += self._read(item, found, capture, now)
        return made

    def _read(self, item: Any, found: Shown, capture: Capture, now: datetime) -> list[Found]:
        if found.repost:
            self.tally.drop("repost")
            return []
        reason = why_withheld(found.view)
        if reason is not None:
            self.tally.drop(reason)
            # It may have been landed before its author said so.
            return [Removal(make_post_id(BLUESKY, found.view.uri), now)]
        self._lookups.proof = found.view.uri
        try:
            return [make_landing(found.view, item, capture, self.task.source, now, self.tally)]
        except ValidationError:
            return [Rejection("invalid", make_own_raw(item).body)]

    def _judge(self, end: End | None) -> None:
        """Sets the outcome. Raises EndRun where the volume is under the source's bound."""
        if end is End.CAPPED:
            self.tally.remark("limit_pages")
            self.short = GapReason.LIMIT
            self.say(f"stopped at limits.pages = {self.task.source.limits.pages}")
        if end is End.CUT:
            self.tally.remark("list_cut")
            self.short = GapReason.LIST_CUT
            self.say("the server led no further down: what lies below is not read")
        if self.tally.not_landed["no_unauthenticated"] and not self._lookups.proof:
            self.say("what it shows is meant for signed-in readers only: none of it is collected")
        shown = len(self._keys)
        judge_volume(self, shown)
        self.end(Outcome.OK if shown else Outcome.EMPTY, "" if shown else "the list is empty")


def read_moment(stored: Any) -> datetime | None:
    """A time of the cursor. Raises the usual errors for another shape."""
    return datetime.fromisoformat(stored).astimezone(UTC) if stored else None
