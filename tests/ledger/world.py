"""Posts, tags and the ways a worker ends, for the tests of the ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa

from config import Project
from ledger import (
    IndexWork,
    LandReport,
    Ledger,
    PollResult,
    State,
    StoredPost,
    TagWork,
    Verdict,
    Worker,
    ack_indexed,
    claim_index,
    claim_source,
    claim_tag,
    commit_tags,
    finish_poll,
    land,
    read_post,
    schema,
    start_poll,
    status_counts,
)
from records import AuthorKind, Capture, Kind, Label, Landing, ModelOrigin, Offer, Post, RawItem, Redaction, Tags

NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ANN = "ann@social.example"
"""Who writes, where a test names nobody."""
PROJECT = Project(controller="Test", purpose="tests", legal_basis="tests", contact="post@example.org")


def claim(ledger: Ledger, worker: Worker, source: str, now: datetime = NOON, *, force: bool = False) -> bool:
    """Whether the lease on a source, on a server of its own, could be had."""
    taken = claim_source(ledger, worker, source, f"{source}.example", now, force=force)
    return taken.verdict is Verdict.MINE


def at(hours: float) -> datetime:
    """So many hours after noon."""
    return NOON + hours * HOUR


def poll_once(
    ledger: Ledger,
    worker: Worker,
    start: float,
    result: PollResult,
    window: tuple[float, float] | None = None,
    *,
    source: str = "a",
    clock: bool = True,
) -> None:
    """A whole poll that begins at an hour; ``clock``: with a next one to come, as all have but imports."""
    if clock:
        assert claim(ledger, worker, source, at(start), force=True)
    if window:
        result = replace(result, window_from=at(window[0]), window_to=at(window[1]))
    assert finish_poll(ledger, start_poll(ledger, worker, source, at(start)), result, at(start + 1) if clock else None)


def make_post(number: int = 1, **changes: Any) -> Post:
    """A post of a person on a Mastodon server."""
    values: dict[str, Any] = {
        "platform": "fediverse",
        "native_id": f"https://social.example/users/ann/statuses/{number}",
        "source": "social",
        "url": f"https://social.example/@ann/{number}",
        "author": ANN,
        "author_kind": AuthorKind.PERSON,
        "text": f"a boat left port number {number}",
        "published_at": NOON,
        "collected_at": NOON + timedelta(minutes=number % 50),
    }
    return Post.model_validate({**values, **changes})


def make_capture(name: str = "one", body: bytes = b"a response", **changes: Any) -> Capture:
    """A response; the same name is the same response."""
    values: dict[str, Any] = {
        "capture_id": hashlib.sha256(name.encode()).hexdigest()[:32],
        "url": "https://social.example/api/v1/timelines/public",
        "fetched_at": NOON,
        "status": 200,
        "headers": {"content-type": ["application/json"]},
        "sha256": hashlib.sha256(body).hexdigest(),
        "body": body,
        "spider": "mastodon",
        "version": "0",
    }
    return Capture.model_validate({**values, **changes})


def make_landing(number: int = 1, capture: Capture | None = None, **changes: Any) -> Landing:
    """A post as a spider hands it in; without a capture each wording came in a response of its own."""
    post = make_post(number, **changes)
    body = f"raw:{post.native_id}:{post.text}".encode()
    came_in = capture or make_capture(f"{post.source}{number}{post.text}", b"body:" + body)
    return Landing(post=post, raw=RawItem(body=body, media_type="application/json"), capture=came_in)


def land_some(ledger: Ledger, count: int, **changes: Any) -> LandReport:
    """Lands posts 1 to ``count``."""
    return land(ledger, [make_landing(number, **changes) for number in range(1, count + 1)])


def make_tags(**changes: Any) -> Tags:
    """Tags of a post on topic; without signature, so that each post is a family of its own."""
    values: dict[str, Any] = {
        "lang": "en",
        "lang_confidence": 1.0,
        "covered": True,
        "on_topic": 0.9,
        "is_on_topic": True,
        "scores": dict.fromkeys(Label, 0.1),
        "thresholds": {**{str(label): 0.5 for label in Label}, "on_topic": 0.5},
        "kind": Kind.NEWS,
        "model": ModelOrigin(name="model", version="1"),
    }
    return Tags.model_validate({**values, **changes})


OFFER: dict[str, Any] = {"labels": (Label.SMUGGLING_OFFER,), "kind": Kind.OFFER, "offer": Offer(origin=("TR",))}
OFF_TOPIC: dict[str, Any] = {"on_topic": 0.1, "is_on_topic": False}
CONTACT: dict[str, Any] = {
    "redactions": (
        Redaction.model_validate({"field": "text", "start": 0, "end": 3, "type": "phone", "hash": "0" * 16}),
    )
}


def signature(seed: int, changed: float = 0.0, variant: int = 0) -> tuple[int, ...]:
    """A MinHash; two of one seed agree in all values but the ``changed`` share of the later one."""
    values = np.random.default_rng(seed).integers(0, 2**32, 128)
    other = np.random.default_rng([seed, variant])
    values[other.permutation(128)[: round(changed * 128)]] = other.integers(0, 2**32, round(changed * 128))
    return tuple(int(value) for value in values)


def tag(ledger: Ledger, worker: Worker, limit: int = 1000, **changes: Any) -> list[TagWork]:
    """Claims and tags what is due; returns what was claimed."""
    work = claim_tag(ledger, worker, limit)
    commit_tags(ledger, worker, [(item.post, make_tags(**changes)) for item in work])
    return work


def index(ledger: Ledger, worker: Worker, limit: int = 1000) -> list[IndexWork]:
    """Claims and acknowledges what is due for the index; returns what was claimed."""
    work = claim_index(ledger, worker, limit)
    ack_indexed(ledger, worker, [(item.post.post_id, item.post.doc_version) for item in work])
    return work


def post_of(ledger: Ledger, number: int = 1) -> StoredPost:
    """The stored post of a number."""
    found = read_post(ledger, make_post(number).post_id)
    assert found is not None
    return found


def state_of(ledger: Ledger, number: int = 1) -> State:
    """The state of the post of a number."""
    return post_of(ledger, number).state


def die(ledger: Ledger, worker: Worker) -> None:
    """Lets a worker be one whose process is gone; its place was taken by another process of the same id."""
    worker._stop.set()
    change(ledger, schema.worker, schema.worker.c.id == worker.id, started=-1.0)


def fall_silent(ledger: Ledger, worker: Worker, seconds: float, host: str = "elsewhere") -> None:
    """Lets a worker be on another host, not heard of for so long."""
    worker._stop.set()
    with ledger.write() as conn:
        renewed = ledger.now(conn) - timedelta(seconds=seconds)
    change(ledger, schema.worker, schema.worker.c.id == worker.id, host=host, renewed=renewed)


def change(ledger: Ledger, table: sa.Table, where: sa.ColumnElement[bool], **values: Any) -> None:
    """Changes rows behind the ledger's back."""
    with ledger.write() as conn:
        conn.execute(table.update().where(where).values(**values))


