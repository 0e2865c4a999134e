"""Several at once: threads that meet on the same posts, and processes that are killed at random moments."""

from __future__ import annotations

import multiprocessing
import random
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

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
    expected_documents,
    housekeep,
    land,
    list_quarantine,
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


# Processes

SPAWN = multiprocessing.get_context("forkserver")
SPAWN.set_forkserver_preload(["tests.ledger.test_concurrency"])


@dataclass(frozen=True)
class Run:
    """What each process of a run is told."""

    url: str
    index: str  # "" where nothing is indexed
    count: int
    end: Path  # appears when the workers may go home


def is_done(ledger: Ledger, run: Run) -> bool:
    """Whether all posts have come and nothing is due or leased."""
    stages = (Stage.TAG, Stage.INDEX) if run.index else (Stage.TAG,)
    return status_counts(ledger).seen == run.count and not any(sum(due(ledger, stage)) for stage in stages)


def tagger(run: Run) -> None:
    """Tags until the run ends."""
    ledger = open_ledger(run.url, KEY)
    with make_worker(ledger) as worker:
        while not run.end.exists():
            work = claim_tag(ledger, worker, 25)
            made = [make_tags(signature=signature(number % 40)) for number in numbers(work)]
            commit_tags(ledger, worker, [(item.post, tags) for item, tags in zip(work, made, strict=True)])
            if not work:
                time.sleep(0.05)


def indexer(run: Run) -> None:
    """Writes documents to a file that, like an index, lets no older version win."""
    ledger = open_ledger(run.url, KEY)
    place = sqlite3.connect(run.index, isolation_level=None, timeout=60)
    upsert = (
        "INSERT INTO doc VALUES (?, ?) "
        "ON CONFLICT (id) DO UPDATE SET version = excluded.version WHERE version < excluded.version"
    )
    with make_worker(ledger) as worker:
        while not run.end.exists():
            work = claim_index(ledger, worker, 25)
            for item in work:
                place.execute(upsert, (item.post.post_id, item.post.doc_version))
            ack_indexed(ledger, worker, [(item.post.post_id, item.post.doc_version) for item in work])
            if not work:
                time.sleep(0.05)


def lander(run: Run) -> None:
    """Lands posts, those already there again and again, and one in ten once more with another wording."""
    ledger = open_ledger(run.url, KEY)
    for start in range(1, run.count + 1, 50):
        land(ledger, [make_landing(number) for number in range(start, start + 50)])
        land(ledger, [make_landing(number, text=f"edit of {number}") for number in range(start, start + 50, 10)])


Role = Callable[[Run], None]


def progress(ledger: Ledger) -> list[tuple[object, ...]]:
    """How many posts are in each state, how often they moved on, and how many are leased."""
    post = schema.post
    query = sa.select(post.c.state, sa.func.count(), sa.func.sum(post.c.doc_version), sa.func.count(post.c.worker))
    with ledger.read() as conn:
        return [tuple(row) for row in conn.execute(query.group_by(post.c.state).order_by(post.c.state))]


def run_and_kill(run: Run, roles: list[Role], kills: int, seed: int) -> None:
    """Runs a process for each role; kills one at random from time to time and starts another in its place.

    A worker never judges for itself that all is done: an edit may land after it has looked.
    """
    chance = random.Random(seed)
    running: list[tuple[BaseProcess, Role]] = []

    def start(role: Role) -> None:
        process = SPAWN.Process(target=role, args=(run,), daemon=True)
        process.start()
        running.append((process, role))

    def end(which: int) -> Role:
        process, role = running.pop(which)
        process.kill()
        process.join()
        return role

    for role in roles:
        start(role)
    ledger = open_ledger(run.url, KEY)
    reached, since = progress(ledger), time.monotonic()
    try:
        while running:
            if time.monotonic() > since + 20:
                # Slow is no fault: each post is committed to a disk that others use too. Standing still is one.
                before, reached, since = reached, progress(ledger), time.monotonic()
                assert reached != before, f"nothing moved in 20 s: {reached}, {[role.__name__ for _, role in running]}"
            time.sleep(chance.uniform(0.02, 0.15))
            if kills:
                start(end(chance.randrange(len(running))))
                kills -= 1
            for process, role in list(running):
                if process.exitcode is not None:
                    running.remove((process, role))
                    assert process.exitcode == 0, f"{role.__name__} ended with {process.exitcode}"
            if not kills and all(role is not lander for _, role in running) and is_done(ledger, run):
                run.end.touch()
    finally:
        while running:
            end(0)


def test_four_taggers_that_are_killed_at_random_tag_each_post_once(ledger: Ledger, url: str, tmp_path: Path) -> None:
    page = [make_landing(number) for number in range(1, 2001)]
    for start in range(0, 2000, 500):
        land(ledger, page[start : start + 500])
    run_and_kill(Run(url, "", 2000, tmp_path / "end"), [tagger] * 4, kills=6, seed=1)
    counts = status_counts(ledger)
    assert (counts.seen, counts.tagged, counts.quarantined) == (2000, 2000, 0)
    with ledger.read() as conn:
        per_post = sa.select(sa.func.count()).select_from(schema.tags).group_by(schema.tags.c.post_id)
        assert set(conn.execute(per_post).scalars()) == {1}
    assert {row["doc_version"] - row["revision"] for row in rows(ledger, schema.post)} == {1}
    assert len({row["family"] for row in rows(ledger, schema.post)}) == 40
    assert rows(ledger, schema.worker) == []
    assert_sound(ledger)


def test_the_whole_way_under_kills(ledger: Ledger, url: str, tmp_path: Path) -> None:
    index = str(tmp_path / "index.sqlite")
    with sqlite3.connect(index) as place:
        place.execute("PRAGMA journal_mode=WAL")
        place.execute("CREATE TABLE doc (id TEXT PRIMARY KEY, version INTEGER)")
    run = Run(url, index, 300, tmp_path / "end")
    run_and_kill(run, [lander, lander, tagger, indexer, indexer], kills=8, seed=2)
    counts = status_counts(ledger)
    assert (counts.seen, counts.indexed, counts.quarantined) == (300, 300, 0), list_quarantine(ledger)
    with sqlite3.connect(index) as place:
        found = dict(place.execute("SELECT id, version FROM doc").fetchall())
    assert {post_id: version for post_id, _, version in expected_documents(ledger)} == found
    assert_sound(ledger)
