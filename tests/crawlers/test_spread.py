"""The schedule is spread: sources that begin together, or come back together after a stop, do not stay in one bunch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from config import Project, Settings
from crawlers import Polls
from crawlers.outcome import Outcome
from crawlers.task import TaskResult
from crawlers.timing import is_off_beat, next_due
from ledger import Ledger, SourceState, Worker, read_sources
from tests.crawlers.conftest import Stub, make_source

SOURCES = 200
MINUTE = timedelta(minutes=1)


def fullest_minute(moments: list[datetime]) -> int:
    """How many come in the fullest minute."""
    return max(sum(start <= other < start + MINUTE for other in moments) for start in moments)


def test_200_sources_that_begin_together_take_places_over_the_whole_interval(
    stub: Stub, ledger: Ledger, worker: Worker, project: Project, settings: Settings
) -> None:
    sources = [make_source(f"http://s{number}.example/", id=f"s{number}") for number in range(SOURCES)]
    began = datetime.now(UTC)
    with Polls(ledger, worker, settings, stub("print"), places=8) as polls:
        assert len(polls.turn(sources, project)) == SOURCES
    took = datetime.now(UTC) - began
    dues = [state.next_due for state in read_sources(ledger, [source.id for source in sources]).values()]
    moments = sorted(due for due in dues if due is not None)
    assert len(moments) == SOURCES
    assert moments[0] >= began + 15 * MINUTE, "never sooner than the interval"
    assert moments[-1] <= began + took + 32 * MINUTE, "and within two of them"
    # Evenly spread there would be 13 in each minute; all in one bunch, 200 in two.
    assert fullest_minute(moments) < 35
    thirds = [sum((moment - moments[0]) // (5 * MINUTE) == part for moment in moments) for part in range(3)]
    assert min(thirds) > 30


def test_they_stay_apart_and_come_apart_again_after_a_stop() -> None:
    """Polled at their turns for a day, then not at all for a day, then all at once."""
    source, start = make_source("http://a.example/"), datetime(2026, 3, 1, tzinfo=UTC)
    good = TaskResult(outcome=Outcome.OK, finished=start)

    def polled(state: SourceState, now: datetime, *, in_bunch: bool) -> SourceState:
        spread = in_bunch and is_off_beat(source, state, now)
        return SourceState("a", next_due=next_due(source, good, 0, now, spread=spread))

    states = [polled(SourceState("a"), start, in_bunch=True) for _ in range(SOURCES)]
    for days in (0, 2):
        now = start + timedelta(days=days)
        states = [polled(state, now, in_bunch=True) if days else state for state in states]
        for minute in range(24 * 60):
            at = now + minute * MINUTE
            # Those that come in one minute are mostly more than there are places; at their turns that means nothing.
            states = [polled(s, at, in_bunch=True) if s.next_due and s.next_due <= at else s for s in states]
        dues = [state.next_due for state in states if state.next_due is not None]
        assert fullest_minute(dues) < 40
        assert max(dues) - min(dues) > 13 * MINUTE
        assert max(dues) - (now + timedelta(days=1)) < 17 * MINUTE, "at the usual interval again"
