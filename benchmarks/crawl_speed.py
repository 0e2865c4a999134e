"""Crawls a local site of small pages by the feeds spider, and by a bare Scrapy spider that extracts the same; prints the ratio.

Run: .venv/bin/python -m benchmarks.crawl_speed [--pages 20000]

Both read the feed's pages in order and each article once, one request at a time, without delay, with our settings for
time-outs, sizes and headers, and take the text out with trafilatura. Ours adds robots.txt, the politeness bundle, identity,
captures, and the landing in a SQLite ledger. Asked: at least 0.8 of the bare spider's pages per second.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import feedparser
import trafilatura
from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response
from trafilatura.utils import load_html

from benchmarks.bars import Bars
from benchmarks.local_site import ENTRIES, local_site
from config import Project, Settings, Source, make_key
from crawlers import collect
from crawlers.politeness.addon import PROMISES
from ledger import make_worker, open_ledger

RATIO = 0.8
"""Asked: robots.txt, politeness and the landing may cost a fifth of a bare spider's speed."""
OWN_PARTS = ("EXTENSIONS", "DOWNLOADER_MIDDLEWARES", "ROBOTSTXT_OBEY", "AUTOTHROTTLE_ENABLED")
"""Not for the bare spider. AutoThrottle slows it alone: it counts the extraction that blocks the loop as the server's time."""


class BareSpider(Spider):
    """Feed pages in order, articles as they come."""

    name = "bare"

    def __init__(self, *, url: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.url = url

    async def start(self) -> AsyncIterator[Any]:
        """The newest page."""
        yield Request(self.url, callback=self.read_feed)

    def read_feed(self, response: Response) -> Any:
        """Entries, then the next page."""
        found = feedparser.parse(response.body)
        for entry in found.entries:
            yield Request(entry.link, callback=self.read_article)
        following = [link.href for link in found.feed.get("links", []) if link.rel == "next"]
        if following:
            yield Request(following[0], callback=self.read_feed, priority=-1)

    def read_article(self, response: Response) -> Any:
        """The same extraction."""
        page = load_html(response.body)
        found = trafilatura.bare_extraction(page, url=response.url, with_metadata=True, include_comments=False)
        if found is not None:
            told = found if isinstance(found, dict) else found.as_dict()
            yield {"url": response.url, "text": told["text"], "title": told["title"]}


def _run_bare(url: str, told: Connection) -> None:
    settings = {name: value for name, value in PROMISES.items() if name not in OWN_PARTS}
    began = time.perf_counter()
    process = AsyncCrawlerProcess(
        {**settings, "DOWNLOAD_DELAY": 0, "AUTOTHROTTLE_START_DELAY": 0, "LOG_ENABLED": False}
    )
    crawler = process.create_crawler(BareSpider)
    process.crawl(crawler, url=url)
    process.start()
    stats = crawler.stats
    told.send((time.perf_counter() - began, stats.get_value("item_scraped_count", 0) if stats else 0))


def bare(url: str) -> tuple[float, int]:
    """Seconds and articles of the bare spider, in a process of its own."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_run_bare, args=(url, theirs))
    process.start()
    seconds, found = ours.recv()
    process.join()
    return seconds, found


def daymark(url: str, pages: int) -> tuple[float, int]:
    """Seconds and posts of one poll into an empty ledger."""
    limits = {"requests": 10**7, "bytes": 10**11, "seconds": 7200, "pages": pages}
    source = Source.model_validate(
        {
            "id": "bench",
            "kind": "feeds",
            "url": url,
            "purpose": "measuring",
            "legal_basis": "invented pages",
            "author_kind": "outlet",
            "allow_private": True,
            "delay": 0.0,
            "interval": timedelta(minutes=15),
            "limits": limits,
        }
    )
    project = Project(controller="Bench", purpose="measuring", legal_basis="invented", contact="post@example.org")
    with tempfile.TemporaryDirectory() as folder:
        key = make_key(Path(folder) / "key")
        settings = Settings(data=Path(folder) / "data", key_dir=Path(folder) / "key")
        with open_ledger(settings.ledger, key) as ledger, make_worker(ledger) as worker:
            began = time.perf_counter()
            (summary,) = collect(ledger, worker, [source], project, settings)
            seconds = time.perf_counter() - began
    if summary.outcome != "ok":
        raise SystemExit(f"the poll ended as {summary.outcome}: {summary.message}")
    return seconds, summary.counts["new"]


def main() -> None:
    """Prints the figures of docs/benchmarks.md. Raises SystemExit with status 1 where the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=20_000, help="article pages")
    number = parser.parse_args().pages
    pages = max(1, number // ENTRIES)
    with local_site(pages) as base:
        url = f"{base}/feed/0"
        readers: dict[str, Callable[[], tuple[float, int]]] = {
            "bare Scrapy": lambda: bare(url),
            "daymark": lambda: daymark(url, pages),
        }
        speeds = []
        for name, run in readers.items():
            seconds, found = run()
            if found != pages * ENTRIES:
                raise SystemExit(f"{name} read {found} of {pages * ENTRIES} pages")
            speeds.append(found / seconds)
            print(f"{name:12} {found} pages in {seconds:.0f} s: {speeds[-1]:.0f} pages/s")
    bars, ratio = Bars(), speeds[1] / speeds[0]
    print(f"ratio {ratio:.2f} ({bars.least('ratio', ratio, RATIO)})")
    bars.end()


if __name__ == "__main__":
    main()
