"""One look at an address, before it becomes a source: what stands there, and how is it to be read?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from crawlers.items import Found
from crawlers.outcome import Outcome
from crawlers.page import Page
from crawlers.platforms.articles.signs import read_page
from crawlers.spiders.base import PollSpider


class LookSpider(PollSpider):
    """One request, nothing landed."""

    name = "look"
    page: Page | None = None

    def load(self, cursor: dict[str, Any]) -> None:
        """There is no cursor yet."""

    async def read(self) -> AsyncIterator[Found]:
        """Sets ``page``; yields nothing. Raises EndRun for an address that is not there or not for us."""
        response = await self.fetch(self.task.url)
        self.stop_on_status(response)
        content_type = (response.headers.get("Content-Type") or b"").decode("latin-1")
        self.page = read_page(response.body, content_type, response.url)
        self.end(Outcome.OK, "")
        # An asynchronous generator, as `start` expects one.
        nothing: tuple[Found, ...] = ()
        for item in nothing:
            yield item
