"""Jetstream's frames as events, in both of its dialects (bluesky-social/jetstream, lexicons and docs of August 2026).

subscribeEvents   {"$type": "message", "payload": {"$type": "…#commit", "seq", "time", "did", …}}; an error frame is the last
subscribe         {"did", "time_us", "kind": "commit", "commit": {…}}: the older one, with "cursor" (the seq) where it is new

Anything else is no event: a frame of another shape is kept and counted, never guessed at.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from crawlers.platforms.bluesky.views import DID, POST_URI, part_of, text_of

POSTS = "app.bsky.feed.post"
GONE = frozenset({"deleted", "takendown", "suspended", "deactivated"})
"""Standings of an account whose posts are not to be seen; `throttled` and `desynchronized` are troubles of a server."""
_AHEAD = timedelta(days=1)
_DID = re.compile(DID)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_METHOD = "network.bsky.jetstream.subscribeEvents#"


class What(StrEnum):
    """What an event says."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    GONE = "gone"
    """All of an account's posts went from sight."""
    OTHER = "other"


@dataclass(frozen=True)
class Event:
    """One event. ``word``: what an OTHER one is counted under; ``moment``: when this instance witnessed it, UTC."""

    what: What
    did: str
    moment: datetime
    seq: int | None
    frame: bytes
    uri: str = ""
    cid: str = ""
    record: dict[str, Any] | None = None
    word: str = ""


@dataclass(frozen=True)
class Notice:
    """A word of the server about the stream itself; ``is_end``: it closes the connection after it."""

    name: str
    message: str
    is_end: bool


def time_us(moment: datetime) -> int:
    """A moment as a cursor by time: microseconds since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def read_frame(frame: str | bytes, now: datetime) -> Event | Notice | None:
    """The event or notice in a frame; None for another shape, and for a time that lies ahead of ``now``."""
    try:
        found = json.loads(frame)
    except (ValueError, RecursionError):
        return None
    raw = frame if isinstance(frame, bytes) else frame.encode("utf-8", "replace")
    if not isinstance(found, dict):
        return None
    if found.get("$type") == "error":
        return Notice(text_of(found, "error") or "error", text_of(found, "message") or "", is_end=True)
    event = _new(part_of(found, "payload"), raw) if found.get("$type") == "message" else _old(found, raw)
    return event if not isinstance(event, Event) or event.moment <= now + _AHEAD else None


def _new(payload: dict[str, Any], raw: bytes) -> Event | Notice | None:
    kind = (text_of(payload, "$type") or "").removeprefix(_METHOD)
    if kind == "info":
        return Notice(text_of(payload, "name") or "info", text_of(payload, "message") or "", is_end=False)
    seq = payload.get("seq")
    try:
        moment = datetime.fromisoformat(text_of(payload, "time") or "")
    except ValueError:
        return None
    if not _is_count(seq) or moment.tzinfo is None:
        return None
    return _event(kind, payload, payload if kind == "commit" else part_of(payload, kind), moment, seq, raw)


def _old(found: dict[str, Any], raw: bytes) -> Event | None:
    kind, time_us, seq = text_of(found, "kind") or "", found.get("time_us"), found.get("cursor")
    if not isinstance(time_us, int) or not _is_count(time_us):
        return None
    try:
        moment = _EPOCH + timedelta(microseconds=time_us)
    except OverflowError:
        return None
    return _event(kind, found, part_of(found, kind), moment, seq if _is_count(seq) else None, raw)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _event(
    kind: str, head: dict[str, Any], body: dict[str, Any], moment: datetime, seq: int | None, raw: bytes
) -> Event | None:
    did = text_of(head, "did") or ""
    if _DID.fullmatch(did) is None or not body:
        return None
    moment = moment.astimezone(UTC)
    if kind == "commit":
        return _commit(did, body, moment, seq, raw)
    if kind == "account":
        # The envelope and what it wraps must speak of the same account, and plainly: a whole account's posts go by it.
        is_gone = body.get("active") is False and text_of(body, "status") in GONE and body.get("did") in (None, did)
        return Event(What.GONE if is_gone else What.OTHER, did, moment, seq, raw, word="account_events")
    if kind in ("identity", "sync"):
        return Event(What.OTHER, did, moment, seq, raw, word=f"{kind}_events")
    return None


def _commit(did: str, body: dict[str, Any], moment: datetime, seq: int | None, raw: bytes) -> Event | None:
    collection, operation = text_of(body, "collection"), text_of(body, "operation")
    if collection is not None and collection != POSTS:
        return Event(What.OTHER, did, moment, seq, raw, word="other_collections")
    uri = f"at://{did}/{POSTS}/{text_of(body, 'rkey') or ''}"
    if collection is None or re.fullmatch(POST_URI, uri) is None:
        return None
    if operation == "delete":
        return Event(What.DELETE, did, moment, seq, raw, uri)
    record, cid = body.get("record"), text_of(body, "cid")
    if operation not in ("create", "update") or not isinstance(record, dict) or not cid:
        return None
    return Event(What(operation), did, moment, seq, raw, uri, cid, record)
