"""Meta Content Library: the CSV of its downloadable subset, Facebook and Instagram.

Its ids are its own: they name a post in the library, not on Facebook or Instagram. So a post is known by `mcl:` and that
id, and one that came by another way is a second post here.
"""

from __future__ import annotations

from crawlers.importers.formats.fields import (
    counts,
    language,
    linked,
    number_id,
    tag_words,
    tags_in,
    text_of,
    texts,
    word,
)
from crawlers.importers.formats.format import Draft, Format, Item, Shape
from crawlers.importers.paths import value_at

FACEBOOK, INSTAGRAM = "facebook", "instagram"
_OWN = (".facebook.com", ".fbcdn.net", ".fb.watch", ".instagram.com", ".cdninstagram.com")
_ONLY_FACEBOOK = ("surface.type", "statistics.love_count", "statistics.angry_count")
_REACTIONS = ("love", "wow", "haha", "sad", "angry", "care")
_COUNTS: dict[str, tuple[str, ...]] = {
    "likes": ("statistics.like_count",),
    "comments": ("statistics.comment_count",),
    "shares": ("statistics.share_count",),
    "views": ("statistics.views",),
    "reactions": ("statistics.reaction_count",),
    **{name: (f"statistics.{name}_count",) for name in _REACTIONS},
}


def _draft(platform: str, item: Item) -> Draft:
    text = text_of(item, "text")
    return Draft(
        platform=platform,
        native_id=f"mcl:{number_id(item, 'id')}",
        text=text,
        url=word(item, "mcl_url"),
        author=word(item, "post_owner.username", "post_owner.name", "post_owner.id"),
        lang=language(item, "lang"),
        media_text=(
            *texts(item, "link_attachment.name", "link_attachment.description", "media_text"),
            *linked(text, word(item, "link_attachment.link"), *_OWN),
        ),
        hashtags=tag_words(value_at(item, "hashtags")) or tags_in(text),
        engagement=counts(item, _COUNTS),
        published=value_at(item, "creation_time"),
        edited=value_at(item, "modified_time"),
    )


def _facebook(item: Item) -> Draft:
    return _draft(FACEBOOK, item)


def _instagram(item: Item) -> Draft:
    return _draft(INSTAGRAM, item)


_BOTH = (("id",), ("text",), ("creation_time",), ("post_owner.username", "post_owner.name", "post_owner.id"))
META_FACEBOOK = Format(
    name="meta-facebook",
    title="Meta Content Library CSV of Facebook",
    shapes=(Shape("posts of Facebook", (*_BOTH, _ONLY_FACEBOOK), _facebook),),
)
META_INSTAGRAM = Format(
    name="meta-instagram",
    title="Meta Content Library CSV of Instagram",
    shapes=(Shape("posts of Instagram", _BOTH, _instagram, without=_ONLY_FACEBOOK),),
)
