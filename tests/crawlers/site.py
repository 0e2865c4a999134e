"""A small web server for what tests/peers/hostile.py does not do: conditional answers, moves, and answers in sequence.

The hand-made servers of platforms stand behind it, too: ``whole`` answers in the place of single paths.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from typing import Any

Reply = tuple[int, dict[str, str], bytes]
Answer = Callable[[Mapping[str, str]], Reply]


@dataclass(frozen=True)
class Asked:
    """One request; ``path`` with its query."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass
class Site:
    """A running server; ``answers`` may be changed at any time. Paths are looked up with their query first.

    ``whole``: asked before; None leaves the request to ``answers``.
    """

    base_url: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    whole: Callable[[Asked], Reply | None] = lambda _: None
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def serve(self, path: str, body: str | bytes, status: int = 200, **headers: str) -> str:
        """Always the same answer. Header names are written with _ for -."""
        content = body.encode() if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = lambda _: (status, named, content)
        return self.base_url + path

    def serve_versioned(self, path: str, body: str, etag: str) -> str:
        """304 to whoever knows the version already."""
        headers = {"ETag": etag, "Content-Type": "application/rss+xml"}
        self.answers[path] = lambda asked: (
            (304, headers, b"") if asked.get("If-None-Match") == etag else (200, headers, body.encode())
        )
        return self.base_url + path

    def paths(self) -> list[str]:
        """What was asked for, in order, without robots.txt."""
        return [path for path, _ in self.asked if path != "/robots.txt"]


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        site = self.server.site
        given = dict(self.headers.items())
        site.asked.append((self.path, given))
        body = self.rfile.read(int(given.get("Content-Length") or 0))
        status, headers, body = site.whole(Asked(self.command, self.path, given, body)) or self._usual()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def _usual(self) -> Reply:
        answers = self.server.site.answers
        answer = answers.get(self.path) or answers.get(self.path.partition("?")[0])
        return answer(self.headers) if answer else (404, {}, b"")  # type: ignore[arg-type]

    def log_message(self, format: str, *args: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, site: Site) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.site = site


@contextmanager
def serve(tls: SSLContext | None = None) -> Iterator[Site]:
    """A running server, over TLS where a context is given."""
    site = Site()
    server = _Server(site)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    site.base_url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def rss(*items: str, head: str = "") -> str:
    """An RSS 2.0 feed."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:atom="http://www.w3.org/2005/Atom" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/" '
        'xmlns:slash="http://purl.org/rss/1.0/modules/slash/"><channel><title>News</title>'
        f"<link>https://news.example/</link><language>en-GB</language>{head}{''.join(items)}</channel></rss>"
    )


def item(
    number: int,
    *,
    text: str | None = "<p>The whole text.</p>",
    summary: str = "A summary.",
    base: str = "https://news.example",
    date: str = "",
    more: str = "",
) -> str:
    """One item; with ``text`` None it has a summary only."""
    day = date or f"Sun, {number % 28 + 1:02d} Mar 2026 12:00:00 GMT"
    content = "" if text is None else f"<content:encoded><![CDATA[{text}]]></content:encoded>"
    return (
        f"<item><title>Item {number}</title><link>{base}/{number}</link><guid isPermaLink='false'>g{number}</guid>"
        f"<pubDate>{day}</pubDate><description>{summary}</description>{content}{more}</item>"
    )


ARTICLE = """<!doctype html><html lang="en"><head><title>{title}</title>{head}
<meta property="article:published_time" content="2026-03-05T10:00:00+01:00"><meta name="author" content="Ana Writer">
</head><body><nav>Menu that nobody wants to read</nav><article><h1>{title}</h1>
<p>The boat left at night with forty people on board, and the coast guard found it in the morning off the island.</p>
<p>{text} Witnesses said that the crossing had cost each of them several thousand euros, paid to a man in the port.</p>
<p>The ministry said on Thursday that the search for the missing would go on until the weather changed again.</p>
<img src="a.jpg" alt="Rescuers carry a child ashore"></article><footer>Imprint</footer></body></html>"""


def article(title: str = "A crossing", text: str = "It was cold.", head: str = "") -> str:
    """An article page with enough text to be found."""
    return ARTICLE.format(title=title, text=text, head=head)
