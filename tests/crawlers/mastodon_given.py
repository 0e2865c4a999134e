"""Timelines and lookups of statuses, given as a dict (stand_in.py), and the source that reads them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from config import Source
from crawlers.task import RecheckOf
from records import FEDIVERSE, make_post_id
from tests.crawlers.fediverse_given import mastodon_source
from tests.crawlers.stand_in import Answer, Run, Say, read

BASE = "https://m.example"
YEAR_ONE = "0001-01-01T00:00:00+14:00"
NOW = datetime.now(UTC)  # the spider dates what it sees by the clock


def now() -> datetime:
    return datetime.now(UTC)


def source(**fields: Any) -> Source:
    return mastodon_source(BASE, **fields)


def status(number: int, age: timedelta = timedelta(minutes=5), **fields: Any) -> dict[str, Any]:
    uri = f"{BASE}/s/{number}"
    return {
        "id": str(number),
        "uri": uri,
        "url": uri,
        "created_at": (NOW - age).isoformat(),
        "content": f"<p>Post {number}</p>",
        "account": {"acct": "ana"},
        **fields,
    }


def in_json(data: object, code: int = 200) -> Answer:
    return Answer(json.dumps(data), code, {"Content-Type": "application/json"})


class Server:
    """Pages and lookups of a list of statuses; ``over`` puts other answers in their place."""

    def __init__(self, *statuses: dict[str, Any], **over: Say) -> None:
        self.by_id = {item["id"]: item for item in statuses}
        self.over = over

    def answers(self) -> dict[str, Say | Callable[[str], Say]]:
        single: Callable[[str], Say] = lambda url: self._one(url.rpartition("/")[2])  # noqa: E731
        return {
            f"{BASE}/api/v2/instance": in_json({"domain": "m.example"}),
            f"{BASE}/api/v1/timelines/public": self.over.get("timeline", self._page),
            f"{BASE}/api/v1/statuses": self.over.get("batch", self._batch),
            **{f"{BASE}/api/v1/statuses/{number}": self.over.get("single", single) for number in range(1, 300)},
        }

    def _page(self, url: str) -> Answer:
        query = parse_qs(urlsplit(url).query)
        low, high = int(query.get("min_id", ["0"])[0]), int(query.get("max_id", ["9999999"])[0])
        found = sorted(number for number in map(int, self.by_id) if low < number < high)
        page = found[:40] if "min_id" in query else found[-40:]
        return in_json([self.by_id[str(number)] for number in reversed(page)])

    def _batch(self, url: str) -> Answer:
        wanted = parse_qs(urlsplit(url).query).get("id[]", [])
        return in_json([self.by_id[number] for number in wanted if number in self.by_id])

    def _one(self, number: str) -> Answer:
        return in_json(self.by_id[number]) if number in self.by_id else in_json({"error": "not found"}, 404)


def poll(server: Server, entry: Source | None = None, **given: Any) -> Run:
    """One poll of a server, of now."""
    return read(entry or source(), server.answers(), **{"started": now(), **given})


def post_id(number: int) -> str:
    return make_post_id(FEDIVERSE, f"{BASE}/s/{number}")


def due(*numbers: int, server: str = "m.example") -> tuple[RecheckOf, ...]:
    """Statuses whose recheck has come, as the ledger's queue gives them."""
    return tuple(RecheckOf(post_id=post_id(number), lookup=f"{server}/{number}") for number in numbers)
