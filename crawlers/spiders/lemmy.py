"""Lemmy servers: the newest posts and the newest comments, of all that the server knows or of one community.

1. the site     which version of the API, and its languages (lemmy_site.py)
2. two lists    posts, then comments (newest_first.py); a rank is the date of publication, never later than the poll's start
3. recheck      one post or comment by its number: 404, 410 and the API's own words for "not found" are deletions
                (existence.py)

``deleted`` (by its author) and ``removed`` (by a moderator) in a list or a lookup remove the post: on this server it is no
longer to be read. Version 3 pages comments by number, version 4 and posts by ``page_cursor``: numbered pages shift under
what is new, so a gap is taken up one page before.

The cursor holds server, site, post and comment (the lists). It is that of one server and community.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from pydantic import ValidationError

from crawlers.dates import plausible
from crawlers.errors import EndRun
from crawlers.items import Found, Rejection, Removal
from crawlers.outcome import Outcome
from crawlers.platforms.lemmy.posts import (
    COMMENT,
    KINDS,
    POST,
    View,
    is_pinned,
    is_public,
    make_post,
    own_part,
    read_view,
    split_url,
    why_gone,
)
from crawlers.platforms.lemmy.site import LemmySite, ask_site, error_of, stop_on_answer
from crawlers.platforms.shared.answers import make_raw, read_json
from crawlers.platforms.shared.existence import Existence
from crawlers.platforms.shared.newest_first import Fate, Listing, Page, Place, has_words, land_page
from crawlers.platforms.shared.volume import judge_volume
from crawlers.spiders.base import PollSpider
from crawlers.task import RecheckOf
from ledger import RecheckOutcome
from records import FEDIVERSE, Landing, make_post_id

if TYPE_CHECKING:
    from scrapy.http import Response

PAGE = 50
"""Items a page; the API's maximum."""
_NOT_HERE = frozenset({"not_found", "couldnt_find_post", "couldnt_find_comment", "couldnt_find_object"})
"""The API's words for it; versions differ in the status that goes with them (400 or 404)."""


