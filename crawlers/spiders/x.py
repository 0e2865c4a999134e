"""A search over the posts of the last seven days at X, by the X API v2. Keyed and paid; counts money.

1. search     tweets/search/recent from `since_id` on, newest first; at first of all seven days, as far as limits.money goes.
              What is read again to catch late posts was published on this UTC day: what was read on it is not charged twice.
              For that reason a search that a cap or a fault cuts short is walked again from the top on the same day, and no
              more on the next: then it begins where it was cut short last (`bought_to`), and what lies below stays unread
2. rechecks   tweets by id; only what the API says is not found counts as deleted. An edit gets an id of its own: the post
              keeps its first one, and its newest wording is asked for

Before each call there must be money for the most posts that it can bring; BudgetSpent else. Repetitions (retweets) are
left out by the query, since they cost like posts. The key goes in the header Authorization.

Tested over HTTP against hand-made answers after the documented shape (tests/crawlers/keyed/x.py), never against X
itself: `daymark sources check` is an operator's look at the live API, with their key.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from crawlers.errors import EndRun
from crawlers.outcome import Outcome
from crawlers.platforms.keyed.budgets import Money
from crawlers.platforms.keyed.items import Page, Read, read_token
from crawlers.platforms.keyed.lists import FARTHEST, load_moment
from crawlers.platforms.keyed.spider import KeyedSpider
from crawlers.platforms.x.posts import FIELDS, X, first_id_at, make_x_post, read_x_post, why_skipped

if TYPE_CHECKING:
    from scrapy.http import Response

LEAST, PAGE = 10, 100
"""Posts a page: the API's bounds."""
LATE = timedelta(minutes=2)
"""For posts that the search shows late: read again at the cost of a few posts, where that is not free."""


class XSpider(KeyedSpider):
    """One poll of a search."""

    name = "x"
    platform = X
    absent_is_gone = False
    goes_on = False
    """What the money of the first run does not buy of the week before it would eat up that of the days to come."""

    def make_budget(self, stored: Any) -> Money:
        """See KeyedSpider."""
        limits = self.task.source.limits
        self._money = Money(stored, limits.money or 0.0, limits.money_month or 0.0, self.task.started)
        return self._money

    def load_covered_to(self, cursor: dict[str, Any]) -> datetime | None:
        """See KeyedSpider. ``bought_to`` in the cursor: when a search was begun that was cut short."""
        covered, bought = super().load_covered_to(cursor), load_moment(cursor.get("bought_to"))
        if bought is None or bought.date() >= self.task.started.date():
            return covered
        return bought if covered is None else max(covered, bought)

    @property
    def floor(self) -> datetime:
        """Where the last reading ended, or further back where that is free; at first as far as the search goes."""
        started, overlap = self.task.started, self.task.source.overlap
        midnight = started.replace(hour=0, minute=0, second=0, microsecond=0)
        free = max(started - overlap, midnight)
        known = min(self._covered_to - LATE, free) if self._covered_to is not None else super().floor
        # The search refuses an id older than its seven days.
        return max(known, started - FARTHEST + timedelta(minutes=5))

    @property
    def batch(self) -> int:
        """As many as can be paid for, and one that is known to be there."""
        return max(1, min(PAGE, self._money.left()) - 1)

    async def page(self, name: str, token: str | None) -> Page:  # noqa: ARG002
        """See KeyedSpider."""
        params = {
            "query": f"({self.task.source.target}) -is:retweet",
            "since_id": first_id_at(self.floor),
            # A check looks at a few; a poll reads all.
            "max_results": str(self._money.afford(LEAST, LEAST if self.task.mode == "check" else PAGE)),
            **({"next_token": token} if token else {}),
        }
        found, items, response = await self._call("tweets/search/recent", params)
        meta = found.get("meta")
        meta = meta if isinstance(meta, dict) else {}
        if not items and meta.get("result_count") == 0:
            self.nothing_is_an_answer = True
        read = [read_x_post(item) for item in items]
        moments = [post.created_at if post is not None else None for post in read]
        return Page(items, moments, read_token(meta.get("next_token")), response)

    def read_item(self, item: Any, now: datetime) -> Read | None:
        """See KeyedSpider."""
        post = read_x_post(item)
        if post is None:
            return None
        reason = why_skipped(post)
        if reason is not None:
            return Read(post.native_id, skipped=reason)
        return Read(post.native_id, make_x_post(post, self.task.source, now, self.tally))

    async def look_up(self, ids: Sequence[str]) -> tuple[dict[str, Any], set[str], Response]:
        """See KeyedSpider."""
        found, items, response = await self._posts(ids)
        gone = {key for key in ids if key in _not_found(found)}
        newest = {key: raw for raw in items if (key := _native_id(raw)) is not None}
        edited = [post.newest_id for post in map(read_x_post, items) if post is not None and post.newest_id != post.id]
        if edited:
            _, items, response = await self._posts(edited)
            newest |= {key: raw for raw in items if (key := _native_id(raw)) is not None}
        return newest, gone, response

    def conclude(self) -> None:
        """Writes down, beside the rest, from when on nothing is to be bought again on another day."""
        started = self.task.started.isoformat()
        if self._covered_to is not None:
            self.cursor["covered_to"] = self._covered_to.isoformat()
        super().conclude()
        if self.cursor.get("covered_to") == started:
            self.cursor.pop("bought_to", None)
        elif self.shown:
            self.cursor["bought_to"] = started

    async def _posts(self, ids: Sequence[str]) -> tuple[dict[str, Any], list[Any], Response]:
        self._money.afford(len(ids), len(ids))
        return await self._call("tweets", {"ids": ",".join(ids)})

    async def _call(self, path: str, params: dict[str, str]) -> tuple[dict[str, Any], list[Any], Response]:
        """One call whose most was afforded; counts what it brought. Raises EndRun."""
        response = await self.ask(
            f"{self.api}/2/{path}",
            {**params, "tweet.fields": FIELDS},
            headers={"Authorization": f"Bearer {self.keys[0]}"},
            once=True,
        )
        if response.status == 402:
            raise EndRun(Outcome.BLOCKED, "X says that there is no credit left (HTTP 402)")
        self.stop_on_status(response)
        found = self.json_of(response)
        items = found.get("data", [])
        if not isinstance(items, list):
            raise EndRun(Outcome.FAILED, "data is no list: not the API as we know it")
        self._money.count(str(raw.get("id")) for raw in items if isinstance(raw, dict))
        return found, items, response


def _native_id(raw: Any) -> str | None:
    post = read_x_post(raw)
    return post.native_id if post is not None else None


def _not_found(found: dict[str, Any]) -> set[str]:
    errors = found.get("errors")
    return {
        str(error.get("value"))
        for error in (errors if isinstance(errors, list) else ())
        if isinstance(error, dict) and str(error.get("type", "")).endswith("/resource-not-found")
    }
