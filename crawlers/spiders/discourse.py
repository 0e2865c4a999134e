"""Discourse forums: all public posts of a forum, newest first, from ``/posts.json?before=ID``.

1. the list     newest_first.py; a post's rank is its id
2. recheck      ``/posts/ID.json``: 404 and 410 are deletions (existence.py), and so are the flags below

``user_deleted``, ``deleted_at`` and ``hidden`` in a list or a lookup remove the post, and so does its being without a word;
403 is a category or a forum that was closed, and says nothing. Older servers look 50 ids below ``before`` and show what of
them is public, ``before`` itself included: a page that leads no further down is followed by a step of that length.

Paging, cursor and window are those of list_spider.py.
"""

from __future__ import annotations

from collections.abc import Hashable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from crawlers.dates import plausible
from crawlers.errors import EndRun
from crawlers.items import Removal
from crawlers.outcome import Outcome
from crawlers.platforms.discourse.posts import (
    PLATFORM,
    REGULAR,
    ForumPost,
    make_native_id,
    make_post,
    own_part,
    parse_native_id,
    place_of,
    read_forum_post,
    why_gone,
)
from crawlers.platforms.shared.answers import make_raw, read_json
from crawlers.platforms.shared.existence import Existence
from crawlers.platforms.shared.list_spider import ListSpider
from crawlers.platforms.shared.newest_first import Page, Place, has_words
from crawlers.task import RecheckOf
from ledger import RecheckOutcome
from records import Landing, Post, make_post_id

if TYPE_CHECKING:
    from scrapy.http import Response

STEP = 50
"""Ids below ``before`` that an older server looks at; also the posts of a full page."""
_NOT_HERE = (404, 410)


class DiscourseSpider(ListSpider[ForumPost]):
    """One poll of one forum."""

    name = "discourse"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._base = self.task.url.rstrip("/")
        self._existence = Existence(self.tally)
        self._ids: dict[tuple[int, int], int] = {}

    @property
    def place(self) -> str:
        """Ids are one forum's own."""
        return place_of(self.task.url)

    def resume(self, token: str) -> str:
        """Ids do not shift."""
        return str(int(token))

    def key_of(self, entry: ForumPost) -> Hashable:
        """Its id."""
        return entry.id

    def lookup_of(self, entry: ForumPost) -> str:
        """Its native id."""
        return make_native_id(self.place, entry.id)

    def own_part(self, raw: Any) -> Any:
        """See own_part of the platform."""
        return own_part(raw)

    def on_listed(self, entry: ForumPost) -> None:
        """A post that is there may later show that "not found" can be believed."""
        self._existence.listed(self.lookup_of(entry))

    def judge(self, entry: ForumPost) -> Post | Removal | None:
        """The post; a removal where the forum flags it as gone."""
        gone = why_gone(entry)
        if gone is not None:
            self.tally.drop(gone)
            return Removal(make_post_id(PLATFORM, self.lookup_of(entry)), datetime.now(UTC))
        if entry.post_type != REGULAR:
            self.tally.drop("not_a_post")
            return None
        return make_post(entry, self.task.source, self._base, datetime.now(UTC), self.tally, self._ids)

    async def recheck(self, post: RecheckOf) -> RecheckOutcome | Landing | None:
        """One post by its id."""
        number = parse_native_id(post.lookup, self.place)
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
            edited = make_post(found, self.task.source, self._base, datetime.now(UTC), self.tally, self._ids)
        except ValidationError:
            return RecheckOutcome.PRESENT
        if not has_words(edited):
            # It had some when it landed: they were taken back.
            return RecheckOutcome.DELETED
        capture = self.capture(response, keep_body=False)
        return Landing(post=edited, raw=make_raw(own_part(raw)), capture=capture, lookup=edited.native_id)

    async def open_page(self, token: str | None) -> Page:
        """The posts below an id."""
        response = await self.fetch(f"{self._base}/posts.json" + (f"?before={token}" if token else ""))
        self.stop_on_status(response)
        self.heed_robots_tag(response, "the forum")
        found = read_json(response)
        posts = found.get("latest_posts") if isinstance(found, dict) else None
        if not isinstance(posts, list):
            if urlsplit(response.url).path.endswith(("/login", "/session/sso")):
                raise EndRun(Outcome.BLOCKED, "the forum wants a login")
            raise EndRun(Outcome.FAILED, "no latest_posts: this is not the Discourse API as we know it")
        items = [(raw, read_forum_post(raw)) for raw in posts]
        ids = [post.id for _, post in items if post is not None]
        # Newest first: what a post answers stands below it, mostly on the same page.
        self._ids |= {post.where: post.id for _, post in items if post is not None and post.where is not None}
        return Page(items, [self._stand(post) for _, post in items], _below(token, ids), response)

    def _stand(self, post: ForumPost | None) -> Place:
        if post is None:
            return Place()
        return Place(post.id, post.created_at if plausible(post.created_at, self.task.started) is None else None)

    async def _ask(self, number: int) -> tuple[Response, ForumPost | None, Any]:
        response = await self.fetch(f"{self._base}/posts/{number}.json")
        raw = read_json(response) if response.status == 200 else None
        found = read_forum_post(raw)
        return response, found if found is not None and found.id == number else None, raw

    async def _finds(self, lookup: str) -> bool:
        number = parse_native_id(lookup, self.place)
        return number is not None and (await self._ask(number))[1] is not None

    async def _title(self, post: ForumPost) -> str | None:
        response = await self.fetch(f"{self._base}/t/{post.topic_id}.json")
        topic = read_json(response) if response.status == 200 else None
        title = topic.get("title") if isinstance(topic, dict) else None
        return title if isinstance(title, str) else None


def _below(token: str | None, ids: list[int]) -> str | None:
    """The token of the page below; None where there can be none."""
    before = int(token) if token else None
    lowest = min(ids, default=None)
    below = before - STEP if before is not None else 0
    if lowest is not None and (before is None or lowest < before):
        below = lowest
    return str(below) if below > 1 else None
