"""Comparing ledger and index, document by document, and repairing the index.

Both sides come ordered by post_id and are merged:
missing   the ledger counts it as indexed, the index lacks it          -> made due
stale     the index holds an older version                             -> made due
orphaned  the index holds what the ledger does not know (any more)     -> erased
misplaced the index holds it in another month than the ledger says     -> erased there, made due
ahead     the index holds a version the ledger has not reached: the ledger was put back from a backup  -> `reindex`
A document that is being written while we look is none of these: it is asked after again before anything is done.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from indexer.backend import Entry, Index
from ledger import Ledger, expected_documents, mark_due, read_post

REPAIR_BATCH = 1000


@dataclass
class CheckReport:
    """What was compared and found; ``repaired``: how many findings were mended or made due."""

    expected: int = 0
    found: int = 0
    missing: int = 0
    stale: int = 0
    orphaned: int = 0
    misplaced: int = 0
    ahead: int = 0
    repaired: int = 0

    @property
    def agrees(self) -> bool:
        """Whether the index is what the ledger says."""
        return not (self.missing or self.stale or self.orphaned or self.misplaced or self.ahead)


@dataclass
class _Repairs:
    due: list[str] = field(default_factory=list)
    erase: list[Entry] = field(default_factory=list)


def check_index(ledger: Ledger, index: Index, *, repair: bool = True) -> CheckReport:
    """Compares and, unless told not to, repairs; what was made due is written by the next `drain_index`.

    Raises IndexUnavailable, LedgerUnavailable.
    """
    index.refresh()
    report = CheckReport()
    repairs = _Repairs()
    for expected, found in merge(_expected(ledger), index.scan_ids()):
        report.expected += expected is not None
        report.found += found is not None
        _compare(ledger, expected, found, report, repairs)
        if repair and len(repairs.due) + len(repairs.erase) >= REPAIR_BATCH:
            _repair(ledger, index, report, repairs)
    if repair:
        _repair(ledger, index, report, repairs)
    return report


def merge(left: Iterator[Entry], right: Iterator[Entry]) -> Iterator[tuple[Entry | None, Entry | None]]:
    """Pairs entries of two streams ordered by post_id; None where one side lacks the post."""
    a, b = next(left, None), next(right, None)
    while a is not None or b is not None:
        if b is None or (a is not None and a.post_id < b.post_id):
            yield a, None
            a = next(left, None)
        elif a is None or b.post_id < a.post_id:
            yield None, b
            b = next(right, None)
        else:
            yield a, b
            a, b = next(left, None), next(right, None)


def _expected(ledger: Ledger) -> Iterator[Entry]:
    return (Entry(*row) for row in expected_documents(ledger))


def _compare(
    ledger: Ledger, expected: Entry | None, found: Entry | None, report: CheckReport, repairs: _Repairs
) -> None:
    if found is None:
        assert expected is not None
        report.missing += 1
        repairs.due.append(expected.post_id)
        return
    if expected == found:
        return
    post = read_post(ledger, found.post_id)
    if post is None:
        report.orphaned += 1
        repairs.erase.append(found)
    elif post.month != found.month:
        report.misplaced += 1
        repairs.erase.append(found)
        repairs.due.append(found.post_id)
    elif found.doc_version > post.doc_version:
        report.ahead += 1
    elif expected is not None and found.doc_version < expected.doc_version:
        report.stale += 1
        repairs.due.append(found.post_id)


def _repair(ledger: Ledger, index: Index, report: CheckReport, repairs: _Repairs) -> None:
    for acknowledgement in index.erase(repairs.erase):
        report.repaired += acknowledgement.settled
    report.repaired += mark_due(ledger, repairs.due)
    repairs.erase.clear()
    repairs.due.clear()
