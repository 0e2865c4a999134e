"""Families of near-copies: assigned in the transaction that commits a post's tags, stable from then on.

1. no signature (text too short), or no similar post      -> a family of its own
2. similar posts, all of one family                       -> joins it
3. similar posts of several families                      -> joins the oldest; the others merge into it: their posts move,
                                                             doc_version + 1, and the old id becomes an alias
4. a new wording that is no longer like its family        -> leaves it, if others stay behind; else takes it along
5. the same wording read by another model                 -> stays; merges with what it is now found to be like

Similar: at least one of 24 bands of 5 MinHash values is equal, and the estimated Jaccard similarity reaches 0.6. A pair
with true similarity 0.7 is found with probability 1 - (1 - 0.7^5)^24 = 0.987 (Leskovec, Rajaraman, Ullman, Mining of
Massive Datasets, 3.4).
"""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import schema
from ledger.database import Ledger, chunks
from ledger.rows import after_change

BANDS, ROWS = 24, 5
SIMILAR = 0.6
"""Lower joins different adverts of one seller, higher splits re-posts with another price and date."""
MAX_CANDIDATES = 50
"""Looked at per post."""
PER_BAND = 10
"""Posts kept per band. An advert posted ten thousand times agrees with itself in every band; more of it changes nothing but
the time: with 50 kept, a commit of 25 copies of 40 adverts read 30,000 rows and took twice as long."""
_UNWRITTEN = 2**62
"""Families founded in a commit are younger than all that have a number."""


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


def assign_families(
    ledger: Ledger, conn: Connection, signatures: dict[str, tuple[int, ...]], same_wording: Collection[str] = ()
) -> dict[str, str]:
    """Assigns a family to each post (id -> MinHash, empty for none); returns id -> family.

    To be called within the transaction that commits the posts' tags. ``same_wording``: posts that are only read anew; they
    keep their family even where another way of reckoning signatures no longer finds them alike.
    """
    ledger.lock_families(conn)
    return _Assignment(conn, signatures).run(same_wording)


