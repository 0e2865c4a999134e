"""Guards whose faults no server can be told to produce: rebinding names, robots rules that grow old, a refusing database."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import Response, TextResponse
from twisted.internet.address import IPv4Address

from crawlers.errors import Refused
from crawlers.items import Rejection
from crawlers.landing import LandingPipeline, LedgerStore
from crawlers.politeness import robots
from crawlers.politeness.addresses import GuardedResolver
from crawlers.politeness.robots import FailClosedRobots
from crawlers.tally import Tally
from ledger import Ledger, LedgerUnavailable
from records import Landing
from tests.crawlers.conftest import posts, rows


class Names:
    """A resolver that answers as it is told, another address each time."""

    def __init__(self, *answers: str) -> None:
        self._answers = list(answers)

    def resolveHostName(self, receiver: Any, host: str, port: int, *_: object) -> None:
        receiver.resolutionBegan(None)
        for address in self._answers.pop(0).split():
            receiver.addressResolved(IPv4Address("TCP", address, port))
        receiver.resolutionComplete()


class Collected:
    """What Twisted would connect to."""

    def __init__(self) -> None:
        self.hosts: list[str] = []

    def resolutionBegan(self, _: object) -> None:
        pass

    def addressResolved(self, address: IPv4Address) -> None:
        self.hosts.append(address.host)

    def resolutionComplete(self) -> None:
        pass


def test_a_name_that_changes_its_address_gains_nothing() -> None:
    reactor: Any = SimpleNamespace(nameResolver=Names("93.184.216.34", "127.0.0.1", "10.0.0.1 93.184.216.34"))
    guard = GuardedResolver(reactor, None)
    found = []
    for _ in range(3):
        receiver: Any = Collected()
        guard.resolveHostName(receiver, "rebinding.example", 80)
        found.append(receiver.hosts)
    assert found == [["93.184.216.34"], [], ["93.184.216.34"]]
    assert guard.refused == {("rebinding.example", 80)}


def test_only_the_sources_own_host_and_port_may_be_private() -> None:
    reactor: Any = SimpleNamespace(nameResolver=None)
    guard = GuardedResolver(reactor, ("own.example", 8080))
    assert guard.may_connect("OWN.example", 8080, "10.0.0.1")
    assert not guard.may_connect("own.example", 22, "10.0.0.1")
    assert not guard.may_connect("other.example", 8080, "10.0.0.1")


def test_robots_rules_are_read_again_after_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["User-agent: *\nAllow: /", "User-agent: *\nDisallow: /"]
    asked: list[str] = []

    async def download(request: Request) -> Response:
        asked.append(request.url)
        return TextResponse(request.url, status=200, body=texts[len(asked) - 1].encode())

    downloader = SimpleNamespace(get_slot_key=lambda _: "a.example", per_slot_settings={}, slots={})
    engine = SimpleNamespace(download_async=download, downloader=downloader)
    settings = SimpleNamespace(getfloat=lambda _: 0.0)
    crawler: Any = SimpleNamespace(engine=engine, settings=settings, spider=None)
    clock = [1000.0]
    monkeypatch.setattr(robots, "monotonic", lambda: clock[0])

    async def ask() -> None:
        guard = FailClosedRobots(crawler)
        await guard.process_request(Request("https://a.example/1"))
        clock[0] += 24 * 3600
        await guard.process_request(Request("https://a.example/2"))
        clock[0] += 1
        with pytest.raises(Refused, match="forbids"):
            await guard.process_request(Request("https://a.example/3"))

    asyncio.run(ask())
    assert asked == ["https://a.example/robots.txt"] * 2


class Refusing(LedgerStore):
    """A database that refuses one value, or does not answer."""

    fault: type[Exception] = ValueError

    def land(self, landings: list[Landing]) -> dict[str, int]:
        if any(landing.post.text == "poison" for landing in landings):
            raise self.fault("refused")
        return super().land(landings)


def test_an_item_that_the_database_refuses_is_kept_apart(ledger: Ledger, landings: list[Landing]) -> None:
    tally = Tally()
    pipeline = LandingPipeline(Refusing(ledger, "test"), tally)
    for landing in landings:
        asyncio.run(pipeline.process_item(landing))
    asyncio.run(pipeline.process_item(Rejection("bad_shape", b"raw")))
    pipeline.close_spider()
    assert tally.fault is None
    assert (tally.counts["new"], dict(tally.not_landed)) == (2, {"not_storable": 1, "bad_shape": 1})
    assert len(posts(ledger)) == 2
    assert {row["reason"] for row in rows(ledger, "rejected")} == {"not_storable", "bad_shape"}


def test_a_database_that_does_not_answer_is_the_runs_fault(ledger: Ledger, landings: list[Landing]) -> None:
    tally = Tally()
    store = Refusing(ledger, "test")
    store.fault = LedgerUnavailable
    pipeline = LandingPipeline(store, tally)
    for landing in landings:
        asyncio.run(pipeline.process_item(landing))
    pipeline.close_spider()
    assert tally.fault == "refused"
    assert list(posts(ledger)) == ["https://a.example/0"], "what landed before stays, nothing lands after"


@pytest.fixture
def landings() -> list[Landing]:
    from datetime import UTC, datetime

    from records import Capture, Post, RawItem

    now = datetime(2026, 3, 1, tzinfo=UTC)
    capture = Capture(
        capture_id="0" * 32, url="u", fetched_at=now, status=200, sha256="0" * 64, body=b"", spider="x", version="0"
    )
    return [
        Landing(
            post=Post(platform="web", native_id=f"https://a.example/{n}", source="test", text=text, collected_at=now),
            raw=RawItem(body=text.encode(), media_type="text/plain"),
            capture=capture,
        )
        for n, text in enumerate(("one", "poison", "two"))
    ]
