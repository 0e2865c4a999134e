"""Asking for single messages of a Telegram channel again, by the page that shows one alone.

shown          present; it lands as it now reads
a picture only a deletion: its author has taken the words back; if the same lookup shows a message that has some
not found      "Post not found", 404, 410: a deletion, if the same lookup shows a message that is known to be there; else it
               says nothing, for a server in trouble may not find any
no channel     "Channel with username … not found": gone, nobody can say more
anything else  unclear
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crawlers.platforms.telegram.page import Message, Page, read_page
from crawlers.platforms.telegram.posts import MEDIA_ONLY, why_skipped
from crawlers.platforms.telegram.reader import MessageReader
from crawlers.robots_tag import header_refuses
from crawlers.spiders.base import PollSpider
from ledger import RecheckOutcome
from records import Landing

if TYPE_CHECKING:
    from scrapy.http import Response

_LOOKUP = re.compile(r"([A-Za-z][A-Za-z0-9_]{2,63})/([0-9]{1,15})")


def parse_lookup(lookup: str) -> tuple[str, int] | None:
    """Channel and number of ``channel/number``; None for anything else."""
    match = _LOOKUP.fullmatch(lookup)
    return (match[1].lower(), int(match[2])) if match else None


class SinglePages:
    """The single pages of one poll. ``base``: scheme and host; ``reader``: knows what this poll's pages have shown."""

    def __init__(self, spider: PollSpider, base: str, reader: MessageReader) -> None:
        self._spider = spider
        self._base = base
        self._reader = reader
        self._proven: bool | None = None
        self._shows_words: bool | None = None

    async def ask(self, channel: str, number: int) -> RecheckOutcome | Landing:
        """What became of one message. May raise any of crawlers.errors."""
        page, response = await self._fetch(channel, number)
        message = _find(page, channel, number)
        if message is not None:
            self._proven = True
            if message.written:
                self._shows_words = True
            return await self._judge(message, page, response)
        error = page.error.lower()
        if error.startswith("channel") and error.endswith("not found"):
            return RecheckOutcome.GONE
        if response.status not in (404, 410) and error != "post not found":
            return RecheckOutcome.UNCLEAR
        if await self._is_proven():
            return RecheckOutcome.DELETED
        self._spider.tally.remark("removal_doubted")
        return RecheckOutcome.UNCLEAR

    async def _fetch(self, channel: str, number: int) -> tuple[Page, Response]:
        response = await self._spider.fetch(f"{self._base}/{channel}/{number}?embed=1")
        return read_page(response.body) if response.status == 200 else Page(), response

    async def _is_proven(self) -> bool:
        """Whether the lookup finds what this poll's pages have shown; the oldest of it is the least likely to have gone."""
        if self._proven is None:
            self._proven = False
            if self._reader.landed:
                channel, number = self._reader.name, min(self._reader.landed)
                page, _ = await self._fetch(channel, number)
                self._proven = _find(page, channel, number) is not None
        return self._proven

    async def _show_words(self) -> bool:
        """Whether the lookup shows the text of a message that has one; asked once."""
        if self._shows_words is None:
            self._shows_words = False
            if self._reader.written:
                channel, number = self._reader.name, min(self._reader.written)
                page, _ = await self._fetch(channel, number)
                message = _find(page, channel, number)
                self._shows_words = message is not None and message.written
        return self._shows_words

    async def _judge(self, message: Message, page: Page, response: Response) -> RecheckOutcome | Landing:
        headers = (value.decode("latin-1") for value in response.headers.getlist("X-Robots-Tag"))
        if page.refusal or header_refuses(headers):
            # Pages made for embedding may refuse search engines for all messages alike: that is no deletion, and no word
            # is taken from them.
            return RecheckOutcome.PRESENT
        reason = why_skipped(message)
        if reason == MEDIA_ONLY:
            if await self._show_words():
                return RecheckOutcome.DELETED
            self._spider.tally.remark("removal_doubted")
            return RecheckOutcome.UNCLEAR
        if reason is not None:
            return RecheckOutcome.PRESENT
        found = self._reader.land(message, self._spider.capture(response, keep_body=not message.has_others))
        return found if isinstance(found, Landing) else RecheckOutcome.UNCLEAR


def _find(page: Page, channel: str, number: int) -> Message | None:
    wanted = (channel, number)
    return next((message for message in page.messages if (message.channel, message.number) == wanted), None)
