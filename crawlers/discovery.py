"""What stands at an address that is to become a source: asked of the address itself first, then by one polite request."""

from __future__ import annotations

from datetime import UTC, datetime

from config import Project, Settings, Source
from crawlers.checking import claim_patiently
from crawlers.detect import Finding, NotReadableError, detect_address, detect_page
from crawlers.process import CrawlProcesses
from crawlers.results import learned, why_not
from crawlers.servers import server_of
from crawlers.task import Task, user_agent
from crawlers.timing import why_off
from crawlers.version import daymark_version
from ledger import Ledger, Verdict, Worker, closed_servers, release_server


def discover(ledger: Ledger, worker: Worker, source: Source, project: Project, settings: Settings) -> Finding:
    """How the address of ``source`` is read; its kind counts for nothing here. Nothing is stored but what servers ask of us.

    Raises NotReadableError where it cannot be looked at, or where nothing there can be read; LedgerUnavailable.
    """
    found = detect_address(source.url)
    if found is not None:
        return found
    reason = why_off(source, project, datetime.now(UTC))
    if reason is not None:
        raise NotReadableError(reason)
    server = server_of(source.url)
    claim = claim_patiently(ledger, worker, source, server)
    if claim.verdict is not Verdict.MINE:
        raise NotReadableError(f"{source.url} cannot be looked at: {why_not(claim)}")
    task = Task(
        source=source,
        mode="look",
        url=source.url,
        user_agent=user_agent(project, settings),
        version=daymark_version(),
        started=datetime.now(UTC),
        closed=closed_servers(ledger, datetime.now(UTC)),
    )
    with CrawlProcesses() as crawling:
        result = crawling.run(task)
    release_server(ledger, worker, source.id, learned(server, result), datetime.now(UTC))
    if result.page is None:
        raise NotReadableError(f"{source.url} cannot be looked at: {result.message or result.outcome.value}")
    finding = detect_page(source.url, result.page)
    if finding is None:
        raise NotReadableError(
            f"{source.url} names no feed and is no platform that is known: give the address of a feed"
        )
    return finding
