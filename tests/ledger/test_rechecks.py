"""The recheck queue: when a post is asked for again, and what each answer does to it. On both engines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from ledger import (
    Ledger,
    Rechecked,
    RecheckOutcome,
    Watched,
    count_rechecks,
    due_rechecks,
    erase_post,
    housekeep,
    land,
    mark_removed,
    read_post,
    recheck_wanted,
    settle_rechecks,
    watch_landed,
)
from ledger.recheck_turns import AGES, ENDS
from tests.ledger.world import PROJECT, make_landing

SEEN = datetime(2026, 11, 1, 12, tzinfo=UTC)


def land_one(ledger: Ledger, number: int = 1, *, lookup: str | None = "status/1") -> str:
    landing = make_landing(number, collected_at=SEEN, published_at=SEEN)
    landing = landing.model_copy(update={"lookup": lookup})
    land(ledger, [landing])
    return landing.post.post_id


def due_at(ledger: Ledger, now: datetime, source: str = "social") -> list[str]:
    return [item.post_id for item in due_rechecks(ledger, source, now, 10)]


def answer(ledger: Ledger, post_id: str, outcome: RecheckOutcome, when: datetime) -> int:
    return settle_rechecks(ledger, [Rechecked(post_id, outcome, when)]).removed


def test_a_post_is_asked_for_at_each_age_and_then_no_more(ledger: Ledger) -> None:
    post_id = land_one(ledger)
    assert due_at(ledger, SEEN + timedelta(minutes=59)) == []
    for age in AGES:
        assert due_at(ledger, SEEN + age) == [post_id]
        answer(ledger, post_id, RecheckOutcome.PRESENT, SEEN + age)
        assert due_at(ledger, SEEN + age) == []
    assert due_at(ledger, SEEN + timedelta(days=4000)) == []


def test_a_recheck_may_be_late_by_a_quarter_of_its_age(ledger: Ledger) -> None:
    assert recheck_wanted(ledger, "social", SEEN) is None
    post_id, now = land_one(ledger), SEEN
    for age in AGES:
        assert recheck_wanted(ledger, "social", now) == SEEN + age * 1.25
        assert recheck_wanted(ledger, "another", now) is None
        assert recheck_wanted(ledger, "social", SEEN + age) is None, "one that is due hurries nobody: its poll has come"
        now = SEEN + age
        answer(ledger, post_id, RecheckOutcome.PRESENT, now)
    assert recheck_wanted(ledger, "social", now) is None


def test_the_youngest_post_is_the_most_urgent(ledger: Ledger) -> None:
    older = land_one(ledger)
    answer(ledger, older, RecheckOutcome.PRESENT, SEEN + AGES[0])
    fresh = make_landing(2, collected_at=SEEN + timedelta(hours=23), published_at=SEEN)
    land(ledger, [fresh.model_copy(update={"lookup": "status/2"})])
    now = SEEN + timedelta(hours=23, minutes=1)
    assert recheck_wanted(ledger, "social", now) == SEEN + timedelta(hours=24, minutes=15)


def test_ages_that_passed_in_a_downtime_are_one_recheck(ledger: Ledger) -> None:
    post_id = land_one(ledger)
    answer(ledger, post_id, RecheckOutcome.PRESENT, SEEN + timedelta(days=8))
    assert due_at(ledger, SEEN + timedelta(days=29)) == []
    assert due_at(ledger, SEEN + timedelta(days=30)) == [post_id]


def test_a_deletion_is_noted_once_and_ends_the_watch(ledger: Ledger) -> None:
    post_id = land_one(ledger)
    when = SEEN + AGES[0]
    assert answer(ledger, post_id, RecheckOutcome.DELETED, when) == 1
    assert answer(ledger, post_id, RecheckOutcome.DELETED, when + timedelta(days=1)) == 0
    post = read_post(ledger, post_id)
    assert post is not None
    assert post.removed_at == when
    assert due_at(ledger, SEEN + timedelta(days=40)) == []


def test_a_place_that_is_gone_says_nothing_of_the_post(ledger: Ledger) -> None:
    post_id = land_one(ledger)
    assert answer(ledger, post_id, RecheckOutcome.GONE, SEEN + AGES[0]) == 0
    post = read_post(ledger, post_id)
    assert post is not None
    assert post.removed_at is None
    assert due_at(ledger, SEEN + timedelta(days=40)) == []


def test_an_unclear_answer_is_never_a_deletion_and_ends_no_watch_before_the_last_age(ledger: Ledger) -> None:
    """A server that answers 403 for a month: each age has its tries, ever further apart, and is then given up."""
    post_id, now = land_one(ledger), SEEN
    asked: list[timedelta] = []
    given_up: list[timedelta] = []
    while now < SEEN + timedelta(days=40):
        now += timedelta(minutes=30)
        if due_at(ledger, now):
            asked.append(now - SEEN)
            if settle_rechecks(ledger, [Rechecked(post_id, RecheckOutcome.UNCLEAR, now)]).given_up:
                given_up.append(now - SEEN)
    hour = timedelta(hours=1)
    assert [age for age in AGES if age in asked] == list(AGES), "asked for at each age, whatever came before"
    for age, until in zip(AGES, (*AGES[1:], ENDS), strict=True):
        tries = [when for when in asked if age <= when < until]
        assert [later - earlier for earlier, later in pairwise(tries)] == [2**n * hour for n in range(len(tries) - 1)]
        assert tries[-1] + 2 ** (len(tries) - 1) * hour >= until
    assert len(given_up) == len(AGES)
    assert given_up[-1] > AGES[-1] + 12 * hour
    post = read_post(ledger, post_id)
    assert post is not None
    assert post.removed_at is None
    assert count_rechecks(ledger, SEEN + timedelta(days=400)) == 0


def test_three_days_of_refusals_cost_a_post_none_of_its_later_rechecks(ledger: Ledger) -> None:
    post_id, now = land_one(ledger), SEEN
    while now < SEEN + timedelta(days=3):
        now += timedelta(hours=1)
        if due_at(ledger, now):
            answer(ledger, post_id, RecheckOutcome.UNCLEAR, now)
    while not due_at(ledger, now):
        now += timedelta(hours=1)
    answer(ledger, post_id, RecheckOutcome.PRESENT, now)
    for age in AGES[2:]:
        assert due_at(ledger, SEEN + age) == [post_id]
        answer(ledger, post_id, RecheckOutcome.PRESENT, SEEN + age)


def test_a_clear_answer_ends_the_row_of_unclear_ones(ledger: Ledger) -> None:
    post_id = land_one(ledger)
    for _ in range(3):
        answer(ledger, post_id, RecheckOutcome.UNCLEAR, SEEN + AGES[0])
    answer(ledger, post_id, RecheckOutcome.PRESENT, SEEN + AGES[0])
    answer(ledger, post_id, RecheckOutcome.UNCLEAR, SEEN + AGES[1])
    assert due_at(ledger, SEEN + AGES[1] + timedelta(hours=1)) == [post_id]


def test_only_what_can_be_asked_for_is_watched_and_each_source_has_its_own(ledger: Ledger) -> None:
    land_one(ledger, 1, lookup=None)
    post_id = land_one(ledger, 2, lookup="s/2")
    late = SEEN + timedelta(days=2)
    assert count_rechecks(ledger, late) == 1
    assert due_at(ledger, late, "another") == []
    assert due_rechecks(ledger, "social", late, 10)[0].lookup == "s/2"
    assert land_one(ledger, 2, lookup="s/other") == post_id
    assert [item.lookup for item in due_rechecks(ledger, "social", late, 10)] == ["s/2"]


@pytest.mark.parametrize("how", ["removed", "erased", "stripped"])
def test_a_post_that_went_otherwise_is_no_more_watched(ledger: Ledger, how: str) -> None:
    """The lookup names the post: it must go with it."""
    post_id = land_one(ledger)
    if how == "erased":
        erase_post(ledger, post_id, "test")
    else:
        mark_removed(ledger, post_id, SEEN)
        if how == "stripped":
            housekeep(ledger, PROJECT, SEEN + timedelta(days=40))
    assert due_at(ledger, SEEN + timedelta(days=40)) == []
    assert answer(ledger, post_id, RecheckOutcome.PRESENT, SEEN + AGES[1]) == 0


def test_a_post_that_landed_before_can_be_put_under_watch_at_the_age_it_has_reached(ledger: Ledger) -> None:
    post_id = land_one(ledger, lookup=None)
    for _ in range(2):
        watch_landed(ledger, "social", [Watched(post_id, "status/1", SEEN, SEEN + AGES[2])])
    assert due_at(ledger, SEEN + AGES[2] - timedelta(minutes=1)) == []
    assert due_rechecks(ledger, "social", SEEN + AGES[2], 10) == [
        Watched(post_id, "status/1", SEEN, SEEN + AGES[2]),
    ]
    answer(ledger, post_id, RecheckOutcome.PRESENT, SEEN + AGES[2])
    assert due_at(ledger, SEEN + AGES[3]) == [post_id]


def test_what_is_watched_unknown_removed_or_erased_is_not_put_under_watch(ledger: Ledger) -> None:
    watched, removed, erased = land_one(ledger, 1), land_one(ledger, 2, lookup=None), land_one(ledger, 3, lookup=None)
    mark_removed(ledger, removed, SEEN)
    erase_post(ledger, erased, "test")
    watch_landed(ledger, "social", [Watched(key, "other", SEEN) for key in (watched, removed, erased, "f" * 32)])
    found = due_rechecks(ledger, "social", SEEN + timedelta(days=20), 10)
    assert [(item.post_id, item.lookup) for item in found] == [(watched, "status/1")]


@pytest.mark.parametrize("text", ["the same words", "other words"])
def test_a_post_that_is_public_again_is_watched_anew(ledger: Ledger, text: str) -> None:
    post_id = land_one(ledger)
    answer(ledger, post_id, RecheckOutcome.DELETED, SEEN + AGES[1])
    back = SEEN + timedelta(days=2)
    landing = make_landing(1, collected_at=back, published_at=SEEN)
    if text == "other words":
        landing = landing.model_copy(update={"post": landing.post.model_copy(update={"text": text})})
    land(ledger, [landing.model_copy(update={"lookup": "status/1"})])
    assert due_at(ledger, back + AGES[0] - timedelta(minutes=1)) == []
    assert due_at(ledger, back + AGES[0]) == [post_id]
