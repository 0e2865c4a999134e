"""Comments on a web site that keeps them with isso: the newest of all its pages.

1. the list    /latest?limit=N, oldest of them first; there are no pages, so a further page is the same list, twice as long
2. recheck     the thread of the page the comment stands below: absent from a whole thread is deleted, if another comment of
               this poll is still found the same way (existence.py); mode 4 is deleted, but has answers; a comment
               without a word was emptied

The list is closed unless the site's owner opened it (latest-enabled): then this is 404 and says so.
"""

from __future__ import annotations

from collections.abc import Hashable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from pydantic import ValidationError
from scrapy.http import Response

from crawlers.dates import plausible
from crawlers.errors import EndRun
from crawlers.outcome import Outcome
from crawlers.platforms.isso.comments import (
    ACCEPTED,
    Comment,
    comments_of,
    make_lookup,
    make_post,
    own_part,
    parse_lookup,
    read_comment,
)
from crawlers.platforms.shared.answers import make_raw, read_json
from crawlers.platforms.shared.existence import Existence
from crawlers.platforms.shared.list_spider import ListSpider
from crawlers.platforms.shared.newest_first import Page, Place, has_words
from crawlers.task import RecheckOf
from ledger import RecheckOutcome
from records import Landing, Post

PAGE = 100
"""Comments first asked for; a site with more new ones in a quarter of an hour is asked for twice as many."""
LONGEST = 12_800
"""Comments asked for at most: isso makes the answer in one piece, from all that it has."""


class IssoSpider(ListSpider[Comment]):
    """One poll of one comment server."""

    name = "isso"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._existence = Existence(self.tally)
        self._read: dict[int, Comment] = {}

    def resume(self, token: str) -> str:
        """What was written since has moved the gap further down the list."""
        return str(min(LONGEST, 2 * int(token))) if token.isascii() and token.isdecimal() else str(PAGE)

    async def open_page(self, token: str | None) -> Page:
        """The newest ``token`` comments."""
        limit = min(LONGEST, int(token or PAGE))
        response = await self.fetch(f"{self.task.url.rstrip('/')}/latest?limit={limit}")
        if response.status == 404:
            raise EndRun(Outcome.FAILED, "no /latest here (404): the site's owner must open it with latest-enabled")
        self.stop_on_status(response)
        self.heed_robots_tag(response, "the API")
        items = read_json(response)
        if not isinstance(items, list):
            raise EndRun(Outcome.FAILED, "no list of comments: this is not isso's API as we know it")
        comments = [(item, read_comment(item)) for item in reversed(items)]
        self._read |= {comment.id: comment for _, comment in comments if comment is not None}
        below = str(2 * limit) if len(items) >= limit and limit < LONGEST else None
        return Page(comments, [self._place(comment) for _, comment in comments], below, response)

    def key_of(self, entry: Comment) -> Hashable:
        """The comment's number."""
        return entry.id

    def lookup_of(self, entry: Comment) -> str:
        """See make_lookup."""
        return make_lookup(entry)

    def judge(self, entry: Comment) -> Post | None:
        """The post, where everybody may read the comment."""
        if entry.mode != ACCEPTED:
            self.tally.drop("not_public")
            return None
        return self._make_post(entry)

    def _make_post(self, comment: Comment) -> Post:
        # An answer names the number only; one that is older than what was read stays unknown.
        parent = self._read.get(comment.parent or 0)
        return make_post(comment, parent, self.task.source, self.task.url, datetime.now(UTC), self.tally)

    def own_part(self, raw: Any) -> Any:
        """See own_part of the platform."""
        return own_part(raw)

    def on_listed(self, entry: Comment) -> None:
        """A comment that is there may later show that "absent" can be believed."""
        self._existence.listed(make_lookup(entry))

    async def recheck(self, post: RecheckOf) -> RecheckOutcome | Landing | None:
        """The thread of the comment's page."""
        response, comment, whole = await self._ask(post.lookup)
        if response is None or not whole:
            return RecheckOutcome.UNCLEAR
        if comment is None:
            return await self._existence.judge_missing(self._finds)
        self._existence.answered()
        if comment.mode != ACCEPTED:
            return RecheckOutcome.DELETED
        try:
            found = self._make_post(comment)
        except ValidationError:
            return RecheckOutcome.PRESENT
        if not has_words(found):
            return RecheckOutcome.DELETED
        capture = self.capture(response, keep_body=False)
        return Landing(post=found, raw=make_raw(comment.model_dump()), capture=capture, lookup=post.lookup)

    async def _ask(self, lookup: str) -> tuple[Response | None, Comment | None, bool]:
        """The answer, the comment in it, and whether the answer was a whole thread."""
        asked = parse_lookup(lookup)
        if asked is None:
            return None, None, False
        uri, number, second = asked
        response = await self.fetch(f"{self.task.url.rstrip('/')}/?{urlencode({'uri': uri})}")
        thread = comments_of(read_json(response), uri) if response.status == 200 else None
        self._read |= {found.id: found for found in thread or ()}
        known = [found for found in thread or () if found.id == number and round(found.created) == second]
        return response, known[0] if known else None, thread is not None

    async def _finds(self, lookup: str) -> bool:
        return (await self._ask(lookup))[1] is not None

    def _place(self, comment: Comment | None) -> Place:
        if comment is None or plausible(comment.written, self.task.started) is not None:
            return Place()
        moment = min(comment.written, self.task.started)
        return Place(int(moment.timestamp() * 1_000), moment)
