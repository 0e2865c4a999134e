"""Asking for Bluesky posts again, 25 at a time.

shown      present, perhaps edited; deleted for us where its author no longer wants it read
missing    deleted, if the same answer shows a post that is known to be there; else nothing is known (`removal_doubted`):
           a server that has lost its way answers with an empty list, too
anything else says nothing of any of them
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from pydantic import ValidationError

from crawlers.errors import BudgetSpent, RateLimited, Refused, Unreachable
from crawlers.platforms.bluesky.posts import make_landing
from crawlers.platforms.bluesky.views import POST_URI, post_of, read_answer, read_item, text_of, why_withheld
from crawlers.spiders.base import PollSpider
from ledger import RecheckOutcome
from records import Landing

if TYPE_CHECKING:
    from scrapy.http import Response

BATCH = 25
"""Addresses in one request; the API's maximum. One of them is that of the proof."""

Answer = RecheckOutcome | Landing


class Lookups:
    """The rechecks of one poll. ``proof`` may be set to the address of a post that this poll's lists have shown."""

    def __init__(self, spider: PollSpider, base: str) -> None:
        self._spider = spider
        self._base = base
        self._waiting = [post.lookup for post in spider.task.rechecks if re.fullmatch(POST_URI, post.lookup)]
        self._answers: dict[str, Answer] = {}
        self.proof: str | None = None

    async def ask(self, uri: str) -> Answer:
        """The answer for one post; the next ones are asked for with it. Raises BudgetSpent or RateLimited."""
        if uri not in self._answers and uri in self._waiting:
            start = self._waiting.index(uri)
            batch = list(dict.fromkeys(self._waiting[start : start + BATCH - 1]))
            self._answers.update(await self._look_up(batch))
        return self._answers.get(uri, RecheckOutcome.UNCLEAR)

    async def _look_up(self, batch: list[str]) -> dict[str, Answer]:
        asked = list(dict.fromkeys([*batch, *filter(None, [self.proof])]))
        address = f"{self._base}/xrpc/app.bsky.feed.getPosts?{urlencode([('uris', uri) for uri in asked])}"
        try:
            response = await self._spider.fetch(address)
        except (BudgetSpent, RateLimited):
            raise
        except (Refused, Unreachable):
            return {}
        found = read_answer(response.body, "posts") if response.status == 200 else None
        if found is None:
            return {}
        shown = {uri: item for item in found[0] if (uri := text_of(post_of(item), "uri")) in asked and uri is not None}
        missing = [uri for uri in batch if uri not in shown]
        answers = {uri: self._read(shown[uri], response) for uri in batch if uri in shown}
        if missing and not shown:
            self._spider.tally.remark("removal_doubted", len(missing))
        gone = RecheckOutcome.DELETED if shown else RecheckOutcome.UNCLEAR
        return {**answers, **dict.fromkeys(missing, gone)}

    def _read(self, item: Any, response: Response) -> Answer:
        now = datetime.now(UTC)
        found = read_item(item, now)
        if found is None:
            return RecheckOutcome.UNCLEAR
        if why_withheld(found.view) is not None:
            return RecheckOutcome.DELETED
        capture = self._spider.capture(response, keep_body=False)
        try:
            return make_landing(found.view, item, capture, self._spider.task.source, now, self._spider.tally)
        except ValidationError:
            return RecheckOutcome.UNCLEAR
