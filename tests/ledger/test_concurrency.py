"""Several at once: threads that meet on the same posts. Processes that are killed: test_kills.py."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from ledger import (
    Ledger,
    LedgerUnavailable,
    Stage,
    Worker,
    ack_indexed,
    claim_index,
    claim_tag,
    commit_tags,
    due,
    erase_post,
    housekeep,
    land,
    make_worker,
    mark_removed,
    mark_retag,
    open_ledger,
    schema,
    status_counts,
)
from ledger.database import TRIES, repeated
from ledger.errors import LedgerConflict
from records import ModelOrigin
from tests.ledger.conftest import KEY
from tests.ledger.world import (
    NOON,
    PROJECT,
    assert_sound,
    land_some,
    make_landing,
    make_post,
    make_tags,
    numbers,
    rows,
    signature,
)


def test_a_transaction_that_met_another_is_done_again() -> None:
    tries: list[int] = []

    @repeated
    def meets(times: int) -> str:
        tries.append(1)
        if len(tries) < times:
            raise LedgerConflict("deadlock detected")
        return "done"

    assert meets(TRIES) == "done"
    assert len(tries) == TRIES
    tries.clear()
    with pytest.raises(LedgerUnavailable):
        meets(TRIES + 1)


@pytest.mark.servers
def test_a_deadlock_is_such_a_meeting(postgres_url: str) -> None:
    with open_ledger(postgres_url, KEY) as ledger:
        land_some(ledger, 2)
        both_hold = threading.Barrier(2)

        def grab(first: int, second: int) -> str:
            try:
                with ledger.write() as conn:
                    for number in (first, second):
                        mine = schema.post.c.post_id == make_post(number).post_id
                        conn.execute(schema.post.update().where(mine).values(attempts=7))
                        if number == first:
                            both_hold.wait()
            except LedgerConflict as exc:
                return str(exc)
            return "done"

        with ThreadPoolExecutor(2) as pool:
            said = sorted(pool.map(grab, (1, 2), (2, 1)))
        assert said[0] == "done"
        assert "deadlock" in said[1]
        assert "boat" not in said[1]


def deadlocks(ledger: Ledger) -> int:
    """How many PostgreSQL has ended in this database; SQLite knows none."""
    if ledger.is_sqlite:
        return 0
    with ledger.read() as conn:
        told = sa.text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(conn.execute(told).scalar_one())


def test_the_same_posts_landed_by_several_at_once_are_one_each(
    ledger: Ledger, open_again: Callable[[], Ledger]
) -> None:
    before = deadlocks(ledger)
    places = [open_again() for _ in range(4)]
    together = threading.Barrier(4)

    def run(which: int) -> int:
        order = list(range(1, 61))
        random.Random(which).shuffle(order)
        together.wait()
        counted = 0
        for start in range(0, 60, 20):
            report = land(places[which], [make_landing(number) for number in order[start : start + 20]])
            assert report.new + report.unchanged == 20
            counted += report.new
        return counted

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(run, range(4))) == 60
    assert status_counts(ledger).landed == 60
    for place in places:
        place.close()  # a connection tells of its deadlocks when it ends
    assert deadlocks(ledger) == before, "rows are locked in one order"
    assert_sound(ledger)


def test_what_several_claim_at_once_is_shared_out(ledger: Ledger, open_again: Callable[[], Ledger]) -> None:
    land_some(ledger, 40)
    places = [open_again() for _ in range(4)]
    workers = [make_worker(place) for place in places]
    together = threading.Barrier(4)

    def claim(which: int) -> list[int]:
        together.wait()
        return [number for _ in range(3) for number in numbers(claim_tag(places[which], workers[which], 2))]

    with ThreadPoolExecutor(4) as pool:
        claimed = [number for mine in pool.map(claim, range(4)) for number in mine]
    assert len(claimed) == len(set(claimed)) == 24
    for worker in workers:
        worker.close()


def test_copies_that_are_committed_at_once_are_one_family(ledger: Ledger, open_again: Callable[[], Ledger]) -> None:
    land_some(ledger, 20)
    places = [open_again() for _ in range(2)]
    together = threading.Barrier(2)

    def tag_ten(which: int) -> None:
        with make_worker(places[which]) as worker:
            for number in range(10):
                together.wait()
                work = claim_tag(places[which], worker, 1)
                together.wait()
                done = [(item.post, make_tags(signature=signature(number))) for item in work]
                commit_tags(places[which], worker, done)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(tag_ten, range(2)))
    assert len({row["family"] for row in rows(ledger, schema.post)}) == 10
    assert_sound(ledger)


def test_two_first_wordings_at_once_are_two_revisions(ledger: Ledger, open_again: Callable[[], Ledger]) -> None:
    other = open_again()
    with ThreadPoolExecutor(2) as pool:
        for number in range(1, 31):
            one = pool.submit(land, ledger, [make_landing(number, text="one")])
            two = pool.submit(land, other, [make_landing(number, text="two", source="other")])
            reports = one.result() + two.result()
            assert (reports.new, reports.revised) == (1, 1)
    assert {row["revision"] for row in rows(ledger, schema.post)} == {2}
    assert_sound(ledger)


def test_a_storm_of_everything_at_once(ledger: Ledger, open_again: Callable[[], Ledger]) -> None:
    """Landings, edits, removals, taggers with merges, indexers, retags, erasures and housekeeping on the same forty posts."""
    land_some(ledger, 40)
    until = time.monotonic() + 1.2
    places = [open_again() for _ in range(6)]

    def storm(act: Callable[[Ledger, Worker, random.Random], None], which: int) -> None:
        chance, place = random.Random(which), places[which]
        with make_worker(place) as worker:
            while time.monotonic() < until:
                act(place, worker, chance)

    def edit(place: Ledger, _worker: Worker, chance: random.Random) -> None:
        some = chance.sample(range(1, 45), 8)
        land(place, [make_landing(number, text=f"wording {chance.randrange(4)}") for number in some])

    def take_tags(place: Ledger, worker: Worker, chance: random.Random) -> None:
        work = claim_tag(place, worker, 8)
        model = ModelOrigin(name="m", version=str(chance.randrange(3)))
        made = [
            make_tags(signature=signature(1, chance.choice((0, 0.3, 0.6)), number), model=model)
            for number in numbers(work)
        ]
        commit_tags(place, worker, [(item.post, tags) for item, tags in zip(work, made, strict=True)])

    def put(place: Ledger, worker: Worker, _chance: random.Random) -> None:
        work = claim_index(place, worker, 8)
        ack_indexed(place, worker, [(item.post.post_id, item.post.doc_version) for item in work])

    def meddle(place: Ledger, _worker: Worker, chance: random.Random) -> None:
        number = chance.randrange(1, 45)
        mark_removed(place, make_post(number).post_id, NOON)
        if chance.random() < 0.2:
            erase_post(place, make_post(number).post_id, "asked for")
        mark_retag(place, str(chance.randrange(3)))
        housekeep(place, PROJECT, NOON + timedelta(days=2))
        due(place, Stage.TAG)

    with ThreadPoolExecutor(6) as pool:
        acts = (edit, edit, take_tags, take_tags, put, meddle)
        for future in [pool.submit(storm, act, which) for which, act in enumerate(acts)]:
            future.result()
    assert_sound(ledger)
    assert status_counts(ledger).quarantined == 0