def rows(ledger: Ledger, table: sa.Table) -> list[dict[str, Any]]:
    """All rows of a table."""
    with ledger.read() as conn:
        return [dict(row._mapping) for row in conn.execute(sa.select(table).order_by(*table.primary_key.columns))]


def row_of(ledger: Ledger, number: int = 1) -> dict[str, Any]:
    """The whole row of the post of a number."""
    return next(row for row in rows(ledger, schema.post) if row["post_id"] == make_post(number).post_id)


def numbers(work: Iterable[TagWork | IndexWork]) -> list[int]:
    """The numbers of claimed posts."""
    return [int(item.post.native_id.rsplit("/", 1)[1]) for item in work]


def assert_sound(ledger: Ledger) -> None:
    """What holds whenever no transaction is under way."""
    posts = {row["post_id"]: row for row in rows(ledger, schema.post)}
    counts = status_counts(ledger)
    tombstones = rows(ledger, schema.tombstone)
    assert counts.seen == len(posts) + sum(row["what"] == "post" for row in tombstones)
    assert counts.expected_documents == sum(row["indexed_version"] is not None for row in posts.values())
    workers = {row["id"] for row in rows(ledger, schema.worker)}
    current: dict[str, list[int]] = {}
    for row in rows(ledger, schema.tags):
        assert row["post_id"] in posts
        if row["current"]:
            current.setdefault(row["post_id"], []).append(row["revision"])
    raw = {(row["post_id"], row["revision"]) for row in rows(ledger, schema.raw)}
    merged = {row["family"]: row["merged_into"] for row in rows(ledger, schema.family)}
    for post_id, row in posts.items():
        state = State(row["state"])
        assert (row["worker"] is None) == (row["lease_stage"] is None)
        assert row["worker"] is None or row["worker"] in workers
        assert len(current.get(post_id, ())) <= 1
        assert all(revision == row["revision"] for revision in current.get(post_id, ()))
        if state in (State.TAGGED, State.INDEXED):
            assert post_id in current, "tagged without tags"
            assert row["family"] in merged
        if row["family"] is not None:
            assert merged[row["family"]] is None, "a post stands in a family that was merged away"
        if state is State.INDEXED:
            assert row["indexed_version"] == row["doc_version"] - 1
        if state is State.QUARANTINED:
            assert row["failed_stage"], row["failed_reason"]
            assert row["worker"] is None
        if row["indexed_version"] is not None:
            assert row["indexed_version"] < row["doc_version"]
        if row["stripped"]:
            assert not row["text"]
            assert row["url"] is None
            assert row["author"] is None
            assert (post_id, row["revision"]) not in raw
        else:
            assert (post_id, row["revision"]) in raw
    assert {post_id for post_id, _ in raw} <= posts.keys()
    captures = {row["capture_id"] for row in rows(ledger, schema.capture)}
    for item in rows(ledger, schema.capture_item):
        assert item["post_id"] in posts
        assert item["capture_id"] in captures
    for target in merged.values():
        assert target is None or merged[target] is None, "an alias needs two look-ups"
