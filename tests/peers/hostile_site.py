"""A hostile server's state: what it is told to be, what it was asked, and the server that its handlers share."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from typing import Any

from tests.peers.hostile_feeds import feeds

FOR_EVER = 1_000_000


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


class Server(ThreadingHTTPServer):
    """The server, with the state that its handlers share."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, site: Hostile, handler: type[BaseHTTPRequestHandler], tls: SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), handler)
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
