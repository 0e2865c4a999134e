"""A small Bluesky AppView after the lexicons (app.bsky.feed.getAuthorFeed, searchPosts, getPosts), over HTTP or in process.

Lists are sorted by the earlier of createdAt and indexedAt, newest first, as the real one sorts them. A feed's cursor is a
place in that order; a search's cursor counts hits and is refused behind the ``deep``-th, and ``until`` excludes its own
moment. Handles, DIDs and texts are invented.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.crawlers.site import Reply, Site
from tests.crawlers.stand_in import Answer, Say

ANA = "did:plc:anaexample234567"
BEN = "did:plc:benexample234567"
API = "/xrpc/app.bsky.feed."
FEED, SEARCH, POSTS = f"{API}getAuthorFeed", f"{API}searchPosts", f"{API}getPosts"


def stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def uri_of(number: int, did: str = ANA) -> str:
    return f"at://{did}/app.bsky.feed.post/3k{number:06d}"


def view(
    number: int,
    indexed: datetime,
    text: str | None = None,
    *,
    created: datetime | None = None,
    did: str = ANA,
    **more: Any,
) -> dict[str, Any]:
    """A post view; ``record`` and ``author`` in ``more`` are added to those made here."""
    record = {
        "$type": "app.bsky.feed.post",
        "text": f"Post {number}" if text is None else text,
        "createdAt": stamp(created or indexed),
        "langs": ["tr"],
        **more.pop("record", {}),
    }
    author = {"did": did, "handle": "ana.example", "labels": [], **more.pop("author", {})}
    plain = {"uri": uri_of(number, did), "cid": f"bafy{number}", "author": author, "record": record}
    counts = {"replyCount": 1, "repostCount": 2, "likeCount": 3, "quoteCount": 4}
    return {**plain, **counts, "indexedAt": stamp(indexed), "labels": [], **more}


def _place(post: dict[str, Any]) -> tuple[str, str]:
    return min(str(post["record"].get("createdAt")), str(post["indexedAt"])), str(post["uri"])


class AppView:
    """The posts of a network by address; ``faults`` put other answers in the place of a method's."""

    def __init__(self, *posts: dict[str, Any], deep: int = 10_000) -> None:
        self.posts = {post["uri"]: post for post in posts}
        self.reposts: list[dict[str, Any]] = []
        self.deep = deep
        self.knows_until = True
        self.faults: dict[str, Callable[[dict[str, str]], Reply | None]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []

    def add(self, *posts: dict[str, Any]) -> None:
        self.posts |= {post["uri"]: post for post in posts}

    def fail(self, method: str, status: int, body: str | bytes = b"{}", *, when: str = "") -> None:
        """``method`` answers so, if given only where the parameter ``when`` is there."""
        content = body.encode() if isinstance(body, str) else body
        self.faults[method] = lambda asked: (status, {}, content) if not when or when in asked else None

    def reply(self, address: str) -> Reply:
        """The answer to a request."""
        parts = urlsplit(address)
        found = parse_qs(parts.query)
        asked = {name: values[0] for name, values in found.items()}
        self.asked.append((parts.path.removeprefix(API), asked))
        fault = self.faults.get(parts.path)
        said = fault(asked) if fault is not None else None
        if said is not None:
            return said
        if parts.path == FEED:
            return self._feed(asked)
        if parts.path == SEARCH:
            return self._search(asked)
        if parts.path == POSTS:
            wanted = found.get("uris", [])
            return _refuse() if len(wanted) > 25 else _say({"posts": [p for u in wanted if (p := self.posts.get(u))]})
        return 404, {}, b""

    def _sorted(self) -> list[dict[str, Any]]:
        return sorted(self.posts.values(), key=_place, reverse=True)

    def _feed(self, asked: dict[str, str]) -> Reply:
        if asked["actor"] not in ("ana.example", ANA):
            return _refuse("Profile not found")
        own = [(_place(post), {"post": post}) for post in self.posts.values() if post["author"]["did"] == ANA]
        shown = [((item["reason"]["indexedAt"], "repost"), item) for item in self.reposts]
        items = sorted([*own, *shown], key=lambda pair: pair[0], reverse=True)
        if "cursor" in asked:
            items = [pair for pair in items if "|".join(pair[0]) < asked["cursor"]]
        page, rest = items[: int(asked["limit"])], items[int(asked["limit"]) :]
        return _say({"feed": [item for _, item in page], **({"cursor": "|".join(page[-1][0])} if rest else {})})

    def _search(self, asked: dict[str, str]) -> Reply:
        until = asked.get("until") if self.knows_until else None
        hits = [post for post in self._sorted() if asked["q"] in post["record"]["text"]]
        hits = [post for post in hits if until is None or _place(post)[0] < until]
        start, limit = int(asked.get("cursor", 0)), int(asked["limit"])
        if start + limit > self.deep:
            return _refuse("too deep")
        page = hits[start : start + limit]
        more = {"cursor": str(start + limit)} if start + limit < len(hits) else {}
        return _say({"posts": page, "hitsTotal": len(hits), **more})

    def behind(self, site: Site) -> AppView:
        """Serves over HTTP."""

        def answer(_: Mapping[str, str]) -> Reply:
            return self.reply(site.asked[-1][0])

        site.answers |= {FEED: answer, SEARCH: answer, POSTS: answer}
        return self

    def answers(self, base: str) -> dict[str, Say | Callable[[str], Say]]:
        """For stand_in.read."""

        def answer(address: str) -> Say:
            status, headers, body = self.reply(address)
            return Answer(body, status, headers)

        return {base + method: answer for method in (FEED, SEARCH, POSTS)}


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


def _say(data: object) -> Reply:
    return 200, {"Content-Type": "application/json"}, json.dumps(data).encode()


def _refuse(message: str = "bad request") -> Reply:
    return (
        400,
        {"Content-Type": "application/json"},
        json.dumps({"error": "InvalidRequest", "message": message}).encode(),
    )
