"""What authors want, asked of the public AppView: labels on accounts are not in the stream.

known     what was asked for in this run, in its memory only
unknown   an account that the AppView does not show (switched off, taken down, or too new): its post is refused, and it is
          asked for again with its next one
no answer nothing lands: the run ends, and the stream is read again from there once the AppView answers
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from time import monotonic
from typing import Any
from urllib.parse import urlencode

from pydantic import ValidationError

from crawlers.errors import EndRun, Unreachable
from crawlers.outcome import Outcome
from crawlers.platforms.bluesky.views import Author, read_answer
from crawlers.spiders.base import PollSpider

BATCH = 25
"""Accounts in one request; the API's maximum."""
MEMORY = 3 * 3600.0
"""Seconds that an answer holds in a run that takes longer than the usual ten minutes: who withdraws is heeded within hours."""
MOST = 50_000
"""Accounts remembered: some 20 MB."""


class Authors:
    """The accounts that one run has asked for."""

    def __init__(self, spider: PollSpider, base: str) -> None:
        self._spider = spider
        self._base = base
        self._known: OrderedDict[str, tuple[float, Author]] = OrderedDict()

    async def look_up(self, dids: Iterable[str]) -> dict[str, Author]:
        """Those of the accounts that the AppView shows, with their labels.

        Raises EndRun where it refuses us, Unreachable where it does not answer, and what else `fetch` raises.
        """
        wanted = list(dict.fromkeys(dids))
        for did in wanted:
            if did in self._known and self._known[did][0] < monotonic():
                del self._known[did]
        asked = [did for did in wanted if did not in self._known]
        for start in range(0, len(asked), BATCH):
            for author in await self._ask(asked[start : start + BATCH]):
                self._known[author.did] = (monotonic() + MEMORY, author)
        found = {did: self._known[did][1] for did in wanted if did in self._known}
        while len(self._known) > MOST:
            self._known.popitem(last=False)
        return found

    async def _ask(self, dids: list[str]) -> list[Author]:
        query = urlencode([("actors", did) for did in dids])
        response = await self._spider.fetch(f"{self._base}/xrpc/app.bsky.actor.getProfiles?{query}")
        if response.status == 400:
            # One name that the server does not like must not speak for the other 24.
            return [author for did in dids for author in await self._ask([did])] if len(dids) > 1 else []
        if response.status in (401, 403, 407, 451):
            raise EndRun(
                Outcome.BLOCKED, f"{self._base} refuses to show authors (HTTP {response.status}): none is read"
            )
        found = read_answer(response.body, "profiles") if response.status == 200 else None
        if found is None:
            raise Unreachable(f"{self._base} does not answer for authors as an AppView does (HTTP {response.status})")
        return [author for item in found[0] if (author := _read(item)) is not None and author.did in dids]


def _read(profile: Any) -> Author | None:
    try:
        return Author.model_validate(profile)
    except ValidationError:
        return None
