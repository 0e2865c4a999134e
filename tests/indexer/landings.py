"""Posts in a ledger, tagged or not, for the tests of what moves between ledger and index."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from ledger import Ledger, StoredPost, Worker, claim_tag, commit_tags, land
from records import AuthorKind, Capture, Kind, Label, Landing, ModelOrigin, Post, RawItem, Tags

PUBLISHED = datetime(2026, 11, 10, 12, tzinfo=UTC)


def make_landing(number: int, **changes: Any) -> Landing:
    """One post as a spider hands it in."""
    values: dict[str, Any] = {
        "platform": "web",
        "native_id": f"https://herald.example/{number}",
        "source": "herald",
        "url": f"https://herald.example/{number}",
        "author_kind": AuthorKind.OUTLET,
        "text": f"a boat left port number {number}",
        "published_at": PUBLISHED,
        "collected_at": PUBLISHED,
    }
    post = Post.model_validate({**values, **changes})
    body = post.text.encode()
    capture = Capture(
        capture_id=hashlib.md5(f"{number}{post.text}".encode(), usedforsecurity=False).hexdigest(),
        url=str(post.url),
        fetched_at=PUBLISHED,
        status=200,
        sha256=hashlib.sha256(body).hexdigest(),
        body=body,
        spider="test",
        version="0",
    )
    return Landing(post=post, raw=RawItem(body=body, media_type="text/plain"), capture=capture)


def make_tags(post: StoredPost, **changes: Any) -> Tags:
    """Dull tags; what a test cares about is given. Without signature, so that each post is a family of its own."""
    values: dict[str, Any] = {
        "lang": "en",
        "lang_confidence": 1.0,
        "covered": True,
        "on_topic": 0.9,
        "is_on_topic": True,
        "labels": (),
        "scores": {str(label): 0.1 for label in Label},
        "thresholds": {**{str(label): 0.5 for label in Label}, "on_topic": 0.5},
        "kind": Kind.NEWS,
        "model": ModelOrigin(name="m", version="1.0"),
    }
    return Tags.model_validate({**values, **changes})


def fill(
    ledger: Ledger,
    worker: Worker,
    numbers: range,
    tags: Callable[[StoredPost], Tags] = make_tags,
    **changes: Any,
) -> list[str]:
    """Lands and tags posts; returns their ids. They are due for the index afterwards."""
    landings = [make_landing(number, **changes) for number in numbers]
    land(ledger, landings)
    tag_all(ledger, worker, tags)
    return [landing.post.post_id for landing in landings]


def tag_all(ledger: Ledger, worker: Worker, tags: Callable[[StoredPost], Tags] = make_tags) -> None:
    """Tags whatever is due."""
    while work := claim_tag(ledger, worker, 200):
        commit_tags(ledger, worker, [(item.post, tags(item.post)) for item in work])
