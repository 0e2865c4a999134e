"""Posts and comments of a Lemmy server -> Post. Version 3 of its API and version 4 say the same in other words.

Platform and native id are those of the Fediverse, ``ap_id``: the same post read over Mastodon's API is the same post.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from config import Source
from crawlers.platforms.shared.answers import Moment, read_item
from crawlers.platforms.shared.drafting import believed
from crawlers.platforms.shared.wordings import hashtags_in, plain_markdown
from crawlers.tally import Tally
from crawlers.texts import one_line
from crawlers.urls import host_of
from records import FEDIVERSE, AuthorKind, Post

POST = "post"
COMMENT = "comment"
KINDS = (POST, COMMENT)

Id = Annotated[int, Field(strict=True, ge=1, lt=2**63)]

_COMMUNITY = re.compile(r"(?P<base>.*)/c/(?P<name>[^/]+)/?")
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|mp4|webm)$", re.IGNORECASE)


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Counts(_Shape):
    comments: int | None = None
    child_count: int | None = None
    score: int | None = None
    upvotes: int | None = None
    downvotes: int | None = None


class _Content(_Counts):
    """What posts and comments have in common. In version 4 the counts stand here too."""

    id: Id
    ap_id: str = Field(pattern=r"^https?://[^/\s]+/\S*$", max_length=2000)
    published: Moment = Field(validation_alias=AliasChoices("published_at", "published"))
    updated: Moment | None = Field(default=None, validation_alias=AliasChoices("updated_at", "updated"))
    deleted: bool = False
    removed: bool = False
    language_id: int | None = None
    featured_local: bool = False
    featured_community: bool = False


class _PostContent(_Content):
    name: str
    body: str | None = None
    url: str | None = None
    alt_text: str | None = None


class _CommentContent(_Content):
    content: str
    path: str = ""
    """The numbers of the comments above it and its own, from 0 on, with points between."""


class _Creator(_Shape):
    name: str = Field(min_length=1)
    address: str = Field(validation_alias=AliasChoices("ap_id", "actor_id"))


class _Community(_Shape):
    visibility: str | None = None


class _View(_Shape):
    creator: _Creator
    community: _Community
    counts: _Counts | None = None


class PostView(_View):
    """A post with who wrote it and where."""

    content: _PostContent = Field(validation_alias=POST)


class CommentView(_View):
    """A comment with who wrote it and where."""

    content: _CommentContent = Field(validation_alias=COMMENT)
    below: dict[str, Any] = Field(default_factory=dict, validation_alias=POST)

    @property
    def post(self) -> str | None:
        """The ``ap_id`` of the post below which it stands."""
        found = self.below.get("ap_id")
        return found if isinstance(found, str) and found else None

    @property
    def is_first_level(self) -> bool:
        """Whether it answers the post itself; comments that others answer have numbers of this server only."""
        return self.content.path == f"0.{self.content.id}"


View = PostView | CommentView


def read_view(item: Any, kind: str) -> View | None:
    """The post or comment in an item of the API; None for another shape."""
    return read_item(item, PostView) if kind == POST else read_item(item, CommentView)


def own_part(item: Any, kind: str) -> Any:
    """The item without the words of others: of the post below which a comment stands only its names."""
    below = item.get(POST) if kind == COMMENT and isinstance(item, dict) else None
    if not isinstance(below, dict):
        return item
    return {**item, POST: {name: below[name] for name in ("id", "ap_id") if name in below}}


def why_gone(view: View) -> str | None:
    """The word under which an item counts that its server says is deleted, or None."""
    if view.content.deleted:
        return "deleted"
    return "removed_by_moderator" if view.content.removed else None


def is_public(view: View) -> bool:
    """Whether its community is for everybody; some are for the server's own members or for approved ones."""
    return (view.community.visibility or "public").lower() == "public"


def is_pinned(view: View, *, in_community: bool) -> bool:
    """Whether it stands at the top of its list for another reason than its date."""
    return view.content.featured_community if in_community else view.content.featured_local


def split_url(url: str) -> tuple[str, str | None]:
    """The server's address, and the community (``NAME`` or ``NAME@SERVER``) where the address names one."""
    bare = url.rstrip("/")
    match = _COMMUNITY.fullmatch(urlsplit(bare).path)
    if match is None:
        return bare, None
    return urlsplit(bare)._replace(path=match["base"], query="", fragment="").geturl(), match["name"]


def read_languages(site: Any) -> dict[str, str]:
    """Codes of languages by the server's number for them, as text; the number 0 means that none was stated."""
    stated = site.get("all_languages") if isinstance(site, dict) else None
    found: dict[str, str] = {}
    for language in stated if isinstance(stated, list) else ():
        number, code = (language.get("id"), language.get("code")) if isinstance(language, dict) else (None, None)
        if isinstance(number, int) and isinstance(code, str) and code not in ("", "und"):
            found[str(number)] = code
    return found


def make_post(view: View, source: Source, languages: dict[str, str], now: datetime, tally: Tally) -> Post:
    """The post. Raises ValidationError where it is nothing that can be kept."""
    content = view.content
    title, text, alts = _wording(content)
    return Post(
        platform=FEDIVERSE,
        native_id=content.ap_id,
        source=source.id,
        url=content.ap_id,
        author=f"{view.creator.name}@{host_of(view.creator.address) or host_of(content.ap_id)}",
        author_kind=AuthorKind(source.author_kind),
        lang_hint=languages.get(str(content.language_id)),
        title=title,
        text=text,
        media_text="\n".join(alts),
        hashtags=hashtags_in(f"{title}\n{text}"),
        reply_to=view.post if isinstance(view, CommentView) and view.is_first_level else None,
        thread=view.post if isinstance(view, CommentView) else content.ap_id,
        engagement=_engagement(view),
        published_at=believed(content.published, now, tally),
        edited_at=content.updated,
        collected_at=now,
    )


def _wording(content: _PostContent | _CommentContent) -> tuple[str, str, list[str]]:
    """Title, text and media descriptions. A link that a post is about belongs to what it says; a picture's does not."""
    if isinstance(content, _CommentContent):
        text, alts = plain_markdown(content.content)
        return "", text, alts
    text, alts = plain_markdown(content.body or "")
    link = (content.url or "").strip()
    if link and link not in text and not _PICTURE.search(link.partition("?")[0]):
        text = f"{text}\n\n{link}".strip()
    described = one_line(content.alt_text or "")
    return one_line(content.name), text, [described, *alts] if described else alts


def _engagement(view: View) -> dict[str, int]:
    counted = view.counts or view.content
    replies = counted.comments if counted.comments is not None else counted.child_count
    counts = {
        "replies": replies,
        "score": counted.score,
        "upvotes": counted.upvotes,
        "downvotes": counted.downvotes,
    }
    return {name: number for name, number in counts.items() if number is not None}
