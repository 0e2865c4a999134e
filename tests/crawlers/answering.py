"""What the hand-made servers share: one `reply` to a path with its query, over HTTP behind a Site or for stand_in.read."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from tests.crawlers.site import Reply, Site
from tests.crawlers.stand_in import Answer


class Answering(ABC):
    """A server; ``over``: by path, another answer or None for the usual one."""

    def __init__(self) -> None:
        self.over: dict[str, Callable[[str], Reply | None]] = {}

    @abstractmethod
    def usual(self, address: str) -> Reply:
        """The answer to a path with its query."""

    def reply(self, address: str) -> Reply:
        """The usual answer, or the one put in its place."""
        over = self.over.get(address.partition("?")[0])
        answer = over(address) if over is not None else None
        return answer if answer is not None else self.usual(address)

    def stand_behind(self, site: Site) -> None:
        """Makes every path of the site this server's; robots.txt stays the site's own."""
        site.whole = lambda asked: None if asked.path == "/robots.txt" else self.reply(asked.path)

    def answers(self, base: str) -> Any:
        """For stand_in.read."""
        return _Everything(lambda: lambda url: _as_answer(self.reply(url.removeprefix(base))))


class _Everything(dict[str, Any]):
    """Gives the same to every key; robots.txt stays unknown."""

    def __init__(self, make: Callable[[], Any]) -> None:
        super().__init__()
        self._make = make

    def get(self, key: str, default: Any = None) -> Any:
        return default if key.endswith("/robots.txt") else self._make()


def in_json(data: object, status: int = 200) -> Reply:
    """An answer of an API."""
    return status, {"Content-Type": "application/json; charset=utf-8"}, json.dumps(data).encode()


def _as_answer(reply: Reply) -> Answer:
    status, headers, body = reply
    return Answer(body, status, headers)
