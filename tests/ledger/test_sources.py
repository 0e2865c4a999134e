"""Polls, cursors, leases on sources, coverage: architecture, rules 7 to 9."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from ledger import (
    Ledger,
    PollResult,
    Validators,
    Worker,
    claim_sources,
    finish_poll,
    keep_rejected,
    make_worker,
    not_landed_counts,
    read_source,
    read_sources,
    read_validators,
    schema,
    start_poll,
)
from ledger.sources import REJECTED_BYTES, REJECTED_ROWS
from tests.ledger.world import NOON, rows

HOUR = timedelta(hours=1)


def poll(ledger: Ledger, worker: Worker, source: str, result: PollResult, next_due: datetime | None = None) -> None:
    """A whole poll."""
    assert claim_sources(ledger, worker, [source], NOON, force=True) == [source]
    assert finish_poll(ledger, start_poll(ledger, worker, source, NOON), result, next_due)


def test_a_source_never_read_has_an_empty_state(ledger: Ledger) -> None:
    states = read_sources(ledger, ["a", "b"])
    assert list(states) == ["a", "b"]
    assert (states["a"].cursor, states["a"].health, states["a"].next_due) == ({}, "new", None)


def test_a_poll_moves_cursor_health_and_clock(ledger: Ledger, worker: Worker) -> None:
    result = PollResult(
        "ok",
        NOON + HOUR,
        counts={"new": 2},
        window_from=NOON,
        window_to=NOON + HOUR,
        cursor={"mark": "7"},
        validators={"https://x/feed": Validators("e", "yesterday"), "https://x/none": Validators()},
        url="https://x/moved",
    )
    poll(ledger, worker, "a", result, NOON + 2 * HOUR)
    state = read_source(ledger, "a")
    assert (state.cursor, state.health, state.url) == ({"mark": "7"}, "ok", "https://x/moved")
    assert (state.last_success, state.last_new, state.next_due) == (NOON + HOUR, NOON + HOUR, NOON + 2 * HOUR)
    assert read_validators(ledger, "a") == {"https://x/feed": Validators("e", "yesterday")}
    assert claim_sources(ledger, worker, ["a"], NOON + HOUR) == []
    assert claim_sources(ledger, worker, ["a"], NOON + 2 * HOUR) == ["a"]


def test_a_failure_keeps_the_cursor_and_is_counted(ledger: Ledger, worker: Worker) -> None:
    poll(ledger, worker, "a", PollResult("ok", NOON, cursor={"mark": "7"}))
    for failures in (1, 2):
        poll(ledger, worker, "a", PollResult("failed", NOON, message="HTTP 500" * 500))
        state = read_source(ledger, "a")
        assert (state.failures, state.health, state.cursor, state.last_success) == (
            failures,
            "failed",
            {"mark": "7"},
            NOON,
        )
        assert len(state.message) == 1000
    poll(ledger, worker, "a", PollResult("not_modified", NOON))
    assert read_source(ledger, "a").failures == 0


def test_one_process_reads_a_source_at_a_time(ledger: Ledger, worker: Worker) -> None:
    assert claim_sources(ledger, worker, ["a", "b"], NOON) == ["a", "b"]
    with make_worker(ledger) as other:
        assert claim_sources(ledger, other, ["a", "b", "c"], NOON) == ["c"]
        assert claim_sources(ledger, other, ["a"], NOON, force=True) == []
    assert claim_sources(ledger, worker, ["c"], NOON) == ["c"]


def test_force_leaves_out_the_clock_but_not_what_the_server_asked_for(ledger: Ledger, worker: Worker) -> None:
    poll(ledger, worker, "a", PollResult("failed", NOON, not_before=NOON + HOUR), NOON + 2 * HOUR)
    assert claim_sources(ledger, worker, ["a"], NOON, force=True) == []
    assert claim_sources(ledger, worker, ["a"], NOON + HOUR) == []
    assert claim_sources(ledger, worker, ["a"], NOON + HOUR, force=True) == ["a"]


def test_a_retired_source_is_never_due(ledger: Ledger, worker: Worker) -> None:
    poll(ledger, worker, "a", PollResult("gone", NOON, retired=True))
    assert claim_sources(ledger, worker, ["a"], NOON + 1000 * HOUR, force=True) == []


def test_a_poll_that_ended_ends_once(ledger: Ledger, worker: Worker) -> None:
    claim_sources(ledger, worker, ["a"], NOON)
    number = start_poll(ledger, worker, "a", NOON)
    assert finish_poll(ledger, number, PollResult("ok", NOON, cursor={"mark": "1"}), None)
    assert not finish_poll(ledger, number, PollResult("failed", NOON, cursor={"mark": "2"}), None)
    assert (rows(ledger, schema.poll)[0]["outcome"], read_source(ledger, "a").cursor) == ("ok", {"mark": "1"})


def test_what_was_seen_and_not_landed_is_counted_by_reason(ledger: Ledger, worker: Worker) -> None:
    poll(ledger, worker, "a", PollResult("ok", NOON, not_landed={"noindex": 2, "reblog": 1}))
    poll(ledger, worker, "b", PollResult("failed", NOON, not_landed={"noindex": 3}))
    claim_sources(ledger, worker, ["c"], NOON)
    start_poll(ledger, worker, "c", NOON)
    assert not_landed_counts(ledger) == {"noindex": 5, "reblog": 1}


def test_a_broken_source_does_not_fill_the_disk(ledger: Ledger) -> None:
    keep_rejected(ledger, "b", "other", b"of another source")
    with ledger.write() as conn:
        old = [{"source": "a", "at": NOON, "reason": "old", "body": b""} for _ in range(REJECTED_ROWS)]
        conn.execute(schema.rejected.insert(), old)
    for number in range(3):
        keep_rejected(ledger, "a", "bad_shape", bytes([number]) * (REJECTED_BYTES + 1))
    kept = rows(ledger, schema.rejected)
    assert len([row for row in kept if row["source"] == "a"]) == REJECTED_ROWS
    assert len([row for row in kept if row["source"] == "b"]) == 1
    assert [len(row["body"]) for row in kept[-3:]] == [REJECTED_BYTES] * 3


def test_an_address_too_long_to_be_indexed_is_no_fault(ledger: Ledger, worker: Worker) -> None:
    long = "https://x/" + "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=6000))
    poll(ledger, worker, "a", PollResult("ok", NOON, validators={long: Validators("e"), "https://x/": Validators("f")}))
    assert read_validators(ledger, "a") == {"https://x/": Validators("f")}
