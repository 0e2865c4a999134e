"""How much of what it should hold the index holds. A gap in the index must never look like a fall in interest."""

from __future__ import annotations

from dataclasses import dataclass

from indexer.backend import Index, Rebuild
from indexer.errors import IndexUnavailable
from indexer.notes import check_owner, read_rebuild
from ledger import Ledger, count_documents

_TOLERATED = 0.01
"""A digest that lacks one document in a hundred is worth more than none; trends shift by less than their intervals."""


@dataclass(frozen=True)
class Completeness:
    """``expected``: documents once nothing is due; ``lost``: acknowledged once and gone; ``waiting``: posts due for the index."""

    documents: int
    expected: int
    lost: int
    waiting: int
    rebuilding: bool

    @property
    def is_partial(self) -> bool:
        """Whether answers would show a fall that is none."""
        return self.rebuilding or self.lost > _TOLERATED * self.expected

    @property
    def notice(self) -> str:
        """One line for people, with what to do; empty where the answer is of all posts."""
        shown = f"{self.documents:,} of {self.expected:,} documents"
        if self.rebuilding:
            return f"the index is being rebuilt: this is of {shown} (`daymark index` goes on with it)"
        if self.lost:
            return f"the index has lost documents: this is of {shown}; run `daymark index check`"
        if self.waiting:
            return f"{self.waiting:,} posts are not in the index yet: this is of {shown} (`daymark index`)"
        return ""


def read_completeness(ledger: Ledger, index: Index) -> Completeness:
    """Counts both sides. Raises IndexRejected for another ledger's index, IndexUnavailable, LedgerUnavailable."""
    check_owner(ledger, index)
    state = read_rebuild(index)
    # The ledger first: what it counts as taken by then is in the index when that is counted.
    counts = count_documents(ledger)
    expected = counts.acknowledged + counts.first
    documents = index.count()
    if documents < counts.acknowledged:
        index.refresh()
        documents = index.count()
    return Completeness(
        documents=min(documents, expected),
        expected=expected,
        lost=max(0, counts.acknowledged - documents),
        waiting=counts.waiting,
        rebuilding=state is not Rebuild.NONE and counts.waiting > 0,
    )


def require_complete(ledger: Ledger, index: Index) -> None:
    """For what is said once and never again, as a digest is.

    Raises IndexUnavailable while the index is being rebuilt or lacks what it held, and as `read_completeness`.
    """
    found = read_completeness(ledger, index)
    if found.is_partial:
        raise IndexUnavailable(found.notice)
