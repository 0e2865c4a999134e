"""Processes that share a ledger and are killed at random moments: every post goes the whole way once."""

from __future__ import annotations

import multiprocessing
import random
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

import sqlalchemy as sa

from ledger import (
    Ledger,
    Stage,
    ack_indexed,
    claim_index,
    claim_tag,
    commit_tags,
    due,
    expected_documents,
    land,
    list_quarantine,
    make_worker,
    open_ledger,
    schema,
    status_counts,
)
from tests.ledger.conftest import KEY
from tests.ledger.world import assert_sound, make_landing, make_tags, numbers, rows, signature

SPAWN = multiprocessing.get_context("forkserver")
SPAWN.set_forkserver_preload(["tests.ledger.test_kills"])


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
