"""Submissions and comments of a subreddit, by Reddit's API. Keyed: only for an app that Reddit has approved.

Without one the feed spider reads `https://www.reddit.com/r/NAME/.rss` (25 entries, mostly refused to cloud addresses).

1. token      a POST with id and secret of the app, for each poll; it is kept nowhere
2. lists      /r/NAME/new and /r/NAME/comments, newest first, to about 1,000 deep; half of limits.pages for each
3. rechecks   /api/info by full name, 99 a call; deletions and removals are flagged there

Tested over HTTP against hand-made answers after the documented shape (tests/crawlers/keyed/reddit.py), never against Reddit
itself: `daymark sources check` is an operator's look at the live API, with their key.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from crawlers.errors import EndRun
from crawlers.outcome import Outcome
from crawlers.platforms.keyed.items import Page, Read, read_token
from crawlers.platforms.keyed.redaction import basic
from crawlers.platforms.keyed.spider import KeyedSpider
from crawlers.platforms.reddit.things import (
    REDDIT,
    is_emptied,
    make_thing_post,
    name_of,
    own_part,
    read_thing,
    why_skipped,
)
from crawlers.urls import host_of

if TYPE_CHECKING:
    from scrapy.http import Response

PAGE = 100
"""Things a page; the API's maximum."""


class RedditSpider(KeyedSpider):
    """One poll of a subreddit."""

    name = "reddit"
    platform = REDDIT
    batch = PAGE - 1  # and one that is known to be there
    lists = ("new", "comments")
    depth = 900
    """Reddit cuts every list at about 1,000."""

    def load(self, cursor: dict[str, Any]) -> None:
        """Nothing of its own."""
        super().load(cursor)
        self._token = ""

    async def prepare(self) -> None:
        """Fetches the token."""
        proof = basic(*self.keys)
        self.redactor.add(proof.removeprefix("Basic "))
        # The token comes from another host than the data.
        giver = "https://www.reddit.com" if host_of(self.api) == "oauth.reddit.com" else self.api
        form = {"grant_type": "client_credentials"}
        response = await self.ask(f"{giver}/api/v1/access_token", {}, headers={"Authorization": proof}, form=form)
        if response.status in (400, 401, 403):
            raise EndRun(Outcome.BLOCKED, f"Reddit refuses the app's id or secret (HTTP {response.status})")
        self.stop_on_status(response)
        token = self.json_of(response).get("access_token")
        if not (isinstance(token, str) and 8 <= len(token) <= 4000 and token.isascii() and token.isprintable()):
            raise EndRun(Outcome.BLOCKED, "Reddit gives no token")
        self._token = token
        self.redactor.add(token)

    async def page(self, name: str, token: str | None) -> Page:
        """See KeyedSpider."""
        params = {"limit": str(PAGE), "raw_json": "1", **({"after": token} if token else {})}
        items, following, response = await self._listing(f"r/{self.task.source.target}/{name}", params)
        read = [read_thing(item) for item in items]
        moments = [thing.created_utc if thing is not None else None for thing in read]
        return Page(items, moments, following, response)

    def read_item(self, item: Any, now: datetime) -> Read | None:
        """See KeyedSpider."""
        thing = read_thing(item)
        if thing is None:
            return None
        reason = why_skipped(thing)
        if reason is not None:
            return Read(thing.name, skipped=reason[0], gone=reason[1], emptied=is_emptied(thing))
        return Read(thing.name, make_thing_post(thing, self.task.source, now, self.tally))

    def own_part(self, item: Any) -> Any:
        """See KeyedSpider."""
        return own_part(item)

    async def look_up(self, ids: Sequence[str]) -> tuple[dict[str, Any], set[str], Response]:
        """See KeyedSpider."""
        items, _, response = await self._listing("api/info", {"id": ",".join(ids), "raw_json": "1"})
        return {key: raw for raw in items if (key := name_of(raw)) in ids and key is not None}, set(), response

    async def _listing(self, path: str, params: dict[str, str]) -> tuple[list[Any], str | None, Response]:
        """The items of a listing and the name after which the next page begins. Raises EndRun."""
        response = await self.ask(f"{self.api}/{path}", params, headers={"Authorization": f"Bearer {self._token}"})
        if response.status == 404:
            raise EndRun(Outcome.GONE, f"r/{self.task.source.target} is not there (HTTP 404: banned or misspelt)")
        self.stop_on_status(response)
        data = self.json_of(response).get("data")
        items = data.get("children") if isinstance(data, dict) else None
        if not isinstance(data, dict) or not isinstance(items, list):
            raise EndRun(Outcome.FAILED, "this is no listing: not the API as we know it")
        return items, read_token(data.get("after")), response
