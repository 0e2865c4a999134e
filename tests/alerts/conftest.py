"""Every test gets a ledger and an index of its own; posts take the whole way: landed, tagged, indexed.

`world.add(...)` adds a post and returns its id; what a test cares about is given, the rest is a dull offer from Türkiye to
Germany. Times are fixed and far from the machine's clock: the digest's window is [START, END).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from config import Settings, Subscription, Subscriptions, load_key, load_subscriptions, make_key
from indexer import Index, drain_index, open_index
from ledger import (
    Ledger,
    PollResult,
    Worker,
    claim_tag,
    commit_tags,
    finish_poll,
    land,
    make_worker,
    open_ledger,
    schema,
    start_poll,
)
from records import (
    Capture,
    Contact,
    Kind,
    Label,
    Landing,
    ModelOrigin,
    Offer,
    Post,
    Price,
    PriceUnit,
    RawItem,
    Redaction,
    Tags,
    TextField,
)

END = datetime(2026, 3, 10, 6, tzinfo=UTC)
"""07:00 in Vienna."""
START = END - timedelta(days=1)
NOW = END + timedelta(seconds=20)
PHONE = "+90 532 000 11 22"
HASH = "3f9ac2d41b0e77aa"


def subscribe(**fields: Any) -> Subscription:
    """A daily subscription by mail."""
    given: dict[str, Any] = {
        "id": "east",
        "title": "New offers, eastern route",
        "recipients": ["unit@example.org"],
        "every": "daily",
        "at": "07:00",
        "zone": "Europe/Vienna",
    }
    return Subscription.model_validate(given | fields)


def write_register(data: Path, *subscriptions: Subscription) -> Subscriptions:
    """Writes subscriptions.yaml (JSON is YAML) as an operator would; returns what stands in it."""
    entries = [
        entry.model_dump(mode="json", exclude_unset=True) | {"at": f"{entry.at:%H:%M}"} for entry in subscriptions
    ]
    (data / "subscriptions.yaml").write_text(json.dumps({"subscriptions": entries}), "utf-8")
    return load_subscriptions(data)


def make_tags(text: str, **fields: Any) -> Tags:
    """Tags of an offer with the contact HASH; `PHONE` in the text is redacted."""
    at = text.find(PHONE)
    redactions = (
        [Redaction(field=TextField.TEXT, start=at, end=at + len(PHONE), type="phone", region="TR", hash=HASH)]
        if at >= 0
        else []
    )
    values: dict[str, Any] = {
        "lang": "en",
        "lang_confidence": 1.0,
        "covered": True,
        "on_topic": 0.99,
        "is_on_topic": True,
        "labels": [Label.SMUGGLING_OFFER],
        "scores": dict.fromkeys(Label, 0.0) | {Label.SMUGGLING_OFFER: 0.9},
        "thresholds": dict.fromkeys(Label, 0.5) | {"on_topic": 0.5},
        "sub_labels": ["transport"],
        "kind": Kind.OFFER,
        "redactions": redactions,
        "model": ModelOrigin(name="m", version="2026.1"),
        "offer": make_offer(),
    }
    score = fields.pop("score", None)
    if score is not None:
        fields["scores"] = values["scores"] | {Label.SMUGGLING_OFFER: score}
    return Tags.model_validate(values | fields)


def make_offer(**fields: Any) -> Offer:
    """An offer by land, TR to DE, 4,500 EUR a person."""
    values: dict[str, Any] = {
        "origin": ["TR"],
        "destination": ["DE"],
        "modes": ["land"],
        "service": "transport",
        "prices": [Price(amount=4500, currency="EUR", unit=PriceUnit.PERSON)],
        "payment": ["on_arrival"],
        "contacts": [Contact(type="phone", region="TR", hash=HASH)],
    }
    return Offer.model_validate(values | fields)


@dataclass
class World:
    """A ledger, an index and what fills them."""

    settings: Settings
    ledger: Ledger
    worker: Worker
    index: Index
    number: int = 0
    polls: list[int] = field(default_factory=list)

    def add(
        self, text: str = "", at: datetime = START + timedelta(hours=5), post: dict[str, Any] | None = None, **tags: Any
    ) -> str:
        """Lands, tags and indexes a post; `signature` makes near-copies."""
        self.number += 1
        text = text or f"Taxi to Germany, seats free, write {PHONE} ({self.number})"
        values: dict[str, Any] = {
            "platform": "telegram",
            "native_id": f"channel/{self.number}",
            "source": "channel",
            "text": text,
            "author": "someone",
            "url": f"https://t.example/channel/{self.number}",
            "published_at": at,
            "collected_at": max(at, START) + timedelta(minutes=3),
        }
        landed = Post.model_validate(values | (post or {}))
        land(self.ledger, [_landing(landed)])
        (work,) = claim_tag(self.ledger, self.worker, 10)
        commit_tags(self.ledger, self.worker, [(work.post, make_tags(text, **tags))])
        with self.ledger.write() as conn:
            # The ledger's own clock is the machine's.
            mine, read = schema.post.c.post_id == landed.post_id, landed.collected_at + timedelta(minutes=1)
            conn.execute(schema.post.update().where(mine).values(tagged_at=read))
        drain_index(self.ledger, self.worker, self.index)
        return landed.post_id

    def cover(self, source: str, start: datetime, end: datetime) -> None:
        """Notes a successful poll that covered [start, end)."""
        poll = start_poll(self.ledger, self.worker, source, end)
        finish_poll(self.ledger, poll, PollResult("ok", end, window_from=start, window_to=end), None)

    def rows(self) -> list[dict[str, Any]]:
        """The recipients' rows of the outbox."""
        table = schema.outbox
        with self.ledger.read() as conn:
            found = conn.execute(sa.select(table).where(table.c.recipient != "").order_by(table.c.recipient)).all()
        return [dict(row._mapping) for row in found]


def signature(seed: str) -> tuple[int, ...]:
    """A MinHash of 128 numbers; equal seeds are near-copies."""
    return tuple(int(hashlib.sha256(f"{seed}{n}".encode()).hexdigest()[:8], 16) for n in range(128))


def _landing(post: Post) -> Landing:
    body = post.native_id.encode()
    capture = Capture(
        capture_id=hashlib.md5(body, usedforsecurity=False).hexdigest(),
        url="https://t.example/",
        fetched_at=post.collected_at,
        status=200,
        sha256=hashlib.sha256(body).hexdigest(),
        body=body,
        spider="test",
        version="0",
    )
    return Landing(post=post, raw=RawItem(body=body, media_type="text/plain"), capture=capture)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings with data folder and key of the test's own."""
    make_key(tmp_path / "key")
    return Settings(data=tmp_path / "data", key_dir=tmp_path / "key")


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    """An empty ledger and an empty index."""
    with open_ledger(settings.ledger, load_key(settings.key_dir)) as ledger, make_worker(ledger) as worker:
        index = open_index(settings)
        yield World(settings, ledger, worker, index)
        index.close()
