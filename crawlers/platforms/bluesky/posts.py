"""A Bluesky post view -> Post.

Text is plain; its links, hashtags and mentions are facets, named by offsets in UTF-8 bytes, and a link's visible words are
mostly cut short.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from config import Source
from crawlers.dates import read_date
from crawlers.platforms.bluesky.views import POST_URI, Record, View, part_of, post_of, text_of
from crawlers.platforms.shared.answers import make_raw
from crawlers.tally import Tally
from crawlers.texts import tidy
from records import AuthorKind, Capture, Landing, Post, RawItem

BLUESKY = "bluesky"
_VIEWS_OF_OTHERS = ("embed", "threadgate", "viewer")


def make_post(view: View, source: Source, now: datetime, tally: Tally) -> Post:
    """The post. An ``indexedAt`` that cannot be true is counted and left out. Raises ValidationError."""
    published, fault = read_date(view.indexed_at, now)
    if fault is not None:
        tally.remark(fault.value)
    record = view.record
    tags = (*(facet.value("tag", "tag") for facet in record.facets), *record.tags)
    counts = {
        "replies": view.reply_count,
        "reposts": view.repost_count,
        "likes": view.like_count,
        "quotes": view.quote_count,
    }
    return Post(
        platform=BLUESKY,
        native_id=view.uri,
        source=source.id,
        url=web_address(view.uri),
        # The handle is the name that people read, but it can change and be given to another.
        author=view.author.did,
        author_kind=AuthorKind(source.author_kind),
        lang_hint=_language(record.langs),
        text=tidy(full_text(record)),
        media_text="\n".join(dict.fromkeys(_media_texts(record.embed))),
        hashtags=tuple(dict.fromkeys(tag.strip().lstrip("#") for tag in tags if tag and tag.strip("# "))),
        mentions=view.mentions,
        reply_to=_post(view.reply_to),
        thread=_post(view.thread),
        quotes=_post(view.quotes),
        engagement={name: number for name, number in counts.items() if number is not None},
        published_at=published,
        collected_at=now,
    )


def make_own_raw(item: Any) -> RawItem:
    """The post view as the server gave it, without the posts of others in it: erasing those must find nothing here."""
    view = post_of(item)
    if isinstance(view, dict):
        view = {name: value for name, value in view.items() if name not in _VIEWS_OF_OTHERS}
    return make_raw(view)


def web_address(uri: str) -> str:
    """The post's page for people."""
    did, _, rkey = uri.removeprefix("at://").split("/")
    return f"https://bsky.app/profile/{did}/post/{rkey}"


def full_text(record: Record) -> str:
    """The text with its links written out; as it stands where the facets' offsets do not fit it."""
    body = record.text.encode("utf-8", "surrogatepass")
    parts, done = [], 0
    for facet in sorted(record.facets, key=lambda facet: facet.index.start):
        link = facet.value("link", "uri")
        start, end = facet.index.start, facet.index.end
        if link is None or not done <= start < end <= len(body):
            continue
        try:
            parts += [body[done:start].decode("utf-8", "surrogatepass"), _written_out(body[start:end].decode(), link)]
        except UnicodeDecodeError:
            return record.text
        done = end
    try:
        return "".join([*parts, body[done:].decode("utf-8", "surrogatepass")])
    except UnicodeDecodeError:
        return record.text


def _written_out(shown: str, link: str) -> str:
    """A link as a reader without a mouse needs it: ``t.me/exam…`` becomes the address, ``here`` keeps it beside."""
    bare = link.partition("://")[2] or link
    forms = (link, bare, bare.removeprefix("www."))
    words = shown.strip()
    if words.rstrip("/") in {form.rstrip("/") for form in forms}:
        return shown
    begun = words.removesuffix("…").removesuffix("...")
    if begun and begun != words and any(form.startswith(begun) for form in forms):
        return link
    return f"{shown} ({link})"


def _post(uri: str | None) -> str | None:
    """The address if it is a post's; lists and feeds can be shown too, and the writer's program can write anything."""
    return uri if uri is not None and re.match(POST_URI, uri) else None


def _media_texts(embed: dict[str, Any] | None) -> Iterator[str]:
    """Alternative texts of pictures and videos, and what the card of a link says."""
    for part in (embed or {}, part_of(embed, "media")):
        images = part.get("images")
        card = part_of(part, "external")
        texts = [text_of(image, "alt") for image in (images if isinstance(images, list) else ())]
        texts += [text_of(part, "alt"), *(text_of(card, name) for name in ("title", "description", "uri"))]
        yield from (line for text in texts if text and (line := " ".join(text.split())))


def _language(langs: tuple[str, ...]) -> str | None:
    """The language stated; of several, nobody says which one the text is in."""
    plain = {code.partition("-")[0].lower() for code in langs if code}
    return plain.pop() if len(plain) == 1 else None


def make_landing(view: View, item: Any, capture: Capture, source: Source, now: datetime, tally: Tally) -> Landing:
    """The post with what it is asked for again by. Raises ValidationError."""
    return Landing(post=make_post(view, source, now, tally), raw=make_own_raw(item), capture=capture, lookup=view.uri)
