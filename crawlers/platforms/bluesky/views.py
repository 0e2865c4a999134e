"""What the Bluesky AppView shows (app.bsky.feed.defs): posts, and the feeds and searches that list them.

Fields are checked; another shape is refused, not guessed. `createdAt` is set by the writer's program and may be any date;
`indexedAt` is when the network received the post. Lists are sorted by the earlier of the two, so that one gives an item
its place.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from crawlers.dates import read_date

DID = r"did:[a-z]+:[A-Za-z0-9._:%-]{1,200}"
POST_URI = rf"^at://{DID}/app\.bsky\.feed\.post/[A-Za-z0-9._:~-]{{1,512}}$"
"""Only addresses with the account's lasting name; a handle can be given to another account."""
NO_INDEX = frozenset({"noindex", "noai"})
HIDDEN = frozenset({"!hide", "!takedown", "!suspend"})
LONGEST_CURSOR = 2000
"""It goes into an address; those seen have under a hundred characters. Lone surrogates are not printable."""
SIGNED_IN = "!no-unauthenticated"
_GONE = frozenset({"AccountTakedown", "AccountDeactivated", "NotFound"})
_NO_PROFILE = frozenset({"Profile not found", "Could not find user info"})
_FACET = "app.bsky.richtext.facet#"


class _Shape(BaseModel):
    # Anyone may add fields to a record; those we read must be of the type we know.
    model_config = ConfigDict(frozen=True, extra="ignore", strict=False)


class Label(_Shape):
    """A label on a post or an account; ``neg`` takes an earlier one back."""

    val: str
    neg: bool = False


class Author(_Shape):
    """Who wrote it."""

    did: str = Field(pattern=f"^{DID}$")
    labels: tuple[Label, ...] = ()


class Span(_Shape):
    """A part of the text, in bytes of its UTF-8."""

    start: int = Field(alias="byteStart")
    end: int = Field(alias="byteEnd")


class Facet(_Shape):
    """What a part of the text is: a link, a hashtag, a mention."""

    index: Span
    features: tuple[dict[str, Any], ...] = ()

    def value(self, kind: str, field: str) -> str | None:
        """The field of its first feature of a kind (``link``, ``tag``, ``mention``), if any."""
        found = (feature.get(field) for feature in self.features if feature.get("$type") == _FACET + kind)
        return next((value for value in found if isinstance(value, str) and value), None)


class Record(_Shape):
    """What the author wrote (app.bsky.feed.post)."""

    text: str
    created_at: str = Field(default="", alias="createdAt")
    langs: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    facets: tuple[Facet, ...] = ()
    reply: dict[str, Any] | None = None
    embed: dict[str, Any] | None = None
    labels: dict[str, Any] | None = None


class View(_Shape):
    """The fields of a post view that we read."""

    uri: str = Field(pattern=POST_URI)
    cid: str = Field(min_length=1)
    author: Author
    record: Record
    indexed_at: str = Field(alias="indexedAt")
    reply_count: int | None = Field(default=None, alias="replyCount")
    repost_count: int | None = Field(default=None, alias="repostCount")
    like_count: int | None = Field(default=None, alias="likeCount")
    quote_count: int | None = Field(default=None, alias="quoteCount")
    labels: tuple[Label, ...] = ()

    @property
    def reply_to(self) -> str | None:
        """The address of the post it replies to."""
        return text_of(part_of(self.record.reply, "parent"), "uri")

    @property
    def thread(self) -> str | None:
        """The address of the post that opened its thread: its own where it answers none."""
        return self.uri if self.record.reply is None else text_of(part_of(self.record.reply, "root"), "uri")

    @property
    def quotes(self) -> str | None:
        """The address of the post (or list, or feed) that it shows."""
        shown = part_of(self.record.embed, "record")
        return text_of(shown, "uri") or text_of(part_of(shown, "record"), "uri")

    @property
    def mentions(self) -> tuple[str, ...]:
        """The accounts it names, as DIDs."""
        found = (facet.value("mention", "did") for facet in self.record.facets)
        return tuple(dict.fromkeys(did for did in found if did is not None))


@dataclass(frozen=True)
class Shown:
    """One item of a list. ``place``: the moment by which it stands there; ``repost``: shown by one who did not write it."""

    view: View
    place: datetime | None
    repost: bool = False

    @property
    def key(self) -> str:
        """The same for the same item of a list."""
        return f"{self.view.uri}#repost" if self.repost else self.view.uri


def read_answer(body: bytes, field: str) -> tuple[list[Any], str | None] | None:
    """The list in an answer and the cursor behind it; None for anything else."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    items = found.get(field) if isinstance(found, dict) else None
    if not isinstance(items, list):
        return None
    cursor = text_of(found, "cursor")
    return items, cursor if cursor and len(cursor) <= LONGEST_CURSOR and cursor.isprintable() else None


def says_gone(body: bytes) -> bool:
    """Whether the answer to a feed says that there is no such account (any more)."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return text_of(found, "error") in _GONE or text_of(found, "message") in _NO_PROFILE


def post_of(item: Any) -> Any:
    """The post view in an item: feeds put it beside the reason for which it is shown, searches give it bare."""
    return item["post"] if isinstance(item, dict) and "post" in item else item


def read_item(item: Any, now: datetime) -> Shown | None:
    """An item of a feed or a search; None for another shape."""
    try:
        view = View.model_validate(post_of(item))
    except ValidationError:
        return None
    reason = part_of(item, "reason")
    if str(reason.get("$type", "")).endswith("#reasonRepost"):
        return Shown(view, read_date(text_of(reason, "indexedAt"), now)[0], repost=True)
    dates = (read_date(text, now)[0] for text in (view.record.created_at, view.indexed_at))
    return Shown(view, min((moment for moment in dates if moment is not None), default=None))


def why_withheld(view: View) -> str | None:
    """The reason for which a post is not for us, or None: what the author or the network says by labels.

    Labels such as ``porn`` or ``graphic-media`` warn readers; they withhold nothing.
    """
    words = {label.val for label in (*view.author.labels, *view.labels) if not label.neg}
    values = (view.record.labels or {}).get("values")
    own = (text_of(value, "val") for value in (values if isinstance(values, list) else ()))
    words.update(word for word in own if word is not None)
    if SIGNED_IN in words:
        return "no_unauthenticated"
    if words & NO_INDEX:
        return "noindex"
    return "hidden" if words & HIDDEN else None


def holds_others(item: Any) -> bool:
    """Whether the item shows posts of others beside its own: what it replies to, what it quotes."""
    return bool(part_of(item, "reply")) or bool(part_of(part_of(post_of(item), "embed"), "record"))


def part_of(found: Any, name: str) -> dict[str, Any]:
    """A part of some JSON that should be an object; empty where it is not."""
    part = found.get(name) if isinstance(found, dict) else None
    return part if isinstance(part, dict) else {}


def text_of(found: Any, name: str) -> str | None:
    """A part that should be text; None where it is not."""
    value = found.get(name) if isinstance(found, dict) else None
    return value if isinstance(value, str) else None