class _Assignment:
    """The families of one commit: neighbours are read in bulk, decisions are made in order, rows are written in bulk."""

    def __init__(self, conn: Connection, signatures: dict[str, tuple[int, ...]]) -> None:
        self._conn = conn
        self._packed = {
            post_id: np.asarray(values, dtype=np.uint32).tobytes() for post_id, values in signatures.items()
        }
        self._keys = {post_id: set(band_keys(values)) if values else set() for post_id, values in signatures.items()}
        self._family: dict[str, str] = {}
        self._minhash: dict[str, bytes] = {}
        self._band: dict[int, set[str]] = defaultdict(set)
        self._age: dict[str, int] = {}
        self._founded: list[str] = []
        self._moved: dict[str, str] = {}
        self._read_posts(signatures)
        self._changed = [post_id for post_id in signatures if not self._is_settled(post_id)]
        self._read_neighbours()

    def run(self, same_wording: Collection[str]) -> dict[str, str]:
        """Decides and writes."""
        rows: list[dict[str, Any]] = []
        for post_id in self._changed:
            self._decide(post_id, post_id in same_wording)
            self._minhash[post_id] = self._packed[post_id]
            for key in self._keys[post_id]:
                if len(self._band[key]) < PER_BAND:
                    self._band[key].add(post_id)
                    rows.append({"band": key, "post_id": post_id})
        self._write()
        self._replace(schema.band, rows)
        self._replace(
            schema.signature,
            [
                {"post_id": post_id, "minhash": self._packed[post_id]}
                for post_id in self._changed
                if self._packed[post_id]
            ],
        )
        return {post_id: self._family[post_id] for post_id in self._packed}

    def _read_posts(self, post_ids: Iterable[str]) -> None:
        post, family, signature = schema.post, schema.family, schema.signature
        query = (
            sa.select(post.c.post_id, post.c.family, family.c.seq, signature.c.minhash)
            .join(family, family.c.family == post.c.family)
            .join(signature, signature.c.post_id == post.c.post_id, isouter=True)
        )
        for chunk in chunks(sorted(post_ids)):
            for row in self._conn.execute(query.where(post.c.post_id.in_(chunk))):
                self._family[row.post_id] = row.family
                self._age[row.family] = row.seq
                self._minhash[row.post_id] = row.minhash or b""

    def _is_settled(self, post_id: str) -> bool:
        """Whether the post has a family, found by this very signature."""
        return post_id in self._family and self._minhash[post_id] == self._packed[post_id]

    def _read_neighbours(self) -> None:
        table = schema.band
        wanted = sorted({key for post_id in self._changed for key in self._keys[post_id]})
        for start in range(0, len(wanted), 500):
            found = sa.select(table).where(table.c.band.in_(wanted[start : start + 500]))
            for row in self._conn.execute(found):
                self._band[row.band].add(row.post_id)
        near = {other for post_id in self._changed for other in self._candidates(post_id)}
        self._read_posts(near - self._family.keys())

    def _candidates(self, post_id: str) -> list[str]:
        """Posts that share bands with this one, those that share most first."""
        shared = Counter(other for key in self._keys[post_id] for other in self._band.get(key, ()) if other != post_id)
        return sorted(shared, key=lambda other: (-shared[other], other))[:MAX_CANDIDATES]

    def _decide(self, post_id: str, keeps: bool) -> None:
        own, packed = self._family.get(post_id), self._packed[post_id]
        near = {
            self._family[other]
            for other in self._candidates(post_id)
            if other in self._family and similarity(packed, self._minhash[other]) >= SIMILAR
        }
        if own is not None and (keeps or not self._has_others(own, post_id)):
            near.add(own)
        chosen, *losers = sorted(near, key=self._age.__getitem__) or [self._found()]
        for loser in losers:
            self._merge(loser, chosen)
        if chosen != self._family.get(post_id):
            self._family[post_id] = self._moved[post_id] = chosen

    def _found(self) -> str:
        name = secrets.token_hex(8)
        self._founded.append(name)
        self._age[name] = _UNWRITTEN + len(self._age)
        return name

    def _has_others(self, family: str, post_id: str) -> bool:
        self._write()
        post = schema.post
        query = sa.select(post.c.post_id).where(post.c.family == family, post.c.post_id != post_id).limit(1)
        return self._conn.execute(query).first() is not None

    def _merge(self, loser: str, winner: str) -> None:
        self._write()
        post, family = schema.post, schema.family
        self._conn.execute(
            post.update()
            .where(post.c.family == loser)
            .values(family=winner, state=after_change(post), doc_version=post.c.doc_version + 1)
        )
        # Aliases of the loser follow it, so that one look-up always suffices.
        self._conn.execute(
            family.update()
            .where(sa.or_(family.c.family == loser, family.c.merged_into == loser))
            .values(merged_into=winner)
        )
        self._family = {key: winner if name == loser else name for key, name in self._family.items()}

    def _write(self) -> None:
        """Writes what was decided so far; queries and merges must see it."""
        post = schema.post
        if self._founded:
            self._conn.execute(schema.family.insert(), [{"family": name} for name in self._founded])
            self._founded = []
        if self._moved:
            change = post.update().where(post.c.post_id == sa.bindparam("id")).values(family=sa.bindparam("name"))
            self._conn.execute(change, [{"id": key, "name": name} for key, name in self._moved.items()])
            self._moved = {}

    def _replace(self, table: sa.Table, rows: list[dict[str, Any]]) -> None:
        for chunk in chunks(self._changed):
            self._conn.execute(table.delete().where(table.c.post_id.in_(chunk)))
        if rows:
            self._conn.execute(table.insert(), rows)


def resolve_family(ledger: Ledger, family: str) -> str:
    """The family that an id stands for today: itself, or the one it was merged into."""
    return resolve_families(ledger, [family])[family]


def resolve_families(ledger: Ledger, families: Iterable[str]) -> dict[str, str]:
    """By id, the family that it stands for today: itself, or the one it was merged into."""
    table, wanted = schema.family, sorted(set(families))
    merged: dict[str, str] = {}
    with ledger.read() as conn:
        for chunk in chunks(wanted):
            query = sa.select(table.c.family, table.c.merged_into).where(table.c.family.in_(chunk))
            merged |= {row.family: row.merged_into for row in conn.execute(query) if row.merged_into}
    return {family: merged.get(family, family) for family in wanted}
