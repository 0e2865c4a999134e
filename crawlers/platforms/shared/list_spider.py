"""The spider of a platform that has one list, newest first, and says by a number or a date how new an entry is.

A platform adds three answers (docs/adding-a-source.md): which page a token opens, where an entry stands, and what becomes
of it. Paging, mark, gap, overlap, window, volume and counting each entry once are done here and in newest_first.py.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Hashable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import ValidationError

from crawlers.items import Found, Rejection, Removal
from crawlers.outcome import Outcome
from crawlers.platforms.shared.answers import make_raw
from crawlers.platforms.shared.newest_first import Fate, Listing, Page, has_words, land_page
from crawlers.platforms.shared.volume import judge_volume
from crawlers.spiders.base import PollSpider
from records import Post

if TYPE_CHECKING:
    from scrapy.http import Response


Entry = TypeVar("Entry")


class ListSpider(PollSpider, Generic[Entry]):
    """One poll of one list."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._seen: set[Hashable] = set()

    def load(self, cursor: dict[str, Any]) -> None:
        """The cursor belongs to one place: that of another begins anew."""
        if cursor.get("server") not in (None, self.place):
            cursor.clear()
        cursor["server"] = self.place
        self._listing = Listing(self, cursor.get("list"), self.task.source.limits.pages, self.resume)

    @property
    def place(self) -> str:
        """What the cursor belongs to."""
        return self.task.url

    def resume(self, token: str) -> str:
        """The token to go on with where an earlier poll left a gap at ``token``."""
        return token

    @abstractmethod
    async def open_page(self, token: str | None) -> Page:
        """The page that a token opens; None opens the newest. May raise any of crawlers.errors.

        Its items are pairs: an entry as the server wrote it, and the entry as read, None where its shape is unknown.
        """

    @abstractmethod
    def key_of(self, entry: Entry) -> Hashable:
        """What tells an entry from all others of the list."""

    @abstractmethod
    def lookup_of(self, entry: Entry) -> str:
        """What the entry is asked by at a recheck."""

    @abstractmethod
    def judge(self, entry: Entry) -> Post | Removal | None:
        """What becomes of an entry; None or a Removal after ``tally.drop``. May raise ValidationError."""

    @abstractmethod
    def own_part(self, raw: Any) -> Any:
        """What is kept of an entry as its post's original: its author's words, and none of others, since erasing those must
        find nothing here. An entry may be of any shape."""

    def on_listed(self, entry: Entry) -> None:
        """Called for each entry that lands."""

    async def read(self) -> AsyncIterator[Found]:
        """See newest_first.py."""
        async for page in self._listing.read(self.open_page, once=self.task.mode == "check"):
            for found in self._land(page, page.response):
                yield found
        self._judge_volume()

    def conclude(self) -> None:
        """Writes cursor and window."""
        success = self.outcome.is_success and self.outcome is not Outcome.EMPTY
        self.cursor["list"] = self._listing.dump(success=success)
        begin = self._listing.begin()
        if success and begin is not None:
            self.window_from, self.window_to = begin, self.task.started

    def _land(self, page: Page, response: Response) -> list[Found]:
        return land_page(self, response, [(raw, *self._fate(raw, entry)) for raw, entry in page.items], self.own_part)

    def _fate(self, raw: Any, entry: Entry | None) -> tuple[Fate, str]:
        """What becomes of an entry, and what it is asked by; one that an earlier page of this run showed is counted already."""
        if entry is None:
            self.tally.see()
            return Rejection("bad_shape", make_raw(raw).body), ""
        key, lookup = self.key_of(entry), self.lookup_of(entry)
        if key in self._seen:
            return None, lookup
        self._seen.add(key)
        self.tally.see()
        try:
            found = self.judge(entry)
        except ValidationError:
            return Rejection("invalid", make_raw(self.own_part(raw)).body), lookup
        if not isinstance(found, Post):
            return found, lookup
        if not has_words(found):
            self.tally.drop("no_text")
            # If it has landed, its author has taken the words back since; else there is nothing to remove.
            return Removal(found.post_id, datetime.now(UTC)), lookup
        self.on_listed(entry)
        return found, lookup

    def _judge_volume(self) -> None:
        judge_volume(self, len(self._seen))
        listed = self._listing.shown
        self.end(Outcome.OK if listed else Outcome.EMPTY, "" if listed else "the list is empty")
