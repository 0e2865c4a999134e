"""The port: what the rest of Daymark asks of a search index, in its own words. Adapters: indexer.sqlite, indexer.elastic.

Versions: a write or an erasure carries the document's version and counts where no newer one is known, equal included
(Elasticsearch calls it external_gte). What was erased is remembered for an hour, so that an older write that was under way
cannot bring it back; the ledger repeats its deletions within minutes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import NamedTuple, Protocol

from indexer.grammar import Query
from indexer.queries import MarketQuery, OfferRow, SearchPage, SearchQuery, TrendCounts, TrendSlice
from records import Document


class Outcome(Enum):
    """What became of one write or erasure."""

    DONE = "done"
    """In the index, or out of it. Erasing what is not there is done."""
    NEWER_EXISTS = "newer_exists"
    """The index holds a newer version: nothing to do."""
    REJECTED = "rejected"
    """The document's own fault: trying the same again is useless."""
    UNAVAILABLE = "unavailable"
    """The index could not take it now: retry later, the document is not at fault."""
    REFUSED = "refused"
    """The index's own fault, and waiting does not mend it (a closed month, no room for a shard): the reason says what does."""


class Entry(NamedTuple):
    """A document's place and version in the index; ``month`` is YYYY.MM."""

    post_id: str
    month: str
    doc_version: int


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """The index's own word on one document. ``reason`` is set where it was not taken; it holds no text of posts."""

    post_id: str
    doc_version: int
    outcome: Outcome
    reason: str = ""

    @property
    def settled(self) -> bool:
        """Whether the ledger may count it as done."""
        return self.outcome in (Outcome.DONE, Outcome.NEWER_EXISTS)


class Note(Enum):
    """What is kept in the index beside the documents, so that neither a crash nor a rebuild loses it: indexer/notes.py."""

    OWNER = "owner"
    REBUILD = "rebuild"
    ERASED_AT = "erased_at"
    EMPTIED_AT = "emptied_at"
    EXPUNGED_AT = "expunged_at"


class Rebuild(Enum):
    """How far a rebuild is."""

    NONE = "none"
    DROPPED = "dropped"
    FILLING = "filling"


class Index(Protocol):
    """A search index. Every method raises IndexUnavailable when it cannot be reached, IndexRejected when it refuses."""

    @property
    def backend(self) -> str:
        """``sqlite`` or ``elasticsearch``."""

    def write(self, documents: Iterable[Document]) -> Iterator[Acknowledgement]:
        """Writes whole documents; one acknowledgement each, in any order, after it is durable."""

    def erase(self, entries: Iterable[Entry]) -> Iterator[Acknowledgement]:
        """Takes documents out; one acknowledgement each, in any order."""

    def search(self, query: SearchQuery) -> SearchPage:
        """One page of hits with exact totals."""

    def trend(self, query: TrendSlice) -> TrendCounts:
        """Raw counts by calendar bucket; buckets without posts may be left out."""

    def offers(self, query: MarketQuery) -> Iterator[OfferRow]:
        """The offers that match, protected kinds left out, in no particular order."""

    def extent(self, query: Query) -> tuple[datetime, datetime] | None:
        """Times of the oldest and newest dated post that match; None where there is none."""

    def count(self) -> int:
        """Documents in the index."""

    def scan_ids(self) -> Iterator[Entry]:
        """Every document's entry, ordered by post_id."""

    def look_up(self, post_ids: Collection[str]) -> Iterator[Entry]:
        """The entries of those of up to a thousand posts that the index holds, in no particular order."""

    def refresh(self) -> None:
        """Makes everything written before visible to queries."""

    def expunge(self) -> None:
        """Removes the bytes of erased and replaced documents from storage; takes minutes on a large index.

        Raises IndexUnavailable where some are left.
        """

    def drop(self) -> None:
        """Empties the index, brings its layout to this version and notes Rebuild.DROPPED; other notes stay."""

    def read_note(self, note: Note) -> str:
        """A note; empty where there is none. A rebuild of another layout cannot be gone on with: it reads as none."""

    def write_note(self, note: Note, value: str, *, first: bool = False) -> None:
        """Writes a note at once and durably; with ``first`` one that is there stays as it is."""

    def close(self) -> None:
        """Gives connections back."""
