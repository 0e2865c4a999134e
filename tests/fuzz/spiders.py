"""Every kind of spider, whole, on answers of its platform with a few things changed: each item lands, is rejected or counted.

The answers are those of the platforms of tests/crawlers/hostility, the run is in this process (tests/crawlers/stand_in.py). An
input is [path, answer]: the answer to every request for that path, as text, or as a value that is sent as JSON.
"""

from __future__ import annotations

import json
import os
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode, urlsplit

from hypothesis import strategies as st
from scrapy import Request
from scrapy.http import Response

from crawlers.platforms.keyed.calls import KeyedCalls
from tests.crawlers.hostility.keyed import Keyed
from tests.crawlers.hostility.platform import Platform
from tests.crawlers.hostility.platforms import PLATFORMS
from tests.crawlers.hostility.world import source_of
from tests.crawlers.keyed.peers import KEY, KEYS, SECRET
from tests.crawlers.keyed.reddit import Reddit
from tests.crawlers.stand_in import Answer, Run, read
from tests.fuzz.mutations import texts, to_json, values
from tests.fuzz.parsers import Parser
from tests.peers.hostile import Seen

BASE = "https://platform.example"
HOURS = timedelta(hours=2)
CAPS = {"pages": 5, "articles": 3, "money": 1.0, "money_month": 5.0}
NAMED = {"ok", "empty", "failed", "blocked", "robots_denied", "rate_limited", "not_modified", "gone"}
READERS = {
    "feeds": ("feeds.document.read_feed",),
    "mastodon": ("mastodon.statuses.read_status", "mastodon.access.read_access"),
    "bluesky": ("bluesky.views.read_item",),
    "discourse": ("discourse.posts.read_cooked", "shared.answers.read_json", "shared.answers.read_item"),
    "lemmy": ("lemmy.posts.read_view",),
    "youtube": ("youtube.comments.read_comment", "keyed.items.read_token"),
    "vk": ("vk.posts.read_wall_post",),
    "x": ("x.posts.read_x_post",),
    "reddit": ("reddit.things.read_thing",),
}
"""What reads the items of a platform, below crawlers.platforms; of one that has no reader of its own, the shared ones."""


@cache
def platform_of(kind: type[Platform]) -> Platform:
    """An honest platform with three posts."""
    made = kind()
    made.base = BASE
    for number in (1, 2, 3):
        made.post(number)
    return made


def seen_of(platform: Platform, url: str) -> Seen:
    """A request as the spider would send it; the stand-in knows the address only."""
    path = url.removeprefix(BASE)
    if not isinstance(platform, Keyed):
        return Seen("GET", path, 0.0, {})
    proof = b64encode(f"{KEY}:{SECRET}".encode()).decode()
    bearer = Reddit.token if platform.kind.value == "reddit" else KEY
    headers = {"x-goog-api-key": KEY, "authorization": f"Bearer {bearer}"}
    form = (
        {"access_token": KEY, "owner_id": "-77", "offset": "0", "count": "100"} if platform.kind.value == "vk" else {}
    )
    if path.startswith("/api/v1/access_token"):
        headers, form = {"authorization": f"Basic {proof}"}, {"grant_type": "client_credentials"}
    return Seen("POST" if form else "GET", path, 0.0, headers, urlencode(form).encode())


def poll(platform: Platform, changed: dict[str, bytes], before: Run | None = None) -> tuple[Run, dict[str, bytes]]:
    """One poll, with other answers in the place of some paths; gives the run and every answer by its path."""
    given: dict[str, bytes] = {}

    def answer(url: str) -> Answer:
        path = urlsplit(url).path
        reply = platform.answer(seen_of(platform, url))
        if reply is None:
            return Answer(status=404)
        given[path] = reply[2]
        return Answer(changed.get(path, reply[2]), reply[0], dict(reply[1]))

    source = source_of(platform, limits=CAPS, overlap=HOURS)
    started = before.spider.task.started + HOURS if before is not None else max(platform.posts.values())
    with _in_process():
        return read(source, _Every(answer), before=before, started=started), given


class _Every(dict[str, Any]):
    """The same to every address."""

    def __init__(self, answer: Callable[[str], Answer]) -> None:
        super().__init__()
        self._answer = answer

    def get(self, key: str, default: Any = None) -> Any:
        return self._answer


@contextmanager
def _in_process() -> Iterator[None]:
    """Calls with a key go the way of all others: the stand-in replaces ``fetch``."""

    async def send(spider: KeyedCalls, request: Request) -> Response:
        return await spider.fetch(request.url)

    async def at_once(_: float) -> None:
        """A run waits a moment for its engine, which there is none of here."""

    with (
        patch.dict(os.environ, KEYS),
        patch.object(KeyedCalls, "send", send),
        patch("crawlers.spiders.base.asyncio.sleep", at_once),
    ):
        yield


def make_inputs(kind: type[Platform]) -> st.SearchStrategy[Any]:
    """Changed answers to each path that an honest poll asks for."""
    run, given = poll(platform_of(kind), {})
    assert len(run.posts) == 3, (kind, run.outcome, run.spider.message, "the honest answers are read")
    found = []
    for path, body in given.items():
        with_path = lambda changed, path=path: [path, changed]  # noqa: E731
        try:
            found.append(values([json.loads(body)]).map(with_path))
        except ValueError:
            found.append(texts([body.decode()]).map(with_path))
    return st.one_of(found)


def make_run(kind: type[Platform]) -> Callable[[Any], None]:
    def meet(pair: Any) -> None:
        path, answer = pair
        body = answer.encode("utf-8", "replace") if isinstance(answer, str) else to_json(answer)
        before = None
        for _ in range(2):
            before, _ = poll(platform_of(kind), {path: body}, before)
            assert before.tally.fault is None, before.tally.fault
            assert before.outcome in NAMED
            assert before.adds_up(), (before.tally.counts, before.tally.not_landed)

    return meet


def make_parser(kind: type[Platform]) -> Parser:
    """The whole way from an answer of a platform to posts."""
    name = kind.kind.value
    covers = tuple(f"crawlers.platforms.{reader}" for reader in READERS.get(name, ()))
    return Parser(f"spider-{name}", "value", st.deferred(lambda: make_inputs(kind)), make_run(kind), covers=covers)


SPIDERS = tuple(make_parser(kind) for kind in PLATFORMS)
