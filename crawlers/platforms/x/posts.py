"""Posts as the X API v2 gives them (`tweet` objects) -> Post."""

from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from config import Source
from crawlers.platforms.shared.answers import Moment, read_item
from crawlers.platforms.shared.drafting import believed
from crawlers.platforms.shared.words import hashtags_in
from crawlers.tally import Tally
from crawlers.texts import tidy
from records import AuthorKind, Post

X = "x"
FIELDS = "author_id,conversation_id,created_at,edit_history_tweet_ids,entities,lang,note_tweet,public_metrics,referenced_tweets"
"""What is asked for. No expansions: users and media may be billed as resources of their own."""
ID = r"^[0-9]{1,19}$"
_EPOCH = datetime.fromtimestamp(1288834974.657, UTC)
"""Ids hold the milliseconds since then, above 22 bits."""


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Tag(_Shape):
    tag: str


class _Mention(_Shape):
    id: str | None = None


class _Link(_Shape):
    url: str | None = None
    expanded_url: str | None = None
    media_key: str | None = None


class _Entities(_Shape):
    hashtags: tuple[_Tag, ...] = ()
    mentions: tuple[_Mention, ...] = ()
    urls: tuple[_Link, ...] = ()


class _Note(_Shape):
    text: str
    entities: _Entities = _Entities()


class _Reference(_Shape):
    type: str
    id: str | None = None


class _Metrics(_Shape):
    like_count: int | None = None
    reply_count: int | None = None
    retweet_count: int | None = None
    quote_count: int | None = None
    impression_count: int | None = None


class XPost(_Shape):
    """The fields of a post that we read."""

    id: str = Field(pattern=ID)
    text: str
    created_at: Moment
    author_id: str | None = None
    edit_history_tweet_ids: tuple[str, ...] = ()
    conversation_id: str | None = None
    lang: str | None = None
    note_tweet: _Note | None = None
    entities: _Entities = _Entities()
    referenced_tweets: tuple[_Reference, ...] = ()
    public_metrics: _Metrics = _Metrics()

    @property
    def native_id(self) -> str:
        """The id of its first wording: an edit gets an id of its own."""
        ids = [key for key in self.edit_history_tweet_ids if key.isascii() and key.isdigit() and len(key) <= 19]
        return min([*ids, self.id], key=int)

    @property
    def marked(self) -> tuple[_Entities, ...]:
        """What is marked in the short text and in the long one."""
        return (self.entities, self.note_tweet.entities) if self.note_tweet else (self.entities,)

    def referenced(self, kind: str) -> str | None:
        """The id of the post that it refers to in that way (``replied_to``, ``quoted``)."""
        return next((found.id for found in self.referenced_tweets if found.type == kind and found.id), None)

    @property
    def newest_id(self) -> str:
        """The id of its last wording."""
        ids = [key for key in self.edit_history_tweet_ids if key.isascii() and key.isdigit() and len(key) <= 19]
        return max([*ids, self.id], key=int)


def read_x_post(raw: Any) -> XPost | None:
    """The post in an item; None for another shape."""
    return read_item(raw, XPost)


def first_id_at(moment: datetime) -> str:
    """The smallest id that a post of that moment can have."""
    return str(max(0, (moment - _EPOCH) // timedelta(milliseconds=1)) << 22)


def moment_of(post_id: str) -> datetime:
    """The moment that an id holds."""
    return _EPOCH + timedelta(milliseconds=int(post_id) >> 22)


def why_skipped(post: XPost) -> str | None:
    """The reason for which a post is not landed, or None."""
    return "reblog" if any(reference.type == "retweeted" for reference in post.referenced_tweets) else None


def _readable(post: XPost) -> str:
    # X hides where a link leads, which in an advert is the contact. Where it leads to the post's own picture is no word of it.
    text = html.unescape(post.note_tweet.text if post.note_tweet else post.text)
    for link in (link for held in post.marked for link in held.urls):
        if link.url and link.expanded_url and link.media_key is None:
            text = text.replace(link.url, link.expanded_url)
    return text


def make_x_post(post: XPost, source: Source, now: datetime, tally: Tally) -> Post:
    """The post. Its author is the account's number, which stays when the account is renamed."""
    text = _readable(post)
    tags = [tag.tag for held in post.marked for tag in held.hashtags]
    metrics = post.public_metrics
    counts = {
        "likes": metrics.like_count,
        "replies": metrics.reply_count,
        "reposts": metrics.retweet_count,
        "quotes": metrics.quote_count,
        "views": metrics.impression_count,
    }
    return Post(
        platform=X,
        native_id=post.native_id,
        source=source.id,
        url=f"https://x.com/i/status/{post.native_id}",
        author=post.author_id,
        author_kind=AuthorKind(source.author_kind),
        lang_hint=post.lang if post.lang not in ("und", "qme", "qst", "zxx", "qam", "qct", "qht") else None,
        text=tidy(text),
        hashtags=tuple(dict.fromkeys(tags)) or hashtags_in(text),
        mentions=tuple(dict.fromkeys(one.id for held in post.marked for one in held.mentions if one.id)),
        reply_to=post.referenced("replied_to"),
        thread=post.conversation_id,
        quotes=post.referenced("quoted"),
        engagement={name: number for name, number in counts.items() if number is not None},
        published_at=believed(post.created_at, now, tally),
        edited_at=moment_of(post.id) if post.id != post.native_id else None,
        collected_at=now,
    )