class LemmySpider(PollSpider):
    """One poll of one server or community."""

    name = "lemmy"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._existence = {kind: Existence(self.tally) for kind in KINDS}
        self._seen: set[tuple[str, int]] = set()

    def load(self, cursor: dict[str, Any]) -> None:
        """See the module's docstring."""
        self._base, self._community = split_url(self.task.url)
        self._server = urlsplit(self._base).netloc.lower()
        mine = f"{self._server}/c/{self._community}" if self._community else self._server
        if cursor.get("server") not in (None, mine):
            cursor.clear()
        cursor["server"] = mine
        self._site = LemmySite.load(cursor.get("site"))
        # Half of the pages for each: a flood of posts must not keep the comments out.
        pages = max(1, self.task.source.limits.pages // len(KINDS))
        self._lists = {kind: Listing(self, cursor.get(kind), pages, _page_before) for kind in KINDS}

    async def read(self) -> AsyncIterator[Found]:
        """See the module's docstring."""
        if not self._site.is_fresh(self.task.started):
            self._site = await ask_site(self, self._base)
            self.cursor["site"] = self._site.dump()
        for kind, listing in self._lists.items():
            async for page in listing.read(partial(self._open, kind), once=self.task.mode == "check"):
                for item in self._land(kind, page):
                    yield item
        self._judge_volume()

    async def recheck(self, post: RecheckOf) -> RecheckOutcome | Landing | None:
        """One post or comment by the server's own number."""
        asked = self._parse_lookup(post.lookup)
        if asked is None:
            return RecheckOutcome.UNCLEAR
        kind, number = asked
        response, raw, view = await self._ask(kind, number)
        if response.status in (404, 410) or (response.status == 400 and error_of(read_json(response)) in _NOT_HERE):
            return await self._existence[kind].judge_missing(self._finds)
        if view is None or make_post_id(FEDIVERSE, view.content.ap_id) != post.post_id:
            return RecheckOutcome.UNCLEAR
        self._existence[kind].answered()
        if why_gone(view) is not None:
            return RecheckOutcome.DELETED
        try:
            found = make_post(view, self.task.source, self._site.languages, datetime.now(UTC), self.tally)
        except ValidationError:
            return RecheckOutcome.PRESENT
        if not is_public(view):
            return RecheckOutcome.PRESENT
        if not has_words(found):
            # It had some when it landed from here: they were taken back.
            return self._existence[kind].judge_wordless()
        self._existence[kind].read(found)
        capture = self.capture(response, keep_body=False)
        return Landing(post=found, raw=make_raw(own_part(raw, kind)), capture=capture, lookup=post.lookup)

    def conclude(self) -> None:
        """Writes cursor and window: the time that both lists cover. A list that is empty has nothing to be covered."""
        success = self.outcome.is_success and self.outcome is not Outcome.EMPTY
        for kind, listing in self._lists.items():
            self.cursor[kind] = listing.dump(success=success)
        begins = [listing.begin() for listing in self._lists.values() if listing.shown]
        known = [moment for moment in begins if moment is not None]
        if success and known and len(known) == len(begins):
            self.window_from, self.window_to = max(known), self.task.started

    async def _open(self, kind: str, token: str | None) -> Page:
        response = await self.fetch(self._address(kind, token))
        if response.status != 200:
            # It may have moved to another version of the API since it was asked.
            self.cursor.pop("site", None)
        stop_on_answer(self, response)
        self.heed_robots_tag(response, "the API")
        found = read_json(response)
        listed = found.get("items" if self._site.version == 4 else f"{kind}s") if isinstance(found, dict) else None
        if not isinstance(listed, list):
            self.cursor.pop("site", None)
            raise EndRun(Outcome.FAILED, f"no {kind}s: this is not Lemmy's API as we know it")
        items = [(raw, read_view(raw, kind)) for raw in listed]
        below = found.get("next_page") if listed else None
        if listed and self._is_numbered(kind):
            below = str(int(token or 1) + 1)
        places = [self._stand(view) for _, view in items]
        # It goes into an address; a lone surrogate, which none can hold, is not printable.
        return Page(
            items, places, below if isinstance(below, str) and below and below.isprintable() else None, response
        )

    def _address(self, kind: str, token: str | None) -> str:
        old = self._site.version == 3
        params = {"type_": "All" if old else "all", "sort": "New" if old else "new", "limit": str(PAGE)}
        if self._community is not None:
            params["community_name"] = self._community
        if token is not None:
            if self._is_numbered(kind) and not token.isdecimal():
                raise EndRun(Outcome.FAILED, "a page of another version of the API")
            params["page" if self._is_numbered(kind) else "page_cursor"] = token
        return f"{self._base}/api/v{self._site.version}/{kind}/list?{urlencode(params)}"

    def _is_numbered(self, kind: str) -> bool:
        return kind == COMMENT and self._site.version == 3

    def _stand(self, view: View | None) -> Place:
        if view is None or is_pinned(view, in_community=self._community is not None):
            return Place()
        moment, started = view.content.published, self.task.started
        if plausible(moment, started) is not None:
            return Place()
        # A mark that lies ahead would count everything below it as read.
        return Place(int(min(moment, started).timestamp() * 1_000_000), moment)

    def _land(self, kind: str, page: Page) -> list[Found]:
        """What becomes of a page's items; one that stood on an earlier page of this run is counted already."""
        fates = [(raw, *self._fate(kind, raw, view)) for raw, view in page.items]
        return land_page(self, page.response, fates, partial(own_part, kind=kind))

    def _fate(self, kind: str, raw: Any, view: View | None) -> tuple[Fate, str]:
        """What becomes of one item, and what it is asked by."""
        if view is None:
            self.tally.see()
            return Rejection("bad_shape", make_raw(raw).body), ""
        number = view.content.id
        lookup = f"{self._server}/{kind}/{number}"
        if (kind, number) in self._seen:
            return None, lookup
        self._seen.add((kind, number))
        self.tally.see()
        gone = why_gone(view)
        if gone is not None:
            self.tally.drop(gone)
            return Removal(make_post_id(FEDIVERSE, view.content.ap_id), datetime.now(UTC)), lookup
        if not is_public(view):
            self.tally.drop("not_public")
            return None, lookup
        try:
            post = make_post(view, self.task.source, self._site.languages, datetime.now(UTC), self.tally)
        except ValidationError:
            return Rejection("invalid", make_raw(own_part(raw, kind)).body), lookup
        if not has_words(post):
            # No removal: a server that shows more of the same post, say a warning above a picture, may have landed it.
            self.tally.drop("no_text")
            return None, lookup
        self._existence[kind].listed(lookup)
        self._existence[kind].read(post)
        return post, lookup

    def _parse_lookup(self, lookup: str) -> tuple[str, int] | None:
        """Kind and number; None for an item of another server."""
        server, _, rest = lookup.partition("/")
        kind, _, number = rest.partition("/")
        if server != self._server or kind not in KINDS or not (number.isascii() and number.isdecimal()):
            return None
        return kind, int(number)

    async def _ask(self, kind: str, number: int) -> tuple[Response, Any, View | None]:
        response = await self.fetch(f"{self._base}/api/v{self._site.version}/{kind}?id={number}")
        found = read_json(response) if response.status == 200 else None
        raw = found.get("post_view" if kind == POST else "comment_view") if isinstance(found, dict) else None
        view = read_view(raw, kind)
        return response, raw, view if view is not None and view.content.id == number else None

    async def _finds(self, lookup: str) -> bool:
        asked = self._parse_lookup(lookup)
        return asked is not None and (await self._ask(*asked))[2] is not None

    def _judge_volume(self) -> None:
        judge_volume(self, len(self._seen), "posts and comments")
        listed = sum(listing.shown for listing in self._lists.values())
        self.end(Outcome.OK if listed else Outcome.EMPTY, "" if listed else "the server shows no posts")


def _page_before(token: str) -> str:
    """What was deleted since has moved a numbered page's items up, onto the page before."""
    return str(max(1, int(token) - 1)) if token.isascii() and token.isdecimal() else token
