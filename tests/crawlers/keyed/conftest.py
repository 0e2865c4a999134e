"""A hand-made server for each platform (named in `PEERS`), and polls of it by crawling processes that have its keys.

Helpers: `source_of` is a source at a server, `fill` gives it posts.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from config import Project, Settings, Source
from crawlers import CrawlProcesses, Polls, PollSummary, collect
from ledger import Ledger, Worker
from tests.crawlers.conftest import make_source
from tests.crawlers.keyed.peers import KEYS, Peer, serve
from tests.crawlers.keyed.reddit import Reddit
from tests.crawlers.keyed.vk import Vk
from tests.crawlers.keyed.x import X
from tests.crawlers.keyed.youtube import YouTube

PEERS: list[type[Peer]] = [YouTube, Vk, X, Reddit]
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MONEY = {"money": 5.0, "money_month": 50.0}
Poll = Callable[..., PollSummary]
PollAt = Callable[..., PollSummary]


@pytest.fixture(scope="module")
def keyed_processes() -> Iterator[CrawlProcesses]:
    """A forker that was started with the keys in its environment."""
    before = dict(os.environ)
    os.environ.update(KEYS)
    try:
        with CrawlProcesses() as crawling:
            yield crawling
    finally:
        for name in KEYS:
            os.environ.pop(name)
        os.environ.update({name: value for name, value in before.items() if name in KEYS})


@pytest.fixture
def poll(ledger: Ledger, worker: Worker, project: Project, settings: Settings, keyed_processes: CrawlProcesses) -> Poll:
    def run(peer: Peer, **fields: Any) -> PollSummary:
        source = source_of(peer, **fields)
        return collect(ledger, worker, [source], project, settings, only=source.id, processes=keyed_processes)[0]

    return run


@pytest.fixture
def noon() -> datetime:
    """Yesterday 20:00 UTC, which is noon in California: no day and no month ends while a test counts what is spent."""
    return (datetime.now(UTC) - timedelta(days=1)).replace(hour=20, minute=0, second=0, microsecond=0)


@pytest.fixture
def poll_at(
    ledger: Ledger, worker: Worker, project: Project, settings: Settings, keyed_processes: CrawlProcesses
) -> PollAt:
    """Polls a source as if it were that time, for the peer too."""

    def run(peer: Peer, moment: datetime, **fields: Any) -> PollSummary:
        peer.clock = lambda: moment
        with Polls(ledger, worker, settings, keyed_processes, places=1, clock=lambda: moment) as polls:
            (summary,) = polls.turn([source_of(peer, **fields)], project, now=moment, force=True)
        return summary

    return run


@pytest.fixture(params=PEERS, ids=lambda kind: kind.kind)
def peer(request: pytest.FixtureRequest) -> Iterator[Peer]:
    with serve(request.param()) as running:
        yield running


@pytest.fixture
def youtube() -> Iterator[YouTube]:
    with serve(YouTube()) as running:
        assert isinstance(running, YouTube)
        yield running


@pytest.fixture
def x() -> Iterator[X]:
    with serve(X()) as running:
        assert isinstance(running, X)
        yield running


def source_of(peer: Peer, **fields: Any) -> Source:
    entry = peer.entry(**{"limits": MONEY, **fields})
    return make_source(entry.pop("url"), **entry)


def fill(peer: Peer, number: int, first: int = 1) -> None:
    """So many posts, a minute apart, the newest five minutes old."""
    for step in range(number):
        peer.add(first + step, f"Post {first + step} about the #crossing", (5 + number - step) * MINUTE)
