"""Sources on a Jetstream of the tests, and where an earlier run of them is taken to have ended."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from config import Project, Settings, Source
from crawlers import CrawlProcesses, Polls, Share
from ledger import Ledger, make_worker, schema
from tests.crawlers.conftest import make_source
from tests.crawlers.jetstream_server import Jetstream
from tests.crawlers.site import Site

PATIENT = {"seconds": 60}
"""For runs that end before that by themselves, however slow the machine is."""


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


def begin(stream: Jetstream, source: Source, ledger: Ledger, seconds: float = 1) -> None:
    """As if a first run had ended so many seconds ago."""
    before = (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()
    move_cursor(ledger, source, {"server": stream.url.partition("//")[2], "time": before})


def move_cursor(ledger: Ledger, source: Source, cursor: dict[str, Any]) -> None:
    """As if an earlier run had ended there."""
    with ledger.write() as conn:
        row = {"source": source.id, "cursor": cursor, "health": "ok", "message": "", "retired": False, "failures": 0}
        conn.execute(schema.source_state.insert().values(row))


@contextmanager
def following(source: Source, ledger: Ledger, project: Project, settings: Settings) -> Iterator[None]:
    """Two services that both want to follow the stream, for as long as the context lasts; ends both within seconds."""
    done = threading.Event()
    with make_worker(ledger) as own, make_worker(ledger) as other, CrawlProcesses() as processes:
        services = [Polls(ledger, worker, settings, processes, 2, share=Share.STREAMED) for worker in (own, other)]

        faults: list[Exception] = []

        def serve() -> None:
            while not done.is_set():
                for service in services:
                    try:
                        service.turn([source], project, seconds=0.3, stop=done)
                    except Exception as exc:
                        faults.append(exc)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
            assert faults == []
            began = time.monotonic()
            for service in services:
                service.close()
            assert time.monotonic() - began < 10


def wait_for(holds: Callable[[], bool], seconds: float = 30) -> None:
    """Until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)
