"""Public and hashtag timelines of Mastodon and servers that speak its API.

1. may it be read?    /api/v2/instance says whether the timeline is public; the answer is kept for a day
2. forward            min_id = the page just above the mark, until an empty page (since_id would leave a gap)
3. overlap            back from there with max_id: late posts get an id below the mark, edits show here
4. recheck            statuses that a re-read page no longer shows, and those whose age has come: asked for by id;
                      only 404 or 410 is a deletion

The cursor holds mark, access and the statuses under watch. Posts are identified by `uri`, never by the server's own id.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from pydantic import ValidationError

from config import RobotsTag
from crawlers.dates import plausible
from crawlers.errors import EndRun
from crawlers.items import Rejection, Removal
from crawlers.outcome import Outcome
from crawlers.robots_tag import header_refuses
from crawlers.spiders.base import PollSpider
from crawlers.spiders.recheck import ASKED, Watch
from crawlers.spiders.statuses import Status, home_of, id_order, make_post, make_raw, why_skipped
from crawlers.urls import host_of
from records import Capture, Landing

if TYPE_CHECKING:
    from scrapy.http import Response

PAGE = 40
"""Statuses a page; the API's maximum."""
BATCH = 20
"""Ids in one lookup; what Mastodon's own clients send."""
ACCESS_AGE = timedelta(days=1)


