"""A site of small article pages behind paged Atom feeds, for benchmarks: a process of its own on a loopback port.

/feed/N?page=P  ENTRIES entries with a summary and a link, and the link to the next page
/a/N            an article of some 120 words
"""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from urllib.parse import parse_qs, urlsplit

ENTRIES = 100
WORDS = (
    "The council met on Tuesday to speak about the reception centre at the harbour, where people who came by sea are "
    "given beds and papers. Volunteers said that the queue had been longer in spring, and that most families moved on "
    "to relatives within a week. A teacher described the school hours that she keeps for them in the town library. "
)
STYLE = "<nav><a href='/'>Home</a><a href='/about'>About</a></nav>"


def article(number: int) -> str:
    """One page; no two have the same words."""
    body = "".join(f"<p>Part {part} of report {number}. {WORDS}</p>" for part in range(2))
    return (
        f"<!doctype html><html lang='en'><head><title>Report {number}</title></head>"
        f"<body>{STYLE}<article><h1>Report {number}</h1>{body}</article><footer>A town paper</footer></body></html>"
    )


def feed(base: str, site: int, page: int, pages: int) -> str:
    """One page of a feed; the newest entries stand on page 1."""
    first = (site * pages + page - 1) * ENTRIES
    newest = datetime.now(UTC).replace(microsecond=0)
    entries = "".join(
        f"<entry><id>{base}/a/{n}</id><title>Report {n}</title><link href='{base}/a/{n}'/><summary>Report {n}</summary>"
        f"<updated>{(newest - timedelta(minutes=n - site * pages * ENTRIES)).isoformat()}</updated></entry>"
        for n in range(first, first + ENTRIES)
    )
    following = f"<link rel='next' href='{base}/feed/{site}?page={page + 1}'/>" if page < pages else ""
    return f"<feed xmlns='http://www.w3.org/2005/Atom'><title>Town paper {site}</title>{following}{entries}</feed>"


def _serve(pages: int, told: Connection) -> None:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # An answer in two packets would wait for the other side's delayed acknowledgement.
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            base = f"http://{self.headers['Host']}"
            kind, _, number = parts.path.strip("/").partition("/")
            if kind == "a":
                self._answer(article(int(number)), "text/html; charset=utf-8")
            elif kind == "feed":
                page = int(parse_qs(parts.query).get("page", ["1"])[0])
                self._answer(feed(base, int(number), page, pages), "application/atom+xml")
            else:
                self._answer("", "text/plain", 404)

        def _answer(self, text: str, media_type: str, status: int = 200) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    told.send(server.server_address[1])
    server.serve_forever()


@contextlib.contextmanager
def local_site(pages: int) -> Iterator[str]:
    """The address of a running site whose feeds have ``pages`` pages each; gone at the end."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(pages, theirs), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.kill()
        process.join()
