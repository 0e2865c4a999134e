"""A Mastodon status as the API gives it -> Post. Fields are checked; another shape is refused, not guessed."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, NamedTuple

import lxml.html
from lxml.etree import LxmlError
from pydantic import BaseModel, ConfigDict, Field

from config import RobotsTag, Source
from crawlers.platforms.shared.answers import Moment, make_raw, read_item
from crawlers.platforms.shared.drafting import believed
from crawlers.tally import Tally
from crawlers.texts import MAX_HTML, one_line, plain_text, writable
from crawlers.urls import host_of
from records import FEDIVERSE, AuthorKind, Post, RawItem

ID_PATTERN = r"^[0-9A-Za-z_-]{1,64}$"
"""Numbers on Mastodon, ULIDs on GoToSocial, base 62 on Pleroma. An id goes into addresses: nothing else may be in it."""
_REFUSAL = re.compile(
    r"#(?:<span>)?(?:noindex|noai|nobots?|nosearch|noarchive|noscrap(?:e|ing))(?![\w-])", re.IGNORECASE
)
"""In the words that an account says of itself: the only way to refuse where a server has no setting for it."""
_MOST = 2**31
"""Reactions of one kind; more is no count."""


class _Shape(BaseModel):
    # Servers of the family add fields freely; those we read must be of the type we know.
    model_config = ConfigDict(frozen=True, extra="ignore", strict=False)


class Account(_Shape):
    """Who wrote it."""

    acct: str
    url: str | None = None
    uri: str | None = None
    note: str | None = None
    noindex: bool | None = None
    indexable: bool | None = None


class Tag(_Shape):
    """A hashtag."""

    name: str


class Mention(_Shape):
    """An account that it names."""

    acct: str


class Media(_Shape):
    """A picture, video or sound."""

    description: str | None = None


class Status(_Shape):
    """The fields of a status that we read."""

    id: str = Field(pattern=ID_PATTERN)
    uri: str = Field(min_length=1)
    created_at: Moment
    content: str
    account: Account
    url: str | None = None
    edited_at: Moment | None = None
    spoiler_text: str | None = None
    language: str | None = None
    visibility: str = "public"
    reblog: dict[str, Any] | None = None
    in_reply_to_id: str | None = None
    tags: tuple[Tag, ...] = ()
    mentions: tuple[Mention, ...] = ()
    media_attachments: tuple[Media, ...] = ()
    replies_count: int | None = None
    reblogs_count: int | None = None
    favourites_count: int | None = None
    # Of the family, each in its own way: read where it is of the form we know, and else not at all.
    quote: Any = None
    poll: Any = None
    local_only: Any = None
    emoji_reactions: Any = None
    reactions: Any = None
    pleroma: Any = None


class Links(NamedTuple):
    """Names (``uri``) of other statuses, as far as they are known (threads.py)."""

    reply_to: str | None = None
    thread: str | None = None
    quotes: str | None = None


UNKNOWN = Links()


def id_order(status_id: str) -> tuple[int, str]:
    """Sorts ids by age: they are strings, numbers on Mastodon and ULIDs elsewhere, so by length and then by text."""
    return len(status_id), status_id


def read_status(item: Any) -> Status | None:
    """The status in an item of the API; None for another shape."""
    return read_item(item, Status)


def id_of(item: Any) -> str | None:
    """The id of an item whose other fields may be of any shape; None where it has none that can be asked for."""
    found = item.get("id") if isinstance(item, dict) else None
    return found if isinstance(found, str) and re.fullmatch(ID_PATTERN, found) else None


def why_skipped(status: Status, source: Source) -> str | None:
    """The reason for which a status is not landed, or None."""
    if status.reblog is not None:
        return "reblog"
    if is_withdrawn(status):
        return "not_public" if status.visibility != "public" or status.local_only is True else "noindex"
    if status.account.indexable is False and source.indexable is RobotsTag.OBEY:
        return "not_indexable"
    return None


def is_withdrawn(status: Status) -> bool:
    """Whether its author does not want it collected: not for everybody, not for other servers, or not to be indexed.

    ``unlisted`` and ``local`` are read by visitors, too, but their authors chose to stand in no public timeline.
    """
    account = status.account
    asked = account.noindex or _REFUSAL.search(account.note or "") is not None
    return status.visibility != "public" or status.local_only is True or asked


def make_post(status: Status, source: Source, home: str, now: datetime, tally: Tally, links: Links = UNKNOWN) -> Post:
    """The post. ``home`` is the domain of accounts that the server names without one. Raises ValidationError."""
    counts = {
        "replies": status.replies_count,
        "reblogs": status.reblogs_count,
        "favourites": status.favourites_count,
        "reactions": _reactions(status),
    }
    return Post(
        platform=FEDIVERSE,
        native_id=status.uri,
        source=source.id,
        url=status.url or (status.uri if status.uri.startswith(("http://", "https://")) else None),
        author=_full(status.account.acct, home),
        author_kind=AuthorKind(source.author_kind),
        lang_hint=status.language or None,
        title=one_line(status.spoiler_text or ""),
        text=_words(status),
        media_text="\n".join(one_line(media.description) for media in status.media_attachments if media.description),
        hashtags=tuple(dict.fromkeys(tag.name for tag in status.tags)),
        mentions=tuple(dict.fromkeys(_full(mention.acct, home) for mention in status.mentions if mention.acct)),
        reply_to=links.reply_to,
        thread=links.thread,
        quotes=links.quotes,
        engagement={name: number for name, number in counts.items() if number is not None},
        published_at=believed(status.created_at, now, tally),
        edited_at=status.edited_at,
        collected_at=now,
    )


def _full(acct: str, home: str) -> str:
    return acct if "@" in acct else f"{acct}@{home}"


def _words(status: Status) -> str:
    """The text, and the choices of a poll. The address that stands in for a quoted status is no word of the author's."""
    options = status.poll.get("options") if isinstance(status.poll, dict) else None
    titles = [
        option.get("title") for option in (options if isinstance(options, list) else ()) if isinstance(option, dict)
    ]
    lines = [
        plain_text(_without_quote(status.content)),
        *(one_line(title) for title in titles if isinstance(title, str)),
    ]
    return "\n".join(line for line in lines if line)


