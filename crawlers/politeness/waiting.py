"""Waiting as the server asks: Retry-After, rate-limit headers, and pauses before a second try.

1. 429, or 503 with Retry-After: up to 60 s    the host's slot pauses, then the request is tried again, twice at most
2. the same, longer or the third time          RateLimited: the run closes and the source is left alone until then
3. X-RateLimit-Remaining: 0                    the next request waits until the reset, or is RateLimited
   a server that the ledger knows as closed    the same; and whatever is still closed at the end of the run goes into the
                                               ledger, where it holds for every source on that server
4. a bot wall, whatever its status             no wait and no second try will open it: given to the spider at once; a
                                               Retry-After that came with it is kept for the server
5. 5xx, 408, lost connections, timeouts        tried again after 1 s and 3 s while the run has the time, then given to the
                                               spider as they are
"""

from __future__ import annotations

import asyncio
import logging
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
)
from twisted.internet.error import ConnectError, ConnectionDone, ConnectionLost

from crawlers.errors import RateLimited, Unreachable
from crawlers.politeness.gate import Gate
from crawlers.servers import server_of
from crawlers.urls import host_of
from crawlers.walls import find_wall

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Headers, Response

CLOSED = "DAYMARK_CLOSED"
"""Setting: servers that asked to be left alone, and until when."""
LONGEST_PAUSE = 60.0
"""Seconds that a run waits for a server; a longer wait is left to the schedule."""
LONGEST_BAN = timedelta(days=7)
"""A wait beyond this is a slip of the server; a week later one polite request finds out."""
DEFAULT_WAIT = 30.0
"""Seconds after a 429 that names no time, or none at all."""
TRIES = 3
BACKOFF = (1.0, 3.0)
"""Seconds before the second and third try: long enough for a restart behind a proxy, short beside a poll's 10 minutes."""

_RETRIED_STATUS = frozenset({408, 500, 502, 503, 504, 520, 521, 522, 523, 524})
_RETRIED_ERRORS = (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
    ConnectError,
    ConnectionDone,
    ConnectionLost,
)

log = logging.getLogger(__name__)


def parse_wait(value: str, now: datetime) -> float:
    """Seconds in a Retry-After or rate-limit reset: seconds, HTTP date, ISO time or Unix time. Raises ValueError."""
    text = value.strip()
    if re.fullmatch(r"\d{1,12}(\.\d+)?", text):
        number = float(text)
        # Over 10^9 it cannot be a wait (32 years): some servers send the Unix time of the reset.
        return max(0.0, number - now.timestamp()) if number > 1e9 else number
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (moment - now).total_seconds())
    raise ValueError(f"not a time to wait: {value[:40]!r}")