class MastodonSpider(PollSpider):
    """One poll of one timeline."""

    name = "mastodon"

    def __init__(self, **kwargs: Any) -> None:
        self._seen: set[str] = set()
        self._lowest: str | None = None
        self._highest: str | None = None
        self._oldest: datetime | None = None
        self._newest: datetime | None = None
        self._page_newest: datetime | None = None
        self._forward_done = False
        self._bottom = False
        self._capped = False
        self._pages = 0
        self._shown = 0
        super().__init__(**kwargs)
        self._base = self.task.url.rstrip("/")

    def load(self, cursor: dict[str, Any]) -> None:
        """mark, covered_to, watch (see recheck.py) and access: the answer to "may it be read?" with its time."""
        self._mark: str | None = str(cursor["mark"]) if cursor.get("mark") else None
        covered = cursor.get("covered_to")
        self._covered_to = datetime.fromisoformat(covered) if covered else None
        self._watch = Watch(cursor.get("watch"))
        access = cursor.get("access")
        self._params: dict[str, str] = dict(access["params"]) if access else {}
        self._home = str(access["home"]) if access else host_of(self.task.url)
        self._asked = datetime.fromisoformat(access["at"]) if access else None

    async def read(self) -> AsyncIterator[Any]:
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
        async for item in self._recheck():
            yield item

    def conclude(self) -> None:
        """Writes cursor and window."""
        self.cursor["mark"] = self._mark
        self.cursor["watch"], fallen = self._watch.dump()
        if fallen:
            self.tally.remark("watch_dropped", fallen)
        if not (self.outcome.is_success and self.progress):
            return
        start, end = self._covered_to or self._oldest, self.task.started if self._forward_done else self._newest
        if self.outcome is not Outcome.EMPTY and start is not None and end is not None and start <= end:
            self.window_from, self.window_to = start, end
            self.cursor["covered_to"] = end.isoformat()

    # Access

    async def _check_access(self) -> None:
        if self._asked is not None and self._asked + ACCESS_AGE > self.task.started:
            return
        response = await self.fetch(f"{self._base}/api/v2/instance")
        if response.status in (404, 405, 501):
            # Before Mastodon 4.0 and in some of its relatives there is only the first version, which has no such flags.
            response = await self.fetch(f"{self._base}/api/v1/instance")
        self.stop_on_status(response)
        instance = self._json(response)
        if not isinstance(instance, dict):
            raise EndRun(Outcome.FAILED, f"{self._base} does not answer as a Mastodon server does")
        self._home = home_of(instance, self.task.url)
        self._params = self._open_part(instance)
        self.cursor["access"] = {"at": self.task.started.isoformat(), "params": self._params, "home": self._home}

    def _open_part(self, instance: dict[str, Any]) -> dict[str, str]:
        """Parameters that restrict the timeline to what is public. Raises EndRun where nothing is."""
        configuration = instance.get("configuration")
        access = configuration.get("timelines_access") if isinstance(configuration, dict) else None
        name = "hashtag_feeds" if self.task.source.tag else "live_feeds"
        feed = access.get(name) if isinstance(access, dict) else None
        if not isinstance(feed, dict):
            return {}
        parts = [name for name in ("local", "remote") if feed.get(name, "public") == "public"]
        if not parts:
            raise EndRun(Outcome.BLOCKED, "the server shows this timeline to its members only")
        return {} if len(parts) == 2 else {parts[0]: "true"}

    # Timeline

    def _timeline(self, **params: str) -> str:
        tag = self.task.source.tag
        path = f"/api/v1/timelines/tag/{quote(tag.lstrip('#'))}" if tag else "/api/v1/timelines/public"
        return f"{self._base}{path}?{urlencode({'limit': str(PAGE), **self._params, **params})}"

    async def _page(self, **params: str) -> tuple[list[Any], Response]:
        response = await self.fetch(self._timeline(**params))
        if response.status in (401, 403, 422):
            self.cursor.pop("access", None)
            raise EndRun(Outcome.BLOCKED, f"the server wants a login for this timeline (HTTP {response.status})")
        self.stop_on_status(response)
        self._heed_robots_tag(response)
        found = self._json(response)
        if not isinstance(found, list):
            raise EndRun(Outcome.FAILED, "the timeline is not a list: this is not the Mastodon API as we know it")
        self._pages += 1
        self.progress = True
        return found, response

    async def _forward(self) -> AsyncIterator[Any]:
        """From the mark upwards, page by page without a gap."""
        while self._may_page():
            mark = self._mark or ""
            statuses, response = await self._page(min_id=mark)
            for item in self._land(statuses, response):
                yield item
            ids = [str(item["id"]) for item in statuses if isinstance(item, dict) and item.get("id")]
            if not ids or id_order(max(ids, key=id_order)) <= id_order(mark):
                self._forward_done = True
                return
            self._mark = max(ids, key=id_order)

    async def _back(self) -> AsyncIterator[Any]:
        """From the newest read (or the newest there is) down to the overlap's end; at least one page."""
        floor = self.task.started - self.task.source.overlap
        params: dict[str, str] = {"max_id": self._lowest} if self._lowest is not None else {}
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
            if self._lowest is None or self._lowest == before:
                break
            if first_run and pages == 1:
                self._mark, self._forward_done = self._highest, True
            # All of the page, because a single post can carry any date.
            if self._page_newest is not None and self._page_newest < floor:
                break
            if self.task.mode == "check":
                break
            params = {"max_id": self._lowest}

    def _may_page(self) -> bool:
        if self._pages < self.task.source.limits.pages:
            return True
        self._capped = True
        return False

    def _land(self, statuses: list[Any], response: Response) -> list[Any]:
        """Landings and rejections of a page; each status is counted once, under what becomes of it."""
        now = datetime.now(UTC)
        read = [_read_status(item) for item in statuses]
        moments = [
            status.created_at for status in read if status is not None and plausible(status.created_at, now) is None
        ]
        self._page_newest = max(moments, default=None)
        whole = all(isinstance(status, Status) and why_skipped(status) is None for status in read)
        capture = self.capture(response, keep_body=whole)
        found = (self._item(raw, status, capture, now) for raw, status in zip(statuses, read, strict=True))
        return [item for item in found if item is not None]

    def _item(self, raw: Any, status: Status | None, capture: Capture, now: datetime) -> Landing | Rejection | None:
        if status is None:
            self.tally.see()
            return Rejection("bad_shape", make_raw(raw).body)
        if status.id in self._seen:
            return None  # the same status on two pages of one run: seen and counted already
        self.tally.see()
        self._shown += 1
        self._span(status)
        reason = why_skipped(status)
        if reason is not None:
            self.tally.drop(reason)
            return None
        try:
            post = make_post(status, self.task.source, self._home, now, self.tally)
        except ValidationError:
            return Rejection("invalid", make_raw(raw).body)
        self._watch.add(status.id, post.post_id, now)
        return Landing(post=post, raw=make_raw(raw), capture=capture)

    def _span(self, status: Status) -> None:
        self._seen.add(status.id)
        if self._lowest is None or id_order(status.id) < id_order(self._lowest):
            self._lowest = status.id
        if self._highest is None or id_order(status.id) > id_order(self._highest):
            self._highest = status.id
        if plausible(status.created_at, self.task.started) is None:
            self._oldest = min(self._oldest or status.created_at, status.created_at)
            self._newest = max(self._newest or status.created_at, status.created_at)

    def _judge_volume(self) -> None:
        expect = self.task.source.expect
        if self._shown < expect.min_posts:
            raise EndRun(Outcome.FAILED, f"{self._shown} posts where at least {expect.min_posts} are expected")
        if expect.max_posts is not None and self._shown > expect.max_posts:
            self.tally.remark("above_max_posts")
            self.say(f"warning: {self._shown} posts where at most {expect.max_posts} are expected")
        # An empty timeline can be a quiet tag, or a server that has closed it without saying so.
        self.end(Outcome.OK if self._shown else Outcome.EMPTY, "" if self._shown else "the timeline is empty")

    # Recheck

    async def _recheck(self) -> AsyncIterator[Any]:
        now = datetime.now(UTC)
        for status_id in self._seen:
            self._watch.checked(status_id, now)
        lowest = None if self._bottom else self._lowest
        missing = self._watch.missing(self._seen, lowest, None if self._forward_done else self._highest)
        due = [status_id for status_id in self._watch.due(now) if status_id not in self._seen]
        wanted = list(dict.fromkeys([*missing, *due]))[:ASKED]
        for start in range(0, len(wanted), BATCH):
            batch = wanted[start : start + BATCH]
            shown, response = await self._look_up(batch)
            if response is not None:
                for item in self._land_again(shown, response):
                    yield item
            for status_id in batch:
                if status_id not in shown:
                    async for item in self._look_at(status_id):
                        yield item
                self._watch.checked(status_id, datetime.now(UTC))

    async def _look_up(self, batch: list[str]) -> tuple[dict[str, Any], Response | None]:
        """Those of the batch that the server still shows; none where it has no such lookup (before Mastodon 4.3)."""
        response = await self.fetch(f"{self._base}/api/v1/statuses?{urlencode([('id[]', key) for key in batch])}")
        found = self._json(response) if response.status == 200 else None
        if not isinstance(found, list):
            return {}, None
        return {str(item["id"]): item for item in found if isinstance(item, dict) and "id" in item}, response

    async def _look_at(self, status_id: str) -> AsyncIterator[Any]:
        """One status by itself; a batch may leave one out for other reasons than its deletion."""
        response = await self.fetch(f"{self._base}/api/v1/statuses/{quote(status_id, safe='')}")
        if response.status in (404, 410):
            self.tally.remark("removed")
            yield Removal(self._watch.post_id(status_id), datetime.now(UTC))
            self._watch.drop(status_id)
        elif response.status == 200:
            found = self._json(response)
            for item in self._land_again({status_id: found}, response):
                yield item
        else:
            self.tally.remark("recheck_unknown")

    def _land_again(self, shown: dict[str, Any], response: Response) -> list[Any]:
        """Rechecked statuses land like others (an edit becomes a revision) but do not widen the span that was read."""
        now = datetime.now(UTC)
        items: list[Any] = []
        capture = self.capture(response, keep_body=False)
        for raw in shown.values():
            self.tally.see()
            status = _read_status(raw)
            reason = "bad_shape" if status is None else why_skipped(status)
            if status is None:
                items.append(Rejection("bad_shape", make_raw(raw).body))
            elif reason is not None:
                self.tally.drop(reason)
            else:
                post = make_post(status, self.task.source, self._home, now, self.tally)
                items.append(Landing(post=post, raw=make_raw(raw), capture=capture))
        return items

    # Answers

    def _json(self, response: Response) -> Any:
        try:
            return json.loads(response.body)
        except (ValueError, RecursionError) as exc:
            raise EndRun(Outcome.FAILED, f"{response.url[:200]} is not JSON") from exc

    def _heed_robots_tag(self, response: Response) -> None:
        refusal = header_refuses(value.decode("latin-1") for value in response.headers.getlist("X-Robots-Tag"))
        if refusal is None:
            return
        self.tally.remark("robots_tag")
        if self.task.source.robots_tag is RobotsTag.OBEY:
            raise EndRun(Outcome.ROBOTS_DENIED, f"the API carries X-Robots-Tag: {refusal}, which this source obeys")


def _read_status(raw: Any) -> Status | None:
    try:
        return Status.model_validate(raw)
    except ValidationError:
        return None
