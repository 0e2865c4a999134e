"""Asking for statuses again: what a re-read page no longer shows, and those whose age has come.

1. a batch by id      what it shows is there; the rest is asked for one by one, since a batch leaves out for other reasons too
2. one by one         200 is there, 404 and 410 are deletions, everything else says nothing
3. proof              a deletion is believed only if, in the same poll, the same lookup shows a status that is known to be
                      there: a proxy that sends lookups astray, or a server that has just closed, answers 404 to all
4. without proof      the recheck stops and is done again later; what answers so for PATIENCE times is gone

Answers that cannot be used are counted, not failures: the timeline has been read by then.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from crawlers.errors import BudgetSpent, RateLimited, Refused, Unreachable
from crawlers.items import Found, Removal
from crawlers.platforms.mastodon.reader import StatusReader
from crawlers.platforms.mastodon.statuses import id_of, id_order, read_status
from crawlers.platforms.mastodon.watch import Watch
from crawlers.spiders.base import PollSpider

if TYPE_CHECKING:
    from scrapy.http import Response

ASKED = 200
"""Statuses asked for in one poll: ten batches of 20."""
BATCH = 20
"""Ids in one lookup; what Mastodon's own clients send."""


class Recheck:
    """The recheck of one poll."""

    def __init__(self, spider: PollSpider, watch: Watch, reader: StatusReader, base: str) -> None:
        self._spider = spider
        self._watch = watch
        self._reader = reader
        self._base = base
        self._there: list[str] = []
        self._proven: bool | None = None

    async def read(self, wanted: list[str], there: Collection[str]) -> AsyncIterator[Found]:
        """Asks for the wanted; ``there``: statuses that this poll's pages have shown."""
        now = datetime.now(UTC)
        # The oldest shown is the least likely to have been deleted since.
        self._there = sorted(there, key=id_order)[:1]
        asked = [status_id for status_id in wanted if self._watch.may_ask(status_id, now)][:ASKED]
        try:
            for start in range(0, len(asked), BATCH):
                async for item in self._batch(asked[start : start + BATCH]):
                    yield item
                if self._proven is False:
                    return
        except (BudgetSpent, RateLimited):
            raise
        except (Refused, Unreachable) as exc:
            self._spider.tally.remark("recheck_failed")
            self._spider.say(f"the recheck stopped: {exc}")

    async def _batch(self, batch: list[str]) -> AsyncIterator[Found]:
        shown, response = await self._look_up(batch)
        gone: list[str] = []
        if response is not None:
            for item in self._show(shown, response):
                yield item
        for status_id in batch:
            if status_id in shown:
                continue
            response = await self._ask(status_id)
            found = _json(response)
            if response.status in (404, 410):
                gone.append(status_id)
            elif response.status == 200 and id_of(found) == status_id:
                self._proven = True
                for item in self._show({status_id: found}, response):
                    yield item
            else:
                self._unclear(status_id)
        for item in await self._judge(gone):
            yield item

    async def _look_up(self, batch: list[str]) -> tuple[dict[str, Any], Response | None]:
        """Those of the batch that the server still shows; none where it has no such lookup (before Mastodon 4.3)."""
        response = await self._spider.fetch(
            f"{self._base}/api/v1/statuses?{urlencode([('id[]', key) for key in batch])}"
        )
        found = _json(response) if response.status == 200 else None
        if not isinstance(found, list):
            return {}, None
        return {key: item for item in found if (key := id_of(item)) in batch and key is not None}, response

    async def _ask(self, status_id: str) -> Response:
        return await self._spider.fetch(f"{self._base}/api/v1/statuses/{quote(status_id, safe='')}")

    def _show(self, shown: dict[str, Any], response: Response) -> list[Found]:
        """Rechecked statuses land like others (an edit becomes a revision) but do not widen the span that was read."""
        now = datetime.now(UTC)
        self._there += shown
        capture = self._spider.capture(response, keep_body=False)
        items = [self._reader.read(raw, read_status(raw), capture, now) for raw in shown.values()]
        for status_id in shown:
            self._watch.checked(status_id, now)
        return [item for item in items if item is not None]

    async def _judge(self, gone: list[str]) -> list[Found]:
        if not gone:
            return []
        if self._proven is None:
            self._proven = await self._prove()
        if self._proven:
            return [self._remove(status_id) for status_id in gone]
        self._spider.tally.remark("removal_doubted", len(gone))
        self._spider.say(f"{len(gone)} statuses are not found, nor is one that is known to be there: not believed")
        now = datetime.now(UTC)
        return [self._remove(status_id) for status_id in gone if self._watch.unclear(status_id, now)]

    async def _prove(self) -> bool:
        """Whether the lookup that says "not found" finds a status that is there."""
        if not self._there:
            return False
        response = await self._ask(self._there[0])
        return response.status == 200 and id_of(_json(response)) == self._there[0]

    def _remove(self, status_id: str) -> Removal:
        post_id = self._watch.post_id(status_id)
        assert post_id is not None, "only watched statuses are asked for"
        self._watch.drop(status_id)
        self._spider.tally.remark("removed")
        return Removal(post_id, datetime.now(UTC))

    def _unclear(self, status_id: str) -> None:
        self._spider.tally.remark("recheck_unknown")
        if self._watch.unclear(status_id, datetime.now(UTC)):
            self._spider.tally.remark("recheck_given_up")
            self._watch.drop(status_id)


def _json(response: Response) -> Any:
    try:
        return json.loads(response.body)
    except (ValueError, RecursionError):
        return None
