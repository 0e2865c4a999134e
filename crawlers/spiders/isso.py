"""Comments on a web site that keeps them with isso: the newest of all its pages. Shapes by isso 0.14 (views/comments.py).

1. the list    /latest?limit=N, oldest of them first; there are no pages, so a further page is the same list, twice as long
2. recheck     the thread of the page the comment stands below: absent from a whole thread is "not there"; another mode than
               ACCEPTED is a deletion

The list is closed unless the site's owner opened it (latest-enabled): then this is 404 and says so.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from crawlers.errors import EndRun
from crawlers.outcome import Outcome
from crawlers.platforms.shared.answers import list_in, read_item, read_json
from crawlers.platforms.shared.drafting import words_of
from crawlers.platforms.shared.list_spider import ListSpider, Shown
from crawlers.platforms.shared.newest_first import Page, Place
from crawlers.texts import one_line
from crawlers.urls import host_of
from records import Post

ACCEPTED = 1
"""The mode of a comment that everybody may read; 2 waits for a moderator, 4 was deleted but has answers."""
PAGE = 100
"""Comments first asked for; a site with more new ones in a quarter of an hour is asked for twice as many."""
LONGEST = 12_800
"""Comments asked for at most: isso makes the answer in one piece, from all that it has."""
_LOOKUP = TypeAdapter(tuple[str, int, int])
"""Page, number and second of writing: the API shows one comment only to whoever wrote it."""


class Comment(BaseModel):
    """What we read of a comment: no hash of an e-mail address, no web site, and no answers below it.

    ``created``, ``modified``: seconds since 1970; ``uri``: path of the page below which it stands.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: int = Field(strict=True, ge=1, lt=2**53)
    uri: str = Field(pattern=r"^/", max_length=2000)
    text: str
    author: str | None = None
    mode: int
    created: float = Field(gt=0, lt=253_402_300_800, allow_inf_nan=False)
    modified: float | None = None
    parent: int | None = None
    likes: int = Field(default=0, ge=0, lt=2**53)
    dislikes: int = Field(default=0, ge=0, lt=2**53)


class IssoSpider(ListSpider[Comment]):
    """One poll of one comment server."""

    name = platform = "isso"
    model = Comment

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._read: dict[int, Comment] = {}

    def resume(self, token: str) -> str:
        """What was written since has moved the gap further down the list."""
        return str(min(LONGEST, 2 * int(token))) if token.isascii() and token.isdecimal() else str(PAGE)

    async def open_page(self, token: str | None) -> Page:
        """The newest ``token`` comments."""
        limit = min(LONGEST, int(token or PAGE))
        response = await self.fetch(f"{self.base}/latest?limit={limit}")
        if response.status == 404:
            raise EndRun(Outcome.FAILED, "no /latest here (404): the site's owner must open it with latest-enabled")
        self.stop_on_status(response)
        self.heed_robots_tag(response, "the API")
        listed = read_json(response)
        if not isinstance(listed, list):
            raise EndRun(Outcome.FAILED, "no list of comments: this is not isso's API as we know it")
        page = self.make_page(listed[::-1], response, str(2 * limit) if len(listed) >= limit < LONGEST else None)
        self._read |= {comment.id: comment for _, comment in page.items if comment is not None}
        return page

    def stands_at(self, entry: Comment) -> Place:
        """By its date."""
        return Place.by_date(_moment(entry.created), self.task.started)

    def native_id(self, entry: Comment) -> str:
        """isso gives a deleted comment's number to the next one (SQLite's row number): so the second is part of it."""
        return f"{host_of(self.base)}/{entry.id}-{entry.created:.0f}"

    def lookup_of(self, entry: Comment) -> str:
        """See _LOOKUP."""
        return json.dumps([entry.uri, entry.id, round(entry.created)], ensure_ascii=False)

    def why_gone(self, entry: Comment) -> str | None:
        """Another mode than that of a comment which everybody may read."""
        return "not_public" if entry.mode != ACCEPTED else None

    def make_post(self, entry: Comment) -> Post:
        """The post; its page stands on the site that the comments are for, and the server does not say which that is."""
        host = host_of(self.base)
        text, media_text = words_of(entry.text, host)
        # Names are free words: an Anna here is not the Anna of another site.
        name = one_line(entry.author or "")
        edited = entry.modified if entry.modified and entry.modified < datetime.now(UTC).timestamp() else None
        # A comment that has answers keeps its number when it is deleted; one older than what was read stays unknown.
        parent = self._read.get(entry.parent or 0)
        return Post(
            **self.ground(entry, _moment(entry.created)),
            author=f"{name}@{host}" if name else None,
            text=text,
            media_text=media_text,
            reply_to=self.native_id(parent) if parent is not None else None,
            thread=f"{host}{entry.uri}",
            engagement={"likes": entry.likes, "dislikes": entry.dislikes},
            edited_at=_moment(edited) if edited else None,
        )

    async def look_up(self, lookup: str) -> Shown[Comment] | None:
        """The comment in the thread of its page."""
        try:
            uri, *asked = _LOOKUP.validate_json(lookup)
        except ValidationError:
            return None
        response = await self.fetch(f"{self.base}/?{urlencode({'uri': uri})}")
        thread = comments_of(read_json(response), uri) if response.status == 200 else None
        if thread is None:
            return None
        self._read |= {comment.id: comment for comment in thread}
        found = next((comment for comment in thread if [comment.id, round(comment.created)] == asked), None)
        return Shown(response, found.model_dump() if found else None, found)


def comments_of(thread: Any, uri: str) -> list[Comment] | None:
    """All comments of a page's thread, answers included; None for an answer of another shape."""
    listed = list_in(thread, "replies")
    if listed is None:
        return None
    raws = [raw for item in listed for raw in (item, *(list_in(item, "replies") or ()))]
    found = [read_item({**raw, "uri": uri} if isinstance(raw, dict) else raw, Comment) for raw in raws]
    comments = [comment for comment in found if comment is not None]
    return comments if len(comments) == len(found) else None


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
