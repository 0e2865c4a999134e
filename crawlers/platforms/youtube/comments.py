"""Comments as the YouTube Data API v3 gives them (`comment` and `commentThread` resources) -> Post."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field

from config import Source
from crawlers.platforms.shared.answers import Moment, read_item
from crawlers.platforms.shared.drafting import believed
from crawlers.platforms.shared.words import hashtags_in
from crawlers.tally import Tally
from crawlers.texts import tidy
from records import AuthorKind, Post

YOUTUBE = "youtube"
ID = r"^[\w.-]{1,128}$"
"""Of a comment; a reply's is its thread's and its own, with a point between. It goes into addresses."""


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Channel(_Shape):
    value: str


class Snippet(_Shape):
    """The fields of a comment that we read."""

    publishedAt: Moment
    updatedAt: Moment | None = None
    textOriginal: str | None = None
    textDisplay: str | None = None
    authorChannelId: _Channel | None = None
    authorDisplayName: str | None = None
    videoId: str | None = None
    parentId: str | None = None
    likeCount: int | None = None


class Comment(_Shape):
    """A comment or a reply to one."""

    id: str = Field(pattern=ID)
    snippet: Snippet


class Thread:
    """A comment with the newest of its replies: ``replies`` says how many there are, ``comments`` holds those shown."""

    def __init__(self, raw: Any) -> None:
        snippet = _part(raw, "snippet")
        self.id = raw["id"] if isinstance(raw, dict) and _is_id(raw.get("id")) else None
        count = snippet.get("totalReplyCount")
        self.replies = count if isinstance(count, int) and 0 <= count < 10**9 else 0
        self.is_public = snippet.get("isPublic") is not False
        video = snippet.get("videoId")
        self.video = video if isinstance(video, str) else None
        inlined = _part(raw, "replies").get("comments")
        self.shown = inlined if isinstance(inlined, list) else []
        # Whatever it is, it counts as one item that was seen.
        self.comments: list[Any] = [snippet.get("topLevelComment", raw), *self.shown]

    @property
    def moment(self) -> datetime | None:
        """When it began: its place in the list."""
        first = read_comment(self.comments[0])
        return first.snippet.publishedAt if first is not None else None


def read_comment(raw: Any) -> Comment | None:
    """The comment in an item; None for another shape."""
    return read_item(raw, Comment)


def comment_id(raw: Any) -> str | None:
    """The id of an item whose other fields may be of any shape."""
    return raw["id"] if isinstance(raw, dict) and _is_id(raw.get("id")) else None


def make_comment_post(
    comment: Comment, source: Source, replies: int | None, now: datetime, tally: Tally, video: str | None = None
) -> Post:
    """The post. ``replies``: how many its thread has; ``video``: below which it stands; where the run knows them."""
    said = comment.snippet
    text = said.textOriginal if said.textOriginal is not None else said.textDisplay or ""
    edited = said.updatedAt if said.updatedAt is not None and said.updatedAt > said.publishedAt else None
    counts = {"likes": said.likeCount, "replies": replies}
    link = {"v": said.videoId or video, "lc": comment.id}
    return Post(
        platform=YOUTUBE,
        native_id=comment.id,
        source=source.id,
        url=f"https://www.youtube.com/watch?{urlencode(link)}" if link["v"] else None,
        author=said.authorChannelId.value if said.authorChannelId else said.authorDisplayName,
        author_kind=AuthorKind(source.author_kind),
        # We ask for plain text: what stands between < and > there are the author's words.
        text=tidy(text),
        hashtags=hashtags_in(text),
        # All replies answer their thread's first comment: YouTube has one level.
        reply_to=said.parentId or None,
        thread=said.parentId or comment.id,
        engagement={name: number for name, number in counts.items() if number is not None},
        published_at=believed(said.publishedAt, now, tally),
        edited_at=edited,
        collected_at=now,
    )


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(ID, value) is not None


def _part(raw: Any, name: str) -> dict[str, Any]:
    found = raw.get(name) if isinstance(raw, dict) else None
    return found if isinstance(found, dict) else {}
