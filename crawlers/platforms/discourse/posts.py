"""A post of a Discourse forum as ``/posts.json`` gives it -> Post. Another shape is refused, not guessed.

Platform ``discourse``; native id ``HOST/p/ID``, the permanent address without its scheme: topics are renamed, split and
merged, the id of a post stays. What it quotes of others is left out: those words have a post of their own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, NamedTuple
from urllib.parse import urljoin, urlsplit

import lxml.html
from lxml.etree import LxmlError
from pydantic import BaseModel, ConfigDict, Field

from config import Source
from crawlers.platforms.shared.answers import Moment, fields_read
from crawlers.platforms.shared.drafting import believed
from crawlers.platforms.shared.wordings import hashtags_in
from crawlers.tally import Tally
from crawlers.texts import MAX_HTML, alt_texts, hidden_links, one_line, plain_text
from crawlers.urls import host_of
from records import AuthorKind, Post

PLATFORM = "discourse"
REGULAR = 1
"""Post type of what people write; the others are notices of the software."""
LIKE = 2
"""Id of likes in ``actions_summary``."""

_LOOKUP = re.compile(r"(?P<place>[^\s]{1,500})/p/(?P<id>[1-9]\d{0,15})")
_CLASS = "contains(concat(' ', normalize-space(@class), ' '), ' {} ')"
_QUOTES = f"//aside[{_CLASS.format('quote')}]"
_NOT_THE_AUTHORS = f"{_QUOTES} | //div[{_CLASS.format('meta')}] | //svg"
_QUOTED = f"//aside[{_CLASS.format('quote')}][@data-topic][@data-post]"
_MENTIONED = f"//a[{_CLASS.format('mention')}]"
_EMOJI = f"//img[{_CLASS.format('emoji')}]"

Place = tuple[int, int]
"""A topic and the number of a post within it: by these posts name each other."""
Id = Annotated[int, Field(strict=True, ge=1, lt=10**16)]


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Action(_Shape):
    id: int
    count: int | None = None


class ForumPost(_Shape):
    """The fields of a post that we read."""

    id: Id
    username: str = Field(min_length=1)
    created_at: Moment
    cooked: str
    topic_id: Id | None = None
    post_number: int | None = None
    reply_to_post_number: int | None = None
    post_type: int = REGULAR
    updated_at: Moment | None = None
    version: int = 1
    hidden: bool | None = None
    user_deleted: bool | None = None
    deleted_at: Moment | None = None
    post_url: str | None = None
    topic_title: str | None = None
    locale: str | None = None
    reply_count: int | None = None
    reads: int | None = None
    actions_summary: tuple[_Action, ...] = ()

    @property
    def where(self) -> Place | None:
        """Its place."""
        return (self.topic_id, self.post_number) if self.topic_id and self.post_number else None

    @property
    def answers(self) -> Place | None:
        """The place of the post that it answers."""
        return (self.topic_id, self.reply_to_post_number) if self.topic_id and self.reply_to_post_number else None

    @property
    def opens_topic(self) -> bool:
        """Whether the topic's title is this post's."""
        return self.post_number == 1


def why_gone(post: ForumPost) -> str | None:
    """The word under which a post counts whose server says that it is no longer to be read, or None."""
    if post.user_deleted or post.deleted_at is not None:
        return "deleted"
    return "hidden" if post.hidden else None


def place_of(url: str) -> str:
    """The forum's address without its scheme, in one form."""
    parts = urlsplit(url)
    return f"{parts.netloc.lower()}{parts.path.rstrip('/')}"


def make_native_id(place: str, post_id: int) -> str:
    """Global id of a post; also what it is asked by."""
    return f"{place}/p/{post_id}"


def parse_native_id(native_id: str, place: str) -> int | None:
    """The id that the forum at ``place`` knows the post by; None for a post of another forum."""
    match = _LOOKUP.fullmatch(native_id)
    return int(match["id"]) if match is not None and match["place"] == place else None


class Cooked(NamedTuple):
    """What the author wrote: plain text, alternative texts of the pictures, names of accounts, the post quoted first, and
    addresses behind words that lead to other hosts."""

    text: str
    alts: list[str]
    mentions: tuple[str, ...] = ()
    quoted: Place | None = None
    links: tuple[str, ...] = ()


