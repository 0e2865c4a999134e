"""Posts of walls as the VK API gives them (version 5.199) -> Post."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from config import Source
from crawlers.platforms.shared.answers import fields_read, read_item
from crawlers.platforms.shared.drafting import believed
from crawlers.platforms.shared.words import hashtags_in
from crawlers.tally import Tally
from crawlers.texts import one_line, tidy
from crawlers.urls import host_of
from records import AuthorKind, Post

VK = "vk"
_LINKED_NAME = re.compile(r"\[(id|club|public|event)(\d{1,15})(?::[\w-]+)?\|([^\]\n]{1,200})\]")
_POSTS_ATTACHED = frozenset({"wall", "wall_reply"})
"""Kinds of attachments that are posts of their own, mostly another's."""
_LATEST = 253402300799
"""Seconds of Unix time: the end of the year 9999, and of the calendar."""


def _in_utc(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LATEST:
        raise ValueError("no Unix time")
    return datetime.fromtimestamp(value, UTC)


Unix = Annotated[datetime, BeforeValidator(_in_utc)]
"""A moment given as seconds of Unix time."""


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Count(_Shape):
    count: int | None = None


class WallPost(_Shape):
    """The fields of a post that we read."""

    id: int = Field(gt=0)
    owner_id: int
    date: Unix
    from_id: int | None = None
    edited: Unix | None = None
    text: str = ""
    is_pinned: int | bool | None = None
    is_deleted: bool = False
    marked_as_ads: int | bool | None = None
    reply_owner_id: int | None = None
    reply_post_id: int | None = None
    copy_history: list[Any] = Field(default_factory=list)
    attachments: list[Any] = Field(default_factory=list)
    likes: _Count = _Count()
    comments: _Count = _Count()
    reposts: _Count = _Count()
    views: _Count = _Count()

    @property
    def native_id(self) -> str:
        """``OWNER_ID``, as in the post's address."""
        return f"{self.owner_id}_{self.id}"

    @property
    def reply_to(self) -> str | None:
        """The post that it answers."""
        if self.reply_post_id is None:
            return None
        return f"{self.owner_id if self.reply_owner_id is None else self.reply_owner_id}_{self.reply_post_id}"


def read_wall_post(raw: Any) -> WallPost | None:
    """The post in an item; None for another shape."""
    return read_item(raw, WallPost)


def id_of(raw: Any) -> str | None:
    """The id of an item whose other fields may be of any shape."""
    if not isinstance(raw, dict):
        return None
    owner, number = raw.get("owner_id"), raw.get("id")
    return f"{owner}_{number}" if isinstance(owner, int) and isinstance(number, int) else None


def own_part(raw: Any) -> Any:
    """The fields that we read of an item; of the posts that it passes on or has attached their names alone."""
    own = fields_read(raw, WallPost)
    if not isinstance(own, dict):
        return own
    for name, cleaned in (("copy_history", _names_of), ("attachments", _own_attachment)):
        if isinstance(own.get(name), list):
            own[name] = [cleaned(part) for part in own[name]]
    return own


def _names_of(post: Any) -> dict[str, Any]:
    return {name: post[name] for name in ("owner_id", "id") if name in post} if isinstance(post, dict) else {}


def _own_attachment(attachment: Any) -> Any:
    kind = attachment.get("type") if isinstance(attachment, dict) else None
    if not isinstance(kind, str) or kind not in _POSTS_ATTACHED:
        return attachment
    return {"type": kind, kind: _names_of(attachment.get(kind))}


def is_emptied(post: WallPost) -> bool:
    """Whether it says that it has no words of its own; one that says nothing of its words does not."""
    # Words of an attached post are not its own: one that never had any cannot have lost them.
    attached = any(isinstance(part, dict) and part.get("type") in _POSTS_ATTACHED for part in post.attachments)
    return "text" in post.model_fields_set and not attached and why_skipped(post) in ("no_text", "reblog")


def why_skipped(post: WallPost) -> str | None:
    """The reason for which a post is not landed, or None."""
    if post.is_deleted:
        return "deleted"
    if post.copy_history and not post.text.strip():
        return "reblog"
    if not post.text.strip() and not media_texts(post):
        return "no_text"
    return None


def media_texts(post: WallPost) -> tuple[str, ...]:
    """What attachments say of themselves: titles and descriptions of pictures, videos, links, files and polls, and where
    links lead."""
    found: list[str] = []
    for attachment in post.attachments:
        kind = attachment.get("type") if isinstance(attachment, dict) else None
        held = attachment.get(kind) if isinstance(kind, str) and kind not in _POSTS_ATTACHED else None
        for name in ("title", "text", "description", "question", "caption"):
            said = held.get(name) if isinstance(held, dict) else None
            if isinstance(said, str) and said.strip():
                found.append(one_line(said[:2000]))
        # Where a link card leads, which may be the contact; the cards of VK's own pages lead nowhere else.
        link = held.get("url") if kind == "link" and isinstance(held, dict) else None
        if isinstance(link, str) and link.startswith(("http://", "https://")) and link not in post.text:
            found += [] if f".{host_of(link)}".endswith((".vk.com", ".vk.ru")) else [link[:2000]]
    return tuple(dict.fromkeys(found))


def mentions_in(text: str) -> tuple[str, ...]:
    """The numbers of those whose pages a text links to, as authors have them: communities below zero."""
    found = (number if kind == "id" else f"-{number}" for kind, number, _ in _LINKED_NAME.findall(text))
    return tuple(dict.fromkeys(found))


def make_wall_post(post: WallPost, source: Source, now: datetime, tally: Tally) -> Post:
    """The post; a name that links to its bearer's page (``[id1|Name]``) is read as the name."""
    text = tidy(_LINKED_NAME.sub(r"\3", post.text))
    counts = {
        "likes": post.likes.count,
        "replies": post.comments.count,
        "reposts": post.reposts.count,
        "views": post.views.count,
    }
    return Post(
        platform=VK,
        native_id=post.native_id,
        source=source.id,
        url=f"https://vk.com/wall{post.native_id}",
        author=str(post.from_id if post.from_id is not None else post.owner_id),
        author_kind=AuthorKind(source.author_kind),
        text=text,
        media_text="\n".join(media_texts(post)),
        hashtags=hashtags_in(post.text),
        mentions=mentions_in(post.text),
        reply_to=post.reply_to,
        quotes=next(filter(None, map(id_of, post.copy_history)), None),
        engagement={name: number for name, number in counts.items() if number is not None},
        published_at=believed(post.date, now, tally),
        edited_at=post.edited,
        collected_at=now,
    )
