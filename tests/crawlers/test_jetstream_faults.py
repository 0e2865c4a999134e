"""What a stream does when things go wrong: servers that refuse, lie or fall away, processes that die. Over real websockets."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import socketserver
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path
from time import monotonic

import pytest

from config import Project, Settings
from crawlers.errors import PrivateAddress
from crawlers.platforms.jetstream import connection
from crawlers.platforms.jetstream.connection import resolve
from crawlers.platforms.jetstream.progress import Progress
from ledger import Ledger, read_source
from tests.crawlers.conftest import Poll, posts, rows
from tests.crawlers.jetstream_people import ANA, People, at
from tests.crawlers.jetstream_server import NEW, OLD, Jetstream, running
from tests.crawlers.jetstream_sources import PATIENT, begin, following, stream_source, wait_for
from tests.crawlers.killing import kill_the_crawl
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


KEY = b"Sec-WebSocket-Key: "
UPGRADE = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n"
)


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"\x00\xff garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 101 x\r\n" + b"X: y\r\n" * 5000,
        UPGRADE % b"bm90IG91cnM=",
        UPGRADE + b"\x8f\xff\xff",
    ],
)
def test_what_is_no_websocket_is_a_failure_with_a_name(site: Site, poll: Poll, reply: bytes) -> None:
    with answering(lambda: [reply]) as url:
        summary = poll(stream_source(Jetstream(url=url), site, limits=PATIENT))
    assert summary.outcome == "failed", summary
    assert "fault in the spider" not in summary.message


@pytest.mark.parametrize(
    ("head", "more"),
    [(b"HTTP/1.1 101 x\r\n", b"X: y\r\n"), (b"", b"x"), (b"HTTP/1.1 503 x\r\n\r\n", b".")],
    ids=["headers without end", "a line without end", "a body without end"],
)
@pytest.mark.parametrize("pause", [0.0, 0.2], ids=["at once", "drop by drop"])
def test_an_answer_without_end_does_not_outlast_the_run(
    site: Site, poll: Poll, head: bytes, more: bytes, pause: float
) -> None:
    def reply() -> Iterator[bytes]:
        yield head
        while True:
            time.sleep(pause)
            yield more

    with answering(reply) as url:
        summary = poll(stream_source(Jetstream(url=url), site))
    assert summary.outcome in ("failed", "timeout"), summary
    assert "fault in the spider" not in summary.message


@contextmanager
def answering(reply: Callable[[], Iterable[bytes]]) -> Iterator[str]:
    """A server without robots.txt that says to whoever comes to the stream what ``reply`` brings, until they leave."""
    stopped = threading.Event()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            asked = b"".join(iter(self.rfile.readline, b"\r\n"))
            if b"robots.txt" in asked:
                self.wfile.write(b"HTTP/1.1 404 x\r\nContent-Length: 0\r\n\r\n")
                return
            key = next((line[19:].strip() for line in asked.splitlines() if line.startswith(KEY)), b"")
            accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
            with suppress(OSError):
                for part in reply():
                    if stopped.is_set():
                        return
                    self.wfile.write(part.replace(b"%s", accept))

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads, server.block_on_close = True, False
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield f"ws://127.0.0.1:{server.server_address[1]}"
        finally:
            stopped.set()
            server.shutdown()


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


def test_a_connection_that_drops_loses_nothing(
    stream: Jetstream, site: Site, people: People, poll: Poll, ledger: Ledger
) -> None:
    source = stream_source(stream, site)
    begin(stream, source, ledger)
    for number in range(30):
        stream.post(ANA, f"3k{number}", "tekne")
    stream.drop_after = 12
    runs = [poll(source) for _ in range(3)]
    assert [run.counts.get("new") for run in runs] == [12, 11, 7], "each begins with the event at the cursor"
    assert len(posts(ledger)) == 30
    assert [run.outcome for run in runs] == ["failed", "failed", "ok"], "who drops everyone at once is asked less often"


def test_a_ping_counts_once_answered_and_what_came_before_is_taken(
    stream: Jetstream, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "BEAT", 0.0)
    source = stream_source(stream, site, accounts=[ANA])
    for number in range(40):
        stream.post(ANA, f"3k{number}", "tekne")
    progress = Progress.load({"server": "a", "seq": 1, "time": datetime.now(UTC).isoformat()}, "a", is_whole=False)

    async def allow(_: str) -> None:
        """No robots.txt."""

    async def follow() -> None:
        link = await connection.open_stream(source, stream.url, "Daymark", progress, allow)
        for _ in range(4):
            assert len(await link.gather(5, 0.5)) == 5
            await asyncio.sleep(0.1)
        assert (link.heard, link.quiet) == (None, -inf), "answered by now, but there is more to take"
        taken = sum([len(await link.gather(500, 0.5)) for _ in range(2)])
        assert (taken, link.heard is None) == (20, False)
        for _ in range(3):
            await link.gather(5, 0.2)
        assert link.quiet > 0
        stream.is_stalled = True
        await asyncio.sleep(0.1)
        stalled = monotonic()
        for _ in range(5):
            assert (await link.gather(5, 0.2), link.lost) == ([], "")
        assert link.heard is not None
        assert link.heard <= stalled, "the link stands by its looks, and proves nothing"
        link.socket.transport.abort()

    asyncio.run(follow())


def test_a_frame_beyond_the_limit_is_not_read(
    stream: Jetstream, site: Site, people: People, poll: Poll, ledger: Ledger
) -> None:
    source = stream_source(stream, site, limits={"body_bytes": 20_000})
    begin(stream, source, ledger)
    stream.post(ANA, "3ka", "tekne")
    stream.events.append("x" * 1_000_000)
    summary = poll(source)
    assert (summary.outcome, len(posts(ledger))) == ("failed", 1)
    assert "a frame is larger than" in summary.message


def test_a_worker_that_is_killed_loses_nothing_and_lands_nothing_twice(
    stream: Jetstream, site: Site, people: People, poll: Poll, ledger: Ledger
) -> None:
    source = stream_source(stream, site, limits={"seconds": 4})
    # Long enough ago that the run is not done before all of it came.
    begin(stream, source, ledger, seconds=80)
    then = datetime.now(UTC) - timedelta(seconds=60)
    for number in range(1, 1201):
        stream.post(ANA, f"3k{number}", "tekne", moment=then + timedelta(milliseconds=10 * (number - 1)))
    end = then + timedelta(seconds=15)
    stream.delete(ANA, "3k7", moment=end)

    def die(place: int) -> None:
        if place == 1150:
            stream.gate = None
            wait_for(lambda: len(posts(ledger)) >= 1000)
            kill_the_crawl()

    stream.gate = die
    killed = poll(source)
    assert killed.outcome == "killed", killed
    landed = len(posts(ledger))
    cursor = read_source(ledger, source.id).cursor
    assert 500 <= int(cursor["seq"]) <= landed, "never beyond what has landed"
    assert rows(ledger, "poll")[-1]["counts"]["new"] <= landed, "what a killed run told before stays written down"
    last = poll(source)
    assert (last.outcome, last.counts["deletions"]) == ("ok", 1), last
    assert (last.window_from, last.window_to) == (then, end), "what the killed run had read is covered, too"
    stored = posts(ledger)
    assert len(stored) == 1200
    assert [uri for uri, row in stored.items() if row["removed_at"]] == [at(ANA, "3k7")]
    assert all(row["revision"] == 1 for row in stored.values())


def test_a_stream_is_followed_and_comes_back_by_itself_after_a_kill(
    stream: Jetstream, site: Site, people: People, ledger: Ledger, project: Project, settings: Settings
) -> None:
    source = stream_source(stream, site, limits={"seconds": 600})
    with following(source, ledger, project, settings):
        wait_for(lambda: stream.connections == 1)
        stream.post(ANA, "3ka", "tekne bir")
        wait_for(lambda: at(ANA, "3ka") in posts(ledger))
        assert stream.connections == 1, "the second service finds the lease taken"
        kill_the_crawl()
        stream.post(ANA, "3kb", "tekne iki")
        wait_for(lambda: at(ANA, "3kb") in posts(ledger))
        assert stream.connections == 2
        assert "cursor" in stream.asked[-1][1]
    assert [row["outcome"] for row in rows(ledger, "poll")] == ["killed", "interrupted"]
