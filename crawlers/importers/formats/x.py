"""Posts of X that a browser extension captured, in the forms that its pages have had since 2021.

A post is known by the number of its first wording, since an edit gets one of its own, and its author by the account's
number, which stays when the account is renamed: as the API names both. A repost is read as the post that it repeats: the
words are its author's. A post over 280 characters carries its full text apart, and only that is whole.
"""

from __future__ import annotations

import html
import re

from crawlers.importers.formats.fields import (
    counts,
    language,
    linked_id,
    listed,
    number_id,
    objects,
    tags_in,
    text_of,
    texts,
    unique,
    word,
)
from crawlers.importers.formats.format import Draft, Item, Shape
from crawlers.importers.paths import value_at
from crawlers.importers.problems import RowFault

PLATFORM = "x"
_NUMBER = re.compile(r"[0-9]{1,19}")
_NOTE = "note_tweet.note_tweet_results.result"
_USER = "core.user_results.result"


def post_url(number: str) -> str:
    """The address of a post; it needs no author's name, which may change."""
    return f"https://x.com/i/status/{number}"


def _read(item: Item) -> Draft:
    post = _original(_whole(item))
    if not isinstance(post.get("legacy"), dict):
        raise RowFault("withheld")
    number = _first_wording(post, number_id(post, "rest_id", "legacy.id_str"))
    author = word(post, "legacy.user_id_str", f"{_USER}.rest_id", "user.id_str", f"{_USER}.core.screen_name")
    short, long = text_of(post, "legacy.full_text"), text_of(post, f"{_NOTE}.text")
    text = _readable(post, long if len(long) > len(short) else short)
    entities = [*objects(post, "legacy.entities.hashtags"), *objects(post, f"{_NOTE}.entity_set.hashtags")]
    named = [*objects(post, "legacy.entities.user_mentions"), *objects(post, f"{_NOTE}.entity_set.user_mentions")]
    media = objects(post, "legacy.extended_entities.media") or objects(post, "legacy.entities.media")
    return Draft(
        platform=PLATFORM,
        native_id=number,
        text=text,
        url=post_url(number),
        author=author,
        lang=language(post, "legacy.lang"),
        media_text=(*(one for part in media for one in texts(part, "ext_alt_text")), *texts(post, "media_text")),
        hashtags=unique(word(tag, "text") for tag in entities) or tags_in(text),
        mentions=unique(linked_id(one, "id_str") for one in named),
        reply_to=linked_id(post, "legacy.in_reply_to_status_id_str"),
        thread=linked_id(post, "legacy.conversation_id_str"),
        quotes=linked_id(post, "legacy.quoted_status_id_str"),
        engagement=counts(
            post,
            {
                "likes": ("legacy.favorite_count",),
                "replies": ("legacy.reply_count",),
                "reposts": ("legacy.retweet_count",),
                "quotes": ("legacy.quote_count",),
                "views": ("views.count", "ext_views.count"),
            },
        ),
        published=value_at(post, "legacy.created_at"),
    )


def _first_wording(post: Item, number: str) -> str:
    edits = (
        *listed(post, "edit_control.edit_tweet_ids"),
        *listed(post, "edit_control.edit_control_initial.edit_tweet_ids"),
    )
    known = [one for one in edits if isinstance(one, str) and _NUMBER.fullmatch(one)]
    return min([*known, number], key=int)


def _readable(post: Item, text: str) -> str:
    # X writes its text for pages, and hides where a link leads, which in an advert is the contact.
    text = html.unescape(text)
    for link in (*objects(post, "legacy.entities.urls"), *objects(post, f"{_NOTE}.entity_set.urls")):
        short, full = link.get("url"), link.get("expanded_url")
        if isinstance(short, str) and isinstance(full, str) and short and full:
            text = text.replace(short, full)
    return text


def _whole(item: Item) -> Item:
    # A post that not everybody may answer, or that has a warning, lies one level deeper.
    inner = item.get("tweet")
    return inner if isinstance(inner, dict) and isinstance(inner.get("legacy"), dict) else item


def _original(post: Item) -> Item:
    repeated = value_at(post, "legacy.retweeted_status_result.result")
    return _whole(repeated) if isinstance(repeated, dict) else post


CAPTURED = (
    Shape("posts of X", (("legacy.full_text", "tweet.legacy.full_text"), ("rest_id", "tweet.rest_id")), _read),
    Shape("posts of X (older form)", (("legacy.full_text",), ("legacy.id_str",), ("user.screen_name",)), _read),
)
"""Items of a browser capture."""
