"""Submissions (`t3`) and comments (`t1`) as Reddit's API gives them -> Post."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from config import Source
from crawlers.platforms.shared.answers import fields_read, read_item
from crawlers.platforms.shared.drafting import believed
from crawlers.platforms.shared.wordings import plain_markdown
from crawlers.platforms.vk.posts import Unix
from crawlers.tally import Tally
from crawlers.texts import one_line
from crawlers.urls import host_of
from records import AuthorKind, Post

REDDIT = "reddit"
ID = r"^t[13]_[a-z0-9]{1,16}$"
_WITHDRAWN = frozenset({"[deleted]", "[removed]", "[ Removed by Reddit ]"})
_OWN = (".redd.it", ".reddit.com", ".redditmedia.com")
_NOBODY = frozenset({"[deleted]", "[removed]"})


class Thing(BaseModel):
    """The fields of a submission or comment that we read."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str = Field(pattern=ID)
    created_utc: Unix
    title: str = ""
    selftext: str = ""
    body: str = ""
    author: str | None = None
    permalink: str | None = None
    edited: Unix | bool | None = Field(default=None, union_mode="left_to_right")
    removed_by_category: str | None = None
    is_robot_indexable: bool | None = None
    crosspost_parent: str | None = None
    parent_id: str | None = Field(default=None, pattern=ID)
    link_id: str | None = Field(default=None, pattern=ID)
    promoted: bool | None = None
    url_overridden_by_dest: str | None = None
    score: int | None = None
    num_comments: int | None = None

    @property
    def text(self) -> str:
        """The body, as Markdown."""
        return self.selftext or self.body


def read_thing(raw: Any) -> Thing | None:
    """The thing in an item of a listing; None for another shape."""
    if not isinstance(raw, dict) or raw.get("kind") not in ("t1", "t3"):
        return None
    return read_item(raw.get("data"), Thing)


def name_of(raw: Any) -> str | None:
    """The full name (``t3_…``) of an item whose other fields may be of any shape."""
    data = raw.get("data") if isinstance(raw, dict) else None
    name = data.get("name") if isinstance(data, dict) else None
    return name if isinstance(name, str) else None


def own_part(raw: Any) -> Any:
    """The fields that we read of an item: without author and title of the submission that a comment answers, the answers below
    it, and what a crosspost passes on."""
    return {**raw, "data": fields_read(raw.get("data"), Thing)} if isinstance(raw, dict) else raw


def is_emptied(thing: Thing) -> bool:
    """Whether it says that it has no words; one that says nothing of its words does not."""
    skipped = why_skipped(thing)
    return skipped is not None and skipped[0] == "no_text" and bool({"selftext", "body"} & thing.model_fields_set)


def why_skipped(thing: Thing) -> tuple[str, bool] | None:
    """The reason for which a thing is not landed, and whether what was landed of it must go; or None."""
    if thing.removed_by_category or thing.text.strip() in _WITHDRAWN:
        return "deleted", True
    if thing.is_robot_indexable is False:
        return "noindex", True
    if thing.promoted:
        return "advertisement", False
    if thing.crosspost_parent:
        return "reblog", False
    if not (thing.title.strip() or thing.text.strip()):
        return "no_text", False
    return None


def _wording(thing: Thing) -> str:
    """The text, and below it the link that a submission is about; not one to a picture or another page of Reddit."""
    link = (thing.url_overridden_by_dest or "").strip()
    host = f".{host_of(link)}"
    if not link.startswith(("http://", "https://")) or host.endswith(_OWN) or link in thing.text:
        return thing.text
    return f"{thing.text}\n\n{link}"


def make_thing_post(thing: Thing, source: Source, now: datetime, tally: Tally) -> Post:
    """The post: Markdown as people see it, since its signs within a name (``some\\_name``) would hide half of it."""
    text, alts = plain_markdown(_wording(thing))
    counts = {"score": thing.score, "replies": thing.num_comments}
    link = thing.permalink if thing.permalink and thing.permalink.startswith("/r/") else None
    return Post(
        platform=REDDIT,
        native_id=thing.name,
        source=source.id,
        url=f"https://www.reddit.com{link}" if link else None,
        author=thing.author if thing.author not in _NOBODY else None,
        author_kind=AuthorKind(source.author_kind),
        title=one_line(thing.title),
        text=text,
        media_text="\n".join(alts),
        reply_to=thing.parent_id,
        thread=thing.link_id or (thing.name if thing.name.startswith("t3_") else None),
        engagement={name: number for name, number in counts.items() if number is not None},
        published_at=believed(thing.created_utc, now, tally),
        edited_at=thing.edited if isinstance(thing.edited, datetime) else None,
        collected_at=now,
    )
