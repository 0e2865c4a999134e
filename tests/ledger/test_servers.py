"""One server, many sources: leases, bans and delays hold for all of them, on every host; ledger/servers.py."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest

from ledger import (
    Claim,
    Ledger,
    LedgerUnavailable,
    PollResult,
    ServerFacts,
    Verdict,
    Worker,
    claim_server,
    claim_source,
    closed_servers,
    finish_poll,
    give_back,
    make_worker,
    read_source,
    release_server,
    schema,
    start_poll,
)
from tests.ledger.world import NOON, claim, rows

ONE = "one.example"
SECOND = timedelta(seconds=1)


def test_two_sources_of_one_server_are_never_read_at_once(ledger: Ledger, worker: Worker) -> None:
    assert claim_source(ledger, worker, "a", ONE, NOON) == Claim(Verdict.MINE)
    assert claim_source(ledger, worker, "b", ONE, NOON, force=True) == Claim(Verdict.SERVER_BUSY)
    assert claim_source(ledger, worker, "b", "two.example", NOON).verdict is Verdict.MINE
    with make_worker(ledger) as other:
        assert claim_source(ledger, other, "c", ONE, NOON).verdict is Verdict.SERVER_BUSY
        assert claim_source(ledger, other, "a", "three.example", NOON).verdict is Verdict.READ_ELSEWHERE
    finish(ledger, worker, "a")
    assert claim_source(ledger, worker, "c", ONE, NOON).verdict is Verdict.MINE


def test_a_refused_claim_leaves_nothing_taken(ledger: Ledger, worker: Worker) -> None:
    assert claim(ledger, worker, "a")
    finish(ledger, worker, "a", next_due=NOON + SECOND)
    assert claim_source(ledger, worker, "a", ONE, NOON).verdict is Verdict.NOT_DUE
    assert claim_source(ledger, worker, "b", ONE, NOON).verdict is Verdict.MINE, "the server was not kept for a"
    assert claim_source(ledger, worker, "a", ONE, NOON, force=True).verdict is Verdict.SERVER_BUSY
    assert claim(ledger, worker, "a", force=True), "nor was the source kept for the server"


def test_a_ban_holds_for_every_source_of_the_server(ledger: Ledger, worker: Worker) -> None:
    until = NOON + timedelta(hours=1)
    assert claim_source(ledger, worker, "a", ONE, NOON).verdict is Verdict.MINE
    finish(ledger, worker, "a", servers={ONE: ServerFacts(not_before=until)})
    assert claim_source(ledger, worker, "b", ONE, NOON, force=True) == Claim(Verdict.BANNED, until)
    assert closed_servers(ledger, NOON) == {ONE: until}
    assert closed_servers(ledger, until) == {}
    assert claim_source(ledger, worker, "b", ONE, until).verdict is Verdict.MINE
    finish(ledger, worker, "b", servers={ONE: ServerFacts(not_before=NOON)})
    assert closed_servers(ledger, NOON) == {ONE: until}, "an earlier ban does not shorten a later one"


@pytest.mark.parametrize(("own", "crawl", "pause"), [(2.0, 45.0, 45), (5.0, 0.0, 5), (0.0, None, 0)])
def test_the_longer_delay_passes_between_two_polls(
    ledger: Ledger, worker: Worker, own: float, crawl: float | None, pause: int
) -> None:
    assert claim_source(ledger, worker, "a", ONE, NOON, delay=own).verdict is Verdict.MINE
    finish(ledger, worker, "a", servers={ONE: ServerFacts(last_request=NOON, crawl_delay=crawl)})
    early = claim_source(ledger, worker, "b", ONE, NOON + (pause - 1) * SECOND, delay=own, force=True)
    if pause:
        assert early == Claim(Verdict.TOO_SOON, NOON + pause * SECOND)
        assert claim_source(ledger, worker, "b", ONE, NOON + pause * SECOND, delay=own).verdict is Verdict.MINE
    else:
        assert early.verdict is Verdict.MINE


def test_a_clock_that_runs_ahead_bars_nobody_for_longer_than_the_delay(ledger: Ledger, worker: Worker) -> None:
    assert claim_source(ledger, worker, "a", ONE, NOON).verdict is Verdict.MINE
    finish(ledger, worker, "a", servers={ONE: ServerFacts(last_request=NOON + timedelta(days=9))})
    assert claim_source(ledger, worker, "b", ONE, NOON, delay=3) == Claim(Verdict.TOO_SOON, NOON + 3 * SECOND)
    assert claim_source(ledger, worker, "b", ONE, NOON).verdict is Verdict.MINE


def test_of_servers_read_in_passing_only_a_ban_is_kept(ledger: Ledger, worker: Worker) -> None:
    assert claim_source(ledger, worker, "a", ONE, NOON).verdict is Verdict.MINE
    learned = {
        ONE: ServerFacts(last_request=NOON, crawl_delay=7.0),
        "articles.example": ServerFacts(last_request=NOON, crawl_delay=1.0),
        "banned.example": ServerFacts(not_before=NOON + SECOND),
    }
    finish(ledger, worker, "a", servers=learned)
    kept = {row["server"]: row for row in rows(ledger, schema.server)}
    assert set(kept) == {ONE, "banned.example"}
    assert (kept[ONE]["last_request"], kept[ONE]["crawl_delay"]) == (NOON, 7.0)


def test_what_a_lost_poll_held_is_given_back(ledger: Ledger, worker: Worker) -> None:
    for name in "abc":
        assert claim(ledger, worker, name)
    polls = {name: start_poll(ledger, worker, name, NOON) for name in "ab"}
    assert give_back(ledger, worker, keep=["a"]) == ["b", "c"]
    assert give_back(ledger, worker, keep=["a"]) == []
    assert not claim(ledger, worker, "a"), "still being read"
    assert claim(ledger, worker, "b")
    assert claim(ledger, worker, "c")
    outcomes = {row["id"]: row["outcome"] for row in rows(ledger, schema.poll)}
    assert outcomes == {polls["a"]: None, polls["b"]: "interrupted"}
    late = PollResult("ok", NOON, cursor={"mark": "late"})
    assert not finish_poll(ledger, polls["b"], late, None)
    assert read_source(ledger, "b").cursor == {}


def test_a_dead_worker_frees_its_servers(ledger: Ledger) -> None:
    with make_worker(ledger) as dead:
        assert claim_source(ledger, dead, "a", ONE, NOON).verdict is Verdict.MINE
    with make_worker(ledger) as other:
        assert claim_source(ledger, other, "b", ONE, NOON).verdict is Verdict.MINE


def test_a_look_at_a_source_takes_its_server_only(ledger: Ledger, worker: Worker) -> None:
    assert claim_server(ledger, worker, ONE, "a", NOON).verdict is Verdict.MINE
    assert claim_server(ledger, worker, ONE, "b", NOON).verdict is Verdict.SERVER_BUSY
    assert claim_source(ledger, worker, "a", ONE, NOON).verdict is Verdict.SERVER_BUSY
    release_server(ledger, worker, "a", {ONE: ServerFacts(not_before=NOON + SECOND)}, NOON)
    assert claim_source(ledger, worker, "a", ONE, NOON) == Claim(Verdict.BANNED, NOON + SECOND)
    assert claim_server(ledger, worker, ONE, "a", NOON) == Claim(Verdict.BANNED, NOON + SECOND)


def test_of_many_claims_at_once_one_has_the_server(ledger: Ledger, open_again: Callable[[], Ledger]) -> None:
    workers = [make_worker(opened) for opened in (open_again() for _ in range(4))]
    try:
        for turn in range(5):
            now = NOON + turn * SECOND

            def attempt(number: int, now: datetime = now) -> Verdict:
                mine = workers[number]
                return claim_source(mine._ledger, mine, f"source-{number}", ONE, now, force=True).verdict

            with ThreadPoolExecutor(4) as pool:
                verdicts = list(pool.map(attempt, range(4)))
            assert sorted(verdicts) == sorted([Verdict.SERVER_BUSY] * 3 + [Verdict.MINE])
            winner = verdicts.index(Verdict.MINE)
            finish(ledger, workers[winner], f"source-{winner}")
    finally:
        for worker in workers:
            worker.close()


def test_giving_back_says_that_the_ledger_is_away(
    ledger: Ledger, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: object) -> None:
        raise LedgerUnavailable("away")

    assert claim(ledger, worker, "a")
    monkeypatch.setattr(Ledger, "read", away)
    with pytest.raises(LedgerUnavailable):
        give_back(ledger, worker, keep=())


def finish(
    ledger: Ledger,
    worker: Worker,
    source: str,
    *,
    next_due: datetime | None = None,
    servers: dict[str, ServerFacts] | None = None,
) -> None:
    """The end of a poll that was claimed."""
    poll = start_poll(ledger, worker, source, NOON)
    assert finish_poll(ledger, poll, PollResult("ok", NOON, servers=servers or {}), next_due)
