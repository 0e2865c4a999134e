"""A stream that may not be opened: refused by its server, by robots.txt, or at a private address. Over real websockets."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crawlers.errors import PrivateAddress
from crawlers.platforms.jetstream.connection import resolve
from ledger import Ledger, read_source
from tests.crawlers.conftest import Poll, posts
from tests.crawlers.jetstream_people import ANA, People
from tests.crawlers.jetstream_server import NEW, OLD, Jetstream, running
from tests.crawlers.jetstream_sources import PATIENT, begin, stream_source
from tests.crawlers.site import Site
from tests.peers.certificates import make_certificate


@pytest.mark.parametrize(
    ("status", "headers", "outcome", "words"),
    [
        (403, {}, "blocked", "refuses us (HTTP 403)"),
        (429, {"Retry-After": "3600"}, "rate_limited", "asks to wait until"),
        (503, {}, "failed", "HTTP 503"),
        (410, {}, "gone", "retired"),
        (404, {}, "failed", "knows neither method"),
        (301, {"Location": "ws://192.0.2.1/subscribe"}, "failed", "HTTP 301"),
    ],
)
def test_a_refusal_has_a_name_and_nothing_is_tried_to_get_round_it(
    stream: Jetstream,
    site: Site,
    poll: Poll,
    ledger: Ledger,
    status: int,
    headers: dict[str, str],
    outcome: str,
    words: str,
) -> None:
    stream.refuse = (status, headers, b"{}")
    source = stream_source(stream, site, limits=PATIENT)
    summary = poll(source)
    assert (summary.outcome, summary.window_from) == (outcome, None), summary
    assert words in summary.message
    assert len(stream.agents) == (2 if status == 404 else 1), "asked once, and by the older method where there is none"
    state = read_source(ledger, source.id)
    assert state.retired is (status == 410)
    if status == 429:
        assert state.not_before is not None
        assert state.not_before > datetime.now(UTC) + timedelta(minutes=50)


@pytest.mark.parametrize("robots", [(503, b""), (200, b"User-agent: *\nDisallow: /")])
def test_robots_of_the_host_holds_for_the_stream(
    stream: Jetstream, site: Site, poll: Poll, robots: tuple[int, bytes]
) -> None:
    stream.robots = robots
    assert poll(stream_source(stream, site, limits=PATIENT)).outcome == "robots_denied"
    assert stream.agents == []


@pytest.mark.parametrize(
    ("forbidden", "dialects", "opened", "outcome"),
    [
        ("/xrpc/", (NEW, OLD), [OLD], "ok"),
        (OLD, (NEW, OLD), [NEW], "ok"),
        ("/*cursor=", (NEW, OLD), [], "robots_denied"),
        ("/xrpc/", (NEW,), [OLD], "robots_denied"),
        (OLD, (OLD,), [NEW], "robots_denied"),
    ],
)
def test_no_address_that_robots_forbids_is_opened(
    stream: Jetstream,
    site: Site,
    people: People,
    poll: Poll,
    ledger: Ledger,
    forbidden: str,
    dialects: tuple[str, ...],
    opened: list[str],
    outcome: str,
) -> None:
    stream.robots = (200, f"User-agent: *\nDisallow: {forbidden}\n".encode())
    stream.dialects = dialects
    source = stream_source(stream, site, limits=PATIENT)
    begin(stream, source, ledger)
    stream.post(ANA, "3ka", "tekne")
    summary = poll(source)
    assert summary.outcome == outcome, summary
    assert stream.opened == opened
    assert len(posts(ledger)) == (outcome == "ok"), "the other method is read in the place of the forbidden one"


def test_a_private_address_is_not_connected_to(stream: Jetstream, site: Site, poll: Poll) -> None:
    source = stream_source(stream, site, url=f"wss{stream.url.removeprefix('ws')}", allow_private=False)
    assert poll(source).outcome == "private_address"
    assert stream.agents == []
    for host in ("127.0.0.1", "localhost", "::1", "10.0.0.1", "169.254.169.254"):
        with pytest.raises(PrivateAddress):
            asyncio.run(resolve(host, 443, is_own=False))
    assert asyncio.run(resolve("127.0.0.1", 443, is_own=True)) == "127.0.0.1"


def test_a_certificate_is_verified(site: Site, people: People, poll: Poll, tmp_path: Path) -> None:
    made = make_certificate(tmp_path)
    with running(made.context()) as stream:
        assert poll(stream_source(stream, site)).outcome in ("failed", "robots_denied")
        assert stream.agents == []
        assert poll(stream_source(stream, site, ca_file=made.file)).outcome == "ok"
