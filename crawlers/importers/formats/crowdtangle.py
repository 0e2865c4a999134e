"""CrowdTangle's CSV of posts, Facebook and Instagram, as it was written until August 2024, and tables in its form.

A Facebook post is known as Facebook's own interface names it, PAGE_POST in numbers; where its address has no number, by
the address. An Instagram post is known by its shortcode, as in a browser capture. The words that CrowdTangle read in
pictures (`Image Text`), and the headline and the address of a link, are text of the media.
"""

from __future__ import annotations

import re

from crawlers.importers.formats import instagram
from crawlers.importers.formats.fields import counts, language, linked, tags_in, text_of, texts, word
from crawlers.importers.formats.format import Draft, Format, Item, Shape
from crawlers.importers.problems import RowFault
from crawlers.importers.rounded import refuse_rounded
from crawlers.urls import canonical_url, host_of

FACEBOOK = "facebook"
_OWN = (".facebook.com", ".fbcdn.net", ".fb.watch")
"""Where a post leads that is about its own picture or video."""
_POST_NUMBER = re.compile(
    r"(?:/(?:posts|permalink|videos|photos|reel)/(?:[^/?#]+/){0,2}|[?&](?:story_fbid|fbid|v)=)([0-9]{5,30})(?=[/?#&]|$)"
)
_OWNER = re.compile(r"facebook\.com/(?:groups/)?([0-9]{3,30})/|[?&]id=([0-9]{3,30})(?=&|$)")
_COUNTS = {
    "likes": ("Likes",),
    "comments": ("Comments",),
    "shares": ("Shares",),
    "views": ("Post Views", "Views"),
    **{name.lower(): (name,) for name in ("Love", "Wow", "Haha", "Sad", "Angry", "Care")},
}


def _read(item: Item) -> Draft:
    url = word(item, "URL")
    if url is None:
        raise RowFault("missing_id")
    host = f".{host_of(url)}"
    if host.endswith(".instagram.com"):
        return _instagram(item, url)
    if host.endswith(".facebook.com"):
        return _facebook(item, url)
    raise RowFault("other_platform")


def _facebook(item: Item, url: str) -> Draft:
    text = text_of(item, "Message")
    link = linked(text, word(item, "Final Link", "Link"), *_OWN)
    return _draft(
        item,
        FACEBOOK,
        facebook_id(url, item.get("Facebook Id")),
        url,
        text,
        [*texts(item, "Image Text", "Link Text", "Description", "media_text"), *link],
    )


def _instagram(item: Item, url: str) -> Draft:
    code = instagram.code_in(url)
    if code is None:
        raise RowFault("odd_id")
    # On Instagram the caption stands under `Description`.
    text = text_of(item, "Description", "Message")
    media = texts(item, "Title", "Image Text", "media_text")
    return _draft(item, instagram.PLATFORM, code, instagram.post_url(code), text, media)


def _draft(item: Item, platform: str, native_id: str, url: str, text: str, media: list[str]) -> Draft:
    return Draft(
        platform=platform,
        native_id=native_id,
        text=text,
        url=url,
        author=word(item, "User Name", "Page Name", "Account", "Group Name"),
        lang=language(item, "Language"),
        media_text=tuple(media),
        hashtags=tags_in(text),
        engagement=counts(item, _COUNTS),
        published=item.get("Post Created") or item.get("Created"),
    )


def facebook_id(url: str, owner: object) -> str:
    """OWNER_POST in numbers, or the canonical address where one of them is not known. Raises RowFault.

    ``owner`` is the id of the page or group as the file gives it.
    """
    refuse_rounded(owner)
    address = canonical_url(url)
    if address is None:
        raise RowFault("odd_id")
    post, named = _POST_NUMBER.search(url), _OWNER.search(url)
    found = str(owner).strip() if isinstance(owner, (int, str)) and not isinstance(owner, bool) else ""
    if not re.fullmatch(r"[0-9]{1,30}", found):
        found = (named[1] or named[2]) if named else ""
    return f"{found}_{post[1]}" if post and found else address


CROWDTANGLE = Format(
    name="crowdtangle",
    title="CrowdTangle CSV",
    shapes=(Shape("posts", (("URL",), ("Post Created", "Created"), ("Message", "Description")), _read),),
)
