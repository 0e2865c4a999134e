"""Documents for the index tests, and the few questions a test answers from them in plain Python."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from indexer import Acknowledgement, Index, Outcome
from records import Document, Label, ModelOrigin, OfferFields

NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)


def post_id(number: int) -> str:
    """32 hexadecimal digits that look as unordered as real ones."""
    return hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()


def make(number: int = 1, **changes: Any) -> Document:
    """A document; what a test cares about is given, the rest is dull."""
    published: datetime = changes.get("published_at", NOON)
    values: dict[str, Any] = {
        "post_id": post_id(number),
        "month": f"{published:%Y.%m}",
        "doc_version": 3,
        "revision": 1,
        "platform": "web",
        "source": "herald",
        "url": "https://herald.example/1",
        "author": None,
        "published_at": published,
        "published_estimated": False,
        "collected_at": published,
        "lang": "en",
        "title": "",
        "text": f"post number {number}",
        "media_text": "",
        "on_topic": True,
        "covered": True,
        "scores": {**{str(label): 0.1 for label in Label}, "on_topic": 0.9},
        "thresholds": {**{str(label): 0.5 for label in Label}, "on_topic": 0.5},
        "kind": "opinion",
        "family": post_id(number),
        "model": ModelOrigin(name="m", version="1.0"),
    }
    return Document.model_validate({**values, **changes})


def make_offer(number: int, price: float | None = None, **changes: Any) -> Document:
    """An offer on one route; the fields of OfferFields and of Document may be given."""
    own = {name: changes.pop(name) for name in list(changes) if name in OfferFields.model_fields}
    offer: dict[str, Any] = {
        "origin": ("TR",),
        "destination": ("GR",),
        "modes": ("sea",),
        "service": "transport",
        "price_eur": price,
        "price_unit": "person" if price else None,
        "currency": "EUR" if price else None,
        "contact": (f"{number:016x}",),
    }
    labels = (Label.SMUGGLING_OFFER,)
    return make(
        number, **{"labels": labels, "kind": "offer", "offer": OfferFields.model_validate({**offer, **own})} | changes
    )


def put(index: Index, *documents: Document) -> list[Acknowledgement]:
    """Writes documents, all of which must be taken, and makes them visible."""
    acks = list(index.write(documents))
    assert sorted(ack.post_id for ack in acks) == sorted(document.post_id for document in documents)
    assert {ack.outcome for ack in acks} <= {Outcome.DONE}, acks
    index.refresh()
    return acks


def make_corpus(number: int = 240) -> list[Document]:
    """Posts over 40 days around the end of summer time in Europe, every field varied, the same at each call."""
    rng = random.Random(7)
    first = datetime(2026, 10, 10, tzinfo=UTC)
    words = (
        "boat",
        "border",
        "Grenze",
        "sınır",
        "قارب",
        "المهربين",
        "safe",
        "route",
        "price",
        "news",
        "難民",
        "смерть",
    )
    corpus = []
    for place in range(number):
        published = first + timedelta(seconds=rng.randrange(40 * 86400), milliseconds=rng.randrange(1000))
        on_topic = rng.random() < 0.7
        labels = tuple(label for label in Label if on_topic and rng.random() < 0.3)
        kinds = ("opinion", "news", "testimony", "demand", "family_search", "other")
        changes: dict[str, Any] = {
            "published_at": published,
            "published_estimated": rng.random() < 0.1,
            "lang": rng.choice(("en", "de", "tr", "ar", "fa")),
            "platform": rng.choice(("web", "fediverse", "telegram")),
            "source": rng.choice(("herald", "tagesblatt", "haber", "channel-1")),
            "author": rng.choice((None, "a" * 16, "b" * 16)),
            "title": " ".join(rng.choices(words, k=2)) if rng.random() < 0.3 else "",
            "text": " ".join(rng.choices(words, k=rng.randint(3, 12))),
            "mentions": (("a" * 16, f"{place % 5:016x}")[: place % 3]) if place % 2 else (),
            "thread": post_id(place // 4 * 4) if place % 7 else None,
            "reply_to": post_id(place - 1) if place % 4 else None,
            "quotes": post_id(9000 + place % 3) if place % 5 == 0 else None,
            "hashtags": tuple(rng.sample(("Refugees", "sınır", "Boat_People"), k=rng.randint(0, 2))),
            "on_topic": on_topic,
            "covered": rng.random() < 0.8,
            "labels": labels,
            "kind": rng.choice(kinds),
            "referral": ("minor",) if rng.random() < 0.05 else (),
            "reviewed": rng.random() < 0.1,
            "family": f"{rng.randrange(150):016x}",
            "model": ModelOrigin(name="m", version=rng.choice(("1.0", "1.1"))),
        }
        if Label.SMUGGLING_OFFER in labels:
            price = float(rng.randint(20, 60) * 100)
            corpus.append(
                make_offer(
                    place,
                    price if rng.random() < 0.8 else None,
                    origin=rng.choice((("TR",), ("LY", "TN"), ())),
                    destination=rng.choice((("GR",), ("IT",), ("DE",))),
                    modes=tuple(rng.sample(("sea", "land", "air"), k=rng.randint(0, 2))),
                    contact=(f"{rng.randrange(20):016x}",),
                    **changes,
                )
            )
        else:
            corpus.append(make(place, **changes))
    return corpus


def ids(documents: Iterable[Document]) -> set[str]:
    """Their post ids."""
    return {document.post_id for document in documents}


def outcomes(index: Index, documents: list[Document]) -> list[Outcome]:
    """Writes documents; what became of each, in their order."""
    found = {ack.post_id: ack.outcome for ack in index.write(documents)}
    return [found[document.post_id] for document in documents]
