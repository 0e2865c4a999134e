"""robots.txt, failing closed (RFC 9309).

2xx                      its rules hold, for 24 hours at most
4xx but 429              there are no rules: allowed
5xx, 429, no answer,     the whole host is off limits for this run
too large, too many hops
Crawl-delay <= 60 s      the slot waits at least that long between requests
Crawl-delay >  60 s      the host does not want to be crawled by a service: off limits, with a message that says so
what was read             its hash, its time and what it came to in this run are kept for the register (`seen`)
calls of an API with a    its verdict is recorded, not obeyed: they follow the terms that the operator accepted with the key
key of the operator's     (docs/decisions/0013); a Crawl-delay up to 60 s holds for them as well
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import ProtegoRobotParser

from crawlers.errors import BudgetSpent, PrivateAddress, RateLimited, Refused, RobotsUnread
from crawlers.outcome import Outcome
from crawlers.politeness.throttle import raise_delay
from crawlers.robots_tag import AGENT
from crawlers.servers import server_of
from crawlers.task import RobotsNews, RobotsVerdict
from crawlers.urls import host_of
from crawlers.walls import find_wall

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.robotstxt import RobotParser

MAX_AGE = 24 * 3600.0
"""Seconds after which rules are read again (RFC 9309, 2.4)."""
MAX_CRAWL_DELAY = 60.0
"""Seconds. With more, one poll of a feed with ten articles would take over ten minutes."""
EXEMPT = "daymark_robots_txt"
"""Meta key of the request for robots.txt itself; set here only."""
KEYED = "daymark_keyed"
"""Setting of a run whose source has a key, and meta key of each of its requests that carry it: both are needed."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rules:
    """What a host's robots.txt says, or why it counts as forbidding everything: not ``is_known`` where it cannot be had."""

    read_at: float
    parser: RobotParser | None = None
    refusal: str | None = None
    is_known: bool = True


@dataclass
class Seen:
    """What became of a host's robots.txt in this run. ``sha256`` is of its bytes; None where there were none to read."""

    read_at: datetime
    sha256: str | None = None
    is_there: bool = False
    is_known: bool = False
    allowed: int = 0
    forbidden: int = 0

    def news(self) -> RobotsNews:
        """For the register."""
        verdict = RobotsVerdict.ALLOWS if self.is_there else RobotsVerdict.NONE
        if not self.is_known:
            verdict = RobotsVerdict.UNREADABLE
        elif self.forbidden:
            verdict = RobotsVerdict.PARTLY if self.allowed else RobotsVerdict.FORBIDS
        return RobotsNews(verdict=verdict, sha256=self.sha256, read_at=self.read_at)


class FailClosedRobots:
    """Downloader middleware in place of Scrapy's, which reads forbidden pages when robots.txt cannot be had."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._rules: dict[str, Rules] = {}
        self.crawl_delays: dict[str, float] = {}
        """Seconds that each server (host or host:port) asks for between requests; 0 where it asks for none."""
        self.overruled: dict[str, str] = {}
        """What robots.txt of an API says against calls with a key, by host."""
        self.seen: dict[str, Seen] = {}
        """By server (host or host:port)."""
        self._lock = asyncio.Lock()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> FailClosedRobots:
        """Scrapy's way to make a middleware."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Lets the request pass or raises Refused with ``robots_denied``, RobotsUnread where the file cannot be had."""
        if request.meta.get(EXEMPT):
            return
        rules = await self._rules_for(request)
        host = urlsplit(request.url).netloc
        verdict = rules.refusal
        if verdict is None and rules.parser is not None and not rules.parser.allowed(request.url, AGENT):
            verdict = f"forbids {request.url[:200]}"
        seen = self.seen[server_of(request.url)]
        if verdict is None:
            seen.allowed += 1
            return
        seen.forbidden += 1
        if request.meta.get(KEYED) and self._crawler.settings.getbool(KEYED):
            self.overruled[host] = verdict
            return
        said = f"robots.txt of {host} {verdict}"
        raise Refused(Outcome.ROBOTS_DENIED, said) if rules.is_known else RobotsUnread(said)

    async def _rules_for(self, request: Request) -> Rules:
        parts = urlsplit(request.url)
        origin = f"{parts.scheme}://{parts.netloc}"
        async with self._lock:
            known = self._rules.get(origin)
            if known is None or monotonic() - known.read_at > MAX_AGE:
                known = await self._read(origin)
                self._rules[origin] = known
            return known

    async def _read(self, origin: str) -> Rules:
        self.seen[server_of(origin)] = Seen(datetime.now(UTC))
        robots = Request(f"{origin}/robots.txt", callback=NO_CALLBACK, meta={EXEMPT: True}, dont_filter=True)
        try:
            response = await self._crawler.engine.download_async(robots)
        except (BudgetSpent, RateLimited):
            raise
        except PrivateAddress as exc:
            if exc.netloc == urlsplit(origin).netloc:
                raise
            return _unknown("redirects to a private address")
        except Exception as exc:  # noqa: BLE001  whatever went wrong, the rules are not known
            log.info("robots.txt of %s: %s", origin, type(exc).__name__)
            return _unknown(f"cannot be read ({type(exc).__name__})")
        return self._judge(response, origin)

    def _judge(self, response: Response, origin: str) -> Rules:
        now, seen = monotonic(), self.seen[server_of(origin)]
        wall = find_wall(response)
        if wall is not None:
            # Its page has no rules in it, which is not to say that the site has none.
            return _unknown(f"is answered by a bot wall ({wall})")
        if 400 <= response.status < 500 and response.status != 429:
            self.crawl_delays[server_of(origin)] = 0.0
            seen.is_known = True
            return Rules(now)
        if not 200 <= response.status < 300:
            return _unknown(f"answers HTTP {response.status}")
        seen.is_known = seen.is_there = True
        seen.sha256 = hashlib.sha256(response.body).hexdigest()
        parser = ProtegoRobotParser.from_crawler(self._crawler, response.body)
        delay = parser.crawl_delay(AGENT) or 0.0
        self.crawl_delays[server_of(origin)] = delay
        if delay > MAX_CRAWL_DELAY:
            return Rules(
                now,
                refusal=f"asks for {delay:g} s between requests, more than the {MAX_CRAWL_DELAY:g} s that Daymark "
                "can keep: the host is not read",
            )
        raise_delay(self._crawler, host_of(origin), delay)
        return Rules(now, parser)


def _unknown(why: str) -> Rules:
    return Rules(monotonic(), refusal=f"{why}; without it nothing is read", is_known=False)
