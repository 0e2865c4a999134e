"""`collect`: one pass over the sources that are due; crawlers/polls.py does the work."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from datetime import UTC, datetime

from config import ConfigError, Project, Settings, Source
from crawlers.polls import Polls
from crawlers.process import CrawlProcesses
from crawlers.results import PollSummary
from crawlers.timing import why_off
from ledger import Ledger, Worker


def collect(
    ledger: Ledger,
    worker: Worker,
    sources: Iterable[Source],
    project: Project,
    settings: Settings,
    *,
    only: str | None = None,
    now: datetime | None = None,
    parallel: int = 4,
    processes: CrawlProcesses | None = None,
) -> list[PollSummary]:
    """Polls the due sources once, ``parallel`` at a time; with ``only`` that one now, whether due or not.

    Sources that are switched off are reported, not run. ``processes`` may be held open by a caller that collects again
    and again. Raises ConfigError for an unknown ``only`` and LedgerUnavailable when the ledger does not answer; then
    running processes are killed, and what they landed stays.
    """
    moment = now or datetime.now(UTC)
    wanted = [source for source in sources if only is None or source.id == only]
    if only is not None and not wanted:
        raise ConfigError(f"there is no source {only!r} in sources.yaml")
    off = {source.id: reason for source in wanted if (reason := why_off(source, project, moment))}
    summaries = [PollSummary(source_id, ran=False, message=reason) for source_id, reason in off.items()]
    opened = contextlib.nullcontext(processes) if processes is not None else CrawlProcesses()
    with opened as crawling, Polls(ledger, worker, settings, crawling, parallel) as polls:
        summaries += polls.turn(wanted, project, now=moment, force=only is not None)
    order = {source.id: number for number, source in enumerate(wanted)}
    return sorted(summaries, key=lambda summary: order[summary.source])
