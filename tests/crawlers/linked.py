"""What a post says of other posts and of people, as the tests of links ask for it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

from records import Post
from tests.crawlers.conftest import make_source

ANY = make_source("https://any.example")
HERE = "https://m.example"
FAR = "https://far.example/notes/x"


class Linked(NamedTuple):
    """What is asked of a post here."""

    reply_to: str | None = None
    thread: str | None = None
    quotes: str | None = None
    mentions: tuple[str, ...] = ()


def links(post: Post) -> Linked:
    return Linked(post.reply_to, post.thread, post.quotes, post.mentions)


def toot(number: int, **fields: Any) -> dict[str, Any]:
    """A status of the server HERE."""
    at = datetime.now(UTC).isoformat()
    return {
        "id": str(number),
        "uri": f"{HERE}/s/{number}",
        "created_at": at,
        "content": f"<p>Post {number}</p>",
        "account": {"acct": "ana"},
        **fields,
    }
