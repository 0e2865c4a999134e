# ruff: noqa: E501  the list of parsers is a table
"""What the interfaces of platforms answer."""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any

from pydantic import ValidationError

from crawlers.errors import EndRun
from crawlers.platforms.bluesky.views import read_answer
from crawlers.platforms.gdelt.answer import GdeltRefusal, parse_answer
from crawlers.platforms.jetstream.events import Event, What, read_frame
from crawlers.platforms.lemmy.posts import read_languages
from crawlers.platforms.wordpress.items import make_post as make_wordpress_post
from crawlers.platforms.wordpress.items import read_item as read_wordpress_item
from crawlers.platforms.wordpress.items import why_skipped
from crawlers.tally import Tally
from tests.crawlers.conftest import make_source
from tests.crawlers.jetstream_server import Jetstream
from tests.crawlers.wordpress_site import make_comment, make_item
from tests.fuzz.mutations import json_documents, values
from tests.fuzz.parsers import NOW, URL, Parser

GDELT = {
    "articles": [{"url": "https://news.example/1", "title": "A", "seendate": "20261122T100000Z", "language": "English"}]
}
INSTANT = {
    "languages": [{"id": 0, "code": "und"}, {"id": 37, "code": "en"}],
    "all_languages": [{"id": 37, "code": "en"}],
}


def run_bluesky_answer(body: bytes) -> None:
    for name in ("feed", "posts"):
        found = read_answer(body, name)
        assert found is None or isinstance(found[0], list)


def run_wordpress(value: Any) -> None:
    for comment in (False, True):
        found = read_wordpress_item(value, comment=comment)
        if found is not None and why_skipped(found) is None:
            make_wordpress_post(found, "https://news.example/1", make_source(URL), NOW, Tally())


def frames() -> list[Any]:
    """Events of both dialects."""
    stream, did = Jetstream(), "did:plc:anaexample234567"
    told = [
        stream.post(did, "3kabc", "Words", NOW),
        stream.delete(did, "3kabc", NOW),
        stream.account(did, active=False),
    ]
    return [json.loads(frame) for happening in told for frame in (happening.new(), happening.old())]


def run_frame(frame: bytes) -> None:
    event = read_frame(frame, NOW)
    if isinstance(event, Event):
        assert event.moment.tzinfo is UTC
        assert event.what is not What.CREATE or event.record is not None


ANSWERS: tuple[Parser, ...] = (
    Parser("gdelt", "bytes", json_documents([GDELT]), parse_answer, (GdeltRefusal,), ("crawlers.platforms.gdelt.answer.parse_answer",)),
    Parser("bluesky-answer", "bytes", json_documents([{"feed": [{"post": {}}], "cursor": "x"}, {"posts": []}]), run_bluesky_answer, (),
           ("crawlers.platforms.bluesky.views.read_answer",)),
    Parser("jetstream", "bytes", json_documents(frames()), run_frame, (), ("crawlers.platforms.jetstream.events.read_frame",)),
    Parser("lemmy-languages", "value", values([INSTANT]), read_languages, (), ("crawlers.platforms.lemmy.posts.read_languages",)),
    Parser("wordpress", "value", values([make_item(1, NOW), make_comment(2, NOW)]), run_wordpress, (ValidationError, EndRun),
           ("crawlers.platforms.wordpress.items.read_item",)),
)  # fmt: skip
