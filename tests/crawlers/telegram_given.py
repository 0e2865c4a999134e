"""Channels given to a spider in this process, see stand_in.py; every poll adds up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from config import Source
from records import make_post_id
from tests.crawlers.conftest import make_source
from tests.crawlers.stand_in import Answer, Run, Say, read
from tests.crawlers.telegram_channel import NOT_FOUND, PAGE, error, message, preview, single

URL = "https://t.me/s/samplechannel"
START = datetime.now(UTC)
MINUTE = timedelta(minutes=1)
PHOTO = '<a class="tgme_widget_message_photo_wrap" href="https://t.me/samplechannel/7" style="background-image:url(\'x\')"></a>'


def source(**fields: Any) -> Source:
    return make_source(URL, kind="telegram", **fields)


def html(page: str, status: int = 200, url: str | None = None) -> Answer:
    return Answer(page, status, {"Content-Type": "text/html; charset=utf-8"}, url=url)


def identity(number: int) -> str:
    return make_post_id("telegram", f"samplechannel/{number}")


class Given:
    """Pages of a dict of messages; ``over`` puts other answers in the place of the preview or of single pages."""

    def __init__(self, *numbers: int, age: timedelta = MINUTE, **over: Say | Callable[[str], Say]) -> None:
        self.messages = {number: message(number, f"Message {number}", at=START - age) for number in numbers}
        self.over = over

    def answers(self) -> dict[str, Say | Callable[[str], Say]]:
        pages = {
            f"https://t.me/samplechannel/{number}": self.over.get("single", self._single) for number in range(1, 400)
        }
        return {URL: self.over.get("preview", self._preview), **pages}

    def page(self, query: dict[str, list[str]]) -> str:
        low, high = int(query.get("after", ["0"])[0]), int(query.get("before", ["999999"])[0])
        numbers = sorted(number for number in self.messages if low < number < high)
        shown = numbers[:PAGE] if "after" in query else numbers[-PAGE:]
        return preview(*(self.messages[number] for number in shown))

    def _preview(self, url: str) -> Answer:
        return html(self.page(parse_qs(urlsplit(url).query)))

    def _single(self, url: str) -> Answer:
        number = int(urlsplit(url).path.rpartition("/")[2])
        return html(single(self.messages[number]) if number in self.messages else error(NOT_FOUND))


def poll(given: Given, before: Run | None = None, **more: Any) -> Run:
    started = more.pop("started", datetime.now(UTC))
    run = read(more.pop("source", source()), given.answers(), before=before, started=started, **more)
    assert run.tally.fault is None
    assert run.adds_up(), (run.tally.counts, run.tally.not_landed)
    return run
