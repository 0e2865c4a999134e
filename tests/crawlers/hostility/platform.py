"""What a platform is that tests/peers/hostile.py stands in front of: honest, and paging without end.

`answer` shows the posts that `post` added, as the platform pages them. `endless` shows full pages for ever: of numbers never
seen before, or (``same``) one and the same page behind ever new cursors.
"""

from __future__ import annotations

import itertools
import json
from abc import ABC, abstractmethod
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from config import SourceKind
from tests.peers.hostile import Reply, Seen

JSON = {"Content-Type": "application/json"}
HIGHEST = 900_000


def words(number: int) -> str:
    """What a post says; no other post says it."""
    return f"Post {number:06d} about the crossing"


class Draw:
    """Numbers for the posts of a page: downwards and new each time, or always the same ones."""

    def __init__(self, *, same: bool) -> None:
        self.same = same
        self.at = datetime.now(UTC).replace(microsecond=0)
        self._down = itertools.count(HIGHEST, -1)
        self._up = itertools.count(HIGHEST + 1)
        self._tokens = itertools.count(1)

    def numbers(self, count: int, *, up: bool = False) -> list[int]:
        if self.same:
            return list(range(HIGHEST, HIGHEST - count, -1))
        return [next(self._up if up else self._down) for _ in range(count)]

    def token(self) -> str:
        return f"c{next(self._tokens)}"


class Platform(ABC):
    """What stands behind a hostile server. ``base`` is set once the server runs."""

    kind: ClassVar[SourceKind]
    path = ""
    fields: ClassVar[dict[str, Any]] = {}

    def __init__(self) -> None:
        self.base = ""
        self.posts: dict[int, datetime] = {}

    def begin(self, stack: ExitStack) -> dict[str, Any]:
        """Starts what the platform needs beside the hostile server, until the stack ends; before anything is posted.

        Returns the cursor that an earlier run is taken to have left, empty where there was none.
        """
        return {}

    def post(self, number: int) -> None:
        """One more post, of this moment."""
        self.posts[number] = datetime.now(UTC)

    def entry(self) -> dict[str, Any]:
        """The source's entry in the register."""
        return {"url": self.base + self.path, "kind": self.kind.value, "author_kind": "person", **self.fields}

    @abstractmethod
    def answer(self, seen: Seen) -> Reply | None:
        """As the platform answers."""

    @abstractmethod
    def endless(self, seen: Seen, draw: Draw) -> Reply | None:
        """As a server without an end answers."""


def in_json(data: object) -> Reply:
    return 200, JSON, json.dumps(data).encode()


def asked(seen: Seen) -> dict[str, str]:
    """The parameters of the query or of the form."""
    found = parse_qs(urlsplit(seen.path).query) | parse_qs(seen.body.decode())
    return {name: values[0] for name, values in found.items()}


def path_of(seen: Seen) -> str:
    return urlsplit(seen.path).path
