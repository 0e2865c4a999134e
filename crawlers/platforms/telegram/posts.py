"""A message of a Telegram channel -> Post, or the reason why it is none."""

from __future__ import annotations

import re
from datetime import datetime

from config import Source
from crawlers.dates import DateFault, read_date
from crawlers.platforms.telegram.page import Message
from crawlers.tally import Tally
from records import AuthorKind, Post, RawItem, make_post_id

TELEGRAM = "telegram"
"""The platform's word."""
MEDIA_ONLY = "media_only"
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,16}(?:Z|[+-][0-9:]{4,6})?")
"""What the pages write. Anything else is refused, not read as a date in words."""


def why_skipped(message: Message) -> str | None:
    """The reason for which a message is not landed, or None.

    ``service`` (a pin, a new name), ``not_supported`` (shown in the app only), ``media_only`` (no word in it: no media is
    taken, so nothing is left to read).
    """
    if message.service:
        return "service"
    if message.text or message.captions:
        return None
    if message.media:
        return MEDIA_ONLY
    return "not_supported" if message.unsupported else None


def native_id(channel: str, number: int) -> str:
    """``channel/number``, the channel in lower case."""
    return f"{channel.lower()}/{number}"


def post_id(channel: str, number: int) -> str:
    """The id of the post that this message is or would be."""
    return make_post_id(TELEGRAM, native_id(channel, number))


def sent_at(message: Message, now: datetime) -> tuple[datetime | None, DateFault | None]:
    """When the message was sent, or None with the reason why that counts as unknown."""
    if message.time is None or _ISO.fullmatch(message.time) is None:
        return None, DateFault.UNREADABLE
    return read_date(message.time, now)


def make_post(message: Message, source: Source, now: datetime, tally: Tally) -> Post:
    """The post; the author is the channel. Who signed a message is not kept, nor the name of whom it forwards."""
    published, fault = sent_at(message, now)
    if fault is not None:
        tally.remark(fault.value)
    for what, said in (("edited", message.edited), ("forwarded", message.forwarded), ("reply", message.reply)):
        if said:
            tally.remark(what)
    for kind in message.media:
        tally.remark(f"media_{kind}")
    identity = native_id(message.channel, message.number)
    counts = {"views": message.views, "reactions": message.reactions}
    return Post(
        platform=TELEGRAM,
        native_id=identity,
        source=source.id,
        url=f"https://t.me/{identity}",
        author=message.channel,
        author_kind=AuthorKind(source.author_kind),
        text=message.text,
        media_text="\n".join(message.captions),
        hashtags=message.hashtags,
        mentions=message.mentions,
        reply_to=message.reply_to,
        quotes=message.forwards,
        engagement={name: number for name, number in counts.items() if number is not None},
        published_at=published,
        collected_at=now,
    )


def make_raw(message: Message) -> RawItem:
    """The message's own markup, without what it quotes of another, who signed it and whom it forwards."""
    return RawItem(body=message.raw, media_type="text/html")
