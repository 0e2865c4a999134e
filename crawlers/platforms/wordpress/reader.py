"""The items of WordPress's answers: landed, rejected, or dropped under a reason; each counted once a run."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from crawlers.items import Found, Rejection
from crawlers.platforms.shared.answers import make_raw, read_json
from crawlers.platforms.wordpress.items import (
    Item,
    find_api,
    identity_of,
    make_lookup,
    make_post,
    read_item,
    why_skipped,
)
from crawlers.spiders.base import PollSpider
from crawlers.task import RecheckOf
from ledger import RecheckOutcome
from records import Capture, Landing

if TYPE_CHECKING:
    from scrapy.http import Response

_NO_SUCH_ITEM = frozenset({"rest_post_invalid_id", "rest_comment_invalid_id"})


class ItemReader:
    """Makes items of what the interface shows."""

    def __init__(self, spider: PollSpider) -> None:
        self._spider = spider
        self._source = spider.task.source
        self._tally = spider.tally
        self._in_run: set[tuple[bool, int]] = set()

    def read(
        self, found: list[Any], root: str, response: Response, *, comment: bool, first: bool
    ) -> tuple[list[Found], int]:
        """What becomes of a page's items, and how many stood on no earlier page of this run; ``first``: of a first reading."""
        items = [(raw, read_item(raw, comment=comment)) for raw in found]
        fresh = [(raw, item) for raw, item in items if item is None or (comment, item.id) not in self._in_run]
        # On a page that was read before stand posts whose erasure would not find this capture.
        lands = first and all(item is not None and why_skipped(item) is None for _, item in items)
        capture = self._spider.capture(response, keep_body=lands and len(fresh) == len(items))
        became: list[Found] = []
        for raw, item in fresh:
            self._tally.see()
            if item is None:
                became.append(Rejection("bad_shape", make_raw(raw).body))
                continue
            self._in_run.add((comment, item.id))
            reason = why_skipped(item)
            if reason is None:
                became.append(self._landing(raw, item, root, capture))
            else:
                self._tally.drop(reason)
        return became, len(fresh)

    async def recheck(self, post: RecheckOf) -> RecheckOutcome | Landing:
        """Asks the interface for one item, and its page where the interface does not say.

        Only 410, "no such item" and a page's 404 are deletions: a site that closes its interface answers 404 to everything.
        """
        api, _, page = post.lookup.partition(" ")
        response = await self._spider.fetch(api)
        found = read_json(response)
        if response.status == 200:
            return self._read_again(post, found, api, response)
        if response.status == 410 or (response.status == 404 and code_of(found) in _NO_SUCH_ITEM):
            return RecheckOutcome.DELETED
        if response.status in (401, 403) and page:
            response = await self._spider.fetch(page)
            if response.status in (404, 410):
                return RecheckOutcome.DELETED
        return RecheckOutcome.UNCLEAR

    def _read_again(self, post: RecheckOf, raw: Any, api: str, response: Response) -> RecheckOutcome | Landing:
        item, root = read_item(raw, comment="/comments/" in api), find_api((), b"", api)
        if item is None or root is None:
            return RecheckOutcome.UNCLEAR
        if why_skipped(item) is not None:
            # Behind a password now: its author no longer wants it read by everybody.
            return RecheckOutcome.DELETED
        landing = self._landing(raw, item, root, self._spider.capture(response, keep_body=False))
        # At another address it is another post, which the list of changes brings.
        same = isinstance(landing, Landing) and landing.post.post_id == post.post_id
        return landing if same and isinstance(landing, Landing) else RecheckOutcome.PRESENT

    def _landing(self, raw: Any, item: Item, root: str, capture: Capture) -> Landing | Rejection:
        identity = identity_of(item)
        if identity is None:
            return Rejection("no_identity", make_raw(raw).body)
        try:
            post = make_post(item, identity, self._source, datetime.now(UTC), self._tally)
        except ValidationError:
            return Rejection("invalid", make_raw(raw).body)
        if not post.text and not post.title and not post.media_text:
            return Rejection("no_text", make_raw(raw).body)
        return Landing(post=post, raw=make_raw(raw), capture=capture, lookup=make_lookup(root, item))


def code_of(found: Any) -> str:
    """The word by which WordPress names a fault; empty where it names none."""
    return str(found.get("code")) if isinstance(found, dict) else ""
