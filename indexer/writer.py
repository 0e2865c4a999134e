"""Draining what the ledger has due for the index: deletions first, then documents.

1. erase:  claim deletions, erase, acknowledge each on its own result; one that meets a newer document erases that too
2. write:  claim posts, make documents, write, acknowledge each on its own result
     rejected by the index, or no document can be made of it    -> one attempt against the post
     unavailable, or refused for a fault of the index           -> released, nothing counted; the rest goes on (sweep.py)
     the index refuses us (a wrong key, another layout)         -> released, nothing counted; the run fails
3. pause:  when only what is unavailable is left, twice as long each time until something is taken; then all of it again
   fail:   when only what is refused is left, with what the index said
4. end:    only when nothing is due and nothing is leased by others; a rebuild that was filling is then done, and one that
           died between emptying the index and making all due is gone on with (reindex.py)
"""

from __future__ import annotations

import time
from collections.abc import Callable

from pydantic import ValidationError

from indexer.backend import Entry, Index, Outcome, Rebuild
from indexer.document import make_document
from indexer.erasing import erase_documents
from indexer.errors import IndexFault, IndexRejected, IndexUnavailable
from indexer.expunging import note_emptied, note_erased
from indexer.notes import own, read_rebuild, write_rebuild
from indexer.report import IndexReport
from indexer.sweep import Round, Sweep
from ledger import (
    IndexWork,
    Ledger,
    Stage,
    Worker,
    ack_deletes,
    ack_indexed,
    claim_deletes,
    claim_index,
    due,
    mark_all_due,
    reject,
    release,
    release_stage,
)
from records import Document

BATCH = 500
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
IDLE = 0.5
"""Seconds between looks at work that other workers hold."""


def drain_index(
    ledger: Ledger,
    worker: Worker,
    index: Index,
    *,
    batch: int = BATCH,
    patience: float | None = None,
    wait: Callable[[float], bool] | None = None,
    progress: Callable[[IndexReport], None] | None = None,
) -> IndexReport:
    """Writes and erases until nothing is due.

    ``patience``: seconds of an unavailable index after which IndexUnavailable is raised; None waits for it forever.
    ``wait`` pauses for seconds and returns True to stop early (`threading.Event.wait` fits); sleeps by default.
    Raises IndexRejected when the index refuses this key or layout, is another ledger's, or needs an operator's hand for what
    is left; LedgerUnavailable when the ledger goes away: the worker's next drain gives back what was claimed.
    """
    return _Drain(ledger, worker, index, batch, patience, wait or _sleep, progress).run()


def _sleep(seconds: float) -> bool:
    time.sleep(seconds)
    return False


