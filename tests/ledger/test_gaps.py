"""Gaps: recorded with their bounds, left out of coverage, closed by what reads them after all."""

from __future__ import annotations

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from ledger import (
    Gap,
    Ledger,
    PollResult,
    Worker,
    coverage_windows,
    note_gap,
    open_gaps,
    read_until,
    schema,
)
from ledger.coverage import cut
from ledger.gaps import MOMENT, subtract
from tests.ledger.world import HOUR, NOON, at, poll_once, rows


def poll(
    ledger: Ledger,
    worker: Worker,
    start: float,
    window: tuple[float, float] | None = None,
    *gaps: Gap,
    outcome: str = "ok",
    clock: bool = True,
) -> None:
    """A poll of source a; ``clock`` False: an import into it."""
    poll_once(ledger, worker, start, PollResult(outcome, at(start), gaps=gaps), window, clock=clock)


def gap(start: float, end: float, why: str = "beyond_reach") -> Gap:
    return Gap(at(start), at(end), why)


def bounds(ledger: Ledger) -> list[tuple[float, float]]:
    return [((gap.start - NOON) / HOUR, (gap.end - NOON) / HOUR) for gap in open_gaps(ledger)]


def windows(ledger: Ledger) -> list[tuple[float, float]]:
    return [((a - NOON) / HOUR, (b - NOON) / HOUR) for a, b in coverage_windows(ledger)["a"].windows]


def test_a_gap_is_recorded_with_what_was_tried_in_it(ledger: Ledger, worker: Worker) -> None:
    poll(ledger, worker, 1, (0, 1))
    for hour, outcome in ((2, "failed"), (3, "timeout"), (5, "failed")):
        poll(ledger, worker, hour, outcome=outcome)
    poll(ledger, worker, 26, (20, 26), gap(1, 20))
    (found,) = open_gaps(ledger)
    assert (found.source, found.start, found.end, found.why) == ("a", at(1), at(20), "beyond_reach")
    assert (found.detail, found.found_at, found.closed_at) == ("3 polls in it: 2 failed, 1 timeout", at(26), None)
    assert open_gaps(ledger, ["b"]) == []
    assert windows(ledger) == [(0, 1), (20, 26)]


def test_an_open_gap_covers_nothing_whatever_windows_claim(ledger: Ledger, worker: Worker) -> None:
    poll(ledger, worker, 10, (0, 10))
    note_gap(ledger, "a", gap(4, 6, "cursor_lost"))
    assert windows(ledger) == [(0, 4), (6, 10)]
    poll(ledger, worker, 12, (10, 12))
    assert windows(ledger) == [(0, 4), (6, 12)], "a window that does not reach it changes nothing"
    poll(ledger, worker, 14, (3, 14))
    assert (windows(ledger), open_gaps(ledger)) == ([(0, 14)], [])
    (row,) = rows(ledger, schema.gap)
    assert (row["gap_from"], row["gap_to"], row["closed_at"]) == (at(4), at(6), at(14))


def test_what_is_read_later_closes_as_much_as_it_covers(ledger: Ledger, worker: Worker) -> None:
    poll(ledger, worker, 1, (0, 1))
    poll(ledger, worker, 26, (20, 26), gap(1, 20))
    poll(ledger, worker, 27, (15, 27))
    assert bounds(ledger) == [(1, 15)]
    poll(ledger, worker, 28, (5, 9), clock=False)
    assert bounds(ledger) == [(1, 5), (9, 15)], "an import brings the middle"
    poll(ledger, worker, 29, (0, 20), outcome="failed")
    assert bounds(ledger) == [(1, 5), (9, 15)], "a failure has read nothing"
    poll(ledger, worker, 30, (1, 30))
    assert (bounds(ledger), windows(ledger)) == ([], [(0, 30)])


def test_a_gap_that_is_told_again_is_no_second_one(ledger: Ledger, worker: Worker) -> None:
    poll(ledger, worker, 1, (0, 1))
    poll(ledger, worker, 26, (20, 26), gap(1, 20))
    poll(ledger, worker, 27, (25, 27), gap(1, 25))
    assert bounds(ledger) == [(1, 20), (20, 25)]
    note_gap(ledger, "a", gap(2, 24))
    note_gap(ledger, "a", Gap(at(30), at(30) + MOMENT, "beyond_reach"))
    assert bounds(ledger) == [(1, 20), (20, 25)]


def test_up_to_when_a_source_was_read(ledger: Ledger, worker: Worker) -> None:
    assert read_until(ledger, "a") is None
    poll(ledger, worker, 3, outcome="failed")
    assert read_until(ledger, "a") == at(3), "due from its first poll on"
    poll(ledger, worker, 5, (4, 5))
    poll(ledger, worker, 6, (5, 6), outcome="failed")
    assert read_until(ledger, "a") == at(5)


SPANS = st.tuples(st.integers(0, 40), st.integers(1, 20)).map(lambda pair: (at(pair[0]), at(pair[0] + pair[1])))


@given(SPANS, st.lists(SPANS, max_size=6))
def test_the_rest_of_a_span_is_what_no_hole_holds(
    span: tuple[datetime, datetime], holes: list[tuple[datetime, datetime]]
) -> None:
    rest = subtract(span, holes)

    def within(moment: datetime, spans: list[tuple[datetime, datetime]]) -> bool:
        return any(start <= moment < end for start, end in spans)

    for half_hours in range(140):
        moment = at(half_hours / 2)
        assert within(moment, rest) == (within(moment, [span]) and not within(moment, holes))


@given(st.lists(st.tuples(st.integers(2, 9), st.integers(1, 9)), max_size=9), st.lists(SPANS, max_size=9))
def test_windows_without_gaps_are_each_window_without_all_gaps(
    steps: list[tuple[int, int]], gaps: list[tuple[datetime, datetime]]
) -> None:
    spans, end = [], 0
    for pause, length in steps:
        spans.append((at(end + pause), at(end + pause + length)))
        end += pause + length
    assert cut(spans, gaps) == [part for span in spans for part in subtract(span, gaps)]
