"""Identifiers of posts: built and parsed here only.

A post is identified by its platform and the id that is global on that platform (architecture, rule 3), so the same post
seen on two servers, by feed and by sitemap, or twice is one post.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from typing import NewType

PostId = NewType("PostId", str)
"""32 lower-case hexadecimal digits."""

WEB = "web"
IMPORT = "import"
FEDIVERSE = "fediverse"
PLATFORM_WORD = r"^[a-z0-9][a-z0-9._-]{0,63}$"
"""What a platform's word looks like. Lower case only: an id is made of it, and `platform:` asks for it, in one form."""

_POST_ID = re.compile(r"[0-9a-f]{32}")
_REFERENCE = "daymark:"


# A landing asks a dozen times for the id of each of its posts, up to 500 of them at once; without it 5 % of an import's time.
@lru_cache(maxsize=1024)
def make_post_id(platform: str, native_id: str) -> PostId:
    """The id of the post that ``platform`` knows as ``native_id``: 128 bits of SHA-256 over both.

    Raises ValueError when either is empty: a post without a native id has no identity and must not be landed.
    """
    if not platform or not native_id:
        raise ValueError("a post needs a platform and a native id")
    # The length prefix keeps ("ab", "c") and ("a", "bc") apart.
    text = f"{len(platform)}:{platform}:{native_id}"
    return PostId(hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32])


def is_post_id(text: str) -> bool:
    """Whether the text has the form of a post id."""
    return _POST_ID.fullmatch(text) is not None


def make_reference(post_id: str) -> str:
    """The reference that stands in place of a person's link: ``daymark:POST_ID``, opened by ``daymark open``."""
    return _REFERENCE + post_id


def parse_reference(text: str) -> PostId:
    """The post id in ``daymark:POST_ID`` or a bare post id. Raises ValueError on anything else."""
    bare = text.removeprefix(_REFERENCE)
    if not is_post_id(bare):
        raise ValueError(f"not a post id: {text[:60]!r} (32 hexadecimal digits, as search prints them)")
    return PostId(bare)
