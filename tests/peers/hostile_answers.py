"""How a hostile server answers one request; the paths are those of hostile.py."""

import socket
import threading
import time
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

from tests.peers.hostile_site import Reply, Robots, Seen, Server

DRIP_S = 0.2
DRIP_BYTES = 300
PIECE = bytes(64 * 1024)
LARGE_BYTES = 20_000_000
BOMB_BYTES = 256 * 1024 * 1024
HANDED_ON = 101
GARBAGE = b'\x00\xff\xfe<![CDATA[{"' + bytes(range(256)) + "\u202e\ufeff[{]}".encode() + b"<html" * 50
WALL = (
    b'<!doctype html><html><head><title>Just a moment...</title><meta name="robots" content="noindex,nofollow"></head>'
    b"<body>Checking your browser</body></html>"
)
"""A bot wall's page, which comes with HTTP 200 from many."""


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
    server: Server

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
            "/wall": lambda: self._answer(200, WALL, {"Content-Type": "text/html"}),
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
