"""When a source was due and what was covered: architecture, rule 7."""

from __future__ import annotations

from ledger import (
    Ledger,
    PollResult,
    SourceWindows,
    Worker,
    coverage_windows,
    note_off,
    read_source,
)
from tests.ledger.world import at, poll_once


def poll(
    ledger: Ledger,
    worker: Worker,
    source: str,
    outcome: str,
    start: float,
    window: tuple[float, float] | None = None,
    retired: bool = False,
    clock: bool = True,
) -> None:
    """A poll of six minutes."""
    result = PollResult(outcome, at(start + 0.1), retired=retired)
    poll_once(ledger, worker, start, result, window, source=source, clock=clock)


def test_only_successful_windows_cover(ledger: Ledger, worker: Worker) -> None:
    for outcome, start, end in (
        ("ok", -1.0, 1.0),
        ("not_modified", 1.0, 2.0),
        ("failed", 2.0, 3.0),
        ("ok", 4.0, 5.0),
        ("ok", 4.5, 4.8),
    ):
        poll(ledger, worker, "a", outcome, start, (start, end))
    found = coverage_windows(ledger)
    assert found == {"a": SourceWindows(((at(-1), at(2)), (at(4), at(5))), since=at(-1))}


def test_a_source_that_never_succeeded_is_due_from_its_first_poll(ledger: Ledger, worker: Worker) -> None:
    for hour in (3, 1, 2):
        poll(ledger, worker, "a", "refused", hour)
    assert coverage_windows(ledger) == {"a": SourceWindows((), since=at(1))}


def test_an_import_is_due_in_the_windows_it_declared_and_nowhere_else(ledger: Ledger, worker: Worker) -> None:
    poll(ledger, worker, "unknown", "ok", 5000, clock=False)
    poll(ledger, worker, "file", "ok", 5000, (0, 24), clock=False)
    poll(ledger, worker, "file", "failed", 6000, clock=False)
    assert coverage_windows(ledger) == {"file": SourceWindows(((at(0), at(24)),))}


def test_a_retired_source_is_due_no_longer(ledger: Ledger, worker: Worker) -> None:
    poll(ledger, worker, "a", "ok", 1, (0, 1))
    poll(ledger, worker, "a", "gone", 2, retired=True)
    assert coverage_windows(ledger) == {"a": SourceWindows(((at(0), at(1)),), since=at(1), until=at(2.1))}


def test_a_source_switched_off_or_taken_out_is_due_until_its_last_poll(ledger: Ledger, worker: Worker) -> None:
    for source in ("a", "b"):
        poll(ledger, worker, source, "ok", 1, (0, 1))
        poll(ledger, worker, source, "ok", 3, (2, 3))
    poll(ledger, worker, "file", "ok", 3, (0, 1), clock=False)
    note_off(ledger, ["b"])
    found = coverage_windows(ledger)
    assert (found["a"].since, found["a"].until) == (at(1), at(3.1))
    assert (found["b"].since, found["b"].until) == (at(1), None)
    assert (read_source(ledger, "a").health, read_source(ledger, "file").health) == ("off", "ok")
    # Switched on again: the time between shows as a gap, since nothing was read in it.
    poll(ledger, worker, "a", "ok", 50, (49, 50))
    assert coverage_windows(ledger)["a"].until is None
