"""Stand-ins for time and for an index in trouble, and whether ledger and index agree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from indexer import (
    Acknowledgement,
    Entry,
    Index,
    SqliteIndex,
)
from ledger import (
    Ledger,
    expected_documents,
)
from records import Document


class Pauses:
    """Stands in for the clock: notes how long was waited for, and waits for nothing."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.seconds: list[float] = []
        self._stop_after = stop_after
        self.looks = 0

    def __call__(self, seconds: float) -> bool:
        self.looks += 1
        if seconds:
            self.seconds.append(seconds)
        return self._stop_after is not None and self.looks >= self._stop_after


class Ailing(SqliteIndex):
    """A real index before which faults can be put: ``fault`` turns each acknowledgement into another, or raises."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.calls = 0
        self.fault: Callable[[int, Acknowledgement], Acknowledgement] = lambda call, ack: ack

    def write(self, documents: Iterable[Document]) -> Iterator[Acknowledgement]:
        self.calls += 1
        for ack in super().write(documents):
            yield self.fault(self.calls, ack)

    def erase(self, entries: Iterable[Entry]) -> Iterator[Acknowledgement]:
        for ack in super().erase(entries):
            yield self.fault(self.calls, ack)


def in_index(index: Index) -> list[Entry]:
    index.refresh()
    return list(index.scan_ids())


def assert_agree(ledger: Ledger, index: Index) -> None:
    assert [Entry(*row) for row in expected_documents(ledger)] == in_index(index)
