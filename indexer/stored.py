"""A document as both backends store it, and a hit as it is read back: one form, so that answers cannot drift apart."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pydantic_core

from indexer.grammar import Query
from indexer.highlight import make_excerpt
from indexer.normalise import fold_hashtag, make_body
from indexer.queries import OfferRow, SearchHit
from records import PROTECTED_KINDS, Document

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_millis(moment: datetime) -> int:
    """Milliseconds since 1970, rounded down: the resolution of time in both backends."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def from_millis(millis: int) -> datetime:
    """The point in time, in UTC."""
    return _EPOCH + timedelta(milliseconds=millis)


def make_source(document: Document) -> dict[str, Any]:
    """The document under the contract's field names, ready for JSON. The month is left to the index's name."""
    source = document.model_dump(mode="json", exclude={"month"}, exclude_none=True)
    for name in ("published_at", "collected_at", "removed_at", "engagement_read_at"):
        moment = getattr(document, name)
        if moment is not None:
            source[name] = write_time(moment)
    return source


def to_json(source: dict[str, Any]) -> bytes:
    """The stored form as UTF-8. Raises ValueError for text that is no Unicode, without quoting it."""
    try:
        return pydantic_core.to_json(source)
    except pydantic_core.PydanticSerializationError as exc:
        raise ValueError("the text holds characters that are not Unicode") from exc


def make_search_fields(document: Document) -> dict[str, Any]:
    """What is searched but never shown: ``body``, the normalised tokens of all text, and the folded hashtags."""
    return {
        "body": make_body([document.title, document.text, document.media_text, *document.hashtags]),
        "hashtag_folded": sorted({folded for tag in document.hashtags if (folded := fold_hashtag(tag))}),
    }


def is_withheld(document: Document) -> bool:
    """Whether the post is of people who need help or give it, or for referral: in no list unless ``protected``."""
    return document.kind in PROTECTED_KINDS or bool(document.referral)


def read_hit(source: Mapping[str, Any], score: float | None, query: Query) -> SearchHit:
    """A stored document as a search hit, with an excerpt around the query's words."""
    excerpt, highlights = make_excerpt(source["text"] or source["media_text"], query)
    removed = source.get("removed_at")
    return SearchHit(
        post_id=source["post_id"],
        url=source["url"],
        published_at=read_time(source["published_at"]),
        published_estimated=source["published_estimated"],
        removed_at=read_time(removed) if removed else None,
        platform=source["platform"],
        source=source["source"],
        lang=source["lang"],
        covered=source["covered"],
        labels=tuple(source["labels"]),
        kind=source["kind"],
        reviewed=source["reviewed"],
        title=source["title"],
        excerpt=excerpt,
        highlights=highlights,
        score=score,
        family=source["family"],
    )


def read_offer(post_id: str, family: str, published_at: datetime, dated: bool, offer: Mapping[str, Any]) -> OfferRow:
    """The offer of a stored document, as the market reads it."""
    return OfferRow(
        post_id=post_id,
        family=family,
        published_at=published_at,
        dated=dated,
        origin=tuple(offer.get("origin", ())),
        destination=tuple(offer.get("destination", ())),
        modes=tuple(offer.get("modes", ())),
        service=offer.get("service"),
        contacts=tuple(offer.get("contact", ())),
        price_eur=offer.get("price_eur"),
        price_unit=offer.get("price_unit"),
    )


def write_time(moment: datetime) -> str:
    """The time as both backends store it: UTC, cut to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_time(text: str) -> datetime:
    """A stored time."""
    return datetime.fromisoformat(text)
