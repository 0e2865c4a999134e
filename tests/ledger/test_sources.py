"""Polls, cursors, leases on sources, coverage: architecture, rules 7 to 9."""

from __future__ import annotations

import random
from datetime import datetime

from ledger import (
    Ledger,
    PollResult,
    RobotsFacts,
    SourceState,
    Validators,
    Worker,
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
from tests.ledger.world import HOUR, NOON, claim, rows


def poll(ledger: Ledger, worker: Worker, source: str, result: PollResult, next_due: datetime | None = None) -> None:
    """A whole poll."""
    assert claim(ledger, worker, source, NOON, force=True)
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
    assert not claim(ledger, worker, "a", NOON + HOUR)
    assert claim(ledger, worker, "a", NOON + 2 * HOUR)


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


def test_an_empty_answer_is_neither_success_nor_failure(ledger: Ledger, worker: Worker) -> None:
    for outcome, failures in (("empty", 0), ("failed", 1), ("empty", 1), ("empty", 1), ("timeout", 2), ("ok", 0)):
        poll(ledger, worker, "a", PollResult(outcome, NOON))
        assert (read_source(ledger, "a").failures, read_source(ledger, "a").health) == (failures, outcome)
    assert read_source(ledger, "a").last_success == NOON


def test_an_import_leaves_ban_clock_and_retirement_alone(ledger: Ledger, worker: Worker) -> None:
    due, until = NOON + HOUR, NOON + 2 * HOUR
    poll(ledger, worker, "a", PollResult("gone", NOON, cursor={"mark": "7"}, retired=True, not_before=until), due)
    before = read_source(ledger, "a")
    result = PollResult("ok", NOON + HOUR, counts={"new": 3}, window_from=NOON, window_to=due)
    assert finish_poll(ledger, start_poll(ledger, worker, "a", NOON), result, None)
    assert read_source(ledger, "a") == before


def test_an_import_into_a_source_of_its_own_is_its_health(ledger: Ledger, worker: Worker) -> None:
    result = PollResult("ok", NOON, counts={"new": 3}, message="import of a.csv")
    assert finish_poll(ledger, start_poll(ledger, worker, "file", NOON), result, None)
    state = read_source(ledger, "file")
    assert (state.health, state.last_success, state.last_new, state.message) == ("ok", NOON, NOON, "import of a.csv")


def test_one_process_reads_a_source_at_a_time(ledger: Ledger, worker: Worker) -> None:
    assert claim(ledger, worker, "a")
    assert claim(ledger, worker, "b")
    with make_worker(ledger) as other:
        assert [name for name in "abc" if claim(ledger, other, name)] == ["c"]
        assert not claim(ledger, other, "a", NOON, force=True)
    assert claim(ledger, worker, "c", NOON)


def test_force_leaves_out_the_clock_but_not_what_the_server_asked_for(ledger: Ledger, worker: Worker) -> None:
    poll(ledger, worker, "a", PollResult("failed", NOON, not_before=NOON + HOUR), NOON + 2 * HOUR)
    assert not claim(ledger, worker, "a", NOON, force=True)
    assert not claim(ledger, worker, "a", NOON + HOUR)
    assert claim(ledger, worker, "a", NOON + HOUR, force=True)


def test_a_retired_source_is_never_due(ledger: Ledger, worker: Worker) -> None:
    poll(ledger, worker, "a", PollResult("gone", NOON, retired=True))
    assert not claim(ledger, worker, "a", NOON + 1000 * HOUR, force=True)


def test_a_poll_that_ended_ends_once(ledger: Ledger, worker: Worker) -> None:
    assert claim(ledger, worker, "a", NOON)
    number = start_poll(ledger, worker, "a", NOON)
    assert finish_poll(ledger, number, PollResult("ok", NOON, cursor={"mark": "1"}), None)
    assert not finish_poll(ledger, number, PollResult("failed", NOON, cursor={"mark": "2"}), None)
    assert (rows(ledger, schema.poll)[0]["outcome"], read_source(ledger, "a").cursor) == ("ok", {"mark": "1"})


def test_what_was_seen_and_not_landed_is_counted_by_reason(ledger: Ledger, worker: Worker) -> None:
    poll(ledger, worker, "a", PollResult("ok", NOON, not_landed={"noindex": 2, "reblog": 1}))
    poll(ledger, worker, "b", PollResult("failed", NOON, not_landed={"noindex": 3}))
    assert claim(ledger, worker, "c", NOON)
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


def test_what_robots_txt_says_is_kept_with_its_hash_and_a_change_with_its_time(ledger: Ledger, worker: Worker) -> None:
    def look(hours: int, verdict: str, sha256: str | None, *, known: bool = True) -> SourceState:
        at = NOON + hours * HOUR
        poll(ledger, worker, "a", PollResult("ok", at, robots=RobotsFacts(verdict, sha256, at, is_known=known)))
        return read_source(ledger, "a")

    def told(state: SourceState) -> tuple[str | None, str | None, datetime | None, datetime | None]:
        return state.robots_verdict, state.robots_sha256, state.robots_read_at, state.robots_changed_at

    assert told(look(0, "unreadable", None, known=False)) == ("unreadable", None, None, None)
    assert told(look(1, "allows", "1" * 64)) == ("allows", "1" * 64, NOON + HOUR, None), "the first is no change"
    assert told(look(2, "unreadable", None, known=False)) == ("unreadable", "1" * 64, NOON + HOUR, None)
    assert told(look(3, "allows", "1" * 64)) == ("allows", "1" * 64, NOON + 3 * HOUR, None)
    assert told(look(4, "forbids", "2" * 64)) == ("forbids", "2" * 64, NOON + 4 * HOUR, NOON + 4 * HOUR)
    assert told(look(5, "none", None)) == ("none", None, NOON + 5 * HOUR, NOON + 5 * HOUR), (
        "one that is gone is a change"
    )
    poll(ledger, worker, "a", PollResult("ok", NOON + 6 * HOUR))
    assert told(read_source(ledger, "a"))[2] == NOON + 5 * HOUR, "a poll that read none says nothing of it"
