"""The demo world as a web site over real HTTP, on the loopback address.

1. Everything is rendered once, when the port is known; requests only look up, so that threads share nothing
   that changes.
2. Every answer has ETag and Last-Modified; a matching condition is answered 304 (If-None-Match goes before
   If-Modified-Since, RFC 9110 section 13.2.2).
3. Page 1 of a feed answers with and without its number; a page beyond the last is 404, as in WordPress.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

from demo.entries import Truth, World, build_world
from demo.feeds import Rendered, feed_pages, make_feed
from demo.pages import make_entry_page, make_home, make_list_of_sites

__all__ = ["Truth", "World", "build_world", "serve", "truth_by_native_id"]

HOST = "127.0.0.1"
ROBOTS = b"# Synthetic demonstration site; everything may be read.\nUser-agent: *\nAllow: /\n"
IDLE_SECONDS = 30  # a kept-alive connection that stays silent is closed


class Answer(NamedTuple):
    """What a path answers."""

    content_type: str
    body: bytes
    etag: str
    modified: datetime


def make_answer(rendered: Rendered, modified: datetime) -> Answer:
    """An answer with its validators; HTTP dates carry no fractions of a second."""
    etag = f'"{sha256(rendered.body).hexdigest()[:32]}"'
    return Answer(rendered.content_type, rendered.body, etag, modified.replace(microsecond=0))


def make_answers(world: World, base: str) -> dict[str, Answer]:
    """All answers of the site by path with query."""
    answers = {
        "/robots.txt": make_answer(Rendered("text/plain; charset=utf-8", ROBOTS), world.entries[-1].published),
        "/": make_answer(make_list_of_sites(world, base), world.entries[0].published),
    }
    for site in world.sites:
        entries = world.of_site(site)
        answers[f"/{site.id}/"] = make_answer(make_home(world, site, base), entries[0].published)
        for page in feed_pages(world, site):
            answers[page.path] = make_answer(make_feed(site, page, base), page.entries[0].published)
        for number in ("?paged=1", "?page=1"):
            answers[site.feed_path + number] = answers[site.feed_path]
        for entry in entries:
            answers[entry.path] = make_answer(make_entry_page(world, site, entry, base), entry.published)
    return answers


def is_unchanged(answer: Answer, if_none_match: str | None, if_modified_since: str | None) -> bool:
    """Whether the reader's copy is still good."""
    if if_none_match is not None:
        known = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
        return "*" in known or answer.etag in known
    if if_modified_since is None:
        return False
    try:
        since = parsedate_to_datetime(if_modified_since)
    except ValueError:
        return False  # RFC 9110: a date that cannot be read is ignored
    return since.tzinfo is not None and answer.modified <= since


class DemoServer(ThreadingHTTPServer):
    """Answers from a table."""

    def __init__(self, port: int) -> None:
        super().__init__((HOST, port), DemoHandler)
        self.answers: Mapping[str, Answer] = {}

    @property
    def base(self) -> str:
        """The address that paths are appended to."""
        return f"http://{HOST}:{self.server_port}"


class DemoHandler(BaseHTTPRequestHandler):
    """GET and HEAD; all else is 501."""

    server: DemoServer
    protocol_version = "HTTP/1.1"
    server_version = "DaymarkDemo"
    timeout = IDLE_SECONDS

    def do_GET(self) -> None:
        """Answers with the body."""
        self.answer(with_body=True)

    def do_HEAD(self) -> None:
        """Answers with the head alone."""
        self.answer(with_body=False)

    def answer(self, *, with_body: bool) -> None:
        """200, 304 or 404."""
        found = self.server.answers.get(self.path)
        if found is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        unchanged = is_unchanged(found, self.headers["If-None-Match"], self.headers["If-Modified-Since"])
        self.send_response(HTTPStatus.NOT_MODIFIED if unchanged else HTTPStatus.OK)
        self.send_header("ETag", found.etag)
        self.send_header("Last-Modified", format_datetime(found.modified.astimezone(UTC), usegmt=True))
        if not unchanged:
            self.send_header("Content-Type", found.content_type)
            self.send_header("Content-Length", str(len(found.body)))
        self.end_headers()
        if with_body and not unchanged:
            self.wfile.write(found.body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the demo's own output is what a reader wants to see."""


@contextmanager
def serve(world: World, port: int = 0) -> Iterator[str]:
    """Serves the world while the block runs; gives the base URL. Port 0 takes a free one."""
    with DemoServer(port) as server:
        server.answers = make_answers(world, server.base)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server.base
        finally:
            server.shutdown()
            thread.join()


def truth_by_native_id(world: World, base_url: str) -> dict[str, Truth]:
    """The truth of every entry by its canonical URL, which is the native id of a web post."""
    return {base_url.rstrip("/") + entry.path: entry.truth for entry in world.entries}
