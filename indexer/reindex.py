"""Rebuilding the index from the ledger.

1. drop      the index is emptied and its layout renewed; it notes: dropped
2. all due   every indexed post is made due again; the index notes: filling
3. fill      the ordinary drain
4. compare   a document that another worker wrote before the drop and had acknowledged after it is found missing and
             filled in; the index notes: none
A crash in 1 or 2 begins again; a crash in 3 or 4 goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable

from indexer.backend import Index, Rebuild
from indexer.check import check_index
from indexer.writer import IndexReport, drain_index
from ledger import Ledger, Worker, mark_all_due


def reindex(
    ledger: Ledger,
    worker: Worker,
    index: Index,
    *,
    patience: float | None = None,
    wait: Callable[[float], bool] | None = None,
    progress: Callable[[IndexReport], None] | None = None,
) -> IndexReport:
    """Rebuilds the index, or goes on with a rebuild that was broken off. Arguments and errors as `drain_index`."""
    if index.rebuild_state() is not Rebuild.FILLING:
        index.drop()
        mark_all_due(ledger)
        index.set_rebuild_state(Rebuild.FILLING)
    report = drain_index(ledger, worker, index, patience=patience, wait=wait, progress=progress)
    if report.complete and check_index(ledger, index).repaired:
        report += drain_index(ledger, worker, index, patience=patience, wait=wait, progress=progress)
    if report.complete:
        index.set_rebuild_state(Rebuild.NONE)
    return report
