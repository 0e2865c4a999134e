"""Taking erased posts out of the index, for good.

1. erase:  by the version of the erasure; one that meets a newer document erases that too: the post never comes back
2. note:   bytes are to be expunged; only then may the ledger hear of it
"""

from __future__ import annotations

from collections.abc import Sequence

from indexer.backend import Entry, Index, Outcome
from indexer.errors import IndexRejected
from indexer.expunging import note_erased
from indexer.sweep import Round

FOREVER = 2**62
"""A version above every document's. An erased post never comes back, so nothing may win over its erasure."""


def erase_documents(index: Index, entries: Sequence[Entry], done: Round) -> set[str]:
    """Erases; returns the posts that are out of the index. ``done`` learns why others are not.

    Raises IndexRejected when the index does not take erasures, IndexUnavailable.
    """
    gone, newer = _erase(index, entries, done)
    again = [entry._replace(doc_version=FOREVER) for entry in entries if entry.post_id in newer]
    gone |= _erase(index, again, done)[0]
    if gone:
        note_erased(index)
    return gone


def _erase(index: Index, entries: Sequence[Entry], done: Round) -> tuple[set[str], set[str]]:
    gone: set[str] = set()
    newer: set[str] = set()
    for ack in index.erase(entries):
        if ack.outcome is Outcome.REJECTED:
            raise IndexRejected(f"the index refuses to erase {ack.post_id}: {ack.reason}")
        done.note(ack)
        if ack.settled:
            (gone if ack.outcome is Outcome.DONE else newer).add(ack.post_id)
    return gone, newer
