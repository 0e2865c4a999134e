"""The statuses of an answer: landed, rejected, withdrawn, or dropped under a reason; each counted once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import ValidationError

from crawlers.items import Found, Rejection, Removal
from crawlers.platforms.mastodon.statuses import Status, make_post, make_raw, why_skipped
from crawlers.platforms.mastodon.watch import Watch
from crawlers.spiders.base import PollSpider
from records import Capture, Landing


class StatusReader:
    """Makes items of statuses. ``home``: the domain of accounts that the server names without one."""

    def __init__(self, spider: PollSpider, watch: Watch, home: str) -> None:
        self._source = spider.task.source
        self._tally = spider.tally
        self._watch = watch
        self.home = home

    def read(self, raw: Any, status: Status | None, capture: Capture, now: datetime) -> Found | None:
        """What becomes of one status; ``status`` is None where ``raw`` is of a shape that is not known."""
        self._tally.see()
        if status is None:
            return Rejection("bad_shape", make_raw(raw).body)
        reason = why_skipped(status)
        if reason is not None:
            self._tally.drop(reason)
            return self._withdraw(status, now)
        try:
            post = make_post(status, self._source, self.home, now, self._tally)
        except ValidationError:
            return Rejection("invalid", make_raw(raw).body)
        self._watch.add(status.id, post.post_id, now)
        return Landing(post=post, raw=make_raw(raw), capture=capture)

    def _withdraw(self, status: Status, now: datetime) -> Removal | None:
        """A status that was landed and whose author no longer wants it read goes from here too."""
        post_id = self._watch.post_id(status.id)
        if post_id is None:
            return None
        self._watch.drop(status.id)
        self._tally.remark("removed")
        return Removal(post_id, now)
