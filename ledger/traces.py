"""Traces: what names a post outside its own rows, and how erasure takes it away.

cursors    of sources: an address becomes `erased:TOMBSTONE`, by which landing knows the post again, so that a page that was
           identified by its canonical link does not come back under another name; an entry kept under the post's id goes
messages   of polls and sources, whoever brought the post: the address becomes `[erased]`
outbox     an entry of a digest that is still to go out, or is kept because it lies in a file, goes
rejected   items that could not be landed are tied to no post; those that name the author or the post go
captures   headers and address of a response that held other posts too, where they name the post
A poll that ends after an erasure can bring an address back, in its cursor or message; they are cleaned by the tombstones then.
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ledger import schema
from ledger.database import Ledger, chunks
from records import FEDIVERSE, WEB, is_post_id, make_post_id

Names = dict[str, str]
"""Words that name posts -> the post id."""

_GONE = object()
_MARK = "erased:"
_PAGE = 1000
"""Messages that are in memory at a time."""
QUOTED = 200
"""Characters of an address in the messages of crawlers (crawlers/fetching.py): of a longer one, its beginning."""


def make_mark(ledger: Ledger, post_id: str) -> str:
    """What stands in a cursor for the address of an erased post."""
    return _MARK + ledger.pseudonyms.tombstone("post", post_id)


def parse_mark(native_id: str) -> str | None:
    """The tombstone in the identity of an item that was read by such a cursor; None for every other."""
    return native_id.removeprefix(_MARK) if native_id.startswith(_MARK) else None


def names_in(value: Any, known: Callable[[set[str]], set[str]]) -> Names:
    """The words in a JSON value that name a post, by its id or its address. ``known``: which of some ids are meant."""
    meant = {word: _ids(word) for word in _words(value)}
    hits = known({post_id for ids in meant.values() for post_id in ids})
    return {word: post_id for word, ids in meant.items() for post_id in ids & hits}


def _ids(word: str) -> set[str]:
    if is_post_id(word):
        return {word}
    return {make_post_id(platform, word) for platform in (WEB, FEDIVERSE)} if "://" in word else set()


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from _words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _words(inner)


def without(value: dict[str, Any], marks: Names) -> dict[str, Any]:
    """A JSON object in which nothing names the posts: addresses become their marks, records under a post id go."""
    cleaned = {key: _clean(inner, marks) for key, inner in value.items() if key not in marks}
    return {key: inner for key, inner in cleaned.items() if inner is not _GONE}


def _clean(value: Any, marks: Names) -> Any:
    if isinstance(value, str):
        return _GONE if _is_named(value, marks) else marks.get(value, value)
    if isinstance(value, dict):
        return _GONE if any(_is_named(inner, marks) for inner in value.values()) else without(value, marks)
    if isinstance(value, list):
        ids_only = all(isinstance(inner, str) and is_post_id(inner) for inner in value)
        if not ids_only and any(_is_named(inner, marks) for inner in value):
            return _GONE
        cleaned = (_clean(inner, marks) for inner in value)
        return [inner for inner in cleaned if inner is not _GONE]
    return value


def _is_named(value: Any, marks: Names) -> bool:
    return isinstance(value, str) and value in marks and is_post_id(value)


def blank(text: str, words: Iterable[str]) -> str:
    """A text without the words; the longest first, since one may begin another."""
    for word in sorted(words, key=len, reverse=True):
        text = text.replace(word, "[erased]")
    return text


def clean_cursor(ledger: Ledger, conn: Connection, cursor: dict[str, Any]) -> dict[str, Any]:
    """A cursor that a poll brings, without what was erased while it ran or is still shown at its source."""
    if conn.execute(sa.select(schema.tombstone.c.hash).limit(1)).first() is None:
        return cursor
    return without(cursor, _marks(ledger, names_in(cursor, _buried(ledger, conn))))


def clean_message(ledger: Ledger, conn: Connection, message: str) -> str:
    """A message that a poll brings, without the addresses of what was erased: its source may still show it."""
    words = [word.strip(".,:;()") for word in message.split() if "://" in word]
    return blank(message, names_in(words, _buried(ledger, conn))) if words else message


def _buried(ledger: Ledger, conn: Connection) -> Callable[[set[str]], set[str]]:
    """Which of some posts were erased."""

    def find(ids: set[str]) -> set[str]:
        hashes = {ledger.pseudonyms.tombstone("post", post_id): post_id for post_id in ids}
        return {hashes[digest] for digest in read_tombstones(conn, hashes)}

    return find


def _marks(ledger: Ledger, names: Names) -> Names:
    return {word: make_mark(ledger, post_id) for word, post_id in names.items()}


def read_tombstones(conn: Connection, hashes: Iterable[str]) -> set[str]:
    """Those of the hashes under which something was erased."""
    table = schema.tombstone
    return {
        found
        for chunk in chunks(sorted(hashes))
        for found in conn.execute(sa.select(table.c.hash).where(table.c.hash.in_(chunk))).scalars()
    }


def erase_traces(ledger: Ledger, conn: Connection, ids: set[str], names: Names) -> None:
    """Takes the posts out of cursors, messages and the outbox. ``names``: their addresses."""
    state, outbox = schema.source_state, schema.outbox

    def cleaned(value: dict[str, Any]) -> dict[str, Any]:
        return without(value, _marks(ledger, names_in(value, ids.__and__) | names))

    for row in conn.execute(sa.select(state.c.source, state.c.cursor)).all():
        cursor = cleaned(row.cursor)
        if cursor != row.cursor:
            conn.execute(state.update().where(state.c.source == row.source).values(cursor=cursor))
    if names:
        _erase_from_messages(conn, names)
    for row in conn.execute(sa.select(outbox.c.key, outbox.c.message)).all():
        message = cleaned(row.message)
        if message != row.message:
            conn.execute(outbox.update().where(outbox.c.key == row.key).values(message=message))


def _erase_from_messages(conn: Connection, names: Names) -> None:
    """Of all polls: a post can have been asked for by more sources than the one that landed it."""
    words = {*names, *(word[:QUOTED] for word in names)}
    for table, key, last in ((schema.source_state, "source", ""), (schema.poll, "id", 0)):
        mark: Any = last
        column = table.c[key]
        query = sa.select(column.label("key"), table.c.message).where(table.c.message.contains("://")).order_by(column)
        while rows := conn.execute(query.where(column > mark).limit(_PAGE)).all():
            for row in rows:
                told = blank(row.message, words)
                if told != row.message:
                    conn.execute(table.update().where(column == row.key).values(message=told))
            mark = rows[-1].key


def erase_rejected(conn: Connection, words: Iterable[str]) -> int:
    """Items that could not be landed and hold any of the words, however JSON or HTML would write it; how many went."""
    needles = {form for word in words if word for form in _forms(word)}
    table = schema.rejected
    last = gone = 0
    while True:
        query = sa.select(table.c.id, table.c.body).where(table.c.id > last).order_by(table.c.id).limit(200)
        rows = conn.execute(query).all()
        if not rows:
            return gone
        doomed = [row.id for row in rows if any(needle in row.body for needle in needles)]
        gone += len(doomed)
        if doomed:
            conn.execute(table.delete().where(table.c.id.in_(doomed)))
        last = rows[-1].id


def _forms(word: str) -> Iterator[bytes]:
    escaped = json.dumps(word)[1:-1]
    for form in (word, html.escape(word), escaped, escaped.replace("/", "\\/")):
        yield form.encode("utf-8", "surrogatepass")


def erase_from_captures(conn: Connection, captures: Iterable[str], names: Iterable[str]) -> None:
    """Headers and addresses of responses that held other posts too."""
    table = schema.capture
    for chunk in chunks(sorted(captures)):
        query = sa.select(table.c.capture_id, table.c.url, table.c.headers).where(table.c.capture_id.in_(chunk))
        for row in conn.execute(query).all():
            headers = {
                name: [value for value in values if not any(word in value for word in names)]
                for name, values in row.headers.items()
            }
            url = blank(row.url, names)
            if headers != row.headers or url != row.url:
                conn.execute(
                    table.update().where(table.c.capture_id == row.capture_id).values(url=url, headers=headers)
                )
