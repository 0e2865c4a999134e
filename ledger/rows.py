"""Rows of the ledger as the other rooms see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa

from records import Tags


class State(StrEnum):
    """How far a post's current revision is."""

    LANDED = "landed"
    TAGGED = "tagged"
    INDEXED = "indexed"
    QUARANTINED = "quarantined"


class Stage(StrEnum):
    """The two stages that work on posts under leases."""

    TAG = "tag"
    INDEX = "index"


@dataclass(frozen=True, slots=True)
class StoredPost:
    """The current revision of a post. ``title``, ``text`` and ``media_text`` are originals: redact before they leave.

    ``author`` and ``mentions`` are pseudonyms; ``reply_to``, ``thread`` and ``quotes`` are post ids. ``expunge``: something was
    erased out of it, and its earlier document must leave the index's files.
    """

    seq: int
    post_id: str
    platform: str
    native_id: str
    source: str
    revision: int
    state: State
    doc_version: int
    url: str | None
    author: str | None
    author_kind: str
    lang_hint: str | None
    title: str
    text: str
    media_text: str
    hashtags: tuple[str, ...]
    engagement: dict[str, int]
    published_at: datetime
    published_estimated: bool
    month: str
    first_seen: datetime
    collected_at: datetime
    edited_at: datetime | None
    removed_at: datetime | None
    family: str | None
    stripped: bool
    reviewed: bool = False
    mentions: tuple[str, ...] = ()
    reply_to: str | None = None
    thread: str | None = None
    quotes: str | None = None
    engagement_read_at: datetime | None = None
    expunge: bool = False


class TagWork(NamedTuple):
    """A post leased for tagging; ``alone`` where it is retried by itself after a batch died."""

    post: StoredPost
    alone: bool


class IndexWork(NamedTuple):
    """A post leased for indexing, with the tags of its current revision."""

    post: StoredPost
    tags: Tags
    alone: bool


class Deletion(NamedTuple):
    """A document that must leave the index."""

    post_id: str
    month: str
    doc_version: int


def stored_post(row: Any) -> StoredPost:
    """A row of the table ``post`` as StoredPost."""
    values = row._mapping
    fields = {name: values[name] for name in StoredPost.__slots__ if name in values}
    fields["state"] = State(fields["state"])
    for name in ("hashtags", "mentions"):
        fields[name] = tuple(fields[name] or ())
    return StoredPost(**fields)


def after_change(table: sa.Table) -> Any:
    """The state after a change that needs no new tags: tagged, unless tags are still missing or it is quarantined."""
    return sa.case((table.c.state == State.INDEXED.value, State.TAGGED.value), else_=table.c.state)
