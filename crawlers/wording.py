"""What a post says in the ledger, for spiders that compare it with what they read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ledger import StoredPost
from records import Post


@dataclass(frozen=True)
class Wording:
    """A post as it was landed last."""

    title: str
    text: str
    media_text: str
    hashtags: tuple[str, ...]
    engagement: Mapping[str, int]
    lang_hint: str | None = None
    edited_at: datetime | None = None

    @classmethod
    def of(cls, post: Post | StoredPost) -> Wording:
        """A post's."""
        return cls(
            post.title, post.text, post.media_text, post.hashtags, post.engagement, post.lang_hint, post.edited_at
        )
