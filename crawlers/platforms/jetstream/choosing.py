"""What becomes of a batch of events, in the order in which they came.

a post       lands if it is wanted and its author lets readers without an account see it; else it is counted under its reason
an edit      lands as a post does, and also where its new words are not wanted but the post is here
a deletion   removes the post, if it is here
an account   that went takes all its posts from sight; so does one that withdraws them by a label
no event     a frame of another shape is kept and counted
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from pydantic import ValidationError

from crawlers.items import AuthorRemoval, Found, Rejection, Removal
from crawlers.platforms.bluesky.posts import BLUESKY, make_post
from crawlers.platforms.bluesky.views import Author, View, why_withheld
from crawlers.platforms.jetstream.authors import Authors
from crawlers.platforms.jetstream.connection import Connection
from crawlers.platforms.jetstream.events import Event, What
from crawlers.platforms.jetstream.wanted import Wanted
from crawlers.spiders.base import PollSpider
from records import Capture, Landing, Post, RawItem, make_post_id


@dataclass(frozen=True)
class _Draft:
    """A post as the stream gives it. ``refusal``: why it is not wanted."""

    event: Event
    view: View
    post: Post
    refusal: str | None


class Chooser:
    """The choices of one run. ``known``: those of some posts that are here."""

    def __init__(self, spider: PollSpider, base: str, known: Callable[[Iterable[str]], set[str]]) -> None:
        self._spider = spider
        self._source = spider.task.source
        self._tally = spider.tally
        self._wanted = Wanted(self._source)
        self._authors = Authors(spider, base)
        self._known = known

    async def choose(self, events: list[Event | bytes], connection: Connection, now: datetime) -> list[Found]:
        """Raises what looking up authors raises, and LedgerError; then the batch counts for nothing."""
        read = [event if isinstance(event, bytes) else self._read(event, now) for event in events]
        asked = {event.uri for event in events if isinstance(event, Event) and event.what is What.DELETE}
        asked |= {item.event.uri for item in read if isinstance(item, _Draft) and item.event.what is What.UPDATE}
        here = self._known(make_post_id(BLUESKY, uri) for uri in asked)
        drafts = [item for item in read if isinstance(item, _Draft) and self._may_land(item, here)]
        authors = await self._authors.look_up(draft.event.did for draft in drafts)
        chosen: list[Found | _Draft] = []
        for item in read:
            chosen += self._decide(item, here, authors, now)
            here |= {made.post.post_id for made in chosen[-1:] if isinstance(made, _Draft)}
        return self._with_capture(chosen, connection, now)

    def _read(self, event: Event, now: datetime) -> Event | _Draft | Rejection:
        if event.record is None:
            return event
        plain: dict[str, Any] = {
            "uri": event.uri,
            "cid": event.cid,
            "author": {"did": event.did},
            "record": event.record,
        }
        try:
            view = View.model_validate({**plain, "indexedAt": event.moment.isoformat()})
        except ValidationError:
            return Rejection("bad_shape", event.frame)
        try:
            post = make_post(view, self._source, now, self._tally)
        except ValidationError:
            return Rejection("invalid", event.frame)
        if event.what is What.UPDATE:
            # Of a post that was never seen only the edit is dated.
            post = post.model_copy(update={"edited_at": event.moment, "published_at": None})
        refusal = self._wanted.why_not_author(event.did) or self._wanted.why_not(post, view.record.langs)
        return _Draft(event, view, post, refusal)

    def _may_land(self, draft: _Draft, here: set[str]) -> bool:
        return draft.refusal is None or (draft.event.what is What.UPDATE and draft.post.post_id in here)

    def _decide(
        self, item: bytes | Event | _Draft | Rejection, here: set[str], authors: dict[str, Author], now: datetime
    ) -> list[Found | _Draft]:
        if isinstance(item, _Draft):
            self._tally.see()
            return self._judge(item, here, authors, now)
        if isinstance(item, (bytes, Rejection)):
            self._tally.see()
            return [item if isinstance(item, Rejection) else Rejection("bad_shape", item)]
        if item.what is What.GONE:
            self._tally.remark("accounts_gone")
            return [AuthorRemoval(BLUESKY, item.did, item.moment)]
        if item.what is not What.DELETE or (post_id := make_post_id(BLUESKY, item.uri)) not in here:
            return []
        self._tally.remark("deletions")
        return [Removal(post_id, item.moment)]

    def _judge(self, draft: _Draft, here: set[str], authors: dict[str, Author], now: datetime) -> list[Found | _Draft]:
        if not self._may_land(draft, here):
            self._tally.drop(draft.refusal or "")
            return []
        author = authors.get(draft.event.did)
        if author is None:
            self._tally.drop("author_unknown")
            return []
        bare = draft.view.model_copy(
            update={"author": author, "record": draft.view.record.model_copy(update={"labels": None})}
        )
        if (reason := why_withheld(bare)) is not None:
            self._tally.drop(reason)
            # What was landed before its author said so goes, too.
            return [AuthorRemoval(BLUESKY, draft.event.did, now)]
        if (reason := why_withheld(draft.view)) is not None:
            self._tally.drop(reason)
            return [Removal(draft.post.post_id, now)] if draft.post.post_id in here else []
        return [draft]

    def _with_capture(self, chosen: list[Found | _Draft], connection: Connection, now: datetime) -> list[Found]:
        """Landings in the place of drafts. Their frames alone are the capture's body: erasing one of them drops it."""
        body = b"\n".join(item.event.frame for item in chosen if isinstance(item, _Draft))
        capture = Capture(
            capture_id=uuid4().hex,
            url=connection.url,
            fetched_at=now,
            status=101,
            headers=connection.headers,
            sha256=hashlib.sha256(body).hexdigest(),
            body=body,
            spider=self._spider.name,
            version=self._spider.task.version,
        )
        return [_landing(item, capture) if isinstance(item, _Draft) else item for item in chosen]


def _landing(draft: _Draft, capture: Capture) -> Landing:
    raw = RawItem(body=draft.event.frame, media_type="application/json")
    return Landing(post=draft.post, raw=raw, capture=capture, lookup=draft.event.uri)
