"""Random transitions in random order: what must always hold, holds after each (tests.ledger.world.assert_sound).

Beyond that: nothing comes back from erasure, the counts are those of a model, every change that the index must hear of
raises doc_version, and a post is put aside only by three rejections or three deaths.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from config import Project
from ledger import (
    IndexWork,
    Ledger,
    Stage,
    State,
    TagWork,
    ack_deletes,
    ack_indexed,
    claim_deletes,
    claim_index,
    claim_tag,
    commit_tags,
    due,
    erase_author,
    erase_post,
    housekeep,
    land,
    make_worker,
    mark_all_due,
    mark_due,
    mark_removed,
    mark_retag,
    reject,
    release,
    replay,
    schema,
    status_counts,
)
from records import ModelOrigin
from tests.ledger.world import (
    NOON,
    OFF_TOPIC,
    OFFER,
    PROJECT,
    assert_sound,
    die,
    make_landing,
    make_post,
    make_tags,
    rows,
    signature,
)

POSTS = st.integers(1, 8)
WORDINGS = st.integers(1, 3)
SOURCES = st.sampled_from(["social", "other"])
PARTS = st.sampled_from([0.0, 0.5, 1.0])
KINDS = st.sampled_from([{}, OFF_TOPIC, OFFER])
EVIDENCE = Project(**{**PROJECT.model_dump(), "evidence_basis": "a law"})
SEEN_BY_INDEX = ("state", "revision", "removed_at", "family", "stripped", "author")


class Transitions(RuleBasedStateMachine):
    """A ledger, two workers, and what is known of eight posts."""

    fresh: Callable[[], Ledger]

    def __init__(self) -> None:
        super().__init__()
        self.ledger = type(self).fresh()
        self.workers = [make_worker(self.ledger), make_worker(self.ledger)]
        self.tagging: list[list[TagWork]] = [[], []]
        self.indexing: list[list[IndexWork]] = [[], []]
        self.wording: dict[int, str] = {}
        self.erased: set[int] = set()
        self.unseen: set[int] = set()
        self.banned: set[str] = set()
        self.faults: dict[str, int] = {}
        self.before: dict[str, dict[str, Any]] = {}

    def teardown(self) -> None:
        for worker in self.workers:
            worker.close()

    @staticmethod
    def author(number: int) -> str:
        return f"{'ann' if number % 2 else 'bob'}@social.example"

    @rule(numbers=st.lists(POSTS, min_size=1, max_size=4), wording=WORDINGS, source=SOURCES)
    def land(self, numbers: list[int], wording: int, source: str) -> None:
        text = f"wording {wording}"
        report = land(
            self.ledger,
            [make_landing(number, text=text, source=source, author=self.author(number)) for number in numbers],
        )
        gone = [n for n in numbers if n in self.erased | self.unseen or self.author(n) in self.banned]
        assert report.tombstoned == len(gone)
        assert report.new == len({n for n in numbers if n not in gone and n not in self.wording})
        for number in numbers:
            if number not in gone:
                self.wording[number] = text
                self.faults.pop(make_post(number).post_id, None)

    @rule(number=POSTS)
    def remove(self, number: int) -> None:
        mark_removed(self.ledger, make_post(number).post_id, NOON)

    @rule(who=st.integers(0, 1), limit=st.integers(1, 4))
    def claim_to_tag(self, who: int, limit: int) -> None:
        self.tagging[who] += claim_tag(self.ledger, self.workers[who], limit)

    @rule(who=st.integers(0, 1), part=PARTS, kind=KINDS, alike=st.integers(1, 3), version=st.sampled_from("12"))
    def commit(self, who: int, part: float, kind: dict[str, Any], alike: int, version: str) -> None:
        done, self.tagging[who] = self.tagging[who], []
        cut = round(len(done) * part)
        model = ModelOrigin(name="m", version=version)
        tags = make_tags(signature=signature(1, 0.25, alike), model=model, **kind)
        counted = commit_tags(self.ledger, self.workers[who], [(item.post, tags) for item in done[:cut]])
        assert counted <= cut
        release(self.ledger, self.workers[who], [item.post.post_id for item in done[cut:]])

    @rule(who=st.integers(0, 1))
    def reject_all(self, who: int) -> None:
        held: list[TagWork] | list[IndexWork]
        for stage, held in ((Stage.TAG, self.tagging[who]), (Stage.INDEX, self.indexing[who])):
            for post_id in [item[0].post_id for item in held]:
                reject(self.ledger, self.workers[who], stage, post_id, "bad")
                self.faults[post_id] = self.faults.get(post_id, 0) + 1
            held.clear()

    @rule(who=st.integers(0, 1), limit=st.integers(1, 4))
    def claim_to_index(self, who: int, limit: int) -> None:
        self.indexing[who] += claim_index(self.ledger, self.workers[who], limit)

    @rule(who=st.integers(0, 1))
    def acknowledge(self, who: int) -> None:
        done, self.indexing[who] = self.indexing[who], []
        for item in done:
            assert item.tags.made_at is not None
        ack_indexed(self.ledger, self.workers[who], [(item.post.post_id, item.post.doc_version) for item in done])

    @rule(who=st.integers(0, 1))
    def end_of_a_process(self, who: int) -> None:
        held = [*(item.post.post_id for item in self.tagging[who]), *(item.post.post_id for item in self.indexing[who])]
        for post_id in held:
            self.faults[post_id] = self.faults.get(post_id, 0) + 1
        die(self.ledger, self.workers[who])
        self.workers[who] = make_worker(self.ledger)
        self.tagging[who], self.indexing[who] = [], []
        due(self.ledger, Stage.TAG)

    @rule(days=st.sampled_from([1, 8, 400]), project=st.sampled_from([PROJECT, EVIDENCE]))
    def keep_house(self, days: int, project: Project) -> None:
        housekeep(self.ledger, project, NOON + timedelta(days=days))

    @rule(number=POSTS)
    @precondition(lambda self: len(self.erased | self.unseen) < 3)
    def erase(self, number: int) -> None:
        erase_post(self.ledger, make_post(number).post_id, "asked for")
        if number in self.wording:
            self.erased.add(number)
        elif number not in self.erased:
            self.unseen.add(number)
        self.wording.pop(number, None)

    @rule()
    @precondition(lambda self: not self.banned and any(n % 2 for n in self.wording))
    def erase_ann(self) -> None:
        before = {row["post_id"] for row in rows(self.ledger, schema.post) if row["author"]}
        mine = [n for n in self.wording if n % 2 and make_post(n).post_id in before]
        if mine:
            assert erase_author(self.ledger, "ann@social.example", "asked for").posts == len(mine)
            self.banned.add("ann@social.example")
            self.erased |= set(mine)
            for number in mine:
                del self.wording[number]

    @rule(version=st.sampled_from("12"))
    def retag(self, version: str) -> None:
        mark_retag(self.ledger, version)

    @rule(number=POSTS)
    def repair(self, number: int) -> None:
        mark_due(self.ledger, [make_post(number).post_id])

    @rule()
    def rebuild(self) -> None:
        mark_all_due(self.ledger)

    @rule()
    def bring_back(self) -> None:
        replay(self.ledger)

    @rule()
    def delete_from_index(self) -> None:
        ack_deletes(self.ledger, [item.post_id for item in claim_deletes(self.ledger, 10)])

    @invariant()
    def is_sound(self) -> None:
        assert_sound(self.ledger)
        posts = {row["post_id"]: row for row in rows(self.ledger, schema.post)}
        assert posts.keys() == {make_post(number).post_id for number in self.wording}
        assert status_counts(self.ledger).seen == len(self.wording) + len(self.erased)
        for number, text in self.wording.items():
            row = posts[make_post(number).post_id]
            # Of two sources the ledger follows whichever said something new; a single one is followed to the word.
            assert row["stripped"] or row["text"].startswith("wording"), text
        for post_id, row in posts.items():
            was = self.before.get(post_id)
            if was is not None:
                assert row["doc_version"] >= was["doc_version"]
                if any(row[name] != was[name] for name in SEEN_BY_INDEX):
                    assert row["doc_version"] > was["doc_version"], (was, row)
            if row["state"] == State.QUARANTINED and (was is None or was["state"] != State.QUARANTINED):
                assert self.faults.get(post_id, 0) >= 3, "put aside without three faults"
                self.faults[post_id] = 0
        self.before = posts


def test_whatever_happens_the_ledger_is_sound(ledger: Ledger, emptied: Callable[[Ledger], None]) -> None:
    few = settings(
        max_examples=8 if ledger.is_sqlite else 4,
        stateful_step_count=30,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )

    def fresh() -> Ledger:
        emptied(ledger)
        return ledger

    run_state_machine_as_test(type("Machine", (Transitions,), {"fresh": staticmethod(fresh)}), settings=few)
