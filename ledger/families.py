"""Families of near-copies: assigned in the transaction that commits a post's tags, stable from then on.

1. no signature (text too short), or no similar post      -> a family of its own
2. similar posts, all of one family                       -> joins it
3. similar posts of several families                      -> joins the oldest; the others merge into it: their posts move,
                                                             doc_version + 1, and the old id becomes an alias
4. a new wording that is no longer like its family        -> leaves it, if others stay behind

Similar: at least one of 24 bands of 5 MinHash values is equal, and the estimated Jaccard similarity reaches 0.6. A pair
with true similarity 0.7 is found with probability 1 - (1 - 0.7^5)^24 = 0.987 (Leskovec, Rajaraman, Ullman, Mining of
Massive Datasets, 3.4).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import schema
from ledger.database import Ledger
from ledger.landing import after_change

BANDS, ROWS = 24, 5
SIMILAR = 0.6
"""Lower joins different adverts of one seller, higher splits re-posts with another price and date."""
MAX_CANDIDATES = 50
"""Per post. A large family agrees in every band; looking at more of it changes nothing."""


def band_keys(signature: Sequence[int]) -> list[int]:
    """The 24 band keys of a MinHash, signed 64-bit integers as both databases store them."""
    values = np.asarray(signature, dtype=np.uint32)
    keys = []
    for number in range(BANDS):
        part = values[number * ROWS : (number + 1) * ROWS].tobytes()
        digest = hashlib.blake2b(bytes([number]) + part, digest_size=8).digest()
        keys.append(int.from_bytes(digest, "big", signed=True))
    return keys


def similarity(one: bytes, other: bytes) -> float:
    """Estimated Jaccard similarity of two stored signatures: the share of equal values."""
    left, right = np.frombuffer(one, np.uint32), np.frombuffer(other, np.uint32)
    return float(np.mean(left == right)) if left.size and left.size == right.size else 0.0


def assign_families(ledger: Ledger, conn: Connection, signatures: dict[str, tuple[int, ...]]) -> dict[str, str]:
    """Assigns a family to each post (id -> MinHash, empty for none); returns id -> family.

    To be called within the transaction that commits the posts' tags.
    """
    ledger.lock_families(conn)
    before = _current(conn, signatures.keys())
    _forget(conn, signatures.keys())
    result: dict[str, str] = {}
    for post_id, values in signatures.items():
        packed = np.asarray(values, dtype=np.uint32).tobytes()
        keys = band_keys(values) if values else []
        families = _families_like(conn, keys, packed)
        own = before.get(post_id)
        if families:
            chosen = families[0]
            for other in families[1:]:
                _merge(conn, other, chosen)
                result = {key: chosen if value == other else value for key, value in result.items()}
        elif own is not None and not _has_others(conn, own, post_id):
            chosen = own
        else:
            chosen = _found(conn)
        result[post_id] = chosen
        if keys:
            conn.execute(schema.signature.insert().values(post_id=post_id, minhash=packed))
            conn.execute(schema.band.insert(), [{"band": key, "post_id": post_id} for key in set(keys)])
        conn.execute(schema.post.update().where(schema.post.c.post_id == post_id).values(family=chosen))
    return result


def _current(conn: Connection, post_ids: Iterable[str]) -> dict[str, str]:
    post = schema.post
    query = sa.select(post.c.post_id, post.c.family).where(post.c.post_id.in_(list(post_ids)))
    return {row.post_id: row.family for row in conn.execute(query) if row.family}


def _forget(conn: Connection, post_ids: Iterable[str]) -> None:
    ids = list(post_ids)
    conn.execute(schema.band.delete().where(schema.band.c.post_id.in_(ids)))
    conn.execute(schema.signature.delete().where(schema.signature.c.post_id.in_(ids)))


def _families_like(conn: Connection, keys: list[int], packed: bytes) -> list[str]:
    """Families with a post similar to the signature, oldest first."""
    if not keys:
        return []
    band, signature, post, family = schema.band, schema.signature, schema.post, schema.family
    candidates = (
        sa.select(band.c.post_id)
        .where(band.c.band.in_(keys))
        .group_by(band.c.post_id)
        .order_by(sa.func.count().desc(), band.c.post_id)
        .limit(MAX_CANDIDATES)
        .subquery()
    )
    rows = conn.execute(
        sa.select(post.c.family, family.c.seq, signature.c.minhash)
        .join(candidates, candidates.c.post_id == post.c.post_id)
        .join(signature, signature.c.post_id == post.c.post_id)
        .join(family, family.c.family == post.c.family)
    ).all()
    near = {(row.seq, row.family) for row in rows if similarity(packed, row.minhash) >= SIMILAR}
    return [name for _, name in sorted(near)]


def _has_others(conn: Connection, family: str, post_id: str) -> bool:
    post = schema.post
    query = sa.select(post.c.post_id).where(post.c.family == family, post.c.post_id != post_id).limit(1)
    return conn.execute(query).first() is not None


def _found(conn: Connection) -> str:
    name = secrets.token_hex(8)
    conn.execute(schema.family.insert().values(family=name))
    return name


def _merge(conn: Connection, loser: str, winner: str) -> None:
    post, family = schema.post, schema.family
    conn.execute(
        post.update()
        .where(post.c.family == loser)
        .values(family=winner, state=after_change(post), doc_version=post.c.doc_version + 1)
    )
    # Aliases of the loser follow it, so that one look-up always suffices.
    conn.execute(
        family.update()
        .where(sa.or_(family.c.family == loser, family.c.merged_into == loser))
        .values(merged_into=winner)
    )


def resolve_family(ledger: Ledger, family: str) -> str:
    """The family that an id stands for today: itself, or the one it was merged into."""
    table = schema.family
    with ledger.read() as conn:
        found = conn.execute(sa.select(table.c.merged_into).where(table.c.family == family)).scalar()
    return found or family
