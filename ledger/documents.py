"""What the ledger says of the index's documents: how many there should be, and where single ones stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa

from ledger import schema
from ledger.database import Ledger, chunks
from ledger.rows import State


@dataclass(frozen=True)
class DocumentCounts:
    """``acknowledged``: documents that the index took and must hold; ``waiting``: posts due for it.

    ``first``: those of the waiting posts that the index does not hold in an older version.
    """

    acknowledged: int
    waiting: int
    first: int


class Place(NamedTuple):
    """Where a post's document belongs: ``month`` is YYYY.MM; ``indexed_version`` is None where none is expected."""

    month: str
    doc_version: int
    indexed_version: int | None


def count_documents(ledger: Ledger) -> DocumentCounts:
    """Counts in one statement, so that they belong together. Raises LedgerUnavailable."""
    post = schema.post
    taken, due = post.c.indexed_version.is_not(None), post.c.state == State.TAGGED.value
    number = sa.func.count()
    with ledger.read() as conn:
        query = sa.select(number.filter(taken), number.filter(due), number.filter(due, ~taken)).select_from(post)
        row = conn.execute(query).one()
    return DocumentCounts(int(row[0]), int(row[1]), int(row[2]))


def read_places(ledger: Ledger, post_ids: Iterable[str]) -> dict[str, Place]:
    """The places of those of the posts that the ledger knows, by post id. Raises LedgerUnavailable."""
    post = schema.post
    query = sa.select(post.c.post_id, post.c.month, post.c.doc_version, post.c.indexed_version)
    found: dict[str, Place] = {}
    with ledger.read() as conn:
        for chunk in chunks(sorted(post_ids)):
            for row in conn.execute(query.where(post.c.post_id.in_(chunk))):
                found[row.post_id] = Place(row.month, row.doc_version, row.indexed_version)
    return found
