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
/broken                the first half of what `behind` answers
anything else          what `serve` was told, else what `behind` answers, else 404

A reply of `behind` with the status 101 is no reply: its body names the port of a server on loopback to which the connection is
handed on, both ways, until one side is done.

`everywhere` names one of these paths: then every address but robots.txt answers like it, once `calm` requests have been
answered as they should be.
"""

import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from enum import Enum
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.peers.hostile_feeds import feeds

DRIP_S = 0.2
DRIP_BYTES = 300
PIECE = bytes(64 * 1024)
LARGE_BYTES = 20_000_000
BOMB_BYTES = 256 * 1024 * 1024
FOR_EVER = 1_000_000
HANDED_ON = 101
GARBAGE = b'\x00\xff\xfe<![CDATA[{"' + bytes(range(256)) + "\u202e\ufeff[{]}".encode() + b"<html" * 50


class Robots(Enum):
    """How /robots.txt answers."""

    TEXT = 200
    MISSING = 404
    UNAVAILABLE = 503
    HANG = 0


@dataclass(frozen=True)
class Seen:
    """A request: its path with the query, when it came (seconds of the monotonic clock), its headers and body."""

    method: str
    path: str
    at: float
    headers: Mapping[str, str]
    body: bytes = b""


Reply = tuple[int, Mapping[str, str], bytes]
"""Status, headers and body."""


@dataclass(frozen=True)
class Page:
    """What `serve` was told to answer."""

    status: int
    body: bytes
    headers: Mapping[str, str]


@dataclass
class Hostile:
    """A running server; its attributes may be changed at any time."""

    base_url: str = ""
    robots: Robots = Robots.TEXT
    robots_text: str = "User-agent: *\nAllow: /\n"
    robots_as: str = ""
    limited: int = FOR_EVER
    retry_after_s: int = 2
    redirect_to: str = ""
    everywhere: str = ""
    calm: int = 0
    behind: Callable[[Seen], Reply | None] = lambda _: None
    requests: list[Seen] = field(default_factory=list)
    pages: dict[str, Page] = field(default_factory=dict)
    closing: threading.Event = field(default_factory=threading.Event)

    def serve(
        self,
        path: str,
        body: str | bytes,
        content_type: str = "text/html; charset=utf-8",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """Answer `path` with a page of the test's own; gives its URL."""
        content = body.encode() if isinstance(body, str) else body
        self.pages[path] = Page(status, content, {"Content-Type": content_type, **(headers or {})})
        return self.base_url + path

    def paths(self) -> list[str]:
        """The paths that were asked for, in order."""
        return [seen.path for seen in self.requests]

    def take_limit(self) -> bool:
        """Whether this request is one of those that are still turned away."""
        self.limited -= 1
        return self.limited >= 0


