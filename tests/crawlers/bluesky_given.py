"""A source that reads Bluesky, and polls of it in this process: a network of appview.py, or answers given (stand_in.py)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from config import Source
from crawlers.task import RecheckOf
from tests.crawlers.appview import AppView, view
from tests.crawlers.conftest import make_source
from tests.crawlers.stand_in import Run, read

BASE = "https://api.example"
NOW = datetime.now(UTC).replace(microsecond=0)
MINUTE = timedelta(minutes=1)


def source(**fields: Any) -> Source:
    what = {} if "query" in fields else {"account": "ana.example"}
    return make_source(BASE, kind="bluesky", author_kind="person", **what, **fields)


def poll(entry: Source, network: AppView, before: Run | None = None, started: datetime = NOW, **more: Any) -> Run:
    return read(entry, network.answers(BASE), before=before, started=started, **more)


def link(start: int, end: int, uri: str) -> dict[str, Any]:
    return {
        "index": {"byteStart": start, "byteEnd": end},
        "features": [{"$type": "app.bsky.richtext.facet#link", "uri": uri}],
    }


def many(number: int, step: timedelta = MINUTE, start: datetime = NOW) -> AppView:
    return AppView(*(view(n, start - step * n) for n in range(number)))


def wanted(*uris: str) -> tuple[RecheckOf, ...]:
    return tuple(RecheckOf(post_id=f"{number:032x}", lookup=uri) for number, uri in enumerate(uris))
