"""Proposals: public places that posts on topic link to, for a person to accept as a source or to refuse.

1. cite     with the tags of a post, in their transaction: the places that its current wording links to take the place of those
            of its wording before
2. count    evidence is never stored: it is counted from the citing posts that are on topic now, so erasing one lowers it
3. forget   a post that is erased or stripped cites nothing any more; a place that nobody cites is no proposal any more
4. decide   accepted: it stands in the register from then on; refused: its address goes, and its keyed hash stays, by which it is
            known and never proposed again
Which links are places, and which could be persons and are no places, is decided before this (crawlers/places.py).
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import schema
from ledger.database import Ledger, chunks, repeated
from ledger.errors import LedgerError


class ProposalState(StrEnum):
    """What a person decided."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, order=True)
class CitedPlace:
    """A public place: the word of its platform, and the one address by which it is known here."""

    platform: str
    address: str


@dataclass(frozen=True)
class Proposal:
    """A place with its evidence: posts on topic that link to it, the sources they are from, and how many wordings they are.

    ``place`` is its id, 16 hexadecimal digits of a keyed hash; ``address`` is None once it was refused. ``first_seen`` and
    ``last_seen`` are when the oldest and the newest of those posts came; None where all are gone.
    """

    place: str
    platform: str
    address: str | None
    state: ProposalState
    posts: int
    sources: int
    wordings: int
    first_seen: datetime | None
    last_seen: datetime | None
    decided_at: datetime | None
    decided_by: str | None
    source: str | None


def cite(
    ledger: Ledger, conn: Connection, post_ids: Collection[str], cited: Mapping[str, Collection[CitedPlace]]
) -> None:
    """Writes what each of the posts links to in the place of what it linked to before; refused and accepted places are left out.

    The posts are locked, and so are the families: two that cite the same place for the first time come one after the other.
    """
    forget_citations(conn, post_ids)
    wanted = {post_id: {_key(ledger, place): place for place in cited.get(post_id, ())} for post_id in sorted(post_ids)}
    places = {key: place for found in wanted.values() for key, place in found.items()}
    if not places:
        return
    table = schema.proposal
    decided: set[str] = set()
    for chunk in chunks(sorted(places)):
        open_ones = sa.select(table.c.place).where(
            table.c.place.in_(chunk), table.c.state != ProposalState.PROPOSED.value
        )
        decided.update(conn.execute(open_ones).scalars())
    fresh = [
        {"place": key, "platform": place.platform, "address": place.address, "state": ProposalState.PROPOSED.value}
        for key, place in sorted(places.items())
        if key not in decided
    ]
    if fresh:
        conn.execute(ledger.insert(table).on_conflict_do_nothing(index_elements=["place"]), fresh)
    rows = [
        {"post_id": post_id, "place": key} for post_id, found in wanted.items() for key in found if key not in decided
    ]
    if rows:
        conn.execute(schema.citation.insert(), rows)


def _key(ledger: Ledger, place: CitedPlace) -> str:
    return ledger.pseudonyms.place(place.platform, place.address)


def forget_citations(conn: Connection, post_ids: Iterable[str]) -> None:
    """Of posts that are erased or stripped, or whose links are written anew."""
    for chunk in chunks(sorted(post_ids)):
        conn.execute(schema.citation.delete().where(schema.citation.c.post_id.in_(chunk)))


def drop_uncited(conn: Connection) -> int:
    """Takes away the proposals that nobody cites; returns how many. The caller holds the lock on families (see `cite`)."""
    table, citation = schema.proposal, schema.citation
    cited = sa.select(citation.c.place).where(citation.c.place == table.c.place).exists()
    return conn.execute(table.delete().where(table.c.state == ProposalState.PROPOSED.value, ~cited)).rowcount


@repeated
def prune_proposals(ledger: Ledger) -> int:
    """Takes away the proposals whose citing posts are all gone; returns how many."""
    with ledger.write() as conn:
        ledger.lock_families(conn)
        return drop_uncited(conn)


