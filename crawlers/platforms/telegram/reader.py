"""The messages of a preview's pages: landed, rejected, or left alone under a reason; each counted once a run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pydantic import ValidationError

from crawlers.items import Rejection
from crawlers.platforms.telegram.page import Message, Page
from crawlers.platforms.telegram.posts import make_post, make_raw, native_id, sent_at, why_skipped
from crawlers.spiders.base import PollSpider
from records import Capture, Landing

if TYPE_CHECKING:
    from scrapy.http import Response


class MessageReader:
    """Reads the pages of one poll. ``name``: the channel as its messages name it, at first as the source does."""

    def __init__(self, spider: PollSpider, name: str) -> None:
        self._spider = spider
        self.name = name
        self.dates: dict[int, datetime | None] = {}
        """Every message that was shown, by its number, and when it was sent."""
        self._strange: set[bytes] = set()
        self.landed: set[int] = set()
        self.last: set[int] = set()
        """The numbers on the page that was read last."""

    def read(self, page: Page, response: Response) -> Iterator[Landing | Rejection]:
        """What becomes of a page's messages."""
        tally = self._spider.tally
        whole = not page.odd and all(why_skipped(found) is None and not found.reply for found in page.messages)
        capture = self._spider.capture(response, keep_body=whole)
        if page.messages:
            # A channel can have several names; its messages bear the first of them.
            self.name = page.messages[0].channel
        self.last = {found.number for found in page.messages if found.channel == self.name}
        strange = [*page.odd, *(found.raw for found in page.messages if found.channel != self.name)]
        for body in dict.fromkeys(strange):
            if body not in self._strange:
                self._strange.add(body)
                tally.see()
                yield Rejection("bad_shape", body)
        for found in page.messages:
            if found.channel == self.name and found.number not in self.dates:
                tally.see()
                self.dates[found.number] = sent_at(found, self._spider.task.started)[0]
                reason = why_skipped(found)
                if reason is None:
                    yield self.land(found, capture)
                else:
                    tally.drop(reason)

    def land(self, message: Message, capture: Capture) -> Landing | Rejection:
        """The message as an item; rejected where nothing in it can be read."""
        if not (message.text or message.captions):
            return Rejection("no_text", message.raw)
        try:
            post = make_post(message, self._spider.task.source, datetime.now(UTC), self._spider.tally)
        except ValidationError:
            return Rejection("invalid", message.raw)
        self.landed.add(message.number)
        lookup = native_id(message.channel, message.number)
        return Landing(post=post, raw=make_raw(message), capture=capture, lookup=lookup)
