"""Who holds leases, and what happens when the holder dies: architecture, rule 9."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.synchronize import Event

import pytest
import sqlalchemy as sa

from ledger import (
    Ledger,
    PollResult,
    Stage,
    State,
    Worker,
    ack_indexed,
    claim_index,
    claim_tag,
    commit_tags,
    due,
    finish_poll,
    list_quarantine,
    make_worker,
    open_ledger,
    read_source,
    replay,
    schema,
    start_poll,
    workers,
)
from tests.ledger.conftest import KEY
from tests.ledger.world import (
    NOON,
    assert_sound,
    change,
    claim,
    die,
    fall_silent,
    index,
    land_some,
    make_post,
    make_tags,
    numbers,
    row_of,
    rows,
    state_of,
    tag,
)


def test_a_dead_process_on_the_same_host_frees_its_leases_at_once(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 3)
    dead = make_worker(ledger)
    claim_tag(ledger, dead, 3)
    die(ledger, dead)
    assert due(ledger, Stage.TAG) == (3, 0)
    assert len(rows(ledger, schema.worker)) == 1


def test_a_batch_that_died_is_retried_post_by_post_after_the_others(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 5)
    dead = make_worker(ledger)
    assert numbers(claim_tag(ledger, dead, 3)) == [1, 2, 3]
    die(ledger, dead)
    assert numbers(claim_tag(ledger, worker, 10)) == [4, 5]
    for number in (1, 2, 3):
        work = claim_tag(ledger, worker, 10)
        assert numbers(work) == [number]
        assert work[0].alone
    assert claim_tag(ledger, worker, 10) == []
    assert [row["deaths"] for row in rows(ledger, schema.post)] == [0] * 5, "a death in company proves nothing"


def test_a_post_that_died_alone_three_times_is_quarantined(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 2)
    for deaths in range(4):
        assert row_of(ledger)["deaths"] == max(0, deaths - 1)
        dead = make_worker(ledger)
        assert numbers(claim_tag(ledger, dead, 1)) == [1] if deaths == 0 else True
        if deaths:
            change(ledger, schema.post, schema.post.c.worker == dead.id, worker=None, lease_stage=None)
            mine = schema.post.c.post_id == make_post(1).post_id
            change(ledger, schema.post, mine, worker=dead.id, lease_stage="tag")
        die(ledger, dead)
        due(ledger, Stage.TAG)
    found = list_quarantine(ledger)
    assert [(item.post_id, item.stage, item.attempts) for item in found] == [(make_post(1).post_id, Stage.TAG, 3)]
    assert numbers(tag(ledger, worker)) == [2]
    assert replay(ledger) == 1
    row = row_of(ledger)
    assert (row["deaths"], row["alone"], row["state"]) == (0, True, "landed")
    assert_sound(ledger)


def test_a_killer_does_not_stand_in_the_way_of_the_rest(ledger: Ledger) -> None:
    land_some(ledger, 4)
    killer = make_post(1).post_id
    tagged = 0
    for _ in range(30):
        worker = make_worker(ledger)
        while work := claim_tag(ledger, worker, 4):
            if killer in {item.post.post_id for item in work}:
                die(ledger, worker)
                break
            tagged += commit_tags(ledger, worker, [(item.post, make_tags()) for item in work])
        else:
            worker.close()
            break
    assert tagged == 3
    assert [item.post_id for item in list_quarantine(ledger)] == [killer]


def test_deaths_are_forgotten_once_it_went_well(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 1)
    change(ledger, schema.post, schema.post.c.seq > 0, alone=True, deaths=2)
    tag(ledger, worker)
    row = row_of(ledger)
    assert (row["deaths"], row["alone"]) == (0, False)
    change(ledger, schema.post, schema.post.c.seq > 0, alone=True, deaths=2)
    index(ledger, worker)
    row = row_of(ledger)
    assert (row["deaths"], row["alone"]) == (0, False)


@pytest.mark.parametrize(("silent", "freed"), [(50, 0), (70, 1)])
def test_elsewhere_a_lease_is_free_after_sixty_seconds(
    ledger: Ledger, worker: Worker, silent: float, freed: int
) -> None:
    land_some(ledger, 1)
    away = make_worker(ledger)
    claim_tag(ledger, away, 1)
    fall_silent(ledger, away, silent)
    assert due(ledger, Stage.TAG) == (freed, 1 - freed)


def test_a_worker_that_was_reaped_while_it_lives_commits_nothing(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 2)
    slow = make_worker(ledger)
    work = claim_tag(ledger, slow, 2)
    fall_silent(ledger, slow, 70)
    others = claim_tag(ledger, worker, 2)
    assert numbers(others) == [1], "one by one after a death"
    assert commit_tags(ledger, slow, [(item.post, make_tags()) for item in work]) == 0
    assert commit_tags(ledger, worker, [(item.post, make_tags()) for item in others]) == 1
    old = slow.id
    assert numbers(claim_tag(ledger, slow, 2)) == [2], "it registers anew at its next claim"
    assert slow.id not in (old, worker.id)
    slow.close()


def test_an_acknowledgement_after_the_lease_was_lost_does_not_count(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 1)
    tag(ledger, worker)
    slow = make_worker(ledger)
    work = claim_index(ledger, slow, 1)
    fall_silent(ledger, slow, 70)
    claim_index(ledger, worker, 1)
    assert ack_indexed(ledger, slow, [(work[0].post.post_id, work[0].post.doc_version)]) == 0
    assert state_of(ledger) is State.TAGGED


def test_a_number_of_a_worker_is_never_given_out_again(ledger: Ledger) -> None:
    """Else the next worker would share its leases with one that was reaped while it lives."""
    first = make_worker(ledger)
    first.close()
    with make_worker(ledger) as second:
        assert second.id > first.id


def test_a_renewal_at_the_last_moment_keeps_the_lease(ledger: Ledger, worker: Worker) -> None:
    late = make_worker(ledger)
    fall_silent(ledger, late, 70)
    with ledger.read() as conn:
        seen = conn.execute(sa.select(schema.worker).where(schema.worker.c.id == late.id)).one()
    with ledger.write() as conn:
        assert workers._take(conn, seen)
    with ledger.write() as conn:
        late.touch(conn)
        assert not workers._take(conn, seen)
    late.close()


def test_one_dead_worker_is_one_death_however_many_notice(
    ledger: Ledger, worker: Worker, open_again: Callable[[], Ledger]
) -> None:
    land_some(ledger, 1)
    change(ledger, schema.post, schema.post.c.seq > 0, alone=True)
    dead = make_worker(ledger)
    claim_tag(ledger, dead, 1)
    die(ledger, dead)
    others = [open_again() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda other: due(other, Stage.TAG), others))
    assert row_of(ledger)["deaths"] == 1


def test_process_ids_are_reused_and_start_times_are_not() -> None:
    me = os.getpid()
    started = workers._started(me)
    assert started is not None
    assert workers._alive(me, started)
    assert not workers._alive(me, started - 1)
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    pid = child.pid
    while workers._started(pid) is not None:  # ends as a zombie: nobody has waited for it yet
        pass
    assert not workers._alive(pid, 0.0)
    child.wait()
    assert workers._started(pid) is None


def _claim_and_hang(url: str, ready: Event) -> None:
    ledger = open_ledger(url, KEY)
    claim_tag(ledger, make_worker(ledger), 10)
    ready.set()
    while True:
        pass


def test_kill_9(ledger: Ledger, worker: Worker, url: str) -> None:
    land_some(ledger, 2)
    spawn = multiprocessing.get_context("spawn")
    ready = spawn.Event()
    process = spawn.Process(target=_claim_and_hang, args=(url, ready))
    process.start()
    assert ready.wait(60)
    assert due(ledger, Stage.TAG) == (0, 2)
    process.kill()
    process.join()
    assert due(ledger, Stage.TAG) == (2, 0)
    assert_sound(ledger)


def test_a_dead_collector_frees_source_and_poll(ledger: Ledger, worker: Worker) -> None:
    dead = make_worker(ledger)
    assert claim(ledger, dead, "a", NOON)
    start_poll(ledger, dead, "a", NOON)
    assert not claim(ledger, worker, "a", NOON)
    die(ledger, dead)
    assert claim(ledger, worker, "a", NOON)
    poll = rows(ledger, schema.poll)[0]
    assert (poll["outcome"], poll["worker"]) == ("interrupted", None)


def test_a_poll_of_a_reaped_collector_moves_nothing(ledger: Ledger, worker: Worker) -> None:
    slow = make_worker(ledger)
    assert claim(ledger, slow, "a", NOON)
    poll = start_poll(ledger, slow, "a", NOON)
    fall_silent(ledger, slow, 70)
    assert claim(ledger, worker, "a", NOON)
    other = start_poll(ledger, worker, "a", NOON)
    late = PollResult("ok", NOON, counts={"new": 4}, not_landed={"noindex": 2}, cursor={"mark": "old"})
    assert not finish_poll(ledger, poll, late, None)
    assert not claim(ledger, slow, "a", NOON), "the lease is still the other's"
    assert read_source(ledger, "a").cursor == {}
    assert finish_poll(ledger, other, PollResult("ok", NOON, cursor={"mark": "new"}), None)
    assert read_source(ledger, "a").cursor == {"mark": "new"}
    first = rows(ledger, schema.poll)[0]
    assert (first["outcome"], first["counts"], first["not_landed"]) == ("interrupted", {"new": 4}, {"noindex": 2})
    slow.close()
