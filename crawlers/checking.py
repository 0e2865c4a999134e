"""`sources check`: a look at a source's newest page that stores nothing.

It asks the server like a poll does: never beside another process, never during a ban, never before the server's delay has
passed; and what it learns of the server is kept. Quota and money are those of the polls: it begins with what they spent and
adds what it spends.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from config import Project, Settings, Source
from crawlers.costs import Cost, measure
from crawlers.outcome import Outcome
from crawlers.process import CrawlProcesses
from crawlers.results import learned, why_not
from crawlers.servers import server_of
from crawlers.task import RobotsNews, Task, user_agent
from crawlers.timing import LONGEST_WAIT, why_off
from crawlers.version import daymark_version
from ledger import (
    SPENT,
    Claim,
    Ledger,
    Verdict,
    Worker,
    claim_server,
    closed_servers,
    note_spent,
    read_source,
    release_server,
)
from records import Post


@dataclass(frozen=True)
class CheckReport:
    """What a poll of a source would land; nothing of it is stored. ``robots``, ``crawl_delay`` (seconds) and ``cost`` are None
    where nothing was asked.
    """

    source: str
    outcome: str
    message: str
    posts: tuple[Post, ...]
    counts: dict[str, int]
    not_landed: dict[str, int]
    robots: RobotsNews | None = None
    crawl_delay: float | None = None
    cost: Cost | None = None


def check(
    ledger: Ledger,
    worker: Worker,
    source: Source,
    project: Project,
    settings: Settings,
    *,
    now: datetime | None = None,
) -> CheckReport:
    """Fetches a source's newest page once and reports what would land; nothing is stored but what it cost, and the place
    that polls have reached stays.

    A source that is merely switched off can be checked; one without purpose or legal basis cannot, nor one whose server
    is being asked or wants to be left alone: the outcome is `failed` or `rate_limited` then. ``now`` is the time by which
    a poll would count days and months. Raises LedgerUnavailable.
    """
    reason = why_off(source.model_copy(update={"enabled": True}), project, datetime.now(UTC))
    if reason is not None:
        return CheckReport(source.id, Outcome.FAILED.value, reason, (), {}, {})
    server = server_of(source.url)
    claim = claim_patiently(ledger, worker, source, server)
    if claim.verdict is not Verdict.MINE:
        outcome = Outcome.FAILED if claim.until is None else Outcome.RATE_LIMITED
        return CheckReport(source.id, outcome.value, why_not(claim), (), {}, {})
    task = Task(
        source=source,
        mode="check",
        url=source.url,
        user_agent=user_agent(project, settings),
        version=daymark_version(),
        started=now or datetime.now(UTC),
        data=settings.data,
        cursor=_what_was_spent(ledger, source),
        closed=closed_servers(ledger, datetime.now(UTC)),
    )
    with CrawlProcesses() as crawling:
        begun = time.monotonic()
        result = crawling.run(task)
        seconds = time.monotonic() - begun
    if result.cursor is not None and SPENT in result.cursor:
        note_spent(ledger, source.id, result.cursor[SPENT])
    release_server(ledger, worker, source.id, learned(server, result), datetime.now(UTC))
    posts = tuple(Post.model_validate(post) for post in result.posts)
    news = result.servers.get(server)
    return CheckReport(
        source.id,
        result.outcome.value,
        result.message,
        posts,
        result.counts,
        result.not_landed,
        robots=news.robots if news is not None else None,
        crawl_delay=news.crawl_delay if news is not None else None,
        cost=measure(result.counts, seconds),
    )


def _what_was_spent(ledger: Ledger, source: Source) -> dict[str, Any]:
    # Nothing else of the cursor: a check looks at the newest page, wherever the polls have come to.
    cursor = read_source(ledger, source.id).cursor
    return {SPENT: cursor[SPENT]} if source.is_keyed and SPENT in cursor else {}


def claim_patiently(ledger: Ledger, worker: Worker, source: Source, server: str) -> Claim:
    """The server's lease, after a wait where a short one is asked for."""
    claim = claim_server(ledger, worker, server, source.id, datetime.now(UTC), delay=source.delay)
    if claim.until is not None:
        wait = (claim.until - datetime.now(UTC)).total_seconds()
        if wait <= LONGEST_WAIT.total_seconds():
            time.sleep(max(0.0, wait))
            claim = claim_server(ledger, worker, server, source.id, datetime.now(UTC), delay=source.delay)
    return claim
