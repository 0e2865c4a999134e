"""Walls of communities and people at VK, or a search over public posts, by the VK API. Keyed; calls cost nothing.

1. wall       wall.get, newest first. Its paging counts from the top: posts that are added meanwhile push the others down
              (they are seen twice), posts that are deleted pull them up, so that each page begins some posts before the last
              one's end
2. search     newsfeed.search, newest first, by the token of the page before
3. rechecks   wall.getById, 99 posts a call; flagged or absent is deleted, the latter by the rule of keyed.py

Errors come as HTTP 200 with a number. The key goes in the body of a POST, which no log and no capture holds.

Tested over HTTP against hand-made answers after the documented shape (tests/crawlers/keyed/vk.py), never against VK
itself: `daymark sources check` is an operator's look at the live API, with their key.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from crawlers.errors import EndRun, RateLimited
from crawlers.outcome import Outcome
from crawlers.platforms.keyed.backlog import PlaceLost
from crawlers.platforms.keyed.items import Page, Read, read_token
from crawlers.platforms.keyed.spider import KeyedSpider
from crawlers.platforms.vk.posts import VK, id_of, is_emptied, make_wall_post, own_part, read_wall_post, why_skipped
from crawlers.urls import host_of

if TYPE_CHECKING:
    from scrapy.http import Response

VERSION = "5.199"
"""Of the API; answers keep this version's shape."""
PAGE = 100
"""Posts a page of a wall, the API's maximum; a search has 200."""
PULLED_UP = 10
"""Posts that may be deleted above a page while the next one is asked for."""
_WAITS = {6: timedelta(seconds=30), 9: timedelta(hours=1), 29: timedelta(days=1)}
"""By the number of the error: too many calls a second, too much of the same, the day's share is used up."""
_BLOCKED = {
    5: "the token is refused",
    7: "the token lacks rights",
    15: "access is denied",
    19: "the content is not available to us",
    30: "the page is private",
    203: "access to the community is denied",
}


class VkSpider(KeyedSpider):
    """One poll of a wall or a search."""

    name = "vk"
    platform = VK
    batch = PAGE - 1  # and one that is known to be there

    def load(self, cursor: dict[str, Any]) -> None:
        """A search shows its newest 1,000 posts, however many there are."""
        super().load(cursor)
        self.depth = 900 if (self.task.source.target or "").startswith("search:") else None

    async def page(self, name: str, token: str | None) -> Page:  # noqa: ARG002
        """See KeyedSpider."""
        kind, _, target = (self.task.source.target or "").partition(":")
        found, response = await (self._search(target, token) if kind == "search" else self._wall(target, token))
        items = _items(found)
        read = [read_wall_post(item) for item in items]
        # A pinned post stands above all others, whatever its date.
        moments = [post.date for post in read if post is not None and not post.is_pinned]
        following: str | None
        if kind == "search":
            following = read_token(found.get("next_from")) if isinstance(found, dict) else None
        else:
            following = str(int(token or 0) + PAGE - PULLED_UP) if len(items) >= PAGE else None
        return Page(items, moments, following, response)

    def resume_at(self, token: str) -> str:
        """See KeyedSpider. More may have been deleted between two polls than between two pages; half of a page is new."""
        return str(max(0, int(token) - PAGE // 2)) if token.isdecimal() else token

    def read_item(self, item: Any, now: datetime) -> Read | None:
        """See KeyedSpider."""
        post = read_wall_post(item)
        if post is None:
            return None
        reason = why_skipped(post)
        if reason is not None:
            return Read(post.native_id, skipped=reason, gone=post.is_deleted, emptied=is_emptied(post))
        return Read(post.native_id, make_wall_post(post, self.task.source, now, self.tally))

    def own_part(self, item: Any) -> Any:
        """See KeyedSpider."""
        return own_part(item)

    async def look_up(self, ids: Sequence[str]) -> tuple[dict[str, Any], set[str], Response]:
        """See KeyedSpider."""
        found, response = await self._call("wall.getById", {"posts": ",".join(ids)})
        return {key: raw for raw in _items(found) if (key := id_of(raw)) in ids and key is not None}, set(), response

    async def _wall(self, target: str, token: str | None) -> tuple[Any, Response]:
        if token is not None and not token.isdecimal():
            raise PlaceLost("this is no place on a wall")
        where = "owner_id" if target.lstrip("-").isdigit() else "domain"
        return await self._call("wall.get", {where: target, "count": str(PAGE), "offset": token or "0"})

    async def _search(self, words: str, token: str | None) -> tuple[Any, Response]:
        start = str(int(self.floor.timestamp()))
        more = {"start_from": token} if token else {}
        return await self._call("newsfeed.search", {"q": words, "count": "200", "start_time": start, **more})

    async def _call(self, method: str, params: dict[str, str]) -> tuple[Any, Response]:
        """One call. Raises RateLimited or EndRun for what the API refuses."""
        form = {**params, "v": VERSION, "access_token": self.keys[0]}
        response = await self.ask(f"{self.api}/{method}", {}, headers={}, form=form)
        self.stop_on_status(response)
        found = self.json_of(response)
        if "error" in found:
            self._refuse(found["error"])
        return found.get("response"), response

    def _refuse(self, error: Any) -> None:
        code = error.get("error_code") if isinstance(error, dict) else None
        wait = _WAITS.get(code) if isinstance(code, int) else None
        if wait is not None:
            raise RateLimited(host_of(self.api), datetime.now(UTC) + wait)
        if code == 18:
            raise EndRun(Outcome.GONE, f"{self.task.source.target} was deleted or banned")
        if code in _BLOCKED:
            raise EndRun(Outcome.BLOCKED, f"VK refuses: {_BLOCKED[code]} (error {code})")
        raise EndRun(Outcome.FAILED, f"VK answers with error {code if isinstance(code, int) else '?'}")


def _items(found: Any) -> list[Any]:
    # Before version 5.200 or so, wall.getById answered with a bare list.
    items = found.get("items") if isinstance(found, dict) else found
    if not isinstance(items, list):
        raise EndRun(Outcome.FAILED, "the answer has no list of posts: not the API as we know it")
    return items
