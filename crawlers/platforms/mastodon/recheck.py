"""Asking for statuses again: what a re-read page no longer shows, and those whose age has come.

1. shown on a page of this poll   present, without a request
2. a batch by id                  what it shows is there, perhaps edited; deleted for us where its author no longer wants it
                                  read. It leaves out statuses for other reasons than deletion, so
3. one by one                     200 is there, 404 and 410 are deletions, everything else says nothing
4. proof                          "not found" is believed only if, in the same poll, the same lookup shows a status that is
                                  known to be there (shared/existence.py); never where the server says that it hides
                                  statuses from visitors
A lookup of another server than the source's says nothing: the entry has moved, and the id means nothing where it is now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from crawlers.errors import BudgetSpent, RateLimited, Refused, Unreachable
from crawlers.platforms.mastodon.access import Access
from crawlers.platforms.mastodon.reader import StatusReader
from crawlers.platforms.mastodon.recent import parse_lookup
from crawlers.platforms.mastodon.statuses import id_of
from crawlers.platforms.shared.answers import read_json
from crawlers.platforms.shared.existence import Existence
from crawlers.rechecking import Answer
from crawlers.spiders.base import PollSpider
from crawlers.task import RecheckOf
from ledger import RecheckOutcome

if TYPE_CHECKING:
    from scrapy.http import Response

BATCH = 20
"""Ids in one lookup: Mastodon refuses more (422), Pleroma takes 100."""
SINGLES = 100
"""Requests for one status each, in a poll: a server without lookups by many ids has no five times as many to spare."""


class Lookups:
    """The rechecks of one poll. ``access`` says how this server is asked."""

    def __init__(self, spider: PollSpider, reader: StatusReader, base: str, server: str) -> None:
        self._spider = spider
        self._reader = reader
        self._base = base
        self._server = server
        self._existence = Existence(spider.tally)
        self._has_batch = True
        self._singles = 0

    def listed(self, status_id: str) -> None:
        """A page of this poll shows the status: of those the oldest is given last."""
        self._existence.listed(status_id)

    def is_shown(self, post: RecheckOf) -> bool:
        """Whether a page of this poll has shown it."""
        return parse_lookup(post.lookup, self._server) in self._reader.shown

    async def ask(self, posts: Sequence[RecheckOf], access: Access) -> dict[str, Answer]:
        """The answers for up to BATCH posts, by post_id. May raise any of crawlers.errors."""
        answers: dict[str, Answer] = {}
        wanted: dict[str, str] = {}
        for post in posts:
            status_id = parse_lookup(post.lookup, self._server)
            shown = self._reader.shown.get(status_id) if status_id is not None else None
            if status_id is None:
                self._spider.tally.remark("recheck_elsewhere")
                answers[post.post_id] = RecheckOutcome.UNCLEAR
            elif shown is not None:
                answers[post.post_id] = shown
            else:
                wanted[status_id] = post.post_id
        if wanted and self._singles >= SINGLES:
            raise BudgetSpent("rechecks", SINGLES)
        found = await self._look_up(list(wanted), access)
        for status_id, post_id in wanted.items():
            answers[post_id] = found[status_id] if status_id in found else await self._ask(status_id, access)
        return answers

    async def _look_up(self, batch: list[str], access: Access) -> Mapping[str, Answer]:
        """Those of the batch that the server shows; none where it has no such lookup (before Mastodon 4.3)."""
        if len(batch) < 2 or not self._has_batch:
            return {}
        address = f"{self._base}/api/v1/statuses?{urlencode([(access.ids, key) for key in batch])}"
        response = await self._spider.fetch(address)
        found = read_json(response) if response.status == 200 else None
        if not isinstance(found, list):
            self._has_batch = False
            return {}
        shown = {key: item for item in found if (key := id_of(item)) is not None and key in batch}
        for key in list(shown)[:1]:
            self._existence.listed(key)
        return {key: self._reread(item, response) for key, item in shown.items()}

    async def _ask(self, status_id: str, access: Access) -> Answer:
        try:
            if not self._existence.is_doubted:
                response = await self._fetch(status_id)
                found = read_json(response)
                if response.status == 200 and id_of(found) == status_id:
                    self._existence.answered()
                    return self._reread(found, response)
                if response.status not in (404, 410) or access.hides:
                    return RecheckOutcome.UNCLEAR
            return await self._existence.judge_missing(self._finds)
        except (BudgetSpent, RateLimited):
            raise
        except (Refused, Unreachable):
            return RecheckOutcome.UNCLEAR

    def _reread(self, item: Any, response: Response) -> Answer:
        """Rechecked statuses land like others (an edit becomes a revision) but do not widen the span that was read."""
        return self._reader.reread(item, self._spider.capture(response, keep_body=False), datetime.now(UTC))

    async def _finds(self, status_id: str) -> bool:
        response = await self._fetch(status_id)
        return response.status == 200 and id_of(read_json(response)) == status_id

    async def _fetch(self, status_id: str) -> Response:
        self._singles += 1
        return await self._spider.fetch(f"{self._base}/api/v1/statuses/{quote(status_id, safe='')}")
