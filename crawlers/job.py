"""The crawling process: one task, one crawl, one result. Runs in a child of crawlers/forker.py."""

from __future__ import annotations

import os
import signal
import ssl
import sys
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.settings import default_settings

from config import ConfigError, load_key
from crawlers.landing import LandingPipeline, LedgerStore, MemoryStore
from crawlers.outcome import Outcome
from crawlers.politeness.addon import source_settings
from crawlers.politeness.news import server_news
from crawlers.quiet import QuietFormatter
from crawlers.spiders import LookSpider, PollSpider, spider_for
from crawlers.tally import Tally
from crawlers.task import Task, TaskResult
from ledger import LedgerError, open_ledger

_PRELOADED = (
    "crawlers.politeness.gate",
    "crawlers.politeness.redirects",
    "crawlers.politeness.robots",
    "crawlers.politeness.throttle",
    "crawlers.politeness.waiting",
    "crawlers.spiders.feeds",
    "crawlers.spiders.mastodon",
    "scrapy.core.downloader.handlers.http11",
    "scrapy.core.scheduler",
    "scrapy.dupefilters",
    "scrapy.pqueues",
    "scrapy.squeues",
    "trafilatura",
)
_CERTIFICATE_FOLDERS = ("/etc/ssl/certs", "/etc/pki/tls/certs", "/system/etc/security/cacerts")


def prepare() -> None:
    """Imports what Scrapy and we import late, so that forked processes have it already.

    Nothing of it may install Twisted's reactor: each child installs its own.
    """
    defaults = (
        default_settings.EXTENSIONS_BASE,
        default_settings.DOWNLOADER_MIDDLEWARES_BASE,
        default_settings.SPIDER_MIDDLEWARES_BASE,
    )
    for name in (*_PRELOADED, *(path.rpartition(".")[0] for paths in defaults for path in paths)):
        import_module(name)
    if "twisted.internet.reactor" in sys.modules:
        raise RuntimeError("the reactor must not be installed before the fork")


def run(task: Task) -> TaskResult:
    """Runs the crawl in this process; may be called once, since a reactor cannot be started twice."""
    tally = Tally()
    _trust(task.source.ca_file)
    try:
        with ExitStack() as stack:
            store: LedgerStore | MemoryStore = MemoryStore()
            if task.mode == "poll":
                ledger = stack.enter_context(open_ledger(task.ledger_url, load_key(task.key_dir), create=False))
                store = LedgerStore(ledger, task.source.id, task.poll, task.worker)
            spider = _crawl(task, tally, store)
            posts = store.posts if isinstance(store, MemoryStore) else []
    except (LedgerError, ConfigError) as exc:
        return TaskResult(outcome=Outcome.FAILED, finished=datetime.now(UTC), message=str(exc))
    if spider is None:
        return TaskResult(outcome=Outcome.FAILED, finished=datetime.now(UTC), message="the crawl could not be started")
    return _result(spider, tally, [post.model_dump(mode="json") for post in posts])


def _trust(ca_file: Path | None) -> None:
    """Trusts the file beside the system's certificates, by OpenSSL's own variables, in this process only."""
    if ca_file is None:
        return
    known = (ssl.get_default_verify_paths().capath, *_CERTIFICATE_FOLDERS)
    os.environ["SSL_CERT_FILE"] = str(ca_file)
    os.environ["SSL_CERT_DIR"] = next((folder for folder in known if folder and Path(folder).is_dir()), "/nonexistent")


def _crawl(task: Task, tally: Tally, store: LedgerStore | MemoryStore) -> PollSpider | None:
    settings: dict[str, Any] = {
        **source_settings(task),
        "ITEM_PIPELINES": {LandingPipeline: 100},
        "LOG_FORMATTER": QuietFormatter,
        "LOG_LEVEL": "WARNING",
        "LOGSTATS_INTERVAL": 0,
        "STATS_DUMP": False,
        "MEMUSAGE_ENABLED": False,
    }
    process = AsyncCrawlerProcess(settings)
    crawler = process.create_crawler(LookSpider if task.mode == "look" else spider_for(task.source.kind))
    process.crawl(crawler, task=task, tally=tally, store=store)
    # Scrapy's own handler would wait for the requests under way, and one can stand in a delay of a minute.
    signal.signal(signal.SIGTERM, lambda *_: _stop_soon(crawler))
    process.start(install_signal_handlers=False)
    return crawler.spider if isinstance(crawler.spider, PollSpider) else None


def _stop_soon(crawler: Crawler) -> None:
    # Scrapy installs the reactor when the process is made.
    from twisted.internet import reactor

    # Not here and now: the signal can come in the middle of a transaction.
    reactor.callFromThread(_land_and_stop, crawler)


def _land_and_stop(crawler: Crawler) -> None:
    from twisted.internet import reactor

    # Before the engine is made there is nothing to land.
    with suppress(RuntimeError):
        pipeline = crawler.get_item_pipeline(LandingPipeline)
        if pipeline is not None:
            pipeline.flush()
    # At once and without the triggers of a shutdown, for Scrapy's would wait.
    loop: Any = reactor
    loop.crash()


def _result(spider: PollSpider, tally: Tally, posts: list[dict[str, Any]]) -> TaskResult:
    outcome, message = spider.outcome, spider.message
    if not spider.concluded:
        outcome, message = Outcome.KILLED, "stopped before its end"
    if tally.fault is not None:
        outcome, message = Outcome.FAILED, tally.fault
    if outcome.is_success and tally.nothing_readable:
        outcome, message = Outcome.FAILED, f"none of {tally.counts['seen']} items could be read: {_reasons(tally)}"
        tally.fail(message)
    counts = dict(tally.counts)
    if spider.sent:
        counts |= {"requests": spider.sent, "bytes": spider.received}
    # After a fault not everything landed that the cursor has passed: the old one stays.
    sound = tally.fault is None and spider.concluded
    covers = sound and outcome.is_success
    return TaskResult(
        outcome=outcome,
        finished=datetime.now(UTC),
        message=message[:1000],
        counts=counts,
        not_landed=dict(tally.not_landed),
        window_from=spider.window_from if covers else None,
        window_to=spider.window_to if covers else None,
        gaps=tuple(spider.missed) if covers else (),
        cursor=spider.cursor if sound else spider.cursor_after_fault,
        validators=spider.validators if sound else {},
        url=spider.new_url if sound else None,
        retired=spider.retired,
        not_before=spider.not_before,
        quiet_until=spider.quiet_until if covers else None,
        servers=server_news(spider.crawler),
        posts=posts,
        page=spider.page if isinstance(spider, LookSpider) else None,
    )


def _reasons(tally: Tally) -> str:
    return ", ".join(f"{number} {reason}" for reason, number in sorted(tally.not_landed.items()))
