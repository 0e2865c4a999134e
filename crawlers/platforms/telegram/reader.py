"""The messages of a preview's pages: landed, rejected, or left alone under a reason; each counted once a run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pydantic import ValidationError

from crawlers.items import Rejection, Removal
from crawlers.platforms.telegram.page import Message, Page
from crawlers.platforms.telegram.posts import (
    MEDIA_ONLY,
    make_post,
    make_raw,
    native_id,
    post_id,
    sent_at,
    why_skipped,
)
from crawlers.spiders.base import PollSpider
from records import Capture, Landing

if TYPE_CHECKING:
    from scrapy.http import Response


class MessageReader:
    """Reads the pages of one poll. ``name``: the channel as its messages name it, at first as the source does.

    ``known``: numbers that earlier polls have landed; one that has lost its words is taken out.
    """

    def __init__(self, spider: PollSpider, name: str, known: set[int]) -> None:
        self._spider = spider
        self.name = name
        self._known = known
        self.dates: dict[int, datetime | None] = {}
        """Every message that was shown, by its number, and when it was sent."""
        self._strange: set[bytes] = set()
        self.landed: set[int] = set()
        self.written: set[int] = set()
        """Those of them that have a text: the pages are built as we know them."""
        self.last: set[int] = set()
        """The numbers on the page that was read last."""

    def read(self, page: Page, response: Response) -> Iterator[Landing | Rejection | Removal]:
        """What becomes of a page's messages."""
        tally = self._spider.tally
        whole = not page.odd and all(why_skipped(found) is None and not found.has_others for found in page.messages)
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
                    continue
                tally.drop(reason)
                if reason == MEDIA_ONLY and found.number in self._known and self._has_words(page):
                    self._known.discard(found.number)
                    yield Removal(post_id(self.name, found.number), datetime.now(UTC))

    def land(self, message: Message, capture: Capture) -> Landing | Rejection:
        """The message as an item; rejected where nothing in it can be read."""
        if not (message.text or message.captions):
            return Rejection("no_text", message.raw)
        try:
            post = make_post(message, self._spider.task.source, datetime.now(UTC), self._spider.tally)
        except ValidationError:
            return Rejection("invalid", message.raw)
        self.landed.add(message.number)
        self.written |= {message.number} if message.written else set()
        lookup = native_id(message.channel, message.number)
        return Landing(post=post, raw=make_raw(message), capture=capture, lookup=lookup)

    def _has_words(self, page: Page) -> bool:
        """Whether some message has a text: else the page may be built otherwise by now, and none has lost its words."""
        return bool(self.written) or any(found.written for found in page.messages)
