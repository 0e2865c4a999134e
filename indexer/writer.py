"""Draining what the ledger has due for the index: deletions first, then documents.

1. erase:  claim deletions, erase, acknowledge each on its own result; one that meets a newer document erases that too
2. write:  claim posts, make documents, write, acknowledge each on its own result
     rejected by the index, or no document can be made of it    -> one attempt against the post
     unavailable                                                -> released, nothing counted; pause, twice as long each time
     the index refuses us (a wrong key, another layout)         -> released, nothing counted; the run fails
3. end:    only when nothing is due and nothing is leased by others
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import ValidationError

from indexer.backend import Acknowledgement, Entry, Index, Outcome
from indexer.document import make_document
from indexer.errors import IndexRejected, IndexUnavailable
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
    reject,
    release,
)
from records import Document

BATCH = 500
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
IDLE = 0.5
"""Seconds between looks at work that other workers hold."""
FOREVER = 2**62
"""A version above every document's. An erased post never comes back, so nothing may win over its erasure."""


@dataclass
class IndexReport:
    """What one run did. ``superseded``: written, but the post had moved on and is due again. ``complete``: all is done."""

    indexed: int = 0
    superseded: int = 0
    erased: int = 0
    rejected: int = 0
    quarantined: int = 0
    pauses: int = 0
    complete: bool = False

    def __add__(self, later: IndexReport) -> IndexReport:
        """Both runs as one; complete if the later is."""
        sums = {name: getattr(self, name) + getattr(later, name) for name in _COUNTS}
        return IndexReport(**sums, complete=later.complete)


_COUNTS = ("indexed", "superseded", "erased", "rejected", "quarantined", "pauses")


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
    Raises IndexRejected when the index refuses this key or layout, LedgerUnavailable when the ledger goes away.
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
        self._trouble = ""
        self._since: float | None = None
        self._pause = FIRST_PAUSE

    def run(self) -> IndexReport:
        stopped = False
        while not stopped:
            self._trouble = ""
            worked = self._erase_due() + self._write_due()
            if self._progress is not None:
                self._progress(self._report)
            if self._trouble:
                stopped = self._pause_for_index()
                continue
            self._since, self._pause = None, FIRST_PAUSE
            if worked == 0:
                if sum(due(self._ledger, Stage.INDEX)) == 0:
                    self._report.complete = True
                    break
                stopped = self._wait(IDLE)
            else:
                stopped = self._wait(0)
        return self._report

    def _pause_for_index(self) -> bool:
        now = time.monotonic()
        self._since = self._since or now
        if self._patience is not None and now - self._since >= self._patience:
            raise IndexUnavailable(self._trouble)
        self._report.pauses += 1
        seconds, self._pause = self._pause, min(2 * self._pause, LONGEST_PAUSE)
        return self._wait(seconds)

    def _erase_due(self) -> int:
        entries = [Entry(*deletion) for deletion in claim_deletes(self._ledger, self._batch)]
        done = self._erase(entries)
        newer = [entry for entry in entries if done.get(entry.post_id) is Outcome.NEWER_EXISTS]
        done |= self._erase([entry._replace(doc_version=FOREVER) for entry in newer])
        gone = [post_id for post_id, outcome in done.items() if outcome is Outcome.DONE]
        if gone:
            ack_deletes(self._ledger, gone)
        self._report.erased += len(gone)
        return len(gone)

    def _erase(self, entries: list[Entry]) -> dict[str, Outcome]:
        done: dict[str, Outcome] = {}
        try:
            for ack in self._index.erase(entries):
                if ack.outcome is Outcome.REJECTED:
                    raise IndexRejected(f"the index refuses to erase {ack.post_id}: {ack.reason}")
                self._note(ack)
                done[ack.post_id] = ack.outcome
        except IndexUnavailable as exc:
            self._trouble = str(exc)
        return done

    def _write_due(self) -> int:
        if self._trouble:
            return 0
        work = claim_index(self._ledger, self._worker, self._batch)
        held = {item.post.post_id for item in work}
        settled: list[tuple[str, int]] = []
        try:
            for ack in self._index.write(self._documents(work, held)):
                self._note(ack)
                if ack.settled:
                    settled.append((ack.post_id, ack.doc_version))
                elif ack.outcome is Outcome.REJECTED:
                    self._reject(ack.post_id, ack.reason, held)
        except IndexUnavailable as exc:
            self._trouble = str(exc)
        finally:
            # Also when the run is broken off: what the index took is done, the rest is nobody's fault.
            self._settle(settled, held)
        return len(work)

    def _documents(self, work: list[IndexWork], held: set[str]) -> list[Document]:
        documents = []
        for item in work:
            try:
                documents.append(make_document(item))
            except ValueError as exc:
                self._reject(item.post.post_id, f"no document can be made: {_say(exc)}", held)
        return documents

    def _reject(self, post_id: str, reason: str, held: set[str]) -> None:
        held.discard(post_id)
        self._report.rejected += 1
        self._report.quarantined += reject(self._ledger, self._worker, Stage.INDEX, post_id, reason)

    def _settle(self, settled: list[tuple[str, int]], held: set[str]) -> None:
        counted = ack_indexed(self._ledger, self._worker, settled) if settled else 0
        self._report.indexed += counted
        self._report.superseded += len(settled) - counted
        left = held - {post_id for post_id, _ in settled}
        if left:
            release(self._ledger, self._worker, left)

    def _note(self, ack: Acknowledgement) -> None:
        if ack.outcome is Outcome.UNAVAILABLE:
            self._trouble = ack.reason


def _say(exc: ValueError) -> str:
    if isinstance(exc, ValidationError):
        # pydantic's own message quotes the value, that is, the post.
        return ", ".join(".".join(map(str, error["loc"])) for error in exc.errors()) or "validation"
    return str(exc)
