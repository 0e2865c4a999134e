"""Asking for Bluesky posts again, 25 at a time.

shown      present, perhaps edited; deleted for us where its author no longer wants it read
missing    deleted, if the same answer shows a post that is known to be there; else nothing is known (`removal_doubted`):
           a server that has lost its way answers with an empty list, too
anything else says nothing of any of them
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from pydantic import ValidationError

from crawlers.platforms.bluesky.posts import make_landing
from crawlers.platforms.bluesky.views import POST_URI, post_of, read_answer, read_item, text_of, why_withheld
from crawlers.rechecking import Answer
from crawlers.spiders.base import PollSpider
from crawlers.task import RecheckOf
from ledger import RecheckOutcome

if TYPE_CHECKING:
    from scrapy.http import Response

BATCH = 25
"""Addresses in one request; the API's maximum. One of them is that of the proof."""


class Lookups:
    """The rechecks of one poll. ``proof`` may be set to the address of a post that this poll's lists have shown."""

    def __init__(self, spider: PollSpider, base: str) -> None:
        self._spider = spider
        self._base = base
        self.proof: str | None = None

    async def ask(self, posts: Sequence[RecheckOf]) -> dict[str, Answer]:
        """The answers for up to BATCH - 1 posts, by post_id. May raise any of crawlers.errors."""
        batch = list(dict.fromkeys(post.lookup for post in posts if re.fullmatch(POST_URI, post.lookup)))
        found = await self._look_up(batch) if batch else {}
        return {post.post_id: found.get(post.lookup, RecheckOutcome.UNCLEAR) for post in posts}

    async def _look_up(self, batch: list[str]) -> dict[str, Answer]:
        asked = list(dict.fromkeys([*batch, *filter(None, [self.proof])]))
        address = f"{self._base}/xrpc/app.bsky.feed.getPosts?{urlencode([('uris', uri) for uri in asked])}"
        response = await self._spider.fetch(address)
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
