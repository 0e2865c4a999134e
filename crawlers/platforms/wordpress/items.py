"""WordPress's REST interface: its addresses, and its posts and comments -> Post. Another shape is refused, not guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import lxml.html
from lxml.etree import LxmlError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from config import Source
from crawlers.dates import read_date
from crawlers.platforms.feeds.entry import absolute_link
from crawlers.platforms.shared.drafting import words_of
from crawlers.tally import Tally
from crawlers.texts import alt_texts, one_line, plain_text
from crawlers.urls import canonical_url, comment_url, host_of
from records import WEB, AuthorKind, Post

_RELATION = "https://api.w.org/"
_LINK = re.compile(r"<([^<>]{1,1000})>\s*;[^,<]{0,200}rel=[\"']?" + re.escape(_RELATION))
_API_IN_PATH = re.compile(r"^(.*?/wp-json)(?:/|$)")
_LOOKUP = re.compile(r"wp/v2/(?:posts|comments)/[0-9]+")
_EMBED = "author,wp:term,wp:featuredmedia"


class _Shape(BaseModel):
    # Plugins add fields freely; those we read must be of the type we know.
    model_config = ConfigDict(frozen=True, extra="ignore")


class Rendered(_Shape):
    """Markup as the site shows it; ``protected``: behind a password."""

    rendered: str = ""
    protected: bool = False


class ArticleItem(_Shape):
    """An item of ``wp/v2/posts``."""

    id: int = Field(ge=1, lt=2**63)
    link: str = Field(min_length=1)
    content: Rendered
    title: Rendered = Rendered()
    excerpt: Rendered = Rendered()
    status: str = "publish"
    date_gmt: str | None = None
    modified_gmt: str | None = None
    embedded: dict[str, Any] = Field(default_factory=dict, alias="_embedded")


class CommentItem(_Shape):
    """An item of ``wp/v2/comments``."""

    id: int = Field(ge=1, lt=2**63)
    link: str = Field(min_length=1)
    content: Rendered
    status: str = "approved"
    type: str = "comment"
    parent: int = Field(default=0, ge=0, lt=2**63)
    author_name: str | None = None
    date_gmt: str | None = None


Item = ArticleItem | CommentItem


def find_api(links: Iterable[str], body: bytes, url: str) -> str | None:
    """The root of a site's REST interface: in the address itself, in its Link headers, or in the page; else None."""
    parts = urlsplit(url)
    if match := _API_IN_PATH.match(parts.path):
        return urlunsplit((parts.scheme, parts.netloc, f"{match[1]}/", "", ""))
    if "rest_route" in dict(parse_qsl(parts.query)):
        return urlunsplit((parts.scheme, parts.netloc, parts.path, "rest_route=/", ""))
    for value in links:
        if match := _LINK.search(value):
            return absolute_link(match[1], url)
    try:
        root = lxml.html.document_fromstring(body)
    except (LxmlError, ValueError, AssertionError):
        return None
    named = (link.get("href") for link in root.iter("link") if _RELATION in (link.get("rel") or "").split())
    return next((found for href in named if (found := absolute_link(href, url))), None)


def rest_url(root: str, route: str, params: Mapping[str, str]) -> str:
    """The address of ``route`` (``wp/v2/posts``), with pretty links (``/wp-json/``) or plain ones (``?rest_route=/``)."""
    parts = urlsplit(root)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    if "rest_route" in query:
        query = {**query, "rest_route": f"/{route}", **params}
        return urlunsplit(parts._replace(query=urlencode(query, safe="/:,"), fragment=""))
    path = f"{parts.path.rstrip('/')}/{route}"
    return urlunsplit((parts.scheme, parts.netloc, path, urlencode({**query, **params}, safe="/:,"), ""))


def embedding(route: str) -> dict[str, str]:
    """Parameters by which posts bring the names of their authors and tags; comments bear their own."""
    return {"_embed": _EMBED} if "posts" in route else {}


