"""The item pipeline: what a spider yields goes into the ledger in batches, and every item is counted.

1. Landing    gathered; BATCH of them land in one transaction, fewer where they come slowly
2. Removal    written at once, after what was gathered before it; so are those of all posts of an account (AuthorRemoval)
3. Rechecked  gathered, written after the Landings that came before it: an edit lands first, then its recheck is done
4. Watched    gathered, put into the recheck queue
5. Rejection  counted under its reason, its raw bytes kept
A database that does not answer makes the run a failure whose cursor does not count: the next poll reads again.
An item that the database refuses is rejected alone; its batch lands without it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

from crawlers.items import AuthorRemoval, Rejection, Removal
from crawlers.tally import Tally
from crawlers.wording import Wording
from ledger import (
    BACKLOG,
    RECHECKS_GIVEN_UP,
    Ledger,
    LedgerError,
    Rechecked,
    Settled,
    Watched,
    advance_poll,
    keep_rejected,
    known_among,
    land,
    mark_author_removed,
    mark_removed,
    read_post,
    settle_rechecks,
    watch_landed,
)
from records import Landing, Post

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

BATCH = 100
"""Landings a transaction: one commit costs some milliseconds, and a page of a timeline has 40 items."""

FLUSH_SECONDS = 2.0
"""Of gathering at most: a run on a server with a long delay must not lose what it read when it is killed."""

log = logging.getLogger(__name__)


class Store(Protocol):
    """Where landings go."""

    def land(self, landings: list[Landing]) -> dict[str, int]:
        """Lands them; counts by what became of each."""

    def remove(self, removal: Removal) -> None:
        """Notes that a post is gone at its source."""

    def remove_author(self, removal: AuthorRemoval) -> int:
        """Notes that all posts of an account are gone; returns how many were not known to be."""

    def settle(self, answers: list[Rechecked]) -> Settled:
        """Writes down what rechecks came to."""

    def watch(self, posts: list[Watched]) -> None:
        """Puts posts that landed earlier into the recheck queue."""

    def wording(self, post_id: str) -> Wording | None:
        """What a post says; None where it has not landed, or its words have been dropped since."""

    def reject(self, rejection: Rejection) -> None:
        """Keeps the raw bytes of an item that cannot be landed."""


class LedgerStore:
    """The ledger, for one source; ``poll`` and ``worker`` are the numbers of its poll, which a stream needs."""

    def __init__(self, ledger: Ledger, source: str, poll: int = 0, worker: int = 0) -> None:
        self._ledger = ledger
        self._source = source
        self._poll = poll
        self._worker = worker

    def land(self, landings: list[Landing]) -> dict[str, int]:
        """See Store. Raises LedgerError."""
        report = land(self._ledger, landings)
        return {
            "new": report.new,
            "revised": report.revised,
            "unchanged": report.unchanged,
            "tombstoned": report.tombstoned,
        }

    def remove(self, removal: Removal) -> None:
        """See Store. Raises LedgerError."""
        mark_removed(self._ledger, removal.post_id, removal.when)

    def remove_author(self, removal: AuthorRemoval) -> int:
        """See Store. Raises LedgerError."""
        return mark_author_removed(self._ledger, removal.platform, removal.author, removal.when)

    def known(self, post_ids: Iterable[str]) -> set[str]:
        """Those of the posts that have landed. Raises LedgerError."""
        return known_among(self._ledger, post_ids)

    def advance(self, cursor: dict[str, Any], tally: Tally) -> bool:
        """Moves the cursor while the run goes on; False where the source is another process's by now. Raises LedgerError."""
        return advance_poll(self._ledger, self._poll, self._worker, cursor, tally.counts, tally.not_landed)

    def settle(self, answers: list[Rechecked]) -> Settled:
        """See Store. Raises LedgerError."""
        return settle_rechecks(self._ledger, answers)

    def watch(self, posts: list[Watched]) -> None:
        """See Store. Raises LedgerError."""
        watch_landed(self._ledger, self._source, posts)

    def wording(self, post_id: str) -> Wording | None:
        """See Store. Raises LedgerError."""
        post = read_post(self._ledger, post_id)
        if post is None or not (post.title or post.text):
            return None
        return Wording.of(post)

    def reject(self, rejection: Rejection) -> None:
        """See Store. Raises LedgerError."""
        keep_rejected(self._ledger, self._source, rejection.reason, rejection.body)


