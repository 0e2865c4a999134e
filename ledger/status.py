"""The counts of `status`: seen = landed + tagged + indexed + quarantined + erased."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from ledger import schema
from ledger.database import Ledger
from ledger.rows import State


@dataclass(frozen=True)
class StatusCounts:
    """Posts by state and by what is due, read in one transaction so that they add up."""

    landed: int
    tagged: int
    indexed: int
    quarantined: int
    erased: int
    retag: int
    deletions: int
    expected_documents: int
    stripped: int
    removed: int

    @property
    def seen(self) -> int:
        """Posts ever seen."""
        return self.landed + self.tagged + self.indexed + self.quarantined + self.erased


def status_counts(ledger: Ledger) -> StatusCounts:
    """Counts all posts."""
    post, tombstone = schema.post, schema.tombstone
    with ledger.read() as conn:
        states: dict[str, int] = {
            row[0]: row[1] for row in conn.execute(sa.select(post.c.state, sa.func.count()).group_by(post.c.state))
        }

        def count(*conditions: sa.ColumnElement[bool]) -> int:
            return int(conn.execute(sa.select(sa.func.count()).select_from(post).where(*conditions)).scalar_one())

        erased = conn.execute(
            sa.select(sa.func.count()).select_from(tombstone).where(tombstone.c.what == "post")
        ).scalar_one()
        deletions = conn.execute(sa.select(sa.func.count()).select_from(schema.deletion)).scalar_one()
        return StatusCounts(
            landed=states.get(State.LANDED.value, 0),
            tagged=states.get(State.TAGGED.value, 0),
            indexed=states.get(State.INDEXED.value, 0),
            quarantined=states.get(State.QUARANTINED.value, 0),
            erased=erased,
            retag=count(post.c.retag),
            deletions=deletions,
            expected_documents=count(post.c.indexed_version.is_not(None)),
            stripped=count(post.c.stripped),
            removed=count(post.c.removed_at.is_not(None)),
        )