def make_lookup(root: str, item: Item) -> str:
    """``API-ADDRESS PAGE-ADDRESS`` of one item: the interface answers 401 for a post in the bin, its page 404."""
    route = f"wp/v2/{'posts' if isinstance(item, ArticleItem) else 'comments'}/{item.id}"
    return f"{rest_url(root, route, embedding(route))} {item.link if isinstance(item, ArticleItem) else ''}".strip()


def is_api_lookup(lookup: str) -> bool:
    """Whether a lookup is one of ``make_lookup``, and not the address of an article page."""
    return _LOOKUP.search(lookup.partition(" ")[0]) is not None


def read_item(raw: Any, *, comment: bool) -> Item | None:
    """The item; None for another shape."""
    try:
        return CommentItem.model_validate(raw) if comment else ArticleItem.model_validate(raw)
    except ValidationError:
        return None


def why_skipped(item: Item) -> str | None:
    """The reason for which an item is not landed, or None."""
    if item.content.protected:
        return "protected"
    if isinstance(item, ArticleItem):
        return None if item.status == "publish" else "not_public"
    if item.type not in ("comment", ""):
        return "pingback"
    return None if item.status == "approved" else "not_public"


def identity_of(item: Item) -> str | None:
    """The canonical link, as for the same item in the site's feeds; None where it has none."""
    return canonical_url(item.link) if isinstance(item, ArticleItem) else comment_url(item.link)


def moment_of(text: str | None, now: datetime) -> datetime | None:
    """A date of the interface, which is UTC without saying so; None where it is missing or cannot be true."""
    return read_date(text, now)[0]


def make_post(item: Item, identity: str, source: Source, now: datetime, tally: Tally) -> Post:
    """The post. Dates that cannot be true are counted and left out."""
    published, fault = read_date(item.date_gmt, now)
    if fault is not None:
        tally.remark(fault.value)
    shared: dict[str, Any] = {
        "platform": WEB,
        "native_id": identity,
        "source": source.id,
        # The interface does not say it; one that reads in several languages leaves it to the text.
        "lang_hint": source.languages[0] if len(source.languages) == 1 else None,
        "published_at": published,
        "collected_at": now,
    }
    if isinstance(item, CommentItem):
        article, markup = identity.partition("#")[0], item.content.rendered
        text, media_text = words_of(markup, host_of(identity))
        return Post(
            **shared,
            reply_to=f"{article}#comment-{item.parent}" if item.parent else article,
            thread=article,
            url=item.link,
            author=one_line(item.author_name or "")[:200] or None,
            author_kind=AuthorKind.PERSON,
            text=text,
            media_text=media_text,
        )
    edited = moment_of(item.modified_gmt, now)
    markup = item.content.rendered or item.excerpt.rendered
    return Post(
        **shared,
        url=identity,
        thread=identity,
        author=next((one_line(name)[:200] for name in _embedded(item, "author", "name")), None),
        author_kind=AuthorKind(source.author_kind),
        title=one_line(item.title.rendered),
        text=plain_text(markup),
        media_text="\n".join(
            dict.fromkeys([*map(one_line, _embedded(item, "wp:featuredmedia", "alt_text")), *alt_texts(markup)])
        ),
        hashtags=tuple(dict.fromkeys(one_line(name).lstrip("#") for name in _embedded(item, "wp:term", "name"))),
        edited_at=edited if edited and published and edited > published else None,
    )


def _embedded(item: ArticleItem, relation: str, field: str) -> list[str]:
    """Texts of what a post brings along; terms come as lists of lists, and what cannot be read as an error in its place."""
    found = item.embedded.get(relation)
    parts = found if isinstance(found, list) else []
    nested = [entry for part in parts for entry in (part if isinstance(part, list) else [part])]
    texts = [entry.get(field) for entry in nested if isinstance(entry, dict)]
    return [text for text in texts if isinstance(text, str) and text.strip()]