class MemoryStore:
    """Nothing is stored; for `sources check`."""

    def __init__(self) -> None:
        self.posts: list[Post] = []

    def land(self, landings: list[Landing]) -> dict[str, int]:
        """Keeps the posts to show them; counts them as new."""
        self.posts += [landing.post for landing in landings]
        return {"new": len(landings)}

    def remove(self, removal: Removal) -> None:
        """Does nothing."""

    def remove_author(self, removal: AuthorRemoval) -> int:  # noqa: ARG002
        """Does nothing."""
        return 0

    def settle(self, answers: list[Rechecked]) -> Settled:  # noqa: ARG002
        """Does nothing."""
        return Settled()

    def watch(self, posts: list[Watched]) -> None:
        """Does nothing."""

    def wording(self, post_id: str) -> Wording | None:
        """The last of the posts kept under that id."""
        found = next((post for post in reversed(self.posts) if post.post_id == post_id), None)
        return Wording.of(found) if found is not None else None

    def reject(self, rejection: Rejection) -> None:
        """Does nothing."""


class LandingPipeline:
    """Scrapy item pipeline in front of a Store."""

    def __init__(self, store: Store, tally: Tally) -> None:
        self._store = store
        self._tally = tally
        self._batch: list[Landing] = []
        self._answers: list[Rechecked] = []
        self._watched: list[Watched] = []
        self._flushed = 0.0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> LandingPipeline:
        """Scrapy's way to make a pipeline; store and tally come with the spider."""
        spider: Any = crawler.spider
        return cls(spider.store, spider.tally)

    async def process_item(self, item: Any) -> Any:
        """Takes one item; never raises, faults are in the tally."""
        if isinstance(item, Landing):
            for word in item.post.repairs:
                self._tally.remark(f"repaired_{word}")
            self._batch.append(item)
            if len(self._batch) >= BATCH or monotonic() - self._flushed >= FLUSH_SECONDS:
                self.flush()
        elif isinstance(item, Removal):
            self.flush()
            self._try(lambda: self._store.remove(item))
        elif isinstance(item, AuthorRemoval):
            self.flush()
            self._try(lambda: self._remove_author(item))
        elif isinstance(item, Rechecked):
            self._answers.append(item)
            if len(self._answers) >= BATCH:
                self.flush()
        elif isinstance(item, Watched):
            self._watched.append(item)
            if len(self._watched) >= BATCH:
                self.flush()
        elif isinstance(item, Rejection):
            self._reject(item)
        return item

    def close_spider(self) -> None:
        """Lands what is left."""
        self.flush()

    def flush(self) -> None:
        """Lands what was gathered."""
        batch, self._batch = self._batch, []
        self._flushed = monotonic()
        if batch and self._tally.fault is None:
            self._land(batch)
        answers, self._answers = self._answers, []
        # After a fault an edit may not have landed: its post stays due.
        if answers and self._tally.fault is None:
            self._try(lambda: self._settle(answers))
        watched, self._watched = self._watched, []
        if watched and self._tally.fault is None:
            self._try(lambda: self._store.watch(watched))

    def _remove_author(self, removal: AuthorRemoval) -> None:
        removed = self._store.remove_author(removal)
        if removed:
            self._tally.remark("removed", removed)

    def _settle(self, answers: list[Rechecked]) -> None:
        settled = self._store.settle(answers)
        for answer in answers:
            self._tally.remark(f"recheck_{answer.outcome.value}")
        for what, number in (("removed", settled.removed), (RECHECKS_GIVEN_UP, settled.given_up)):
            if number:
                self._tally.remark(what, number)

    def _land(self, batch: list[Landing]) -> None:
        older = [landing for landing in batch if landing.post.post_id in self._tally.backlog]
        recent = [landing for landing in batch if landing.post.post_id not in self._tally.backlog]
        for part in filter(None, (recent, older)):
            self._land_part(part)

    def _land_counted(self, part: list[Landing]) -> None:
        became = self._store.land(part)
        self._tally.counts.update(became)
        if part[0].post.post_id in self._tally.backlog and became["new"]:
            self._tally.remark(BACKLOG, became["new"])

    def _land_part(self, batch: list[Landing]) -> None:
        try:
            self._land_counted(batch)
        except LedgerError as exc:
            self._tally.fail(str(exc))
        except Exception as exc:  # noqa: BLE001  the driver refuses some value: find out whose
            log.warning("a batch was refused by the database: %s", type(exc).__name__)
            self._land_one_by_one(batch)

    def _land_one_by_one(self, batch: list[Landing]) -> None:
        for landing in batch:
            try:
                self._land_counted([landing])
            except LedgerError as exc:
                self._tally.fail(str(exc))
                return
            except Exception as exc:  # noqa: BLE001  any refusal is this item's own now
                log.warning("an item was refused by the database: %s", type(exc).__name__)
                self._reject(Rejection("not_storable", landing.raw.body))

    def _reject(self, rejection: Rejection) -> None:
        self._tally.drop(rejection.reason)
        self._try(lambda: self._store.reject(rejection))

    def _try(self, action: Any) -> None:
        try:
            action()
        except LedgerError as exc:
            self._tally.fail(str(exc))
