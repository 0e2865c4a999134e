"""What hand-made servers share that answer as the APIs of YouTube, VK, X and Reddit are documented to, over HTTP on loopback.

No server of these platforms can be had for tests; the shapes are those of their references (November 2026). A Peer holds
posts; `add`, `edit` and `delete` change what it shows. It wants the key in the place where the platform does, and records
every call, without robots.txt in `calls`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.crawlers.site import Asked
from tests.crawlers.site import serve as serve_site

KEYS = {"TEST_API_KEY": "kQ7-zX0_secret/key+1", "TEST_API_SECRET": "hush%20me=9f8e7d"}
"""Environment of the tests; with the signs that addresses and JSON write in other ways."""
KEY, SECRET = KEYS.values()

Reply = tuple[int, dict[str, str], Any]


@dataclass(frozen=True)
class Call:
    """One request: its path, its parameters (query or form), its headers in lower case."""

    method: str
    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass
class Item:
    """One post; ``number`` stays, ``version`` counts its edits."""

    number: int
    text: str
    at: datetime
    version: int = 0
    gone: bool = False
    replies: list[Item] = field(default_factory=list)


class Peer:
    """What all four share."""

    kind = ""
    target = ""
    credentials: tuple[str, ...] = ("TEST_API_KEY",)
    page_size = 100

    def __init__(self) -> None:
        self.base_url = ""
        self.items: dict[int, Item] = {}
        self.calls: list[Call] = []
        self.robots = "User-agent: *\nDisallow: /\n"
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.before: Callable[[Call], Reply | None] = lambda _: None
        """Asked before each call; what it answers is the answer."""

    def add(self, number: int, text: str, age: timedelta) -> Item:
        """A post of so long ago."""
        made = self.items[number] = Item(number, text, (self.clock() - age).replace(microsecond=0))
        return made

    def edit(self, number: int, text: str) -> None:
        """Other words, the same post."""
        self.items[number].text = text
        self.items[number].version += 1

    def delete(self, number: int) -> None:
        """Gone from every list."""
        self.items[number].gone = True

    def newest_first(self) -> list[Item]:
        """What is there."""
        there = [item for item in self.items.values() if not item.gone]
        return sorted(there, key=lambda item: (item.at, item.number), reverse=True)

    def native_id(self, number: int) -> str:
        """The id of a post as Daymark keeps it."""
        raise NotImplementedError

    def answer(self, call: Call) -> Reply:
        """The API's answer to a call."""
        raise NotImplementedError

    def hear(self, asked: Asked) -> tuple[int, dict[str, str], bytes]:
        """The answer to a request, which is recorded."""
        parts = urlsplit(asked.path)
        if parts.path == "/robots.txt":
            return 200, {"Content-Type": "text/plain"}, self.robots.encode()
        params = {**parse_qs(parts.query), **parse_qs(asked.body.decode())}
        headers = {name.lower(): value for name, value in asked.headers.items()}
        call = Call(asked.method, parts.path, {key: values[0] for key, values in params.items()}, headers)
        self.calls.append(call)
        status, more, found = self.before(call) or self.answer(call)
        body = found if isinstance(found, bytes) else json.dumps(found).encode()
        return status, {"Content-Type": "application/json", **more}, body

    def entry(self, **fields: Any) -> dict[str, Any]:
        """The source's entry in the register."""
        return {"url": self.base_url, "kind": self.kind, "target": self.target, "credentials": self.credentials,
                "author_kind": "person", **fields}  # fmt: skip


def page_of(items: list[Any], token: str | None, size: int) -> tuple[list[Any], str | None]:
    """A page from a list and the token of the next one."""
    # A token that is none of ours is the first page, as an unknown one is at Reddit.
    start = int(token) if token and token.isascii() and token.isdecimal() else 0
    return items[start : start + size], str(start + size) if start + size < len(items) else None


@contextmanager
def serve(peer: Peer) -> Iterator[Peer]:
    """The peer, running."""
    with serve_site() as site:
        peer.base_url, site.whole = site.base_url, peer.hear
        yield peer