@lru_cache(maxsize=1)
def bomb() -> bytes:
    """256 MiB of zeros as one gzip member."""
    packer = zlib.compressobj(level=9, wbits=31)
    piece = bytes(1024 * 1024)
    packed = b"".join(packer.compress(piece) for _ in range(BOMB_BYTES // len(piece)))
    return packed + packer.flush()


class Handler(BaseHTTPRequestHandler):
    """Answers one connection, with one request each."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    def do_GET(self) -> None:
        """Record the request, then misbehave."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.seen = Seen(self.command, self.path, time.monotonic(), dict(self.headers.items()), body)
        self.server.site.requests.append(self.seen)
        self.close_connection = True
        try:
            self._route(self._place())
        except (BrokenPipeError, ConnectionResetError):
            return  # the client had enough, as it should

    def do_HEAD(self) -> None:
        """As GET, without the body."""
        self.do_GET()

    def do_POST(self) -> None:
        """As GET; the body is recorded."""
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the requests are recorded."""

    def _place(self) -> str:
        """The path that this request is answered as."""
        site, path = self.server.site, urlsplit(self.path).path
        if path == "/robots.txt":
            return site.robots_as or path
        if not site.everywhere:
            return path
        if site.calm > 0:
            site.calm -= 1
            return path
        return site.everywhere

    def _route(self, path: str) -> None:
        plain: dict[str, Callable[[], None]] = {
            "/robots.txt": self._robots,
            "/slow": self._slow,
            "/hang": self._hang,
            "/redirect/other-host": lambda: self._redirect("http://127.0.0.2/"),
            "/redirect/file": lambda: self._redirect("file:///etc/passwd"),
            "/redirect/given": lambda: self._redirect(self.server.site.redirect_to),
            "/cookies": self._cookies,
            "/garbage": lambda: self._answer(200, GARBAGE, {"Content-Type": self._hoped_for()}),
            "/broken": self._broken,
            "/bomb": lambda: self._answer(200, bomb(), {"Content-Type": "text/html", "Content-Encoding": "gzip"}),
            "/length/short": lambda: self._answer(200, b"half", {"Content-Length": "400"}),
            "/length/long": lambda: self._answer(200, b"all of it, and more", {"Content-Length": "9"}),
            "/limited/seconds": lambda: self._limited(str(self.server.site.retry_after_s)),
            "/limited/date": lambda: self._limited(http_date(self.server.site.retry_after_s)),
            "/large": lambda: self._large(announced=True),
            "/large/unannounced": lambda: self._large(announced=False),
        }
        page = self.server.site.pages.get(path)
        if page is not None:
            self._answer(page.status, page.body, page.headers)
        elif path in plain:
            plain[path]()
        elif path.startswith("/redirect/endless"):
            self._redirect(f"/redirect/endless?n={len(self.server.site.requests)}")
        elif path.removeprefix("/feeds/") in self.server.feeds:
            content_type, body = self.server.feeds[path.removeprefix("/feeds/")]
            self._answer(200, body, {"Content-Type": content_type})
        else:
            status, headers, body = self._behind()
            if status == HANDED_ON:
                self._hand_on(int(body))
            else:
                self._answer(status, body, headers)

    def _hand_on(self, port: int) -> None:
        head = [self.requestline, *(f"{name}: {value}" for name, value in self.headers.items()), "", ""]
        with socket.create_connection(("127.0.0.1", port)) as there:
            there.sendall("\r\n".join(head).encode("latin-1"))
            back = threading.Thread(target=pass_on, args=(there, self.connection), daemon=True)
            back.start()
            pass_on(self.connection, there)
            back.join()

    def _behind(self) -> Reply:
        return self.server.site.behind(self.seen) or (404, {"Content-Type": "text/plain"}, b"not here")

    def _hoped_for(self) -> str:
        """The content type of what stands behind."""
        return self._behind()[1].get("Content-Type", "text/html")

    def _broken(self) -> None:
        status, headers, body = self._behind()
        self._answer(status, body[: len(body) // 2], headers)

    def _cookies(self) -> None:
        if self.headers.get("Cookie"):
            self._answer(200, b"welcome", {"Content-Type": "text/html"})
            return
        number = str(len(self.server.site.requests))
        self._answer(302, b"", {"Location": self.path, "Set-Cookie": f"wall={number}; Path=/"})

    def _head(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Connection": "close", **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self._head(status, {"Content-Length": str(len(body)), **headers})
        if self.command != "HEAD":
            self.wfile.write(body)

    def _redirect(self, target: str) -> None:
        self._answer(302, b"", {"Location": target})

    def _robots(self) -> None:
        site = self.server.site
        if site.robots is Robots.HANG:
            self._hang()
            return
        text = site.robots_text if site.robots is Robots.TEXT else site.robots.name
        self._answer(site.robots.value, text.encode(), {"Content-Type": "text/plain"})

    def _hang(self) -> None:
        self.server.site.closing.wait()

    def _slow(self) -> None:
        self._head(200, {"Content-Type": "text/html", "Content-Length": str(DRIP_BYTES)})
        for _ in range(DRIP_BYTES):
            self.wfile.write(b".")
            if self.server.site.closing.wait(DRIP_S):
                return

    def _limited(self, retry_after: str) -> None:
        if self.server.site.take_limit():
            self._answer(429, b"slow down", {"Retry-After": retry_after, "Content-Type": "text/plain"})
        else:
            self._answer(200, b"welcome back", {"Content-Type": "text/plain"})

    def _large(self, *, announced: bool) -> None:
        length = {"Content-Length": str(LARGE_BYTES)} if announced else {}
        self._head(200, {"Content-Type": "text/html", **length})
        left = LARGE_BYTES
        while left:
            left -= self.wfile.write(PIECE[:left])


def pass_on(source: socket.socket, target: socket.socket) -> None:
    """What one side says to the other, until it is done or the other is gone."""
    with suppress(OSError):
        while data := source.recv(64 * 1024):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def http_date(seconds: int) -> str:
    """The time that many seconds from now, as HTTP writes it."""
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


class Server(ThreadingHTTPServer):
    """The server, with the state that its handlers share."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, site: Hostile, tls: SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.site = site
        self.feeds = feeds()
        self.tls = tls
        site.base_url = f"{'https' if tls else 'http'}://127.0.0.1:{self.server_port}"

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Shake hands in the connection's own thread: a client that breaks off must not end the server."""
        if self.tls is not None:
            try:
                request = self.tls.wrap_socket(request, server_side=True)
            except OSError:
                return  # the client refuses the certificate, as it should
        super().finish_request(request, client_address)


@contextmanager
def hostile(tls: SSLContext | None = None) -> Iterator[Hostile]:
    """A running server of our own, over TLS where a context is given."""
    site = Hostile()
    server = Server(site, tls)
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
