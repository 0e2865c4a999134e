"""Discourse forums: all public posts of a forum, newest first, from ``/posts.json?before=ID``.

1. the list     newest_first.py; a post's rank is its id
2. recheck      ``/posts/ID.json``: 404 and 410 are deletions (existence.py), and so are the flags below

``user_deleted``, ``deleted_at`` and ``hidden`` in a list or a lookup remove the post, and so does its being without a word;
403 is a category or a forum that was closed, and says nothing. Older servers look 50 ids below ``before`` and show what of
them is public, ``before`` itself included: a page that leads no further down is followed by a step of that length.

Paging, cursor, window and what a lookup means are those of list_spider.py.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from crawlers.dates import plausible
from crawlers.errors import EndRun
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
    why_gone,
)
from crawlers.platforms.shared.answers import list_in, read_item, read_json
from crawlers.platforms.shared.list_spider import ListSpider, Shown
from crawlers.platforms.shared.newest_first import Page, Place
from records import Post

STEP = 50
"""Ids below ``before`` that an older server looks at; also the posts of a full page."""
_NOT_HERE = (404, 410)


class DiscourseSpider(ListSpider[ForumPost]):
    """One poll of one forum."""

    name = "discourse"
    platform = PLATFORM
    model = ForumPost

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._ids: dict[tuple[int, int], int] = {}

    @property
    def place(self) -> str:
        """Ids are one forum's own."""
        return place_of(self.task.url)

    def resume(self, token: str) -> str:
        """Ids do not shift."""
        return str(int(token))

    async def open_page(self, token: str | None) -> Page:
        """The posts below an id."""
        response = await self.fetch(f"{self.base}/posts.json" + (f"?before={token}" if token else ""))
        self.stop_on_status(response)
        self.heed_robots_tag(response, "the forum")
        listed = list_in(read_json(response), "latest_posts")
        if listed is None:
            if urlsplit(response.url).path.endswith(("/login", "/session/sso")):
                raise EndRun(Outcome.BLOCKED, "the forum wants a login")
            raise EndRun(Outcome.FAILED, "no latest_posts: this is not the Discourse API as we know it")
        page = self.make_page(listed, response)
        posts = [post for _, post in page.items if post is not None]
        # Newest first: what a post answers stands below it, mostly on the same page.
        self._ids |= {post.where: post.id for post in posts if post.where is not None}
        return replace(page, next_token=_below(token, [post.id for post in posts]))

    def stands_at(self, entry: ForumPost) -> Place:
        """By its id."""
        return Place(entry.id, entry.created_at if plausible(entry.created_at, self.task.started) is None else None)

    def native_id(self, entry: ForumPost) -> str:
        """See make_native_id."""
        return make_native_id(self.place, entry.id)

    def own_part(self, raw: Any) -> Any:
        """See own_part of the platform."""
        return own_part(raw)

    def why_gone(self, entry: ForumPost) -> str | None:
        """See why_gone of the platform."""
        return why_gone(entry)

    def why_skipped(self, entry: ForumPost) -> str | None:
        """Notices of the software."""
        return "not_a_post" if entry.post_type != REGULAR else None

    def make_post(self, entry: ForumPost) -> Post:
        """See make_post of the platform."""
        return make_post(entry, self.task.source, self.base, datetime.now(UTC), self.tally, self._ids)

    async def look_up(self, lookup: str) -> Shown[ForumPost] | None:
        """One post by its id."""
        number = parse_native_id(lookup, self.place)
        if number is None:
            return None
        response = await self.fetch(f"{self.base}/posts/{number}.json")
        if response.status in _NOT_HERE:
            return Shown(response)
        raw = read_json(response) if response.status == 200 else None
        found = read_item(raw, ForumPost)
        return Shown(response, raw, found) if found is not None and found.id == number else None

    async def complete(self, entry: ForumPost) -> ForumPost | None:
        """A lookup leaves the topic's title out: without it the post would seem to have been edited."""
        if not entry.opens_topic or entry.topic_title is not None:
            return entry
        response = await self.fetch(f"{self.base}/t/{entry.topic_id}.json")
        topic = read_json(response) if response.status == 200 else None
        title = topic.get("title") if isinstance(topic, dict) else None
        return entry.model_copy(update={"topic_title": title}) if isinstance(title, str) else None


def _below(token: str | None, ids: list[int]) -> str | None:
    """The token of the page below; None where there can be none."""
    before = int(token) if token else None
    lowest = min(ids, default=None)
    below = before - STEP if before is not None else 0
    if lowest is not None and (before is None or lowest < before):
        below = lowest
    return str(below) if below > 1 else None
