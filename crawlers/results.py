"""What a poll came to: for the ledger, and for whoever asked for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crawlers.outcome import Outcome
from crawlers.rate import Rate
from crawlers.task import RobotsVerdict, ServerNews, TaskResult
from ledger import Claim, Gap, PollResult, RobotsFacts, ServerFacts, Signs, Validators, Verdict

LONGEST_CRAWL_DELAY = timedelta(days=7).total_seconds()
"""Seconds. A Crawl-delay beyond this is a slip of the server; a week later one polite request finds out."""


@dataclass(frozen=True)
class PollSummary:
    """What became of one source in one turn."""

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


def summarise(source: str, result: TaskResult, due: datetime) -> PollSummary:
    """The summary of a poll that ran; ``due`` is when the next one is."""
    return PollSummary(
        source=source,
        ran=True,
        outcome=result.outcome.value,
        message=result.message,
        counts=result.counts,
        not_landed=result.not_landed,
        window_from=result.window_from,
        window_to=result.window_to,
        next_due=due,
    )


def make_poll_result(
    server: str, result: TaskResult, rate: Rate | None = None, signs: Signs | None = None
) -> PollResult:
    """The end of a poll in the ledger's words; ``server`` is the one that the source is on, ``rate`` as in rate.py."""
    return PollResult(
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
        servers=learned(server, result),
        robots=_robots(result.servers.get(server)),
        rate=(rate.per_hour, rate.hours) if rate is not None else None,
        gaps=tuple(Gap(missed.start, missed.end, missed.why.value) for missed in result.gaps),
        signs=signs or Signs(),
    )


def _robots(news: ServerNews | None) -> RobotsFacts | None:
    if news is None or news.robots is None:
        return None
    found = news.robots
    return RobotsFacts(
        found.verdict.value, found.sha256, found.read_at, is_known=found.verdict is not RobotsVerdict.UNREADABLE
    )


def learned(server: str, result: TaskResult) -> dict[str, ServerFacts]:
    """What the ledger keeps of the servers that a run asked. A run that was killed told nothing: its end counts then."""
    facts = {
        name: ServerFacts(
            not_before=news.not_before,
            last_request=news.last_request,
            crawl_delay=None if news.crawl_delay is None else min(news.crawl_delay, LONGEST_CRAWL_DELAY),
        )
        for name, news in result.servers.items()
    }
    if not result.servers:
        facts[server] = ServerFacts(last_request=result.finished)
    return facts


def why_not(claim: Claim) -> str:
    """Why a source that was asked for by name is not polled now."""
    if claim.verdict is Verdict.RETIRED:
        return "retired: the server said that it is gone for good"
    if claim.verdict is Verdict.BANNED and claim.until is not None:
        return f"the server asked to be left alone until {claim.until:%Y-%m-%d %H:%M:%S} UTC"
    if claim.verdict is Verdict.TOO_SOON and claim.until is not None:
        return f"the server asks for a delay between requests: not before {claim.until:%Y-%m-%d %H:%M:%S} UTC"
    if claim.verdict is Verdict.SERVER_BUSY:
        return "another process is asking its server now"
    return "another process is reading it now"
