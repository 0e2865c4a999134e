"""Telegram's public pages -> messages. Pure functions: bytes in, records out, no exception for any bytes.

    https://t.me/s/CHANNEL                 the preview: about 20 messages, the oldest first
    https://t.me/s/CHANNEL?before=NUMBER   the page that ends below that number; ?after=NUMBER the page that begins above it
    https://t.me/CHANNEL/NUMBER?embed=1    one message alone, or `.tgme_widget_message_error` ("Post not found"), status 200

Both kinds hold `.tgme_widget_message[data-post="CHANNEL/NUMBER"]` with the parts named below; a preview that has none to show
says `.tme_no_messages_found`, which Telegram also answers to whoever asks too fast. The shape is not published: it is
taken from what other readers of these pages rely on, and what does not have it is returned in ``odd``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import lxml.html
from lxml.etree import LxmlError, XPath, _Element

from crawlers.counts import read_count
from crawlers.robots_tag import meta_refuses
from crawlers.texts import one_line, plain_text, writable

_DATA_POST = re.compile(r"([A-Za-z][A-Za-z0-9_]{2,63})/([0-9]{1,15})")
_LINK = re.compile(r"https?://(?:t|telegram)\.me/(?:s/)?([A-Za-z][A-Za-z0-9_]{2,63})(?:/([0-9]{1,15}))?/?(?:\?single)?")
_COUNT = re.compile(r"\d(?:[\s\d.,'’٬]*\d)?\s?[KMB]?$")
_RESOLVE = re.compile(r"tg://resolve/?\?domain=([A-Za-z][A-Za-z0-9_]{2,63})(?:&.*)?", re.IGNORECASE)
_BY_CLASS = XPath("descendant-or-self::*[contains(concat(' ', normalize-space(@class), ' '), $token)]")

MEDIA = {
    "photo": ("tgme_widget_message_photo_wrap",),
    "video": ("tgme_widget_message_video_player", "tgme_widget_message_roundvideo_player"),
    "voice": ("tgme_widget_message_voice_player", "tgme_widget_message_voice"),
    "document": ("tgme_widget_message_document_wrap", "tgme_widget_message_document"),
    "sticker": ("tgme_widget_message_sticker", "tgme_widget_message_tgsticker", "tgme_widget_message_videosticker"),
    "location": ("tgme_widget_message_location_wrap", "tgme_widget_message_venue_wrap"),
    "contact": ("tgme_widget_message_contact_wrap", "tgme_widget_message_contact"),
    "poll": ("tgme_widget_message_poll",),
    "link_preview": ("tgme_widget_message_link_preview",),
}
"""Kinds of media and the parts by which they are known. None is fetched."""
_BUTTON = "tgme_widget_message_inline_button"
"""Below a message, most often an advert's contact."""
_CAPTIONS = (
    "link_preview_site_name",
    "link_preview_title",
    "link_preview_description",
    "tgme_widget_message_document_title",
    _BUTTON,
    *MEDIA["location"],
    *MEDIA["contact"],
)
_OF_OTHERS = (
    "tgme_widget_message_reply",
    "tgme_widget_message_forwarded_from",
    "tgme_widget_message_forwarded_from_name",
    "tgme_widget_message_forwarded_from_author",
    "tgme_widget_message_from_author",
)
"""What a message quotes, whom it forwards, who signed it: nothing of these is kept, so that erasing them finds nothing."""
_FRAME = ("tgme_channel_history", "tgme_channel_info", "tgme_widget_message", "tgme_widget_message_error")
_LINKS = 20
"""Hidden links kept of one message: more is a list of links, not an advert's contact."""


@dataclass(frozen=True)
class Message:
    """One message. ``channel`` is in lower case: names differ in no other way; ``number`` is its own within the channel.

    ``raw``: its markup without the parts of others; ``has_others``: whether it had some.
    """

    channel: str
    number: int
    raw: bytes
    has_others: bool = False
    service: bool = False
    text: str = ""
    written: bool = False
    """Whether that stands where texts do: a poll's stands elsewhere."""
    captions: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    unsupported: bool = False
    time: str | None = None
    edited: bool = False
    forwarded: bool = False
    reply: bool = False
    reply_to: str | None = None
    """CHANNEL/NUMBER of the message that it answers, and below that of the one it forwards, where the page links to it."""
    forwards: str | None = None
    mentions: tuple[str, ...] = ()
    views: int | None = None
    reactions: int | None = None


@dataclass(frozen=True)
class Page:
    """What a page shows. ``known``: it is built as these pages are; ``error``: why it shows no message, in its own words."""

    messages: tuple[Message, ...] = ()
    odd: tuple[bytes, ...] = ()
    known: bool = False
    error: str = ""
    refusal: str | None = None


def read_page(body: bytes) -> Page:
    """Reads a preview or the page of one message; an empty Page of bytes that are no page."""
    try:
        parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
        page = lxml.html.document_fromstring(writable(body.decode("utf-8", "replace")).encode(), parser=parser)
    except (LxmlError, ValueError, AssertionError):
        return Page()
    messages: list[Message] = []
    odd: list[bytes] = []
    for element in _find(page, "tgme_widget_message"):
        message = _read_message(element)
        if message is None:
            odd.append(_markup(element).encode("utf-8", "replace"))
        else:
            messages.append(message)
    for wrap in _find(page, "tgme_widget_message_wrap"):
        if not _find(wrap, "tgme_widget_message") and not _find(wrap, "tme_no_messages_found"):
            odd.append(_markup(wrap).encode("utf-8", "replace"))
    return Page(
        messages=tuple(messages),
        odd=tuple(odd),
        known=any(_find(page, name) for name in _FRAME),
        error=_line(page, "tgme_widget_message_error"),
        refusal=meta_refuses(page),
    )