def list_proposals(ledger: Ledger, state: ProposalState | None = ProposalState.PROPOSED) -> list[Proposal]:
    """The proposals in a state (all: None), those cited by most sources, then by most posts, first.

    A place whose citing posts are off topic or being tagged anew is no proposal for as long.
    """
    where = () if state is None else (schema.proposal.c.state == state.value,)
    found = _read(ledger, *where)
    # What is decided stands whoever still cites it; what is not needs somebody who does.
    return [proposal for proposal in found if proposal.posts or proposal.state is not ProposalState.PROPOSED]


def read_proposal(ledger: Ledger, place: str) -> Proposal | None:
    """One proposal by its id, whatever its state; None where there is none."""
    return next(iter(_read(ledger, schema.proposal.c.place == place)), None)


def _read(ledger: Ledger, *where: sa.ColumnElement[bool]) -> list[Proposal]:
    table, citation, post = schema.proposal, schema.citation, schema.post
    # What is cited here was read as on topic; of a post that could not be assessed, too, as long as its wording is the same.
    said = sa.or_(post.c.on_topic.is_(True), sa.and_(post.c.on_topic.is_(None), post.c.tagged_at.is_not(None)))
    on_topic = sa.and_(post.c.post_id == citation.c.post_id, said)
    posts = sa.func.count(sa.distinct(post.c.post_id)).label("posts")
    sources = sa.func.count(sa.distinct(post.c.source)).label("sources")
    query = (
        sa.select(
            table,
            posts,
            sources,
            sa.func.count(sa.distinct(sa.func.coalesce(post.c.family, post.c.post_id))).label("wordings"),
            sa.func.min(post.c.first_seen, type_=post.c.first_seen.type).label("first_seen"),
            sa.func.max(post.c.first_seen, type_=post.c.first_seen.type).label("last_seen"),
        )
        .outerjoin(citation, citation.c.place == table.c.place)
        .outerjoin(post, on_topic)
        .where(*where)
        .group_by(*table.c)
        .order_by(sources.desc(), posts.desc(), table.c.place)
    )
    with ledger.read() as conn:
        rows: list[Any] = list(conn.execute(query))
    return [Proposal(**{**row._mapping, "state": ProposalState(row.state)}) for row in rows]


@repeated
def decide_proposal(
    ledger: Ledger, place: str, state: ProposalState, who: str, now: datetime, source: str | None = None
) -> None:
    """Writes down that ``who`` accepted a proposal as ``source``, or refused it.

    Raises LedgerError for an id that is none, and for one that was decided already.
    """
    table = schema.proposal
    mine = table.c.place == place
    with ledger.write() as conn:
        ledger.lock_families(conn)
        known = conn.execute(sa.select(table.c.state).where(mine)).scalar()
        if known is None:
            raise LedgerError(f"there is no proposal {place!r}: see daymark sources proposals")
        if known != ProposalState.PROPOSED.value:
            raise LedgerError(f"proposal {place} was {known} before")
        changes: dict[str, Any] = {"state": state.value, "decided_at": now, "decided_by": who, "source": source}
        if state is ProposalState.REFUSED:
            changes["address"] = None
            conn.execute(schema.citation.delete().where(schema.citation.c.place == place))
        conn.execute(table.update().where(mine).values(**changes))


def read_raw_items(ledger: Ledger, revisions: Mapping[str, int]) -> dict[str, bytes]:
    """The bytes of posts as their platforms wrote them, by post id; ``revisions`` says which wording of each."""
    raw = schema.raw
    found: dict[str, bytes] = {}
    with ledger.read() as conn:
        for chunk in chunks(sorted(revisions)):
            query = sa.select(raw.c.post_id, raw.c.revision, raw.c.body).where(raw.c.post_id.in_(chunk))
            for row in conn.execute(query):
                if revisions[row.post_id] == row.revision:
                    found[row.post_id] = zlib.decompress(row.body)
    return found
