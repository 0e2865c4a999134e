"""Comparing ledger and index, document by document, and repairing the index.

Both sides come ordered by post_id and are merged; where they differ
missing   the ledger counts it as indexed, the index lacks it          -> made due
stale     the index holds an older version                             -> made due
orphaned  the index holds what the ledger does not know (any more)     -> erased
misplaced the index holds it in another month than the ledger says     -> erased there, made due
ahead     the index holds a version the ledger has not reached: the ledger was put back from a backup  -> `reindex`
Posts move on while we look, so each difference is asked after again: the ledger, then the index, then the ledger. What the
second look does not confirm was a document on its way.
Where a large part of the index is unknown to the ledger, more likely one of them is the wrong one: nothing is erased unasked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from indexer.backend import Entry, Index
from indexer.expunging import note_erased
from indexer.notes import check_owner
from ledger import Ledger, Place, expected_documents, mark_due, read_places

BATCH = 1000
"""Differences that are asked after and repaired together: one query to each side."""
FEW_ORPHANS = 100
ORPHANED_SHARE = 0.1
"""More than both, and orphans are erased only when that was asked for: a crash leaves a batch, a wrong address all of them."""


@dataclass
class CheckReport:
    """What was compared and found.

    ``repaired``: how many findings were mended or made due; ``unrepaired``: those that the index did not let be erased, for
    the ``reason``; ``spared``: orphans that were left because there are so many.
    """

    expected: int = 0
    found: int = 0
    missing: int = 0
    stale: int = 0
    orphaned: int = 0
    misplaced: int = 0
    ahead: int = 0
    repaired: int = 0
    unrepaired: int = 0
    spared: int = 0
    reason: str = ""

    @property
    def agrees(self) -> bool:
        """Whether the index is what the ledger says."""
        return not (self.missing or self.stale or self.orphaned or self.misplaced or self.ahead)


def check_index(ledger: Ledger, index: Index, *, repair: bool = True, erase_many: bool = False) -> CheckReport:
    """Compares and, unless told not to, repairs; what was made due is written by the next `drain_index`.

    ``erase_many``: erase orphans however many they are. Raises IndexRejected where the index is another ledger's,
    IndexUnavailable, LedgerUnavailable.
    """
    check_owner(ledger, index)
    index.refresh()
    return _Check(ledger, index, repair, erase_many).run()


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


@dataclass
class _Check:
    ledger: Ledger
    index: Index
    repair: bool
    erase_many: bool
    report: CheckReport = field(default_factory=CheckReport)
    due: list[str] = field(default_factory=list)
    erase: list[Entry] = field(default_factory=list)
    orphans: list[Entry] = field(default_factory=list)
    few: int = 0

    def run(self) -> CheckReport:
        differing: set[str] = set()
        # What can be orphaned without anyone being asked; more are counted but no longer remembered.
        self.few = max(FEW_ORPHANS, int(self.index.count() * ORPHANED_SHARE))
        expected = (Entry(*row) for row in expected_documents(self.ledger))
        for wanted, found in merge(expected, self.index.scan_ids()):
            self.report.expected += wanted is not None
            self.report.found += found is not None
            if wanted != found:
                differing |= {entry.post_id for entry in (wanted, found) if entry is not None}
            if len(differing) >= BATCH:
                self._judge(differing)
        self._judge(differing)
        self._erase_orphans()
        return self.report

    def _judge(self, post_ids: set[str]) -> None:
        before = read_places(self.ledger, post_ids)
        self.index.refresh()
        there: dict[str, list[Entry]] = defaultdict(list)
        for entry in self.index.look_up(post_ids):
            there[entry.post_id].append(entry)
        after = read_places(self.ledger, post_ids)
        for post_id in sorted(post_ids):
            place = after.get(post_id)
            if place is None:
                self._note_orphans(there[post_id])
            else:
                self._compare(post_id, before.get(post_id, place), place, there[post_id])
        post_ids.clear()
        if self.repair:
            self._repair()

    def _note_orphans(self, entries: list[Entry]) -> None:
        self.report.orphaned += len(entries)
        if self.erase_many:
            self.erase += entries
        elif self.report.orphaned <= self.few:
            self.orphans += entries

    def _compare(self, post_id: str, before: Place, after: Place, there: list[Entry]) -> None:
        elsewhere = [entry for entry in there if entry.month != after.month]
        here = next((entry for entry in there if entry.month == after.month), None)
        self.report.misplaced += len(elsewhere)
        self.erase += elsewhere
        if here is None:
            wanted = before.indexed_version is not None and after.indexed_version is not None
            self.report.missing += wanted and not elsewhere
            if wanted or elsewhere:
                self.due.append(post_id)
        elif here.doc_version > after.doc_version:
            self.report.ahead += 1
        elif before.indexed_version is not None and here.doc_version < before.indexed_version:
            self.report.stale += 1
            self.due.append(post_id)

    def _repair(self) -> None:
        self._take_out(self.erase)
        self.report.repaired += mark_due(self.ledger, self.due)
        self.erase.clear()
        self.due.clear()

    def _erase_orphans(self) -> None:
        if not self.repair or self.erase_many:
            return
        if self.report.orphaned > self.few:
            self.report.spared = self.report.orphaned
            return
        self._take_out(self.orphans)

    def _take_out(self, entries: list[Entry]) -> None:
        for acknowledgement in self.index.erase(entries):
            self.report.repaired += acknowledgement.settled
            self.report.unrepaired += not acknowledgement.settled
            self.report.reason = self.report.reason or acknowledgement.reason
        if entries:
            note_erased(self.index)