def parse_count(text: str) -> int | None:
    """``1.2K`` is 1200: the pages round. The number at the text's end, behind a reaction's sign; None where there is none."""
    match = _COUNT.search(text.strip())
    return read_count(match[0], billions=True) if match else None


def _read_message(element: _Element) -> Message | None:
    """None for one that does not say which it is."""
    named = _DATA_POST.fullmatch(element.get("data-post") or "")
    if named is None:
        return None
    answered = next(filter(None, map(_message_linked, _find(element, "tgme_widget_message_reply"))), None)
    forwards = next(filter(None, map(_message_linked, _find(element, "tgme_widget_message_forwarded_from_name"))), None)
    others = {name: [part for part in _find(element, name) if part is not element] for name in _OF_OTHERS}
    for part in (part for parts in others.values() for part in parts):
        if part.getparent() is not None:
            part.drop_tree()
    body = next(iter(_find(element, "js-message_text") or _find(element, "tgme_widget_message_text")), None)
    text = plain_text(_markup(body)) if body is not None else ""
    anchors = list(body.iter("a")) if body is not None else []
    buttons = [part for part in _find(element, _BUTTON) if part.tag == "a"]
    tags = (one_line(_markup(anchor)) for anchor in anchors)
    channel = named[1].lower()
    return Message(
        channel=channel,
        number=int(named[2]),
        raw=_markup(element).encode("utf-8", "replace"),
        has_others=any(others.values()),
        service=bool(_find(element, "service_message")),
        text=text or _poll(element),
        written=bool(text),
        captions=_captions(element, _hidden_links([*anchors, *buttons], text)),
        hashtags=tuple(dict.fromkeys(tag[1:] for tag in tags if tag.startswith("#") and len(tag) > 1)),
        media=tuple(kind for kind, names in MEDIA.items() if any(_find(element, name) for name in names)),
        unsupported=bool(_find(element, "message_media_not_supported")),
        time=_time(element),
        # A comma stands between it and who signed.
        edited=_line(element, "tgme_widget_message_meta").lstrip(" ,").lower().startswith("edited"),
        forwarded=bool(others["tgme_widget_message_forwarded_from"]),
        reply=bool(others["tgme_widget_message_reply"]),
        reply_to=answered,
        forwards=forwards,
        mentions=_mentions(anchors),
        views=parse_count(_line(element, "tgme_widget_message_views")),
        reactions=_reactions(element),
    )


def _message_linked(anchor: _Element) -> str | None:
    """CHANNEL/NUMBER of the public message that a link leads to."""
    found = _LINK.fullmatch((anchor.get("href") or "").strip())
    return f"{found[1].lower()}/{int(found[2])}" if found and found[2] else None


def _mentions(anchors: list[Any]) -> tuple[str, ...]:
    """Channels and accounts that the text names by ``@name``, in lower case as channels are."""
    links = (_LINK.fullmatch((anchor.get("href") or "").strip()) for anchor in anchors)
    named = zip(anchors, links, strict=True)
    return tuple(
        dict.fromkeys(
            link[1].lower()
            for anchor, link in named
            if link and not link[2] and "".join(anchor.itertext()).strip().lower() == f"@{link[1].lower()}"
        )
    )


def _poll(element: _Element) -> str:
    """A poll's question and its answers, a line each; the shares change with every vote and are no wording."""
    parts = [
        *_find(element, "tgme_widget_message_poll_question"),
        *_find(element, "tgme_widget_message_poll_option_text"),
    ]
    return "\n".join(filter(None, (one_line(_markup(part)) for part in parts)))


def _captions(element: _Element, links: list[str]) -> tuple[str, ...]:
    found = (one_line(_markup(part)) for name in _CAPTIONS for part in _find(element, name))
    return tuple(dict.fromkeys(filter(None, (*found, *links))))


def _hidden_links(anchors: list[Any], text: str) -> list[str]:
    """Addresses behind words and buttons, where adverts put a contact; not those that the text shows anyway."""
    shown, links = text.lower(), []
    for anchor in anchors:
        # Telegram escapes the ampersands of outside links twice.
        link = (anchor.get("href") or "").strip().replace("&amp;", "&")
        # An address that only the app opens, as the one that the web has for it.
        named = _RESOLVE.fullmatch(link)
        link = f"https://t.me/{named[1]}" if named else link
        words = "".join(anchor.itertext()).strip()
        bare = link.partition("://")[2].strip("/").removeprefix("www.").lower()
        if not link.startswith(("http://", "https://")) or words.startswith(("#", "$")):
            continue
        if bare and bare not in shown and words.lower() != "@" + bare.rpartition("/")[2]:
            links.append(link)
    return list(dict.fromkeys(links))[:_LINKS]


def _time(element: _Element) -> str | None:
    times = (time for date in _find(element, "tgme_widget_message_date") for time in date.iter("time"))
    return next((time.get("datetime") for time in times if time.get("datetime")), None)


def _reactions(element: _Element) -> int | None:
    counts = [parse_count("".join(part.itertext())) for part in _find(element, "tgme_reaction")]
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _find(element: _Element, name: str) -> list[Any]:
    """The element and those below it that have that class, in the page's order."""
    found: list[Any] = _BY_CLASS(element, token=f" {name} ")
    return found


def _line(element: _Element, name: str) -> str:
    """The first such part's text on one line; empty where there is none."""
    return next((one_line(_markup(part)) for part in _find(element, name)), "")


def _markup(element: _Element) -> str:
    return str(lxml.html.tostring(element, encoding="unicode", with_tail=False))
