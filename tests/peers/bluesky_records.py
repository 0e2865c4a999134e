"""What accounts of the Bluesky network write: records, after the lexicons app.bsky.*."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

POST, PROFILE, REPOST = "app.bsky.feed.post", "app.bsky.actor.profile", "app.bsky.feed.repost"

Record = dict[str, Any]


@dataclass(frozen=True)
class Account:
    """An account of the network."""

    did: str
    handle: str
    token: str = field(repr=False)


@dataclass(frozen=True)
class Written:
    """A record as it stands after one write; `ref` names it in other records."""

    uri: str
    cid: str
    record: Record = field(repr=False)

    @property
    def ref(self) -> dict[str, str]:
        """The record by address and content."""
        return {"uri": self.uri, "cid": self.cid}

    @property
    def rkey(self) -> str:
        """Its name in the author's repository."""
        return self.uri.rpartition("/")[2]


def stamp(moment: datetime | None = None) -> str:
    """A time as records write it."""
    moment = (moment or datetime.now(UTC)).astimezone(UTC).replace(tzinfo=None)
    return f"{moment.isoformat(timespec='milliseconds')}Z"


def make_post(
    text: str,
    *,
    at: datetime | None = None,
    langs: Sequence[str] = (),
    reply_to: Written | None = None,
    quote: Written | None = None,
    pictures: Sequence[Record] = (),
    **more: Any,
) -> Record:
    """A post's record, written now or dated `at`; `more` are further fields, e.g. `facets` and `tags`."""
    record: Record = {"$type": POST, "text": text, "createdAt": stamp(at), **more}
    if langs:
        record["langs"] = list(langs)
    if reply_to is not None:
        root = (reply_to.record.get("reply") or {}).get("root", reply_to.ref)
        record["reply"] = {"root": root, "parent": reply_to.ref}
    shown = {"$type": "app.bsky.embed.record", "record": quote.ref} if quote is not None else None
    media = {"$type": "app.bsky.embed.images", "images": list(pictures)} if pictures else None
    if shown and media:
        record["embed"] = {"$type": "app.bsky.embed.recordWithMedia", "record": shown, "media": media}
    elif shown or media:
        record["embed"] = shown or media
    return record
