"""Polling the sources that are due, each in a process of its own.

1. claim     the source's lease as a place becomes free, never two of one server at once
                                                                            -> taken elsewhere or not due: left alone
2. start     the poll is written down, the process gets cursor and validators
3. wait      for any of them; a slow source keeps one place, never the others
4. finish    outcome, counts, window and cursor in one transaction, which gives the lease back
5. next due  interval after a success; interval * 2^failures after a failure, at most a day, never before not_before
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from config import ConfigError, Project, Settings, Source, SourceKind
from crawlers.outcome import Outcome
from crawlers.process import CrawlProcesses
from crawlers.task import StoredValidators, Task, TaskResult, user_agent
from crawlers.version import daymark_version
from ledger import (
    Ledger,
    PollResult,
    SourceState,
    Validators,
    Worker,
    claim_sources,
    finish_poll,
    note_off,
    read_source,
    read_sources,
    read_validators,
    start_poll,
)
from records import Post

LONGEST_BACKOFF = timedelta(days=1)
"""A source that came back is noticed within a day."""
JITTER = 0.2
"""Share of a back-off that is random, so that sources that failed together do not come back together."""


@dataclass(frozen=True)
class PollSummary:
    """What became of one source in one `collect`."""

    source: str
    ran: bool
    outcome: str = ""
    message: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    not_landed: dict[str, int] = field(default_factory=dict)
    window_from: datetime | None = None
    window_to: datetime | None = None
    next_due: datetime | None = None

    @property
    def failed(self) -> bool:
        """Whether the poll ran and did not succeed."""
        return self.ran and not Outcome(self.outcome).is_success


@dataclass(frozen=True)
class CheckReport:
    """What a poll of a source would land; nothing of it is stored."""

    source: str
    outcome: str
    message: str
    posts: tuple[Post, ...]
    counts: dict[str, int]
    not_landed: dict[str, int]


@dataclass(frozen=True)
class _Running:
    source: Source
    state: SourceState
    poll_id: int
    started: datetime


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
    off = {source.id: reason for source in wanted if (reason := _why_off(source, project, moment))}
    summaries = [PollSummary(source_id, ran=False, message=reason) for source_id, reason in off.items()]
    if only is None:
        note_off(ledger, [source.id for source in wanted if source.id not in off])
    states = read_sources(ledger, [source.id for source in wanted])
    waiting = [source for source in wanted if source.id not in off and (only or _may_be_due(states[source.id], moment))]
    running: dict[Future[TaskResult], _Running] = {}
    with ThreadPoolExecutor(max_workers=parallel, thread_name_prefix="crawl") as pool:
        crawling = processes or CrawlProcesses()
        sound = False
        try:
            while waiting or running:
                while len(running) < parallel and (source := _next(waiting, running.values())) is not None:
                    if not claim_sources(ledger, worker, [source.id], moment, force=only is not None):
                        if only is not None:
                            summaries.append(PollSummary(source.id, ran=False, message=_why_not_now(ledger, source)))
                        continue
                    begun = _begin(ledger, worker, source)
                    task = _task(ledger, begun, project, settings)
                    running[pool.submit(crawling.run, task)] = begun
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    summaries.append(_finish(ledger, running.pop(future), future.result(), moment))
            sound = True
        finally:
            # After a fault the children are killed, else leaving the pool would wait for them.
            if processes is None or not sound:
                crawling.kill()
    order = {source.id: number for number, source in enumerate(wanted)}
    return sorted(summaries, key=lambda summary: order[summary.source])


def check(source: Source, project: Project, settings: Settings) -> CheckReport:
    """Fetches a source's newest page once and reports what would land; nothing is stored, no cursor moves.

    A source that is merely switched off can be checked; one without purpose or legal basis cannot.
    """
    reason = _why_off(source.model_copy(update={"enabled": True}), project, datetime.now(UTC))
    if reason is not None:
        return CheckReport(source.id, Outcome.FAILED.value, reason, (), {}, {})
    task = Task(
        source=source,
        mode="check",
        url=source.url,
        user_agent=user_agent(project, settings),
        version=daymark_version(),
        started=datetime.now(UTC),
    )
    with CrawlProcesses() as crawling:
        result = crawling.run(task)
    posts = tuple(Post.model_validate(post) for post in result.posts)
    return CheckReport(source.id, result.outcome.value, result.message, posts, result.counts, result.not_landed)


def _may_be_due(state: SourceState, now: datetime) -> bool:
    """Asked of all sources at once: taking a lease is a transaction, and most sources are not due."""
    passed = [moment is None or moment <= now for moment in (state.next_due, state.not_before)]
    return not state.retired and all(passed)


def _next(waiting: list[Source], running: Iterable[_Running]) -> Source | None:
    """The next source whose server no other process is asking: delays between requests hold within a process only."""
    busy = {urlsplit(begun.state.url or begun.source.url).netloc for begun in running}
    for number, source in enumerate(waiting):
        if urlsplit(source.url).netloc not in busy:
            return waiting.pop(number)
    return None


def _why_off(source: Source, project: Project, now: datetime) -> str | None:
    if source.kind is SourceKind.IMPORT:
        return "an import: use `daymark import`"
    if project.ends is not None and now.date() > project.ends:
        return f"collection ended on {project.ends} (project.yaml)"
    return source.why_off


def _why_not_now(ledger: Ledger, source: Source) -> str:
    state = read_source(ledger, source.id)
    if state.retired:
        return "retired: the server said that it is gone for good"
    if state.not_before is not None and state.not_before > datetime.now(UTC):
        return f"the server asked to be left alone until {state.not_before:%Y-%m-%d %H:%M:%S} UTC"
    return "another process is reading it now"


def _begin(ledger: Ledger, worker: Worker, source: Source) -> _Running:
    started = datetime.now(UTC)
    state = read_source(ledger, source.id)
    return _Running(source, state, start_poll(ledger, worker, source.id, started), started)


def _task(ledger: Ledger, begun: _Running, project: Project, settings: Settings) -> Task:
    stored = read_validators(ledger, begun.source.id)
    return Task(
        source=begun.source,
        mode="poll",
        url=begun.state.url or begun.source.url,
        user_agent=user_agent(project, settings),
        version=daymark_version(),
        started=begun.started,
        ledger_url=settings.ledger,
        key_dir=settings.key_dir,
        cursor=begun.state.cursor,
        validators={
            url: StoredValidators(etag=known.etag, last_modified=known.last_modified) for url, known in stored.items()
        },
    )


def _finish(ledger: Ledger, begun: _Running, result: TaskResult, moment: datetime) -> PollSummary:
    due = next_due(begun.source, result, begun.state.failures, max(begun.started, moment))
    poll = PollResult(
        outcome=result.outcome.value,
        finished=result.finished,
        counts=result.counts,
        not_landed=result.not_landed,
        window_from=result.window_from,
        window_to=result.window_to,
        cursor=result.cursor,
        validators={url: Validators(known.etag, known.last_modified) for url, known in result.validators.items()},
        url=result.url,
        retired=result.retired,
        not_before=result.not_before,
        message=result.message,
    )
    finish_poll(ledger, begun.poll_id, poll, due)
    return PollSummary(
        source=begun.source.id,
        ran=True,
        outcome=result.outcome.value,
        message=result.message,
        counts=result.counts,
        not_landed=result.not_landed,
        window_from=result.window_from,
        window_to=result.window_to,
        next_due=due,
    )


def next_due(source: Source, result: TaskResult, failures: int, started: datetime) -> datetime:
    """When to poll again; ``failures`` are those in a row before this poll."""
    delay = source.interval
    if not result.outcome.is_success:
        doubled = source.interval * 2 ** min(failures + 1, 16)
        early = JITTER * random.random()  # noqa: S311  no secret
        delay = min(doubled, max(LONGEST_BACKOFF, source.interval)) * (1 - early)
        delay = max(delay, source.interval)
    due = started + delay
    return max(due, result.not_before) if result.not_before is not None else due
