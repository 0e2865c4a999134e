"""GDELT over articles that came in at given moments, as its DOC interface is documented to answer (mode=artlist, format=json)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from config import Source
from tests.crawlers.conftest import make_source
from tests.crawlers.outlet import HTML
from tests.crawlers.site import article
from tests.crawlers.stand_in import NOW, Answer, Say

API = "https://gdelt.example/api/v2/doc/doc"
SITE = "https://herald.example"


def listed(url: str, seen: datetime = NOW, title: str = "A crossing") -> dict[str, Any]:
    return {
        "url": url,
        "url_mobile": "",
        "title": title,
        "seendate": f"{seen:%Y%m%dT%H%M%SZ}",
        "socialimage": f"{url}.jpg",
        "domain": urlsplit(url).hostname,
        "language": "English",
        "sourcecountry": "Malta",
    }


def answer(*articles: dict[str, Any]) -> str:
    return json.dumps({"articles": list(articles)} if articles else {})


def span_of(asked: Mapping[str, str]) -> tuple[datetime, datetime]:
    """From when to when a call wants what GDELT saw."""
    begin, end = (
        datetime.strptime(asked[name], "%Y%m%d%H%M%S").replace(tzinfo=UTC) for name in ("startdatetime", "enddatetime")
    )  # fmt: skip
    return begin, end


def make_gdelt(**fields: Any) -> Source:
    return make_source(f"{API}?query=boats%20sourcelang:english&timespan=1d", kind="gdelt", **fields)


class Index:
    """GDELT over articles that came in at given moments."""

    def __init__(self, seen: Mapping[str, datetime]) -> None:
        self.seen = dict(seen)
        self.spans: list[tuple[datetime, datetime]] = []

    def __call__(self, url: str) -> Say:
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert (asked["query"], asked["mode"], asked["format"]) == ("boats sourcelang:english", "artlist", "json")
        assert "timespan" not in asked
        begin, end = span_of(asked)
        self.spans.append((begin, end))
        found = sorted(((url, at) for url, at in self.seen.items() if begin <= at <= end), key=lambda one: one[1])
        newest = list(reversed(found))[: int(asked["maxrecords"])]
        return Answer(answer(*(listed(url, at) for url, at in newest)))


def page(url: str) -> Say:
    return Answer(article(text=f"Of {url}."), headers=HTML)
