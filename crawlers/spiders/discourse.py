"""Discourse forums: all public posts of a forum, newest first, from ``/posts.json?before=ID``.

1. the list     newest_first.py; a post's rank is its id
2. recheck      ``/posts/ID.json``: 404 and 410 are deletions (existence.py), and so are the flags below

``user_deleted``, ``deleted_at`` and ``hidden`` in a list or a lookup remove the post; 403 is a category or a forum that
was closed, and says nothing. Older servers look 50 ids below ``before`` and show what of them is public, ``before`` itself
included: a page that leads no further down is followed by a step of that length.

The cursor holds server and list. Ids are one forum's own, so a cursor of another forum counts for nothing.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from crawlers.dates import plausible
from crawlers.errors import EndRun
from crawlers.items import Found, Rejection, Removal
from crawlers.outcome import Outcome
from crawlers.platforms.discourse.posts import (
    PLATFORM,
    REGULAR,
    ForumPost,
    make_native_id,
    make_post,
    parse_native_id,
    place_of,
    read_forum_post,
    why_gone,
)
from crawlers.platforms.mastodon.statuses import make_raw
from crawlers.platforms.shared.existence import Existence
from crawlers.platforms.shared.newest_first import Fate, Listing, Page, Place, has_words, land_page
from crawlers.spiders.base import PollSpider
from crawlers.task import RecheckOf
from ledger import RecheckOutcome
from records import Landing, make_post_id

if TYPE_CHECKING:
    from scrapy.http import Response

STEP = 50
"""Ids below ``before`` that an older server looks at; also the posts of a full page."""
_NOT_HERE = (404, 410)


class DiscourseSpider(PollSpider):
    """One poll of one forum."""

    name = "discourse"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._base = self.task.url.rstrip("/")
        self._existence = Existence(self.tally)
        self._seen: set[int] = set()

    def load(self, cursor: dict[str, Any]) -> None:
        """See the module's docstring."""
        self._place = place_of(self.task.url)
        if cursor.get("server") not in (None, self._place):
            cursor.clear()
        cursor["server"] = self._place
        self._list = Listing(self, cursor.get("list"), self.task.source.limits.pages, lambda token: str(int(token)))

    async def read(self) -> AsyncIterator[Found]:
        """See the module's docstring."""
        async for page in self._list.read(self._open, once=self.task.mode == "check"):
            for item in self._land(page):
                yield item
        self._judge_volume()

    async def recheck(self, post: RecheckOf) -> RecheckOutcome | Landing | None:
        """One post by its id."""
        number = parse_native_id(post.lookup, self._place)
        if number is None:
            return RecheckOutcome.UNCLEAR
        response, found, raw = await self._ask(number)
        if response.status in _NOT_HERE:
            return await self._existence.judge_missing(self._finds)
        if found is None:
            return RecheckOutcome.UNCLEAR
        self._existence.answered()
        if why_gone(found) is not None:
            return RecheckOutcome.DELETED
        if found.opens_topic and found.topic_title is None:
            # A lookup leaves the title out: without it the post would seem to have been edited.
            title = await self._title(found)
            if title is None:
                return RecheckOutcome.PRESENT
            found = found.model_copy(update={"topic_title": title})
        try:
            edited = make_post(found, self.task.source, self._base, datetime.now(UTC), self.tally)
        except ValidationError:
            return RecheckOutcome.PRESENT
        if not has_words(edited):
            return RecheckOutcome.PRESENT
        capture = self.capture(response, keep_body=False)
        return Landing(post=edited, raw=make_raw(raw), capture=capture, lookup=edited.native_id)

    def conclude(self) -> None:
        """Writes cursor and window."""
        success = self.outcome.is_success and self.outcome is not Outcome.EMPTY
        self.cursor["list"] = self._list.dump(success=success)
        begin = self._list.begin()
        if success and begin is not None:
            self.window_from, self.window_to = begin, self.task.started

    async def _open(self, token: str | None) -> Page:
        response = await self.fetch(f"{self._base}/posts.json" + (f"?before={token}" if token else ""))
        self.stop_on_status(response)
        self.heed_robots_tag(response, "the forum")
        found = _json(response)
        posts = found.get("latest_posts") if isinstance(found, dict) else None
        if not isinstance(posts, list):
            if urlsplit(response.url).path.endswith(("/login", "/session/sso")):
                raise EndRun(Outcome.BLOCKED, "the forum wants a login")
            raise EndRun(Outcome.FAILED, "no latest_posts: this is not the Discourse API as we know it")
        items = [(raw, read_forum_post(raw)) for raw in posts]
        ids = [post.id for _, post in items if post is not None]
        return Page(items, [self._stand(post) for _, post in items], _below(token, ids), response)

    def _stand(self, post: ForumPost | None) -> Place:
        if post is None:
            return Place()
        return Place(post.id, post.created_at if plausible(post.created_at, self.task.started) is None else None)

    def _land(self, page: Page) -> list[Found]:
        """What becomes of a page's posts; one that stood on an earlier page of this run is counted already."""
        return land_page(self, page.response, [(raw, *self._fate(raw, post)) for raw, post in page.items])

    def _fate(self, raw: Any, found: ForumPost | None) -> tuple[Fate, str]:
        """What becomes of one post, and what it is asked by."""
        if found is None:
            self.tally.see()
            return Rejection("bad_shape", make_raw(raw).body), ""
        native_id = make_native_id(self._place, found.id)
        if found.id in self._seen:
            return None, native_id
        self._seen.add(found.id)
        self.tally.see()
        gone = why_gone(found)
        if gone is not None:
            self.tally.drop(gone)
            return Removal(make_post_id(PLATFORM, native_id), datetime.now(UTC)), native_id
        if found.post_type != REGULAR:
            self.tally.drop("not_a_post")
            return None, native_id
        try:
            post = make_post(found, self.task.source, self._base, datetime.now(UTC), self.tally)
        except ValidationError:
            return Rejection("invalid", make_raw(raw).body), native_id
        if not has_words(post):
            self.tally.drop("no_text")
            return None, native_id
        self._existence.listed(native_id)
        return post, native_id

    async def _ask(self, number: int) -> tuple[Response, ForumPost | None, Any]:
        response = await self.fetch(f"{self._base}/posts/{number}.json")
        raw = _json(response) if response.status == 200 else None
        found = read_forum_post(raw)
        return response, found if found is not None and found.id == number else None, raw

    async def _finds(self, lookup: str) -> bool:
        number = parse_native_id(lookup, self._place)
        return number is not None and (await self._ask(number))[1] is not None

    async def _title(self, post: ForumPost) -> str | None:
        response = await self.fetch(f"{self._base}/t/{post.topic_id}.json")
        topic = _json(response) if response.status == 200 else None
        title = topic.get("title") if isinstance(topic, dict) else None
        return title if isinstance(title, str) else None

    def _judge_volume(self) -> None:
        shown, expect = len(self._seen), self.task.source.expect
        if self.task.mode == "poll" and shown < expect.min_posts:
            raise EndRun(Outcome.FAILED, f"{shown} posts where at least {expect.min_posts} are expected")
        if expect.max_posts is not None and shown > expect.max_posts:
            self.tally.remark("above_max_posts")
            self.say(f"warning: {shown} posts where at most {expect.max_posts} are expected")
        shown = self._list.shown
        self.end(Outcome.OK if shown else Outcome.EMPTY, "" if shown else "the forum shows no posts")


def _below(token: str | None, ids: list[int]) -> str | None:
    """The token of the page below; None where there can be none."""
    before = int(token) if token else None
    lowest = min(ids, default=None)
    below = before - STEP if before is not None else 0
    if lowest is not None and (before is None or lowest < before):
        below = lowest
    return str(below) if below > 1 else None


def _json(response: Response) -> Any:
    try:
        return json.loads(response.body)
    except (ValueError, RecursionError):
        return None