class _Drain:
    def __init__(
        self,
        ledger: Ledger,
        worker: Worker,
        index: Index,
        batch: int,
        patience: float | None,
        wait: Callable[[float], bool],
        progress: Callable[[IndexReport], None] | None,
    ) -> None:
        self._ledger = ledger
        self._worker = worker
        self._index = index
        self._batch = batch
        self._patience = patience
        self._wait = wait
        self._progress = progress
        self._report = IndexReport()
        self._sweep = Sweep()
        self._worked = False
        self._since: float | None = None
        self._pause = FIRST_PAUSE

    def run(self) -> IndexReport:
        # A drain of this worker that ended in LedgerUnavailable left its batch under our own, living lease.
        release_stage(self._ledger, self._worker, Stage.INDEX)
        stopped = False
        while not (stopped or self._report.complete):
            done = Round()
            self._erase_due(done)
            self._write_due(done)
            self._sweep.add(done)
            if self._progress is not None:
                self._progress(self._report)
            if done.taken:
                self._since, self._pause = None, FIRST_PAUSE
            stopped = self._go_on(done)
        return self._report

    def _go_on(self, done: Round) -> bool:
        """What follows on a round; returns whether to stop early."""
        if done.claimed:
            return self._pause_for_index(self._sweep.trouble) if self._sweep.must_pause else self._wait(0)
        sweep, self._sweep = self._sweep, Sweep()
        if sweep.refused:
            raise IndexRejected(sweep.refused)
        if sweep.trouble:
            return self._pause_for_index(sweep.trouble)
        try:
            self._report.complete = self._is_finished()
        except IndexUnavailable as exc:
            return self._pause_for_index(str(exc))
        return False if self._report.complete else self._wait(IDLE)

    def _is_finished(self) -> bool:
        if sum(due(self._ledger, Stage.INDEX)):
            return False
        state = read_rebuild(self._index) if self._worked else Rebuild.NONE
        if state is Rebuild.DROPPED:
            mark_all_due(self._ledger)
            write_rebuild(self._index, Rebuild.FILLING)
            return False
        if state is Rebuild.FILLING:
            # Asked again: a rebuild that began just now made everything due before it said so.
            if sum(due(self._ledger, Stage.INDEX)):
                return False
            write_rebuild(self._index, Rebuild.NONE)
        return True

    def _pause_for_index(self, trouble: str) -> bool:
        now = time.monotonic()
        self._since = self._since or now
        if self._patience is not None and now - self._since >= self._patience:
            raise IndexUnavailable(trouble)
        self._report.pauses += 1
        seconds, self._pause = self._pause, min(2 * self._pause, LONGEST_PAUSE)
        return self._wait(seconds)

    def _own(self) -> None:
        if not self._worked:
            own(self._ledger, self._index)
            self._worked = True

    def _erase_due(self, done: Round) -> None:
        claimed = claim_deletes(self._ledger, self._batch, self._sweep.held)
        if not claimed:
            return
        gone: set[str] = set()
        try:
            self._own()
            gone = erase_documents(self._index, [Entry(*deletion) for deletion in claimed], done)
        except IndexUnavailable as exc:
            done.trouble = str(exc)
        if gone:
            ack_deletes(self._ledger, gone)
        self._report.erased += len(gone)
        done.count({deletion.post_id: deletion.month for deletion in claimed}, gone)

    def _write_due(self, done: Round) -> None:
        work = claim_index(self._ledger, self._worker, self._batch, self._sweep.held)
        if not work:
            return
        held = {item.post.post_id for item in work}
        settled: list[tuple[str, int]] = []
        try:
            self._own()
            for ack in self._index.write(self._documents(work, held)):
                done.note(ack)
                if ack.settled:
                    settled.append((ack.post_id, ack.doc_version))
                elif ack.outcome is Outcome.REJECTED:
                    self._reject(ack.post_id, ack.reason, held)
        except IndexUnavailable as exc:
            done.trouble = str(exc)
        finally:
            # Also when the run is broken off: what the index took is done, the rest is nobody's fault.
            left = self._settle(self._without_unnoted(work, settled), held)
        months = {item.post.post_id: item.post.month for item in work}
        done.count(months, months.keys() - left)

    def _documents(self, work: list[IndexWork], held: set[str]) -> list[Document]:
        documents = []
        for item in work:
            try:
                documents.append(make_document(item))
            except ValueError as exc:
                self._reject(item.post.post_id, f"no document can be made: {_say(exc)}", held)
            except Exception as exc:  # noqa: BLE001 - whatever one post's tags lead to must not stop the others
                # The type alone: who knows what the message quotes.
                self._reject(item.post.post_id, f"no document can be made: {type(exc).__name__}", held)
        return documents

    def _reject(self, post_id: str, reason: str, held: set[str]) -> None:
        held.discard(post_id)
        self._report.rejected += 1
        self._report.quarantined += reject(self._ledger, self._worker, Stage.INDEX, post_id, reason)

    def _without_unnoted(self, work: list[IndexWork], settled: list[tuple[str, int]]) -> list[tuple[str, int]]:
        """What may be acknowledged: where wordings, names or links went, only once it is noted that their bytes are to go."""
        for which, note in (("stripped", note_emptied), ("expunge", note_erased)):
            owed = {item.post.post_id for item in work if getattr(item.post, which)}
            if owed.isdisjoint(post_id for post_id, _ in settled):
                continue
            try:
                note(self._index)
            except IndexFault:
                settled = [one for one in settled if one[0] not in owed]
        return settled

    def _settle(self, settled: list[tuple[str, int]], held: set[str]) -> set[str]:
        """Acknowledges and gives back; returns the posts given back."""
        counted = ack_indexed(self._ledger, self._worker, settled) if settled else 0
        self._report.indexed += counted
        self._report.superseded += len(settled) - counted
        left = held - {post_id for post_id, _ in settled}
        if left:
            release(self._ledger, self._worker, left)
        return left


def _say(exc: ValueError) -> str:
    if isinstance(exc, ValidationError):
        # pydantic's own message quotes the value, that is, the post.
        return ", ".join(".".join(map(str, error["loc"])) for error in exc.errors()) or "validation"
    return str(exc)