def _without_quote(markup: str) -> str:
    if "quote-inline" not in markup:
        return markup
    try:
        root = lxml.html.fragment_fromstring(writable(markup[:MAX_HTML]), create_parent="div")
    except (LxmlError, ValueError):
        return markup
    for part in root.find_class("quote-inline"):
        part.drop_tree()
    return str(lxml.html.tostring(root, encoding="unicode"))


def _reactions(status: Status) -> int | None:
    """Reactions with emoji, all together: Pleroma, Akkoma, Misskey's and glitch's forks."""
    pleroma = status.pleroma.get("emoji_reactions") if isinstance(status.pleroma, dict) else None
    for found in (status.emoji_reactions, pleroma, status.reactions):
        if isinstance(found, list):
            counts = [item.get("count") for item in found if isinstance(item, dict)]
            return sum(count for count in counts if isinstance(count, int) and 0 <= count < _MOST)
    return None


def holds_others(item: Any) -> bool:
    """Whether the item shows a status of somebody else beside its own: what it quotes."""
    return any(isinstance(place.get("quote"), dict) for place in _places(item))


def make_status_raw(item: Any) -> RawItem:
    """The status as the server wrote it, without the words of others: of what it quotes only the name remains."""
    if not holds_others(item):
        return make_raw(item)
    own = {**item, "quote": _named(item.get("quote"))}
    if isinstance(own.get("pleroma"), dict):
        own["pleroma"] = {**own["pleroma"], "quote": _named(own["pleroma"].get("quote"))}
    return make_raw(own)


def _places(item: Any) -> list[dict[str, Any]]:
    places = (item, item.get("pleroma") if isinstance(item, dict) else None)
    return [place for place in places if isinstance(place, dict)]


def quoted_part(status: Status) -> dict[str, Any]:
    """The names of the status that it quotes: ``id``, ``uri``, ``url``, as far as they are said; empty where it quotes none."""
    pleroma = status.pleroma if isinstance(status.pleroma, dict) else {}
    for quoted in (status.quote, pleroma.get("quote")):
        if isinstance(quoted, dict):
            # Within a quoted status Mastodon shows what that one quotes by its id alone.
            return _names(quoted) or {"id": quoted.get("quoted_status_id")}
    return {}


def _names(quoted: dict[str, Any]) -> dict[str, Any]:
    """Mastodon has the quoted status one level down, the others at once."""
    inner = quoted.get("quoted_status")
    status = inner if isinstance(inner, dict) else quoted
    return {name: status[name] for name in ("id", "uri", "url") if name in status}


def _named(quoted: Any) -> Any:
    if not isinstance(quoted, dict):
        return None
    named = _names(quoted)
    return {"state": quoted.get("state"), "quoted_status": named} if "state" in quoted else named


def home_of(instance: dict[str, Any], url: str) -> str:
    """The domain that local accounts belong to: what the server says, else the host it is read at."""
    domain = instance.get("domain") or instance.get("uri")
    if isinstance(domain, str) and domain:
        return host_of(domain) if "://" in domain else domain.lower()
    return host_of(url)
