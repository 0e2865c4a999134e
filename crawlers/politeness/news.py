"""What a run learned of the servers it asked, gathered from the middlewares that learned it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawlers.politeness.gate import Gate
from crawlers.politeness.robots import FailClosedRobots
from crawlers.politeness.waiting import Waiting
from crawlers.task import ServerNews

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


def server_news(crawler: Crawler) -> dict[str, ServerNews]:
    """By ``host`` or ``host:port``; empty for a run whose engine was never made."""
    try:
        gate = crawler.get_downloader_middleware(Gate)
        robots = crawler.get_downloader_middleware(FailClosedRobots)
        waiting = crawler.get_downloader_middleware(Waiting)
    except RuntimeError:
        return {}
    asked = gate.last_answers if gate is not None else {}
    delays = robots.crawl_delays if robots is not None else {}
    closed = waiting.closed() if waiting is not None else {}
    seen = robots.seen if robots is not None else {}
    return {
        server: ServerNews(
            not_before=closed.get(server),
            last_request=asked.get(server),
            crawl_delay=delays.get(server),
            robots=seen[server].news() if server in seen else None,
        )
        for server in sorted({*asked, *delays, *closed, *seen})
    }
