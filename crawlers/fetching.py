"""Asking servers politely, one page at a time: caps, refusals and walls have names, and every answer can be recorded."""

from __future__ import annotations

import hashlib
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from scrapy import Request, Spider
from scrapy.exceptions import IgnoreRequest
from scrapy.http.request import NO_CALLBACK

from config import RobotsTag
from crawlers.errors import EndRun, Refused, TooLarge, Unreachable
from crawlers.outcome import Outcome
from crawlers.politeness.gate import Gate
from crawlers.rechecking import Manners
from crawlers.robots_tag import header_refuses
from crawlers.tally import Tally
from crawlers.task import Task
from crawlers.walls import stop_at_wall
from records import Capture

if TYPE_CHECKING:
    from scrapy.http import Response

log = logging.getLogger(__name__)


def request_of(url: str, headers: dict[str, str] | None = None) -> Request:
    """A GET of an address. Raises Refused for what is none: a link that somebody wrote can hold anything (`https://a:b/`)."""
    try:
        return Request(url, headers=headers, callback=NO_CALLBACK, dont_filter=True)
    except ValueError as exc:
        raise Refused(Outcome.FAILED, f"{url[:200]!r} is no address that can be asked: {exc}") from exc


class FetchingSpider(Spider):
    """The part of a spider that asks."""

    def __init__(self, *, task: Task, tally: Tally, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.task = task
        self.tally = tally
        self.manners = Manners()
        self.answered = False
        """Whether any request of this run was answered, whatever the answer."""

    @property
    def gate(self) -> Gate:
        """The run's caps."""
        gate = self.crawler.get_downloader_middleware(Gate)
        if gate is None:
            raise RuntimeError("the politeness add-on is not active")
        return gate

    async def fetch(self, url: str, headers: dict[str, str] | None = None) -> Response:
        """The response to one GET, whatever its status, after redirects and retries.

        Raises Refused (no address, robots.txt, private address, size, caps, rate limit, bot wall) or Unreachable.
        """
        return await self.send(request_of(url, headers))

    async def send(self, request: Request) -> Response:
        """The response to a request; see fetch."""
        self.tally.check()
        self.manners.check(request.url)
        try:
            response = await self._download(request)
        except (Refused, Unreachable) as exc:
            self.manners.note_fault(request.url, exc)
            raise
        self.manners.note_answer(request.url, response.status)
        return response

    async def _download(self, request: Request) -> Response:
        url = request.url
        try:
            response = await self.crawler.engine.download_async(request)
        except (Refused, Unreachable):
            raise
        except IgnoreRequest as exc:
            # Scrapy's decompression refuses a body by this exception only.
            raise TooLarge(f"{url[:200]} unpacks to more than limits.body_bytes") from exc
        except Exception as exc:
            log.info("%s: %s", url[:200], exc, exc_info=True)
            raise Unreachable(f"{url[:200]} cannot be read: {type(exc).__name__}") from exc
        sent = response.request.meta.get("wire_bytes", 0) if response.request is not None else 0
        self.gate.count_unpacked(len(response.body) - sent)
        self.answered = True
        stop_at_wall(response)
        return response

    def capture(self, response: Response, *, keep_body: bool) -> Capture:
        """The record of a response, for the items read from it.

        The full body is kept only where every item in it lands through this capture: erasing a post deletes the bodies
        it is linked to, so a body that holds other posts too, or posts that must not be kept, would escape erasure.
        """
        headers: dict[str, list[str]] = {}
        for name, values in response.headers.items():
            headers[name.decode("latin-1").lower()] = [value.decode("latin-1").replace("\x00", "") for value in values]
        return Capture(
            capture_id=uuid4().hex,
            url=response.url,
            fetched_at=datetime.now(UTC),
            status=response.status,
            headers=headers,
            sha256=hashlib.sha256(response.body).hexdigest(),
            body=response.body if keep_body else b"",
            spider=self.name,
            version=self.task.version,
        )

    def stop_on_status(self, response: Response) -> None:
        """Ends the run for a main page that is not there or not for us. Raises EndRun."""
        status = response.status
        if status == 410:
            raise EndRun(Outcome.GONE, "the server says it is gone for good (410): retired", retired=True)
        if status in (401, 403, 407, 451):
            raise EndRun(Outcome.BLOCKED, f"the server refuses us (HTTP {status}); it is not read")
        if status >= 400 or status in (204, 205) or 300 <= status < 400:
            raise EndRun(Outcome.FAILED, f"HTTP {status}")

    def heed_robots_tag(self, response: Response, what: str) -> None:
        """Records an X-Robots-Tag on an answer that is no page of an author. Raises EndRun where the source obeys it."""
        refusal = header_refuses(value.decode("latin-1") for value in response.headers.getlist("X-Robots-Tag"))
        if refusal is None:
            return
        self.tally.remark("robots_tag")
        if self.task.source.robots_tag is RobotsTag.OBEY:
            raise EndRun(Outcome.ROBOTS_DENIED, f"{what} carries X-Robots-Tag: {refusal}, which this source obeys")
