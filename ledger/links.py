"""Links of a post: what it answers, belongs to and quotes, and whom it names.

stored     ids of posts and pseudonyms of people, whether or not the ledger has seen them: the id of a post follows from its
           platform and native id, a pseudonym is made as for authors, so that one who is named and one who writes match
landing    a link to an erased post, and the name of an erased author, are left out
erasure    takes the ids of erased posts and the pseudonyms of erased authors out of other posts; those are due for the
           index again, and their document's old bytes are to be expunged there
stripping  takes the names with the author; ids of other posts stay, like times
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from config import Pseudonyms
from ledger import schema
from ledger.database import chunks
from ledger.rows import after_change
from ledger.wording import author_scope
from records import Post

LINKS = ("reply_to", "thread", "quotes")
_PAGE = 1000
"""Rows of the search for a name that are in memory at a time."""

Mentions = dict[str, list[str]]
"""Post id -> the pseudonyms of those it names."""


class Links(NamedTuple):
    """The links of a post as the ledger holds them."""

    reply_to: str | None
    thread: str | None
    quotes: str | None
    mentions: tuple[str, ...]

    def columns(self) -> dict[str, Any]:
        """The columns of the table ``post``."""
        return {
            "reply_to": self.reply_to,
            "thread": self.thread,
            "quotes": self.quotes,
            "mentions": list(self.mentions) or None,
        }

    def tombstones(self, pseudonyms: Pseudonyms) -> set[str]:
        """The tombstones that would forbid any of them."""
        if self is _NONE:
            return set()
        posts = (pseudonyms.tombstone("post", linked) for linked in self[:3] if linked is not None)
        return {*posts, *(pseudonyms.tombstone("author", name) for name in self.mentions)}

    def without(self, pseudonyms: Pseudonyms, buried: Collection[str]) -> Links:
        """Those that no tombstone forbids."""
        if not buried or self is _NONE:
            return self

        def kept(linked: str | None) -> str | None:
            return linked if linked is not None and pseudonyms.tombstone("post", linked) not in buried else None

        names = tuple(name for name in self.mentions if pseudonyms.tombstone("author", name) not in buried)
        return Links(kept(self.reply_to), kept(self.thread), kept(self.quotes), names)


_NONE = Links(None, None, None, ())


def make_links(pseudonyms: Pseudonyms, post: Post) -> Links:
    """The links of a post, in the form that is kept."""
    if not (post.mentions or post.reply_to or post.thread or post.quotes):
        return _NONE
    scope = author_scope(post) if post.mentions else ""
    names = (pseudonyms.author(post.platform, f"{scope}\x00{name}") for name in post.mentions if name)
    return Links(
        post.link_id(post.reply_to), post.link_id(post.thread), post.link_id(post.quotes), tuple(dict.fromkeys(names))
    )


def who_mentions(conn: Connection, authors: Collection[str]) -> Mentions:
    """The posts that name any of the authors, with all that they name.

    Goes through all posts that name anybody: an erasure rewrites the ledger's files anyway, an index would cost every day.
    """
    post, wanted = schema.post, frozenset(authors)
    query = sa.select(post.c.post_id, post.c.mentions).where(post.c.mentions.is_not(None))
    found = conn.execute(query.execution_options(yield_per=_PAGE))
    return {row.post_id: row.mentions for row in found if not wanted.isdisjoint(row.mentions)}


def erase_links(conn: Connection, ids: Collection[str], authors: Collection[str], mentions: Mentions) -> int:
    """Takes erased posts and authors out of the posts of others; how many those were. ``mentions``: of ``who_mentions``.

    Locks these and the erased ones together, in the order in which every transaction locks.
    """
    erased = set(ids)
    others = (_linking(conn, erased) | mentions.keys()) - erased
    _lock(conn, erased | others)
    for chunk in chunks(sorted(erased)):
        for name in LINKS:
            _set(conn, schema.post.c[name].in_(chunk), **{name: None})
    for post_id in sorted(mentions.keys() - erased):
        left = [name for name in mentions[post_id] if name not in authors]
        _set(conn, schema.post.c.post_id == post_id, mentions=left or None)
    for chunk in chunks(sorted(others)):
        post = schema.post
        changed = {"state": after_change(post), "doc_version": post.c.doc_version + 1, "expunge": True}
        conn.execute(post.update().where(post.c.post_id.in_(chunk)).values(changed))
    return len(others)


def _linking(conn: Connection, ids: Iterable[str]) -> set[str]:
    post = schema.post
    return {
        post_id
        for chunk in chunks(sorted(ids))
        for name in LINKS
        for post_id in conn.execute(sa.select(post.c.post_id).where(post.c[name].in_(chunk))).scalars()
    }


def _lock(conn: Connection, ids: Iterable[str]) -> None:
    post = schema.post
    for chunk in chunks(sorted(ids)):
        query = sa.select(post.c.post_id).where(post.c.post_id.in_(chunk)).order_by(post.c.post_id)
        conn.execute(query.with_for_update())


def _set(conn: Connection, which: sa.ColumnElement[bool], **values: Any) -> None:
    conn.execute(schema.post.update().where(which).values(**values))
