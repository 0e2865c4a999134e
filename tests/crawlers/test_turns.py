"""More sources than there are places for: each gets its turn, wherever it stands in the register."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from config import Project, Settings, Source
from crawlers import Polls
from crawlers.timing import overdue_by
from crawlers.turns import in_turn
from ledger import Ledger, SourceState, Worker
from tests.crawlers.conftest import Stub, make_source

START = datetime(2026, 3, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def make_sources(number: int) -> list[Source]:
    return [make_source(f"http://s{n}.example/", id=f"s{n}") for n in range(number)]


def test_what_waits_longest_comes_first_and_a_ban_is_no_waiting() -> None:
    sources = make_sources(4)
    dues = {"s0": (1, None), "s1": (30, None), "s2": (20, None), "s3": (40, 5)}
    states = {
        name: SourceState(
            name, next_due=START - due * MINUTE, not_before=START - banned * MINUTE if banned is not None else None
        )
        for name, (due, banned) in dues.items()
    }
    assert [source.id for source in in_turn(sources, states, new_first=True)] == ["s1", "s2", "s3", "s0"]


@pytest.mark.parametrize(("new_first", "order"), [(True, ["s2", "s1", "s3", "s0"]), (False, ["s1", "s2", "s0", "s3"])])
def test_every_second_is_one_that_was_never_read(order: list[str], *, new_first: bool) -> None:
    states = {name: SourceState(name) for name in ("s2", "s3")}
    states |= {name: SourceState(name, next_due=START - n * MINUTE) for n, name in enumerate(("s0", "s1"))}
    assert [source.id for source in in_turn(make_sources(4), states, new_first=new_first)] == order


def test_a_thousand_sources_on_eight_places_all_get_their_turns() -> None:
    """Ten seconds a poll and an interval of a quarter of an hour: there is room for 720 sources. The register grows meanwhile."""
    sources = make_sources(1100)
    states = {source.id: SourceState(source.id) for source in sources}
    polls, new_first = Counter[str](), True
    for step in range(6 * 60 * 4):
        now = START + timedelta(seconds=10 * step)
        register = sources[: 1000 + step // 10]
        due = [source for source in register if (moment := states[source.id].next_due) is None or moment <= now]
        for source in in_turn(due, states, new_first=new_first)[:8]:
            new_first = states[source.id].next_due is not None
            states[source.id] = SourceState(source.id, next_due=now + 15 * MINUTE)
            polls[source.id] += 1
    old = [polls[source.id] for source in sources[:1000]]
    assert len(polls) == 1100
    assert min(old) >= 10
    assert max(old) - min(old) <= 2, "some have two polls while others wait for their first, and no more than that"


@pytest.mark.parametrize("places", [1, 3])
def test_polls_that_never_catch_up_reach_the_end_of_the_register(
    stub: Stub, ledger: Ledger, worker: Worker, project: Project, settings: Settings, places: int
) -> None:
    """Between two turns hours pass: all sources are always due. A turn that may not wait begins as many as have a place."""
    register, clock = make_sources(9), [datetime.now(UTC)]
    made = Counter[str]()

    def turn(sources: list[Source]) -> None:
        made.update(summary.source for summary in running.turn(sources, project, seconds=0.05))
        clock[0] += timedelta(hours=3)

    with Polls(ledger, worker, settings, stub("print"), places, clock=lambda: clock[0]) as running:
        while len(made) < 9:
            turn(register)
            assert made.total() < 60, "the same ones again and again"
        # An entry that comes later has its turn, too.
        made.clear()
        while made.total() < 40:
            turn([*register, make_source("http://late.example/", id="late")])
    assert len(made) == 10
    assert min(made.values()) >= 2
    assert max(made.values()) - min(made.values()) <= 3, "about four each"


def test_overdue_is_who_waits_for_longer_than_an_interval() -> None:
    source, stream = make_source("http://a.example/"), make_source("wss://a.example/", kind="jetstream", words=["sea"])
    waits = SourceState("test", next_due=START - 16 * MINUTE)
    assert overdue_by(source, waits, START) == 16 * MINUTE
    assert overdue_by(source, SourceState("test", next_due=START - 14 * MINUTE), START) == timedelta()
    assert overdue_by(source, SourceState("test"), START) == timedelta()
    assert overdue_by(source, SourceState("test", next_due=START - 16 * MINUTE, not_before=START), START) == timedelta()
    assert overdue_by(source, SourceState("test", next_due=START - 16 * MINUTE, retired=True), START) == timedelta()
    assert overdue_by(stream, waits, START) == timedelta(), "it is read while it is due"
