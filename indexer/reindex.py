"""Rebuilding the index from the ledger.

1. all due   every indexed post is made due again: from here on the ledger counts nothing that is about to go
2. drop      the index is emptied and its layout renewed; it notes: dropped
3. all due   once more, for documents that other workers wrote and had acknowledged in between; it notes: filling
4. fill      the ordinary drain; when nothing is due any more it notes: none
5. compare   a last look, document by document
An index that cannot be read any more is replaced by an empty one in 2; where that shows only later, all begins again, once.
A crash anywhere leaves posts due. The next drain of any process fills the index and does 3 where it was left out; the next
`reindex` goes on with 4 as long as something of it is left, and else begins again.
"""

from __future__ import annotations

from collections.abc import Callable

from indexer.backend import Index, Rebuild
from indexer.check import check_index
from indexer.errors import IndexDamaged
from indexer.notes import check_owner, read_rebuild, take_over, write_rebuild
from indexer.report import IndexReport
from indexer.writer import drain_index
from ledger import Ledger, Stage, Worker, due, mark_all_due


def reindex(
    ledger: Ledger,
    worker: Worker,
    index: Index,
    *,
    take: bool = False,
    patience: float | None = None,
    wait: Callable[[float], bool] | None = None,
    progress: Callable[[IndexReport], None] | None = None,
) -> IndexReport:
    """Rebuilds the index, or goes on with a rebuild that was broken off. Arguments and errors as `drain_index`.

    Raises IndexRejected where the index is another ledger's; with ``take`` that one is emptied and becomes this ledger's.
    IndexDamaged, where a damaged one cannot be replaced.
    """

    def rebuild(*, anew: bool) -> IndexReport:
        if not (anew or take):
            check_owner(ledger, index)
        return _rebuild(
            ledger,
            index,
            lambda: drain_index(ledger, worker, index, patience=patience, wait=wait, progress=progress),
            anew=anew or take,
        )

    try:
        return rebuild(anew=False)
    except IndexDamaged:
        # Nobody's note in it can be read, and all that it held is in the ledger.
        return rebuild(anew=True)


def _rebuild(ledger: Ledger, index: Index, drain: Callable[[], IndexReport], *, anew: bool) -> IndexReport:
    if anew or read_rebuild(index) is not Rebuild.FILLING or not sum(due(ledger, Stage.INDEX)):
        mark_all_due(ledger)
        index.drop()
        take_over(ledger, index)
        mark_all_due(ledger)
        write_rebuild(index, Rebuild.FILLING)
    report = drain()
    if report.complete and check_index(ledger, index).repaired:
        report += drain()
    if report.complete:
        write_rebuild(index, Rebuild.NONE)
    return report
