"""Instagram posts that a browser extension captured, in the two forms that Instagram's pages have had.

A post is known by its shortcode, the word in its address, wherever it is seen. Instagram describes pictures by itself
and repeats words that it reads in them; the description is kept as text of the media.
"""

from __future__ import annotations

import re

from crawlers.importers.formats.fields import counts, objects, tags_in, text_of, texts, word
from crawlers.importers.formats.format import Draft, Item, Shape
from crawlers.importers.problems import RowFault

PLATFORM = "instagram"
_CODE = re.compile(r"[A-Za-z0-9_-]{5,60}")
_IN_ADDRESS = re.compile(r"/(?:p|reels?|tv)/([A-Za-z0-9_-]{5,60})(?=[/?#]|$)")


def post_url(code: str) -> str:
    """The address of a post; that of a reel leads there too."""
    return f"https://www.instagram.com/p/{code}/"


def code_in(url: str) -> str | None:
    """The shortcode in the address of a post."""
    found = _IN_ADDRESS.search(url)
    return found[1] if found else None


def _code(item: Item, name: str) -> str:
    code = item.get(name)
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise RowFault("odd_id")
    return code


def _listed(item: Item) -> Draft:
    if item.get("product_type") == "ad":
        # A paid advert that stood in somebody's feed: no public post of its account.
        raise RowFault("sponsored")
    return _draft(
        item,
        _code(item, "code"),
        text_of(item, "caption.text"),
        [item, *objects(item, "carousel_media")],
        item.get("taken_at"),
        {"likes": ("like_count",), "comments": ("comment_count",), "views": ("play_count", "view_count")},
    )


def _graph(item: Item) -> Draft:
    children = [
        one["node"] for one in objects(item, "edge_sidecar_to_children.edges") if isinstance(one.get("node"), dict)
    ]
    return _draft(
        item,
        _code(item, "shortcode"),
        text_of(item, "edge_media_to_caption.edges.0.node.text"),
        [item, *children],
        item.get("taken_at_timestamp"),
        {
            "likes": ("edge_media_preview_like.count", "edge_liked_by.count"),
            "comments": ("edge_media_to_comment.count", "edge_media_preview_comment.count"),
            "views": ("video_view_count",),
        },
    )


def _draft(
    item: Item, code: str, text: str, media: list[Item], published: object, names: dict[str, tuple[str, ...]]
) -> Draft:
    if item.get("like_and_view_counts_disabled"):
        # What stands there then is what one visitor was shown.
        names = {"comments": names["comments"]}
    return Draft(
        platform=PLATFORM,
        native_id=code,
        text=text,
        url=post_url(code),
        author=word(item, "user.username", "owner.username"),
        media_text=(
            *dict.fromkeys(one for part in media for one in texts(part, "accessibility_caption")),
            *texts(item, "media_text"),
        ),
        hashtags=tags_in(text),
        engagement=counts(item, names),
        published=published,
    )


CAPTURED = (
    Shape("Instagram posts", (("code",), ("caption", "taken_at"), ("user", "owner"), ("media_type",)), _listed),
    Shape("Instagram posts (older form)", (("shortcode",), ("edge_media_to_caption",)), _graph),
)
"""Items of a browser capture."""
