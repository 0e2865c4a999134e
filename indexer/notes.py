"""What the index itself remembers beside its documents.

owner     the id of the ledger whose projection it is; written with the first document, so that no other ledger's check or
          writer takes it for its own
rebuild   how far a rebuild is
"""

from __future__ import annotations

from indexer.backend import Index, Note, Rebuild
from indexer.errors import IndexRejected
from ledger import Ledger, ledger_identity


def read_rebuild(index: Index) -> Rebuild:
    """How far a rebuild is. Raises IndexUnavailable."""
    return Rebuild(index.read_note(Note.REBUILD) or Rebuild.NONE.value)


def write_rebuild(index: Index, state: Rebuild) -> None:
    """Notes how far the rebuild is. Raises IndexUnavailable."""
    index.write_note(Note.REBUILD, state.value)


def check_owner(ledger: Ledger, index: Index) -> None:
    """Raises IndexRejected where the index is another ledger's, IndexUnavailable where it cannot be asked."""
    owner = index.read_note(Note.OWNER)
    if owner and owner != ledger_identity(ledger):
        raise IndexRejected(
            f"the index belongs to another ledger ({owner[:8]}…): set DAYMARK_INDEX_URL to an index of this one's own, or "
            "empty that one and take it over with `daymark reindex --take-over`"
        )


def own(ledger: Ledger, index: Index) -> None:
    """Notes whose projection the index is, where nobody did; raises as `check_owner`."""
    index.write_note(Note.OWNER, ledger_identity(ledger), first=True)
    check_owner(ledger, index)


def take_over(ledger: Ledger, index: Index) -> None:
    """Makes the index this ledger's, whoever's it was. Raises IndexUnavailable."""
    index.write_note(Note.OWNER, ledger_identity(ledger))
