"""Which posts an erasure forbids to come back: a tombstone is a keyed hash, so it names nobody."""

from __future__ import annotations

from collections.abc import Iterable

from config import Pseudonyms
from ledger.database import Ledger
from ledger.traces import parse_mark, read_tombstones
from ledger.wording import author_scope
from records import Post, PostId


def author_pseudonym(pseudonyms: Pseudonyms, post: Post) -> str | None:
    """Pseudonym of a post's author, 16 hexadecimal digits; None where none is named."""
    if not post.author:
        return None
    return pseudonyms.author(post.platform, f"{author_scope(post)}\x00{post.author}")


def tombstones_of(pseudonyms: Pseudonyms, post: Post) -> set[str]:
    """The tombstones that would block a post: its own, its author's, and the one that a cursor handed on."""
    author, mark = author_pseudonym(pseudonyms, post), parse_mark(post.native_id)
    hashes = {pseudonyms.tombstone("post", post.post_id)}
    if author is not None:
        hashes.add(pseudonyms.tombstone("author", author))
    return hashes if mark is None else {*hashes, mark}


def erased_among(ledger: Ledger, posts: Iterable[Post]) -> set[PostId]:
    """Those of the posts that were erased, or whose author was; nothing is written. Raises LedgerUnavailable."""
    hashes = {post.post_id: tombstones_of(ledger.pseudonyms, post) for post in posts}
    with ledger.read() as conn:
        buried = read_tombstones(conn, set().union(*hashes.values()))
    return {post_id for post_id, mine in hashes.items() if not buried.isdisjoint(mine)}
