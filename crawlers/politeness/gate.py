"""The last door before the network: counts and caps what goes out and comes in, and names what the network refused.

requests   every request that is really sent counts, robots.txt, redirect hops and retries included
bytes      every byte received counts while it arrives; the body that breaks the cap is cut off
seconds    no request starts after the deadline, none waits for a delay that ends after it, and none may take longer than
           what is left: a run that is killed loses its cursor, one that ends by itself goes on from it
"""

from __future__ import annotations

from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy import signals
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    StopDownload,
    UnsupportedURLSchemeError,
)

from crawlers.errors import BudgetSpent, PrivateAddress, Refused, TooLarge
from crawlers.outcome import Outcome
from crawlers.servers import server_of

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

CAPS = "DAYMARK_CAPS"
"""Setting: requests, bytes, seconds, body_bytes of one run."""
PATIENCE = 30.0
"""Seconds for one answer, all of it. Slower servers exist; a poll can wait for its next turn."""


class Gate:
    """Downloader middleware, nearest to the network."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        caps = crawler.settings.getdict(CAPS)
        self._requests = int(caps["requests"])
        self._bytes = int(caps["bytes"])
        self._seconds = int(caps["seconds"])
        self._body_bytes = int(caps["body_bytes"])
        self._deadline = monotonic() + self._seconds
        self.sent = 0
        self.received = 0
        self.last_answers: dict[str, datetime] = {}
        """When each server (host or host:port) last answered, or was found not to."""
        crawler.signals.connect(self._count, signal=signals.bytes_received)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Gate:
        """Scrapy's way to make a middleware."""
        return cls(crawler)

    def seconds_left(self) -> float:
        """Until the run's deadline; never below 0."""
        return max(0.0, self._deadline - monotonic())

    def check(self) -> None:
        """Raises BudgetSpent when nothing more may be fetched in this run."""
        if self.seconds_left() <= 0:
            raise BudgetSpent("seconds", self._seconds)
        if self.received >= self._bytes:
            raise BudgetSpent("bytes", self._bytes)
        if self.sent >= self._requests:
            raise BudgetSpent("requests", self._requests)

    def count_unpacked(self, number: int) -> None:
        """Adds bytes that decompression brought out, so that a small wire size hides nothing."""
        self.received += max(0, number)

    def process_request(self, request: Request) -> None:
        """Counts the request. Raises BudgetSpent, also where the host's delay would outlast the run."""
        self.check()
        left = self.seconds_left() - self._seconds_of_delay(request)
        if left <= 0:
            raise BudgetSpent("seconds", self._seconds)
        self.sent += 1
        request.meta["download_timeout"] = max(0.1, min(PATIENCE, left))
        request.meta["wire_bytes"] = 0

    def _seconds_of_delay(self, request: Request) -> float:
        """How long the request will wait in the downloader for its host's delay."""
        downloader = self._crawler.engine.downloader
        slot = downloader.slots.get(downloader.get_slot_key(request))
        if slot is None:
            return 0.0
        return max(0.0, slot.lastseen + slot.delay - monotonic()) + len(slot.queue) * slot.delay

    def process_response(self, request: Request, response: Response) -> Response:
        """Notes the time, passes the response on."""
        self.last_answers[server_of(request.url)] = datetime.now(UTC)
        return response

    def _count(self, data: bytes, request: Request) -> None:
        self.received += len(data)
        request.meta["wire_bytes"] = request.meta.get("wire_bytes", 0) + len(data)
        if self.received > self._bytes:
            raise StopDownload(fail=True)

    def process_exception(self, request: Request, exception: Exception) -> Response | None:
        """Gives the network's refusals their own names. Raises BudgetSpent, TooLarge, PrivateAddress or Refused."""
        self.last_answers[server_of(request.url)] = datetime.now(UTC)
        if isinstance(exception, StopDownload):
            raise BudgetSpent("bytes", self._bytes)
        if isinstance(exception, DownloadCancelledError):
            raise TooLarge(f"{request.url[:200]} sends more than limits.body_bytes = {self._body_bytes}")
        if isinstance(exception, UnsupportedURLSchemeError):
            raise Refused(Outcome.BLOCKED, f"only http and https are read, not {request.url[:60]}")
        if isinstance(exception, CannotResolveHostError) and _was_private(request.url):
            raise PrivateAddress(urlsplit(request.url).netloc)
        return None


def _was_private(url: str) -> bool:
    # The reactor exists only once the process runs, so it cannot be imported at the top.
    from twisted.internet import reactor

    from crawlers.politeness.addresses import GuardedResolver

    guard = reactor.nameResolver
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return isinstance(guard, GuardedResolver) and ((parts.hostname or "").lower(), port) in guard.refused
