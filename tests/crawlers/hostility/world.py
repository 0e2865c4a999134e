"""One hostile server and one source a platform, and the polls of all of them at once, as `collect` makes them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from ssl import SSLContext
from typing import Any

import pytest
import sqlalchemy as sa

from config import Project, Settings, Source, SourceKind, load_key, make_key
from crawlers import CrawlProcesses, PollSummary, process
from crawlers.polls import Polls
from ledger import Ledger, Worker, make_worker, open_ledger, schema
from tests.crawlers.conftest import make_source
from tests.crawlers.hostility.platform import Draw, Platform, words
from tests.crawlers.hostility.platforms import PLATFORMS
from tests.crawlers.hostility.streams import STREAMS
from tests.crawlers.jetstream_sources import move_cursor
from tests.crawlers.keyed.peers import KEYS
from tests.peers.hostile import FOR_EVER, Hostile, Robots, hostile

SECONDS, REQUESTS, PAGES = 120, 40, 8
"""The budget of a run. An honest poll takes a second or two of processor time, and all start at once: none comes near the end."""
HURRIED = 3
"""Seconds of a run that a server keeps waiting: it uses them up, wherever in its poll it stands then."""
OVERDUE = 4 * process.GRACE
"""Seconds beyond its own after which a process is killed: fifteen start at once, and waiting for a processor is no hanging."""
BODY = 300_000
"""Bytes: no honest page here is near it, and a bomb is stopped early."""
PLACES = len(PLATFORMS) + len(STREAMS)
"""Polls at a time: most of a hostile run is waiting, so all of them wait together."""
ALLOWED = "User-agent: *\nAllow: /\n"


@dataclass
class Place:
    """One platform behind a hostile server, and its source."""

    platform: Platform
    site: Hostile
    source: Source
    seconds: int = SECONDS

    @property
    def name(self) -> str:
        return self.source.id

    @property
    def overdue(self) -> timedelta:
        """When a process that does not end by itself is killed."""
        return timedelta(seconds=self.seconds + OVERDUE)

    def hurried(self) -> Source:
        """The source, with the seconds that it now has."""
        limits = self.source.limits.model_copy(update={"seconds": self.seconds})
        return self.source.model_copy(update={"limits": limits})

    def calm(self) -> None:
        """Makes the server honest, and forgets what it was asked."""
        site, self.seconds = self.site, SECONDS
        site.requests.clear()
        site.robots, site.robots_text, site.robots_as, site.everywhere = Robots.TEXT, ALLOWED, "", ""
        site.calm, site.limited, site.retry_after_s = 0, FOR_EVER, 2
        site.behind = self.platform.answer

    def page_without_end(self, *, same: bool) -> None:
        """Makes the server page for ever."""
        draw = Draw(same=same)
        self.site.behind = lambda seen: self.platform.endless(seen, draw)


@dataclass
class World:
    """All platforms; `turn` polls every one of them once."""

    ledger: Ledger
    polls: Polls
    places: list[Place]
    written: list[int] = field(default_factory=list)

    def calm(self) -> None:
        """All servers honest, and no memory of bans and failures: each behaviour is met afresh."""
        for place in self.places:
            place.calm()
        with self.ledger.write() as conn:
            conn.execute(sa.update(schema.source_state).values(failures=0, not_before=None))
            conn.execute(sa.delete(schema.server))

    def write(self) -> None:
        """One more post on every platform."""
        self.written.append(len(self.written) + 1)
        for place in self.places:
            place.platform.post(self.written[-1])

    def turn(self) -> dict[str, PollSummary]:
        """One poll of every source, by platform."""
        project = Project(
            controller="Test",
            purpose="tests",
            legal_basis="tests",
            contact="post@example.org",
            telegram_basis="GDPR 6(1)(e)",
        )
        found = self.polls.turn([place.hurried() for place in self.places], project, force=True)
        return {summary.source: summary for summary in found}

    def last_polls(self) -> dict[str, timedelta]:
        """How long the last poll of each source took."""
        table = schema.poll
        with self.ledger.read() as conn:
            rows = conn.execute(sa.select(table.c.source, table.c.started, table.c.finished).order_by(table.c.started))
            spans: dict[str, tuple[datetime, datetime]] = {row.source: (row.started, row.finished) for row in rows}
        return {source: end - start for source, (start, end) in spans.items()}

    def lost(self) -> dict[str, list[int]]:
        """The posts that were written and have not landed, by source."""
        texts = self.texts()
        found = {name: [number for number in self.written if words(number) not in text] for name, text in texts.items()}
        return {name: numbers for name, numbers in found.items() if numbers}

    def texts(self) -> dict[str, str]:
        """All that was landed from each source."""
        table, found = schema.post, {place.name: "" for place in self.places}
        with self.ledger.read() as conn:
            for row in conn.execute(sa.select(table.c.source, table.c.title, table.c.text)):
                found[row.source] += f"{row.title}\n{row.text}\n"
        return found


@contextmanager
def world(
    folder: Path, tls: SSLContext | None = None, kinds: Callable[[SourceKind], bool] = lambda _: True, **fields: Any
) -> Iterator[World]:
    """The platforms of some kinds, over TLS where a context is given; ``fields`` go into every source's entry."""
    make_key(folder / "key")
    settings = Settings(data=folder / "data", key_dir=folder / "key")
    with ExitStack() as stack:
        stack.enter_context(_keys())
        ledger = stack.enter_context(open_ledger(settings.ledger, load_key(settings.key_dir)))
        worker: Worker = stack.enter_context(make_worker(ledger))
        processes = stack.enter_context(CrawlProcesses())
        polls = stack.enter_context(Polls(ledger, worker, settings, processes, PLACES))
        patience = stack.enter_context(pytest.MonkeyPatch.context())
        patience.setattr(process, "GRACE", OVERDUE)
        places = []
        for made in (platform for platform in (*PLATFORMS, *STREAMS) if kinds(platform.kind)):
            site, platform = stack.enter_context(hostile(tls)), made()
            platform.base = site.base_url
            cursor = platform.begin(stack)
            places.append(Place(platform, site, source_of(platform, **fields)))
            if cursor:
                move_cursor(ledger, places[-1].source, cursor)
        yield World(ledger, polls, places)


def source_of(platform: Platform, **fields: Any) -> Source:
    """The source of a platform, with the small budget."""
    entry = platform.entry()
    caps = {"seconds": SECONDS, "requests": REQUESTS, "pages": PAGES, "body_bytes": BODY, "articles": 30}
    limits = {**caps, **entry.pop("limits", {})}
    return make_source(entry.pop("url"), **{"id": platform.kind.value, "limits": limits, **entry, **fields})


@contextmanager
def _keys() -> Iterator[None]:
    """The keys of the tests in the environment, for the processes that are started meanwhile."""
    before = {name: os.environ.get(name) for name in KEYS}
    os.environ.update(KEYS)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value
