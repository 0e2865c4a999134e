"""The statuses of an answer: landed, rejected, withdrawn, or dropped under a reason; each counted once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import ValidationError

from crawlers.items import Found, Rejection, Removal
from crawlers.platforms.mastodon.recent import Recent, make_lookup
from crawlers.platforms.mastodon.statuses import (
    Status,
    is_withdrawn,
    make_post,
    make_status_raw,
    read_status,
    why_skipped,
)
from crawlers.platforms.mastodon.threads import Threads
from crawlers.rechecking import Answer
from crawlers.spiders.base import PollSpider
from ledger import RecheckOutcome
from records import Capture, Landing


class StatusReader:
    """Makes items of statuses. ``server``: whose ids they are; ``home``: the domain of accounts named without one."""

    def __init__(self, spider: PollSpider, recent: Recent, server: str, home: str) -> None:
        self._source = spider.task.source
        self._tally = spider.tally
        self._recent = recent
        self._server = server
        self.home = home
        self.threads = Threads()
        self.shown: dict[str, RecheckOutcome] = {}
        """What the pages of this poll say of each status."""

    def read(self, raw: Any, status: Status | None, capture: Capture, now: datetime) -> Found | None:
        """What becomes of one status of a page; ``status`` is None where ``raw`` is of a shape that is not known."""
        self._tally.see()
        if status is None:
            return Rejection("bad_shape", make_status_raw(raw).body)
        reason = why_skipped(status, self._source)
        if reason is not None:
            self._tally.drop(reason)
            return self._withdraw(status, now)
        try:
            landing = self._land(raw, status, capture, now)
        except ValidationError:
            self.shown[status.id] = RecheckOutcome.UNCLEAR
            return Rejection("invalid", make_status_raw(raw).body)
        self.shown[status.id] = RecheckOutcome.PRESENT
        self._recent.add(status.id, landing.post.post_id)
        return landing

    def reread(self, raw: Any, capture: Capture, now: datetime) -> Answer:
        """What a status that was asked for alone says of its post."""
        status = read_status(raw)
        if status is None or status.reblog is not None:
            return RecheckOutcome.UNCLEAR
        if why_skipped(status, self._source) is not None:
            # For us it is gone: its author does not want it read, or this source's entry says so by now.
            return RecheckOutcome.DELETED
        try:
            return self._land(raw, status, capture, now)
        except ValidationError:
            return RecheckOutcome.UNCLEAR

    def _land(self, raw: Any, status: Status, capture: Capture, now: datetime) -> Landing:
        post = make_post(status, self._source, self.home, now, self._tally, self.threads.links(status))
        if status.account.indexable is False:
            self._tally.remark("not_indexable")
        lookup = make_lookup(self._server, status.id)
        return Landing(post=post, raw=make_status_raw(raw), capture=capture, lookup=lookup)

    def _withdraw(self, status: Status, now: datetime) -> Removal | None:
        """A status that was landed and whose author no longer wants it read goes from here too."""
        if not is_withdrawn(status) or status.reblog is not None:
            return None
        self.shown[status.id] = RecheckOutcome.DELETED
        post_id = self._recent.drop(status.id)
        if post_id is None:
            return None
        self._tally.remark("removed")
        return Removal(post_id, now)
