"""The spider of a platform that has one list, newest first, and says by a number or a date how new an entry is.

1. the list     newest_first.py: paging, mark, gap, overlap, window, volume, and counting each entry once
2. recheck      one post by its lookup: "not there" is a deletion if it can be believed (existence.py), and so are the
                platform's own word for it and a post without a word; else it lands as it now reads
A post without a word is removed only where another one of the same poll has some (existence.py).

What a platform answers is in docs/adding-a-source.md.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from crawlers.items import Found, Rejection, Removal
from crawlers.outcome import Outcome
from crawlers.platforms.shared.answers import fields_read, make_raw, read_item
from crawlers.platforms.shared.drafting import believed
from crawlers.platforms.shared.existence import Existence
from crawlers.platforms.shared.newest_first import Fate, Listing, Page, Place, has_words, land_page
from crawlers.platforms.shared.volume import judge_volume
from crawlers.spiders.base import PollSpider
from crawlers.task import RecheckOf
from ledger import RecheckOutcome
from records import AuthorKind, Landing, Post, make_post_id

if TYPE_CHECKING:
    from scrapy.http import Response


Entry = TypeVar("Entry", bound=BaseModel)


@dataclass(frozen=True)
class Shown(Generic[Entry]):
    """What a lookup shows: the entry as the server wrote it and as read; none where the server says that it is not there."""

    response: Response
    raw: Any = None
    entry: Entry | None = None


class ListSpider(PollSpider, Generic[Entry]):
    """One poll of one list."""

    platform: str
    """What posts of the platform are known by, with their native ids; see make_post_id."""
    model: type[Entry]
    """The fields of an entry that are read."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.base = self.task.url.rstrip("/")
        self._seen: set[str] = set()
        self._existence = Existence(self.tally)
        self._emptied: list[Removal] = []

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
        """The page that a token opens, by ``make_page``; None opens the newest. May raise any of crawlers.errors."""

    @abstractmethod
    def stands_at(self, entry: Entry) -> Place:
        """Where an entry stands in the list."""

    @abstractmethod
    def native_id(self, entry: Entry) -> str:
        """The entry's identity on its platform, for ever and everywhere."""

    def lookup_of(self, entry: Entry) -> str:
        """What the entry is asked by at a recheck."""
        return self.native_id(entry)

    def why_gone(self, entry: Entry) -> str | None:  # noqa: ARG002
        """The word under which an entry counts whose server says that it is no longer to be read."""
        return None

    def why_skipped(self, entry: Entry) -> str | None:  # noqa: ARG002
        """The word under which an entry of the list counts that is no post."""
        return None

    @abstractmethod
    def make_post(self, entry: Entry) -> Post:
        """The post. Raises ValidationError where it is nothing that can be kept."""

    def ground(self, entry: Entry, written: datetime) -> dict[str, Any]:
        """Fields of the entry's post that say which it is, where it is from, and when it was written and read."""
        source, now = self.task.source, datetime.now(UTC)
        return {
            "platform": self.platform,
            "native_id": self.native_id(entry),
            "source": source.id,
            "author_kind": AuthorKind(source.author_kind),
            "published_at": believed(written, now, self.tally),
            "collected_at": now,
        }

    @abstractmethod
    async def look_up(self, lookup: str) -> Shown[Entry] | None:
        """Asks for one post; None where the answer says nothing of it. May raise any of crawlers.errors."""

    async def complete(self, entry: Entry) -> Entry | None:
        """The entry with what a lookup leaves out of it; None where that cannot be had, and the post stays as it is."""
        return entry

    def own_part(self, raw: Any) -> Any:
        """What is kept of an entry as its post's original: its author's words, and none of others, since erasing those must
        find nothing here. An entry may be of any shape."""
        return fields_read(raw, self.model)

    def make_page(self, listed: list[Any], response: Response, below: str | None = None) -> Page:
        """A page of entries as the server wrote them, the newest first; ``below``: the token of the page below.

        Its items are pairs: an entry as written, and as read, None where its shape is unknown.
        """
        items = [(raw, read_item(raw, self.model)) for raw in listed]
        places = [Place() if entry is None else self.stands_at(entry) for _, entry in items]
        return Page(items, places, below, response)

    async def read(self) -> AsyncIterator[Found]:
        """See newest_first.py."""
        async for page in self._listing.read(self.open_page, once=self.task.mode == "check"):
            fates = [(raw, *self._fate(raw, entry)) for raw, entry in page.items]
            for found in land_page(self, page.response, fates, self.own_part):
                yield found
            for removal in self._take_emptied():
                yield removal
        if self._emptied:
            self.tally.remark("removal_doubted", len(self._emptied))
        self._judge_volume()

    async def recheck(self, post: RecheckOf) -> RecheckOutcome | Landing | None:
        """See the module's docstring."""
        shown = await self.look_up(post.lookup)
        if shown is None:
            return RecheckOutcome.UNCLEAR
        if shown.entry is None:
            return await self._existence.judge_missing(self._finds)
        self._existence.answered()
        if self.why_gone(shown.entry) is not None:
            return RecheckOutcome.DELETED
        entry = await self.complete(shown.entry)
        try:
            found = self.make_post(entry) if entry is not None else None
        except ValidationError:
            found = None
        if found is None:
            return RecheckOutcome.PRESENT
        if not has_words(found):
            # It had some when it landed: they were taken back.
            return self._existence.judge_wordless()
        self._existence.read(found)
        capture = self.capture(shown.response, keep_body=False)
        return Landing(post=found, raw=make_raw(self.own_part(shown.raw)), capture=capture, lookup=post.lookup)

    def conclude(self) -> None:
        """Writes cursor and window."""
        success = self.outcome.is_success and self.outcome is not Outcome.EMPTY
        self.cursor["list"] = self._listing.dump(success=success)
        begin = self._listing.begin()
        if success and begin is not None:
            self.window_from, self.window_to = begin, self.task.started

    async def _finds(self, lookup: str) -> bool:
        shown = await self.look_up(lookup)
        return shown is not None and shown.entry is not None

    def _fate(self, raw: Any, entry: Entry | None) -> tuple[Fate, str]:
        """What becomes of an entry, and what it is asked by; one that an earlier page of this run showed is counted already."""
        if entry is None:
            self.tally.see()
            return Rejection("bad_shape", make_raw(raw).body), ""
        key, lookup = self.native_id(entry), self.lookup_of(entry)
        if key in self._seen:
            return None, lookup
        self._seen.add(key)
        self.tally.see()
        try:
            return self._judge(entry, lookup), lookup
        except ValidationError:
            return Rejection("invalid", make_raw(self.own_part(raw)).body), lookup

    def _judge(self, entry: Entry, lookup: str) -> Fate:
        gone = self.why_gone(entry)
        skipped = gone or self.why_skipped(entry)
        found = self.make_post(entry) if skipped is None else None
        if found is not None and has_words(found):
            # That it is there may later show that "not found" can be believed.
            self._existence.listed(lookup)
            self._existence.read(found)
            return found
        self.tally.drop(skipped or "no_text")
        # If it has landed, it is gone, or its author has taken the words back since; else there is nothing to remove.
        removal = Removal(make_post_id(self.platform, self.native_id(entry)), datetime.now(UTC))
        if found is not None:
            self._emptied.append(removal)
        return removal if gone is not None else None

    def _take_emptied(self) -> list[Removal]:
        """Posts without a word, once another one has shown that words are read."""
        if not self._existence.speaks:
            return []
        taken, self._emptied = self._emptied, []
        return taken

    def _judge_volume(self) -> None:
        judge_volume(self, len(self._seen))
        listed = self._listing.shown
        self.end(Outcome.OK if listed else Outcome.EMPTY, "" if listed else "the list is empty")
