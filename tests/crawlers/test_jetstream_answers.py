"""Answers that are no websocket, have no end, or are larger than allowed: the run ends, with a name."""

from __future__ import annotations

import base64
import hashlib
import socketserver
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

import pytest

from ledger import Ledger
from tests.crawlers.conftest import Poll, posts
from tests.crawlers.jetstream_people import ANA, People
from tests.crawlers.jetstream_server import Jetstream
from tests.crawlers.jetstream_sources import PATIENT, begin, stream_source
from tests.crawlers.site import Site

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
