"""A Mastodon status as the API gives it -> Post. Fields are checked; another shape is refused, not guessed."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from config import Source
from crawlers.dates import plausible
from crawlers.tally import Tally
from crawlers.texts import one_line, plain_text
from crawlers.urls import host_of
from records import FEDIVERSE, AuthorKind, Post, RawItem


def _with_zone(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError as exc:
        # Year 1 in a zone east of Greenwich lies before the calendar; pydantic knows ValueError only.
        raise ValueError("a date that no calendar has in UTC") from exc


ID_PATTERN = r"^[0-9A-Za-z_-]{1,64}$"
"""Numbers on Mastodon, ULIDs on GoToSocial, base 62 on Pleroma. An id goes into addresses: nothing else may be in it."""
Moment = Annotated[datetime, AfterValidator(_with_zone)]


class _Shape(BaseModel):
    # Servers of the family add fields freely; those we read must be of the type we know.
    model_config = ConfigDict(frozen=True, extra="ignore", strict=False)


class Account(_Shape):
    """Who wrote it."""

    acct: str
    url: str | None = None
    uri: str | None = None
    noindex: bool | None = None


class Tag(_Shape):
    """A hashtag."""

    name: str


class Media(_Shape):
    """A picture, video or sound."""

    description: str | None = None


class Status(_Shape):
    """The fields of a status that we read."""

    id: str = Field(pattern=ID_PATTERN)
    uri: str = Field(min_length=1)
    created_at: Moment
    content: str
    account: Account
    url: str | None = None
    edited_at: Moment | None = None
    spoiler_text: str | None = None
    language: str | None = None
    visibility: str = "public"
    reblog: dict[str, Any] | None = None
    tags: tuple[Tag, ...] = ()
    media_attachments: tuple[Media, ...] = ()
    replies_count: int | None = None
    reblogs_count: int | None = None
    favourites_count: int | None = None


def id_order(status_id: str) -> tuple[int, str]:
    """Sorts ids by age: they are strings, numbers on Mastodon and ULIDs elsewhere, so by length and then by text."""
    return len(status_id), status_id


def read_status(item: Any) -> Status | None:
    """The status in an item of the API; None for another shape."""
    try:
        return Status.model_validate(item)
    except ValidationError:
        return None


def id_of(item: Any) -> str | None:
    """The id of an item whose other fields may be of any shape; None where it has none that can be asked for."""
    found = item.get("id") if isinstance(item, dict) else None
    return found if isinstance(found, str) and re.fullmatch(ID_PATTERN, found) else None


def why_skipped(status: Status) -> str | None:
    """The reason for which a status is not landed, or None."""
    if status.reblog is not None:
        return "reblog"
    if status.account.noindex:
        return "noindex"
    if status.visibility != "public":
        return "not_public"
    return None


def make_post(status: Status, source: Source, home: str, now: datetime, tally: Tally) -> Post:
    """The post. ``home`` is the domain of accounts that the server names without one."""
    fault = plausible(status.created_at, now)
    if fault is not None:
        tally.remark(fault.value)
    counts = {
        "replies": status.replies_count,
        "reblogs": status.reblogs_count,
        "favourites": status.favourites_count,
    }
    acct = status.account.acct
    return Post(
        platform=FEDIVERSE,
        native_id=status.uri,
        source=source.id,
        url=status.url or (status.uri if status.uri.startswith(("http://", "https://")) else None),
        author=acct if "@" in acct else f"{acct}@{home}",
        author_kind=AuthorKind(source.author_kind),
        lang_hint=status.language or None,
        title=one_line(status.spoiler_text or ""),
        text=plain_text(status.content),
        media_text="\n".join(one_line(media.description) for media in status.media_attachments if media.description),
        hashtags=tuple(dict.fromkeys(tag.name for tag in status.tags)),
        engagement={name: number for name, number in counts.items() if number is not None},
        published_at=None if fault else status.created_at,
        edited_at=status.edited_at,
        collected_at=now,
    )


def make_raw(item: Any) -> RawItem:
    """The status as the server wrote it, as far as JSON gives it back."""
    return RawItem(body=json.dumps(item, ensure_ascii=False).encode("utf-8", "replace"), media_type="application/json")


def home_of(instance: dict[str, Any], url: str) -> str:
    """The domain that local accounts belong to: what the server says, else the host it is read at."""
    domain = instance.get("domain") or instance.get("uri")
    if isinstance(domain, str) and domain:
        return host_of(domain) if "://" in domain else domain.lower()
    return host_of(url)
