"""Waiting and caps inside one run, where a server on loopback would take minutes to show them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from time import monotonic
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import HtmlResponse, Response, TextResponse
from scrapy.settings import Settings as ScrapySettings

from crawlers.errors import BudgetSpent, RateLimited, Refused, Walled
from crawlers.outcome import Outcome
from crawlers.politeness.gate import CAPS, Gate
from crawlers.politeness.news import server_news
from crawlers.politeness.redirects import CheckedRedirects
from crawlers.politeness.robots import FailClosedRobots
from crawlers.politeness.waiting import CLOSED, DEFAULT_WAIT, Waiting
from crawlers.walls import stop_at_wall
from tests.crawlers.stand_in import WALL

URL = "https://news.example/feed"


class Running:
    """What the middlewares ask of a crawler: settings, the downloader's slots, each other."""

    def __init__(self, **settings: Any) -> None:
        caps = {"requests": 100, "bytes": 10**6, "seconds": 600, "body_bytes": 10**6}
        self.settings = ScrapySettings({CAPS: {**caps, **settings.pop("caps", {})}, CLOSED: {}, **settings})
        self.signals = SimpleNamespace(connect=lambda *_, **__: None)
        self.spider = None
        self.slots: dict[str, Any] = {}
        self.delays: dict[str, Any] = {}
        self.pages: dict[str, Response] = {}
        downloader = SimpleNamespace(
            get_slot_key=lambda request: request.url.split("/")[2], per_slot_settings=self.delays, slots=self.slots
        )
        self.engine = SimpleNamespace(downloader=downloader, download_async=self._download)
        crawler: Any = self
        self.made = [Gate(crawler), Waiting(crawler), FailClosedRobots(crawler)]

    def get_downloader_middleware(self, kind: type) -> Any:
        return next(found for found in self.made if isinstance(found, kind))

    async def _download(self, request: Request) -> Response:
        return self.pages[request.url]

    @property
    def gate(self) -> Any:
        return self.get_downloader_middleware(Gate)

    @property
    def waiting(self) -> Any:
        return self.get_downloader_middleware(Waiting)

    def slot(self, delay: float) -> None:
        """The host of URL was asked just now and leaves so many seconds between requests."""
        self.slots["news.example"] = SimpleNamespace(delay=delay, lastseen=monotonic(), queue=[])


