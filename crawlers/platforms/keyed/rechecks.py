"""Rechecks at an API that wants a key: up to ``batch`` posts a call.

A post that is merely absent from the answer is believed to be deleted only if the same answer shows another post that is
known to be there.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from crawlers.errors import EndRun
from crawlers.platforms.keyed.calls import KeyedCalls
from crawlers.platforms.keyed.items import Read
from crawlers.platforms.shared.answers import make_raw
from crawlers.rechecking import Answer
from crawlers.task import RecheckOf
from ledger import RecheckOutcome
from records import Landing

if TYPE_CHECKING:
    from scrapy.http import Response


class KeyedRechecks(KeyedCalls):
    """A poll that can ask for posts again, and knows what it has been shown."""

    platform = ""
    absent_is_gone = True
    """Whether a post that an answer leaves out is deleted; else only what the platform says to be."""
    rechecks_after_failure = False
    """Every call is paid for or counted, and without the lists there is no post of which it is known to be there."""

    def load(self, cursor: dict[str, Any]) -> None:
        """See PollSpider."""
        super().load(cursor)
        self.shown: dict[str, datetime | None] = {}
        """By native id, what this run was shown; the date of a post, None for what does not land."""

    @abstractmethod
    def read_item(self, item: Any, now: datetime) -> Read | None:
        """What an item says, counting remarks; None for another shape. May raise ValidationError."""

    def own_part(self, item: Any) -> Any:
        """What is kept of an item as its post's original: no words of others, since erasing those must find nothing here."""
        return item

    @abstractmethod
    async def look_up(self, ids: Sequence[str]) -> tuple[dict[str, Any], set[str], Response]:
        """The items that are there, by native id; the ids that the platform calls deleted; the answer."""

    async def recheck_batch(self, posts: Sequence[RecheckOf]) -> Mapping[str, Answer]:
        """See the module's docstring."""
        asked = {post.lookup: post for post in posts}
        witness = next((key for key, when in reversed(self.shown.items()) if when and key not in asked), None)
        try:
            items, gone, response = await self.look_up([*asked, *([witness] if witness is not None else [])])
        except EndRun as exc:
            # The source has been read by then: this call's fault says nothing of the posts.
            self.say(f"the recheck stopped: {exc.message}")
            return dict.fromkeys((post.post_id for post in posts), RecheckOutcome.UNCLEAR)
        return {post.post_id: self._judge(post.lookup, items, gone, response) for post in posts}

    def _judge(self, lookup: str, items: Mapping[str, Any], gone: Collection[str], response: Response) -> Answer:
        if lookup in gone:
            return RecheckOutcome.DELETED
        if lookup not in items:
            return RecheckOutcome.DELETED if items and self.absent_is_gone else RecheckOutcome.UNCLEAR
        now = datetime.now(UTC)
        try:
            read = self.read_item(items[lookup], now)
        except ValidationError:
            read = None
        if read is None or (read.post is None and not (read.gone or read.emptied)):
            return RecheckOutcome.UNCLEAR
        if read.post is None:
            return RecheckOutcome.DELETED
        capture = self.capture(response, keep_body=False)
        return Landing(post=read.post, raw=make_raw(self.own_part(items[lookup])), capture=capture, lookup=lookup)
