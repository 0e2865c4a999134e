"""A document as rows of the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from indexer.sqlite.schema import ASSESSED, COVERED, LABEL_BITS, ON_TOPIC, REVIEWED, WITHHELD
from indexer.stored import is_withheld, make_search_fields, make_source, to_json, to_millis
from records import Document, Label, OfferFields

COLUMNS = (
    "post_id", "month", "doc_version", "published", "shown", "flags", "lang", "platform", "source", "model", "kind",
    "family", "author", "service", "currency",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rows:
    """What one document becomes: a row of `document` in the order of COLUMNS, body and source of `content`, terms."""

    post_id: str
    doc_version: int
    document: tuple[Any, ...]
    body: str
    source: str
    terms: tuple[tuple[str, str], ...]


def make_rows(document: Document) -> Rows:
    """The rows of a document. Raises ValueError for text that no file can hold."""
    search = make_search_fields(document)
    source = to_json(make_source(document)).decode("utf-8")
    offer = document.offer or OfferFields()
    shown = to_millis(document.published_at)
    values: dict[str, Any] = {
        "post_id": document.post_id,
        "month": document.month,
        "doc_version": document.doc_version,
        "published": None if document.published_estimated else shown,
        "shown": shown,
        "flags": make_flags(document),
        "lang": document.lang,
        "platform": document.platform,
        "source": document.source,
        "model": document.model.version,
        "kind": document.kind,
        "family": document.family,
        "author": document.author,
        "service": offer.service,
        "currency": offer.currency,
    }
    terms = tuple(_terms(document, offer, search["hashtag_folded"]))
    row = tuple(values[name] for name in COLUMNS)
    return Rows(document.post_id, document.doc_version, row, search["body"], source, terms)


def make_flags(document: Document) -> int:
    """The bits of a document: its labels and what it counts for."""
    flags = sum(LABEL_BITS[Label(label)] for label in set(document.labels))
    flags |= ON_TOPIC if document.on_topic else 0
    flags |= COVERED if document.covered else 0
    flags |= ASSESSED if document.on_topic and document.covered else 0
    flags |= REVIEWED if document.reviewed else 0
    return flags | (WITHHELD if is_withheld(document) else 0)


def _terms(document: Document, offer: OfferFields, hashtags: list[str]) -> Iterator[tuple[str, str]]:
    several: dict[str, tuple[str | None, ...] | list[str]] = {
        "sub_label": document.sub_labels,
        "referral": document.referral,
        "hashtag": hashtags,
        "mentions": document.mentions,
        # Here and not in columns: a file of before needs no rebuild.
        "thread": (document.thread,),
        "reply_to": (document.reply_to,),
        "quotes": (document.quotes,),
        "contact": offer.contact,
        "origin": offer.origin,
        "transit": offer.transit,
        "destination": offer.destination,
        "mode": offer.modes,
        "payment": offer.payment,
    }
    for field, values in several.items():
        for value in dict.fromkeys(values):
            if value is not None:
                yield field, value