def answer(status: int, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return TextResponse(URL, status=status, headers=named, request=Request(URL))


def seconds_closed(running: Running) -> float:
    until: datetime = running.waiting.closed()["news.example"]
    return (until - datetime.now(UTC)).total_seconds()


def test_a_delay_that_outlasts_the_run_ends_it_before_it_is_waited_for() -> None:
    running = Running(caps={"seconds": 40})
    running.slot(45)
    with pytest.raises(BudgetSpent, match="seconds = 40"):
        running.gate.process_request(Request(URL))
    assert running.gate.sent == 0


def test_an_answer_may_take_what_the_delay_leaves() -> None:
    running = Running(caps={"seconds": 40})
    running.slot(20)
    request = Request(URL)
    running.gate.process_request(request)
    assert 19 < request.meta["download_timeout"] <= 20


def test_those_that_stand_before_it_in_the_queue_are_waited_for_too() -> None:
    running = Running(caps={"seconds": 40})
    running.slot(15)
    running.slots["news.example"].queue = ["robots.txt", "another"]
    with pytest.raises(BudgetSpent):
        running.gate.process_request(Request(URL))


@pytest.mark.parametrize("status", [429, 503])
def test_a_retry_after_of_nothing_is_not_meant(status: int) -> None:
    running = Running()
    again = running.waiting.process_response(Request(URL), answer(status, Retry_After="0"))
    assert isinstance(again, Request)
    assert DEFAULT_WAIT - 1 < seconds_closed(running) <= DEFAULT_WAIT


@pytest.mark.parametrize("status", [403, 429, 502, 503])
@pytest.mark.parametrize("wait", ["", "7200"])
def test_a_wall_is_neither_waited_for_nor_tried_again_and_its_wait_is_kept(status: int, wait: str) -> None:
    running = Running()
    headers = {**WALL.headers, **({"Retry-After": wait} if wait else {})}
    request = Request(URL)
    wall = HtmlResponse(URL, status=status, headers=headers, body=WALL.body, request=request)
    assert running.waiting.process_response(request, wall) is wall
    assert bool(running.waiting.closed()) is bool(wait)
    with pytest.raises(Walled, match="bot wall"):
        stop_at_wall(wall)


@pytest.mark.parametrize(("status", "is_away"), [(500, True), (503, True), (429, True), (200, False)])
def test_a_robots_txt_that_cannot_be_had_is_told_from_one_that_forbids(status: int, is_away: bool) -> None:
    running = Running()
    robots = "https://news.example/robots.txt"
    running.pages[robots] = TextResponse(robots, status=status, body=b"User-agent: *\nDisallow: /\n")
    with pytest.raises(Refused) as refused:
        asyncio.run(running.get_downloader_middleware(FailClosedRobots).process_request(Request(URL)))
    assert (refused.value.outcome, refused.value.is_passing) == (Outcome.ROBOTS_DENIED, is_away)


def test_the_limit_that_the_last_answer_names_goes_to_the_ledger() -> None:
    running = Running()
    running.waiting.process_response(Request(URL), answer(200, X_RateLimit_Remaining="0", X_RateLimit_Reset="7200"))
    assert seconds_closed(running) > 7190
    crawler: Any = running
    news = server_news(crawler)["news.example"]
    assert news.not_before is not None
    assert news.not_before > datetime.now(UTC) + timedelta(seconds=7190)


def test_a_pause_of_our_own_is_no_word_of_the_server() -> None:
    running = Running()
    assert isinstance(running.waiting.process_response(Request(URL), answer(500)), Request)
    assert running.waiting.closed() == {}


def test_a_server_that_another_poll_found_closed_is_not_asked() -> None:
    until = datetime.now(UTC) + timedelta(hours=3)
    running = Running(**{CLOSED: {"www.news.example": until}})
    asyncio.run(running.waiting.process_request(Request(URL)))
    with pytest.raises(RateLimited) as caught:
        asyncio.run(running.waiting.process_request(Request("https://www.news.example/1")))
    assert (caught.value.host, caught.value.not_before) == ("www.news.example", until)


def test_a_redirect_to_another_host_has_that_hosts_delay() -> None:
    running = Running()
    crawler: Any = running
    followed = CheckedRedirects.from_crawler(crawler).process_response(
        Request(URL, meta={"download_slot": "news.example", "tries": 3}),
        Response(URL, status=301, headers={"Location": "https://www.news.example/feed"}),
    )
    assert isinstance(followed, Request)
    assert not {"download_slot", "tries"} & set(followed.meta)
    rules = "User-agent: *\nCrawl-delay: 30\n"
    running.pages["https://www.news.example/robots.txt"] = TextResponse(
        "https://www.news.example/robots.txt", body=rules.encode()
    )
    asyncio.run(running.get_downloader_middleware(FailClosedRobots).process_request(followed))
    assert {host: entry["delay"] for host, entry in running.delays.items()} == {"www.news.example": 30}
    assert server_news(crawler)["www.news.example"].crawl_delay == 30


def test_when_a_server_last_answered_is_noted() -> None:
    running = Running()
    running.gate.process_response(Request(URL), answer(404))
    running.gate.process_exception(Request("https://other.example:8443/"), TimeoutError())
    assert set(running.gate.last_answers) == {"news.example", "other.example:8443"}
    assert all(datetime.now(UTC) - at < timedelta(seconds=5) for at in running.gate.last_answers.values())
