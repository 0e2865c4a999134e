"""A spider run in this process against answers given as a dict: for what a server on loopback cannot be told to do
(robots.txt refusals, permanent redirects between hosts, a clock), and for runs by the hundred.

`read` runs one poll and returns what it yielded and where it ended; `Run.task_cursor` goes into the next.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from scrapy import Request
from scrapy.http import Response, TextResponse

from config import Source
from crawlers.fetching import request_of
from crawlers.items import Found, Rejection, Removal
from crawlers.landing import LandingPipeline, MemoryStore, Store
from crawlers.politeness.gate import Gate
from crawlers.spiders import spider_for
from crawlers.spiders.base import PollSpider
from crawlers.tally import Tally
from crawlers.task import RecheckOf, StoredValidators, Task
from crawlers.walls import stop_at_wall
from ledger import Rechecked
from records import Landing, Post
from tests.peers import hostile

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Answer:
    """One answer; ``moved_from`` is the address that led here by a permanent redirect."""

    body: str | bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    moved_from: str | None = None
    url: str | None = None


WALL = Answer(hostile.WALL, headers={"Content-Type": "text/html"})
"""A bot wall's page; nothing that is read behind it may take it for an answer."""

Say = Answer | Exception
Answers = Mapping[str, Say] | Mapping[str, Say | Callable[[str], Say]]
"""By address; an answer to an address without its query is given to every query."""


@dataclass(frozen=True)
class Run:
    """One poll."""

    spider: PollSpider
    items: list[Found]
    tally: Tally
    asked: list[str]
    headers: dict[str, dict[str, str]]
    """What was sent along when an address was asked for last."""

    @property
    def posts(self) -> list[Post]:
        return [item.post for item in self.items if isinstance(item, Landing)]

    @property
    def removed(self) -> list[str]:
        return [item.post_id for item in self.items if isinstance(item, Removal)]

    @property
    def rechecked(self) -> dict[str, str]:
        return {item.post_id: item.outcome.value for item in self.items if isinstance(item, Rechecked)}

    @property
    def rejected(self) -> list[str]:
        return [item.reason for item in self.items if isinstance(item, Rejection)]

    @property
    def outcome(self) -> str:
        return self.spider.outcome.value

    @property
    def window(self) -> tuple[datetime | None, datetime | None]:
        return self.spider.window_from, self.spider.window_to

    @property
    def read_until(self) -> datetime:
        """What the ledger would tell the next poll; see ledger.read_until."""
        return self.spider.window_to or self.spider.task.read_until or self.spider.task.started

    @property
    def missed(self) -> list[tuple[datetime, datetime, str]]:
        return [(gap.start, gap.end, gap.why.value) for gap in self.spider.missed]

    def adds_up(self) -> bool:
        """Whether every item that was seen has become something; what is rejected stands in not_landed too."""
        became = len(self.posts) + self.tally.counts["unchanged"]
        return self.tally.counts["seen"] == became + sum(self.tally.not_landed.values())


def read(
    source: Source,
    answers: Answers,
    *,
    before: Run | None = None,
    cursor: dict[str, Any] | None = None,
    validators: dict[str, StoredValidators] | None = None,
    started: datetime = NOW,
    store: Store | None = None,
    rechecks: tuple[RecheckOf, ...] = (),
) -> Run:
    """One poll of a source; ``before`` gives cursor and validators of an earlier one."""
    task = Task(
        source=source,
        mode="poll",
        url=source.url,
        user_agent="test",
        version="0",
        started=started,
        cursor=before.spider.cursor if before else cursor or {},
        read_until=before.read_until if before else None,
        validators=before.spider.validators if before else validators or {},
        rechecks=rechecks,
    )
    tally = Tally()
    used = store or MemoryStore()
    spider: PollSpider = spider_for(source.kind)(task=task, tally=tally, store=used)
    asked: list[str] = []
    sent: dict[str, dict[str, str]] = {}

    async def fetch(url: str, headers: dict[str, str] | None = None) -> Response:
        request_of(url)
        asked.append(url)
        sent[url] = dict(headers or {})
        answer = answers.get(url) or answers.get(url.partition("?")[0]) or Answer(status=404)
        answer = answer if isinstance(answer, (Answer, Exception)) else answer(url)
        if isinstance(answer, Exception):
            raise answer
        spider.answered = True
        meta = {"redirect_urls": [answer.moved_from], "redirect_reasons": [301]} if answer.moved_from else {}
        request = Request(answer.url or url, meta=meta)
        body = answer.body.encode() if isinstance(answer.body, str) else answer.body
        response = TextResponse(request.url, status=answer.status, headers=answer.headers, body=body, request=request)
        stop_at_wall(response)
        return response

    spider.fetch = fetch  # type: ignore[method-assign]
    gate = SimpleNamespace(sent=1, received=1, last_answers={})
    spider.crawler = SimpleNamespace(get_downloader_middleware=lambda kind: gate if kind is Gate else None)  # type: ignore[assignment]

    async def run() -> list[Found]:
        pipeline = LandingPipeline(used, tally)
        items = []
        async for item in spider.start():
            items.append(item)
            await pipeline.process_item(item)
        pipeline.close_spider()
        return items

    return Run(spider, asyncio.run(run()), tally, asked, sent)
