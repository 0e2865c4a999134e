"""The document that stands in the search index: Post + Tags in their redacted form. Field names: the outward contract."""

from __future__ import annotations

from pydantic import Field, FiniteFloat

from records.base import Record, UtcTime
from records.tags import ModelOrigin


class OfferFields(Record):
    """The flattened offer of a document."""

    origin: tuple[str, ...] = ()
    transit: tuple[str, ...] = ()
    destination: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    service: str | None = None
    payment: tuple[str, ...] = ()
    price_eur: float | None = Field(
        default=None, allow_inf_nan=False, description="Main price in EUR at the reference rate of its day."
    )
    price_unit: str | None = None
    currency: str | None = Field(default=None, description="Currency the main price was written in, ISO 4217.")
    contact: tuple[str, ...] = Field(default=(), description="Keyed hashes, 16 hexadecimal digits each.")


class Document(Record):
    """One post in the index. ``title``, ``text`` and ``media_text`` are working copies; ``author`` is a pseudonym."""

    post_id: str
    month: str = Field(description="YYYY.MM of the monthly index, frozen at first landing.")
    doc_version: int = Field(ge=1, description="Raised by every transition in the ledger; orders writes and deletes.")
    revision: int = Field(ge=1)
    platform: str
    source: str
    url: str = Field(description="The link for outlets and organisations, daymark:POST_ID for persons.")
    author: str | None = Field(description="Keyed pseudonym, 16 hexadecimal digits.")
    published_at: UtcTime = Field(description="Publication time; first-seen time where published_estimated.")
    published_estimated: bool
    collected_at: UtcTime
    removed_at: UtcTime | None = None
    lang: str
    title: str
    text: str
    media_text: str
    hashtags: tuple[str, ...] = ()
    mentions: tuple[str, ...] = Field(
        default=(), description="Keyed pseudonyms of those it names, made as for authors."
    )
    reply_to: str | None = Field(default=None, description="Id of the post that it answers, seen or not.")
    thread: str | None = Field(
        default=None,
        description="Id of the post that opened its thread, its own where it did, or of the thread itself.",
    )
    quotes: str | None = Field(default=None, description="Id of the post that it quotes, forwards or shares.")
    engagement: dict[str, int] = Field(default_factory=dict)
    engagement_read_at: UtcTime | None = Field(default=None, description="When the counts were read; None without any.")
    on_topic: bool = Field(description="True where the on-topic probability reaches its threshold.")
    covered: bool
    labels: tuple[str, ...] = ()
    scores: dict[str, FiniteFloat]
    thresholds: dict[str, FiniteFloat]
    sub_labels: tuple[str, ...] = ()
    kind: str
    referral: tuple[str, ...] = ()
    reviewed: bool = False
    family: str = Field(description="Id of the family of near-copies; the post's own id where it is alone.")
    model: ModelOrigin
    offer: OfferFields | None = None
