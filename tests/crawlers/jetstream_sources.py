"""Sources on a Jetstream of the tests, and where an earlier run of them is taken to have ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from config import Source
from ledger import Ledger, schema
from tests.crawlers.conftest import make_source
from tests.crawlers.jetstream_server import Jetstream
from tests.crawlers.site import Site


def stream_source(stream: Jetstream, site: Site, **fields: Any) -> Source:
    """Reads for a second."""
    wanted = {} if {"accounts", "words", "hashtags"} & fields.keys() else {"words": ["tekne"]}
    limits = {"seconds": 2, **fields.pop("limits", {})}
    return make_source(
        fields.pop("url", stream.url),
        kind="jetstream",
        author_kind="person",
        appview=site.base_url,
        limits=limits,
        **wanted,
        **fields,
    )


def begin(stream: Jetstream, source: Source, ledger: Ledger) -> None:
    """As if a first run had just ended."""
    before = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
    move_cursor(ledger, source, {"server": stream.url.partition("//")[2], "time": before})


def move_cursor(ledger: Ledger, source: Source, cursor: dict[str, Any]) -> None:
    """As if an earlier run had ended there."""
    with ledger.write() as conn:
        row = {"source": source.id, "cursor": cursor, "health": "ok", "message": "", "retired": False, "failures": 0}
        conn.execute(schema.source_state.insert().values(row))
