"""A web server on the loopback interface that misbehaves as crawlers have to bear; it records all requests.

/robots.txt            as `robots` says: a text, 404, 503, no answer at all, or as another path (`robots_as`)
/feeds/NAME            a feed with a fault, by its name in `hostile_feeds`
/slow                  one byte every 0.2 s, for a minute
/hang                  no answer until the client leaves
/redirect/endless      to itself under another name, for ever
/redirect/other-host   to http://127.0.0.2/, an address nobody allowed
/redirect/file         to file:///etc/passwd
/redirect/given        to `redirect_to`
/cookies               sets a cookie and sends the client back to the same address, until it brings the cookie
/bomb                  256 MiB of zeros in 250 kB of gzip
/length/short          a body that ends before the length that was announced
/length/long           a body that goes on after it
/limited/seconds       429 with Retry-After in seconds (`retry_after_s`), `limited` times
/limited/date          the same as an HTTP date
/large                 20 MB with its length, /large/unannounced without
/garbage               bytes of no format, under the content type that was hoped for
/wall                  the page of a bot wall
/broken                the first half of what `behind` answers
anything else          what `serve` was told, else what `behind` answers, else 404

A reply of `behind` with the status 101 is no reply: its body names the port of a server on loopback to which the connection is
handed on, both ways, until one side is done.

`everywhere` names one of these paths: then every address but robots.txt answers like it, once `calm` requests have been
answered as they should be.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ssl import SSLContext

import pytest

from tests.peers.hostile_answers import BOMB_BYTES, GARBAGE, LARGE_BYTES, WALL, Handler, bomb
from tests.peers.hostile_site import FOR_EVER, Hostile, Reply, Robots, Seen, Server

__all__ = [
    "BOMB_BYTES",
    "FOR_EVER",
    "GARBAGE",
    "LARGE_BYTES",
    "WALL",
    "Hostile",
    "Reply",
    "Robots",
    "Seen",
    "bomb",
    "hostile",
    "hostile_server",
]


@contextmanager
def hostile(tls: SSLContext | None = None) -> Iterator[Hostile]:
    """A running server of our own, over TLS where a context is given."""
    site = Hostile()
    server = Server(site, Handler, tls)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def hostile_server() -> Iterator[Hostile]:
    """A server of the test's own (it starts within milliseconds)."""
    with hostile() as site:
        yield site
