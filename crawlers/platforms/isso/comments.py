"""A comment as isso gives it -> Post. Shape by isso 0.14 (views/comments.py, db/comments.py)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from config import Source
from crawlers.dates import plausible
from crawlers.platforms.shared.answers import fields_read
from crawlers.tally import Tally
from crawlers.texts import alt_texts, hidden_links, one_line, plain_text
from crawlers.urls import host_of
from records import AuthorKind, Post

PLATFORM = "isso"
ACCEPTED = 1
"""The mode of a comment that everybody may read; 2 waits for a moderator, 4 was deleted but has answers."""

Seconds = Field(gt=0, lt=253_402_300_800, allow_inf_nan=False)


class Comment(BaseModel):
    """One comment. ``created``, ``modified``: seconds since 1970; ``uri``: path of the page below which it stands."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: int = Field(strict=True, ge=1, lt=2**53)
    uri: str = Field(pattern=r"^/", max_length=2000)
    text: str
    author: str | None = None
    mode: int
    created: float = Seconds
    modified: float | None = None
    parent: int | None = None
    likes: int = Field(default=0, ge=0, lt=2**53)
    dislikes: int = Field(default=0, ge=0, lt=2**53)

    @property
    def written(self) -> datetime:
        """When it was written."""
        return datetime.fromtimestamp(self.created, UTC)


def read_comment(item: Any, uri: str | None = None) -> Comment | None:
    """The comment in an item of the API; None for another shape. ``uri``: the page, where the item does not name it."""
    if isinstance(item, dict) and uri is not None:
        item = {**item, "uri": uri}
    try:
        return Comment.model_validate(item)
    except (ValidationError, RecursionError):
        return None


def own_part(item: Any) -> Any:
    """The fields that we read of an item of the API: no hash of an e-mail address, no web site, and no answers below it."""
    return fields_read(item, Comment)


def native_id(comment: Comment, url: str) -> str:
    """isso gives a deleted comment's number to the next one (SQLite's row number), so the second of writing is part of it."""
    return f"{host_of(url)}/{comment.id}-{comment.created:.0f}"


def make_post(comment: Comment, parent: Comment | None, source: Source, url: str, now: datetime, tally: Tally) -> Post:
    """The post; ``parent``: the comment it answers, where that is known. Raises ValidationError for what cannot be kept."""
    fault = plausible(comment.written, now)
    if fault is not None:
        tally.remark(fault.value)
    # Names are free words: an Anna here is not the Anna of another site.
    name = one_line(comment.author or "")
    text = plain_text(comment.text)
    edited = comment.modified if comment.modified and comment.modified < now.timestamp() else None
    return Post(
        platform=PLATFORM,
        native_id=native_id(comment, url),
        source=source.id,
        # The page stands on the site that the comments are for; the comment server does not say which that is.
        url=None,
        author=f"{name}@{host_of(url)}" if name else None,
        author_kind=AuthorKind(source.author_kind),
        text=text,
        media_text="\n".join([*alt_texts(comment.text), *hidden_links(comment.text, text, host_of(url))]),
        # A comment that has answers keeps its number when it is deleted.
        reply_to=native_id(parent, url) if parent is not None else None,
        thread=f"{host_of(url)}{comment.uri}",
        engagement={"likes": comment.likes, "dislikes": comment.dislikes},
        published_at=None if fault else comment.written,
        edited_at=datetime.fromtimestamp(edited, UTC) if edited else None,
        collected_at=now,
    )


def make_lookup(comment: Comment) -> str:
    """Page, number and second of writing: the API shows one comment only to whoever wrote it."""
    return json.dumps([comment.uri, comment.id, round(comment.created)], ensure_ascii=False)


def parse_lookup(lookup: str) -> tuple[str, int, int] | None:
    """What ``make_lookup`` made; None for anything else."""
    try:
        uri, number, second = json.loads(lookup)
    except (ValueError, TypeError):
        return None
    return (
        (uri, number, second) if isinstance(uri, str) and isinstance(number, int) and isinstance(second, int) else None
    )


def comments_of(thread: Any, uri: str) -> list[Comment] | None:
    """All comments of a page's thread, answers included; None for an answer of another shape."""
    replies = thread.get("replies") if isinstance(thread, dict) else None
    if not isinstance(replies, list):
        return None
    found: list[Comment] = []
    for item in replies:
        below = item.get("replies") if isinstance(item, dict) else None
        for one in (item, *(below if isinstance(below, list) else ())):
            comment = read_comment(one, uri)
            if comment is None:
                return None
            found.append(comment)
    return found