class Waiting:
    """Downloader middleware in place of Scrapy's retries, which ignore Retry-After."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._asked: dict[str, datetime] = dict(crawler.settings.getdict(CLOSED))
        self._open_at = dict(self._asked)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Waiting:
        """Scrapy's way to make a middleware."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Waits until the host may be asked again. Raises RateLimited when that is too far off."""
        server = server_of(request.url)
        wait = (self._open_at.get(server, _EPOCH) - _now()).total_seconds()
        if wait <= 0:
            return
        if wait > min(LONGEST_PAUSE, self._seconds_left()):
            raise RateLimited(host_of(request.url), self._open_at[server])
        await asyncio.sleep(wait)

    def closed(self) -> dict[str, datetime]:
        """The servers that asked to be left alone for longer than until now, and until when."""
        now = _now()
        return {server: until for server, until in self._asked.items() if until > now}

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Tries again, pauses the host or passes the response on. Raises RateLimited or BudgetSpent."""
        now = _now()
        server = server_of(request.url)
        asked = _retry_after(response.headers, now)
        if response.status >= 400 and find_wall(response) is not None:
            if asked is not None:
                self._obey(server, now, asked)
            return response
        if response.status == 429 or (response.status == 503 and asked is not None):
            # "Too much, come back at once" cannot be meant.
            wait = asked or _reset(response.headers, now) or DEFAULT_WAIT
            self._obey(server, now, wait)
            if wait > min(LONGEST_PAUSE, self._seconds_left()) or _tries(request) >= TRIES:
                # The third refusal in a row: whatever time was named, it is not the one that is meant.
                self._obey(server, now, max(wait, DEFAULT_WAIT))
                raise RateLimited(host_of(request.url), self._open_at[server])
            return _again(request)
        if _remaining(response.headers) == 0:
            self._obey(server, now, _reset(response.headers, now) or 0.0)
        if response.status in _RETRIED_STATUS and self._may_try_again(request):
            return self._try_again(request, f"HTTP {response.status}")
        return response

    def process_exception(self, request: Request, exception: Exception) -> Request | None:
        """Tries again after a network error; the third one is Unreachable. Raises BudgetSpent."""
        if not isinstance(exception, _RETRIED_ERRORS):
            return None
        if self._may_try_again(request):
            return self._try_again(request, type(exception).__name__)
        raise Unreachable(
            f"{host_of(request.url)} does not answer: {_describe(exception)}",
            timed_out=isinstance(exception, DownloadTimeoutError),
        ) from exception

    def _may_try_again(self, request: Request) -> bool:
        """Whether a try is left, and the time for the pause before it. Raises BudgetSpent where the run has nothing left."""
        if _tries(request) >= TRIES:
            return False
        gate = self._crawler.get_downloader_middleware(Gate)
        if gate is not None:
            gate.check()
        return BACKOFF[_tries(request) - 1] < self._seconds_left()

    def _try_again(self, request: Request, why: str) -> Request:
        log.info("%s: %s, try %d", host_of(request.url), why, _tries(request) + 1)
        pause = BACKOFF[_tries(request) - 1]
        # Our own pause: no word of the server's, so no other source need keep it.
        _extend(self._open_at, server_of(request.url), _now() + timedelta(seconds=pause))
        return _again(request)

    def _obey(self, server: str, now: datetime, wait: float) -> None:
        """Leaves the server alone as long as it asked."""
        until = now + min(timedelta(seconds=wait), LONGEST_BAN)
        _extend(self._open_at, server, until)
        _extend(self._asked, server, until)

    def _seconds_left(self) -> float:
        gate = self._crawler.get_downloader_middleware(Gate)
        return gate.seconds_left() if gate is not None else LONGEST_PAUSE


_EPOCH = datetime.fromtimestamp(0, UTC)


def _extend(moments: dict[str, datetime], server: str, until: datetime) -> None:
    moments[server] = max(moments.get(server, _EPOCH), until)


def _now() -> datetime:
    return datetime.now(UTC)


def _tries(request: Request) -> int:
    return int(request.meta.get("tries", 1))


def _again(request: Request) -> Request:
    fresh = request.copy()
    fresh.meta["tries"] = _tries(request) + 1
    fresh.dont_filter = True
    return fresh


def _header(headers: Headers, *names: str) -> str | None:
    for name in names:
        value = headers.get(name)
        if value:
            return value.decode("latin-1")
    return None


def _retry_after(headers: Headers, now: datetime) -> float | None:
    value = _header(headers, "Retry-After")
    try:
        return parse_wait(value, now) if value else None
    except ValueError:
        return None


def _remaining(headers: Headers) -> int | None:
    value = _header(headers, "X-RateLimit-Remaining", "RateLimit-Remaining", "X-Rate-Limit-Remaining")
    return int(value) if value and re.fullmatch(r"\d{1,9}", value.strip()) else None


def _reset(headers: Headers, now: datetime) -> float | None:
    value = _header(headers, "X-RateLimit-Reset", "RateLimit-Reset", "X-Rate-Limit-Reset")
    try:
        return parse_wait(value, now) if value else None
    except ValueError:
        return None


def _describe(exception: Exception) -> str:
    return " ".join(str(exception).split())[:200] or type(exception).__name__
