"""TikTok: answers of the Research API (videos and comments), and items that a browser extension captured.

A video is known by its number wherever it is seen; a comment by `comment/` and its own. The Research API names no author
of a comment, and neither form says whose video a comment stands under, so comments have no address.
"""

from __future__ import annotations

from typing import Any

from crawlers.importers.formats.fields import (
    counts,
    language,
    linked_id,
    listed,
    number_id,
    objects,
    tag_words,
    tags_in,
    text_of,
    texts,
    unique,
    word,
)
from crawlers.importers.formats.format import Draft, Format, Item, Shape
from crawlers.importers.paths import MISSING, value_at
from crawlers.importers.problems import RowFault

PLATFORM = "tiktok"


def video_url(author: str | None, number: str) -> str | None:
    """The address of a video, which has its author's name in it."""
    return f"https://www.tiktok.com/@{author}/video/{number}" if author else None


def unpack(answer: Item) -> list[Any] | None:
    """The items of an answer of the Research API; None for an item. Raises RowFault for an answer that is an error."""
    data = answer.get("data")
    for holder in (data, answer):
        for name in ("videos", "comments"):
            if isinstance(holder, dict) and isinstance(holder.get(name), list):
                return list(holder[name])
    code = value_at(answer, "error.code")
    if code is not MISSING and code not in ("ok", ""):
        raise RowFault("error_answer")
    return None


def _research_video(item: Item) -> Draft:
    number, author = number_id(item, "id", "video_id"), word(item, "username", "author_name")
    text = text_of(item, "video_description")
    tags = tag_words(item.get("hashtag_names"))
    tags = tags or unique(word(tag, "hashtag_name") for tag in objects(item, "hashtag_info_list"))
    return Draft(
        platform=PLATFORM,
        native_id=number,
        text=text,
        url=video_url(author, number),
        author=author,
        media_text=tuple(texts(item, "voice_to_text", "media_text")),
        hashtags=tags or tags_in(text),
        mentions=unique(name.lstrip("@") for name in tag_words(item.get("video_mention_list"))),
        thread=number,
        engagement=counts(
            item,
            {
                "likes": ("like_count",),
                "comments": ("comment_count",),
                "shares": ("share_count",),
                "views": ("view_count",),
                "saves": ("favorites_count", "favourites_count"),
            },
        ),
        published=item.get("create_time"),
    )


def _research_comment(item: Item) -> Draft:
    return Draft(
        platform=PLATFORM,
        native_id=f"comment/{number_id(item, 'id')}",
        text=text_of(item, "text"),
        reply_to=_answered(linked_id(item, "parent_comment_id"), linked_id(item, "video_id")),
        thread=linked_id(item, "video_id"),
        engagement=counts(item, {"likes": ("like_count",), "replies": ("reply_count",)}),
        published=item.get("create_time"),
    )


def _answered(above: str | None, video: str | None) -> str | None:
    """What a comment answers: another comment, or the video where the one above it is the video's number or none."""
    return f"comment/{above}" if above is not None and above != video else video


def _captured_video(item: Item) -> Draft:
    number, author = number_id(item, "id"), word(item, "author.uniqueId", "author")
    text = text_of(item, "desc") or "\n".join(one for part in objects(item, "contents") for one in texts(part, "desc"))
    stickers = (one for sticker in objects(item, "stickersOnItem") for one in listed(sticker, "stickerText"))
    return Draft(
        platform=PLATFORM,
        native_id=number,
        text=text,
        url=video_url(author, number),
        author=author,
        lang=language(item, "textLanguage"),
        # Words that the author laid over the picture, where many adverts say what the description does not.
        media_text=(
            *texts(item, "imagePost.title"),
            *(one.strip() for one in stickers if isinstance(one, str) and one.strip()),
            *texts(item, "media_text"),
        ),
        hashtags=unique(word(part, "hashtagName") for part in objects(item, "textExtra")) or tags_in(text),
        mentions=unique(word(part, "userUniqueId") for part in objects(item, "textExtra")),
        thread=number,
        quotes=linked_id(item, "duetInfo.duetFromId"),
        engagement=counts(
            item,
            {
                "likes": ("stats.diggCount", "statsV2.diggCount"),
                "comments": ("stats.commentCount", "statsV2.commentCount"),
                "shares": ("stats.shareCount", "statsV2.shareCount"),
                "views": ("stats.playCount", "statsV2.playCount"),
                "saves": ("stats.collectCount", "statsV2.collectCount"),
            },
        ),
        published=item.get("createTime"),
    )


def _captured_comment(item: Item) -> Draft:
    text = text_of(item, "text")
    return Draft(
        platform=PLATFORM,
        native_id=f"comment/{number_id(item, 'cid')}",
        text=text,
        author=word(item, "user.unique_id"),
        lang=language(item, "comment_language"),
        hashtags=tags_in(text),
        mentions=unique(word(part, "user_unique_id") for part in objects(item, "text_extra")),
        reply_to=_answered(linked_id(item, "reply_id"), linked_id(item, "aweme_id")),
        thread=linked_id(item, "aweme_id"),
        engagement=counts(item, {"likes": ("digg_count",), "replies": ("reply_comment_total",)}),
        published=item.get("create_time"),
    )


TIKTOK_RESEARCH = Format(
    name="tiktok-research",
    title="answer of the TikTok Research API",
    shapes=(
        Shape("videos", (("id", "video_id"), ("video_description", "voice_to_text")), _research_video),
        Shape("comments", (("id",), ("text",), ("video_id", "parent_comment_id", "create_time")), _research_comment),
    ),
    unpack=unpack,
)
CAPTURED = (
    Shape("TikTok videos", (("id",), ("desc", "contents"), ("createTime",), ("author",)), _captured_video),
    Shape("TikTok comments", (("cid",), ("text",), ("aweme_id",)), _captured_comment),
)
"""Items of a browser capture."""