def read_cooked(cooked: str, host: str = "") -> Cooked:
    """Reads the markup of a post of the forum on ``host``. Emoji stay as ``:boat:``; what it quotes of others is left out."""
    root = _parse(cooked)
    if root is None:
        return Cooked(plain_text(cooked), [])
    places = [(quote.get("data-topic"), quote.get("data-post")) for quote in root.xpath(_QUOTED)]
    for element in root.xpath(_NOT_THE_AUTHORS):
        element.drop_tree()
    for emoji in root.xpath(_EMOJI):
        emoji.tail = f"{emoji.get('alt') or ''}{emoji.tail or ''}"
        emoji.drop_tree()
    markup = lxml.html.tostring(root, encoding="unicode")
    named = ("".join(link.itertext()).strip().removeprefix("@") for link in root.xpath(_MENTIONED))
    text = plain_text(markup)
    return Cooked(
        text,
        alt_texts(markup),
        tuple(dict.fromkeys(filter(None, named))),
        next(((int(topic), int(post)) for topic, post in places if _is_number(topic) and _is_number(post)), None),
        tuple(hidden_links(markup, text, host)),
    )


def own_part(item: Any) -> Any:
    """The fields that we read of an item of the API. Without the words of others: what it quotes, in ``raw`` and ``excerpt``
    as well, and the title of a topic that somebody else has opened."""
    own = fields_read(item, ForumPost)
    if not isinstance(own, dict):
        return own
    if own.get("post_number") != 1:
        own.pop("topic_title", None)
    if isinstance(own.get("cooked"), str):
        own["cooked"] = _without_quotes(own["cooked"])
    return own


def _without_quotes(cooked: str) -> str:
    if "<aside" not in cooked:
        return cooked
    root = _parse(cooked)
    if root is None:
        return ""
    for element in root.xpath(_QUOTES):
        element.drop_tree()
    return str(lxml.html.tostring(root, encoding="unicode"))


def _parse(cooked: str) -> Any:
    """The markup's root; None where it cannot be read."""
    try:
        return lxml.html.fragment_fromstring(cooked[:MAX_HTML].replace("\x00", ""), create_parent="div")
    except (LxmlError, ValueError, AssertionError):
        return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16


def make_post(
    found: ForumPost, source: Source, base: str, now: datetime, tally: Tally, known: Mapping[Place, int] | None = None
) -> Post:
    """The post. ``base``: the forum's address; ``known``: ids of posts by their places, as far as this run has read them.

    Raises ValidationError where it is nothing that can be kept.
    """
    place, host = place_of(base), host_of(base)
    cooked = read_cooked(found.cooked, host)

    def link(where: Place | None) -> str | None:
        number = (known or {}).get(where) if where is not None else None
        return make_native_id(place, number) if number is not None else None

    likes = next((action.count for action in found.actions_summary if action.id == LIKE), None)
    counts = {"replies": found.reply_count, "likes": likes, "reads": found.reads}
    language = re.split(r"[-_]", found.locale or "")[0]
    return Post(
        platform=PLATFORM,
        native_id=make_native_id(place, found.id),
        source=source.id,
        url=_link(found, base),
        author=f"{found.username}@{host}",
        author_kind=AuthorKind(source.author_kind),
        lang_hint=language or None,
        title=one_line(found.topic_title or "") if found.opens_topic else "",
        text=cooked.text,
        media_text="\n".join([*cooked.alts, *cooked.links]),
        hashtags=hashtags_in(cooked.text),
        mentions=tuple(f"{name}@{host}" for name in cooked.mentions),
        reply_to=link(found.answers),
        # Not the first post's id: a topic names its posts by their numbers in it.
        thread=f"{place}/t/{found.topic_id}" if found.topic_id else None,
        quotes=link(cooked.quoted),
        engagement={name: number for name, number in counts.items() if number is not None},
        published_at=believed(found.created_at, now, tally),
        edited_at=found.updated_at if found.version > 1 else None,
        collected_at=now,
    )


def _link(found: ForumPost, base: str) -> str:
    path = found.post_url or ""
    if path.startswith("/") and not path.startswith("//"):
        return urljoin(base, path)
    return f"{base}/p/{found.id}"
