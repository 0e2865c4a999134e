"""A small stand-in for a Mastodon server, over HTTP, for what mastodon_mock cannot be told to do.

It pages as Mastodon does (min_id, max_id) and adds late arrivals, consent flags and closed timelines.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from config import Source
from tests.crawlers.conftest import make_source
from tests.crawlers.site import Reply, Site


def mastodon_source(url: str, **fields: Any) -> Source:
    return make_source(url, kind="mastodon", author_kind="person", **fields)


class Timeline:
    """A stand-in for a Mastodon server: a dict of statuses behind a Site."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.statuses: dict[int, dict[str, Any]] = {}
        self.batch = True
        site.answers["/api/v2/instance"] = lambda _: self.json({"domain": "social.example", **self.instance})
        site.answers["/api/v1/timelines/public"] = self.page
        site.answers["/api/v1/statuses"] = self.look_up
        self.instance: dict[str, Any] = {}

    @staticmethod
    def json(data: object, status: int = 200) -> Reply:
        return status, {"Content-Type": "application/json"}, json.dumps(data).encode()

    def add(self, number: int, age: timedelta = timedelta(minutes=5), **fields: Any) -> None:
        uri = f"https://social.example/users/ana/statuses/{number}"
        account = {"acct": "ana", "noindex": False, **fields.pop("account", {})}
        created = (datetime.now(UTC) - age).isoformat().replace("+00:00", "Z")
        self.statuses[number] = {
            "id": str(number),
            "uri": uri,
            "url": uri,
            "created_at": created,
            "content": f"<p>Post {number}</p>",
            "visibility": "public",
            "account": account,
            **fields,
        }
        self.site.answers[f"/api/v1/statuses/{number}"] = lambda _: (
            self.json(self.statuses[number])
            if number in self.statuses
            else self.json({"error": "Record not found"}, 404)
        )

    def page(self, _: Mapping[str, str]) -> Reply:
        query = parse_qs(urlsplit(self.site.asked[-1][0]).query)
        low, high = int(query.get("min_id", ["0"])[0]), int(query.get("max_id", ["999999"])[0])
        found = sorted(number for number in self.statuses if low < number < high)
        page = found[:40] if "min_id" in query else found[-40:]
        return self.json([self.statuses[number] for number in reversed(page)])

    def look_up(self, _: Mapping[str, str]) -> Reply:
        if not self.batch:
            return self.json({"error": "Not found"}, 404)
        wanted = parse_qs(urlsplit(self.site.asked[-1][0]).query).get("id[]", [])
        return self.json([self.statuses[int(number)] for number in wanted if int(number) in self.statuses])
