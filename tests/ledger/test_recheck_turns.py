"""More rechecks than a poll has room for: who is asked first, what is skipped, and that the table stays bounded.

A source of 40 posts an hour is simulated by the clock that each function is given; it is polled each quarter of an hour
and asked for 8 posts, a fifth of what all ages would need. Rows are written as a landing writes them.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from ledger import (
    Ledger,
    MissedRechecks,
    PollResult,
    Rechecked,
    RecheckOutcome,
    Watched,
    Worker,
    due_rechecks,
    finish_poll,
    housekeep,
    land,
    missed_rechecks,
    recheck_wanted,
    schema,
    settle_rechecks,
    skip_rechecks,
    start_poll,
)
from ledger.recheck_turns import AGES, ENDS, LAST_CALL
from tests.ledger.world import PROJECT, claim, make_landing

SEEN = datetime(2026, 10, 1, 12, tzinfo=UTC)
HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)
ROOM = 8


def land_some(ledger: Ledger, numbers: range, seen: datetime) -> list[str]:
    landings = [make_landing(number, collected_at=seen, published_at=seen) for number in numbers]
    land(ledger, [landing.model_copy(update={"lookup": f"s/{landing.post.post_id}"}) for landing in landings])
    return [landing.post.post_id for landing in landings]


def ask(ledger: Ledger, now: datetime, room: int = ROOM) -> tuple[list[Watched], int]:
    """One poll, whose posts are all there; what it asked for and how many it skipped."""
    asked = due_rechecks(ledger, "social", now, room)
    skipped = skip_rechecks(ledger, "social", now, asked, room)
    settle_rechecks(ledger, [Rechecked(post.post_id, RecheckOutcome.PRESENT, now) for post in asked])
    return asked, skipped


def watched(ledger: Ledger) -> int:
    with ledger.read() as conn:
        return int(conn.execute(sa.select(sa.func.count()).select_from(schema.recheck)).scalar_one())


def make_older(ledger: Ledger, by: timedelta) -> None:
    """As if all that is watched had been seen and were due so much earlier."""
    table = schema.recheck
    with ledger.write() as conn:
        for row in conn.execute(sa.select(table)).all():
            mine = table.c.post_id == row.post_id
            conn.execute(table.update().where(mine).values(seen=row.seen - by, due=row.due - by))


def test_a_source_that_brings_too_much_has_its_newest_posts_asked_for_in_time(ledger: Ledger) -> None:
    """Two days; the ages of a week and a month are there from the start, a hundred posts each, all due."""
    for start, age in ((10_000, AGES[2]), (20_000, AGES[3])):
        old = land_some(ledger, range(start, start + 100), SEEN - age)
        table = schema.recheck
        with ledger.write() as conn:
            conn.execute(table.update().where(table.c.post_id.in_(old)).values(due=SEEN))
    late: dict[int, list[timedelta]] = {0: [], 1: []}
    skipped = 0
    for turn in range(4 * 48):
        now = SEEN + turn * QUARTER
        land_some(ledger, range(turn * 10, turn * 10 + 10), now)
        asked, more = ask(ledger, now + timedelta(minutes=1))
        skipped += more
        for post in asked:
            age = now - post.seen
            if post.seen >= SEEN and age < AGES[2]:
                late[int(age >= AGES[1])].append(age - AGES[int(age >= AGES[1])])
    assert len(late[0]) >= 2 * (4 * 47), "a fourth of the room at least is the first age's"
    assert max(late[0]) <= QUARTER, "those that are asked for are asked for in time"
    assert len(late[1]) >= 2 * (4 * 23)
    assert max(late[1]) <= QUARTER
    assert skipped > 500, "the rest waits for its next age"


def test_of_the_rows_of_an_overload_none_stays_after_the_last_age(ledger: Ledger) -> None:
    land_some(ledger, range(200), SEEN)
    sizes, total = [], Counter[str]()
    for day in range(40):
        now = SEEN + timedelta(days=day) + 2 * HOUR
        asked, skipped = ask(ledger, now)
        total += Counter(asked=len(asked), skipped=skipped)
        sizes.append(watched(ledger))
    assert sizes[29] <= 200
    assert sizes[int(ENDS.days) + 1] == 0, "a month and a day, whatever happened"
    assert total["asked"] + total["skipped"] >= 200 * len(AGES) - 200


def test_each_age_has_its_share_and_what_one_leaves_is_the_others(ledger: Ledger) -> None:
    old = land_some(ledger, range(20), SEEN - timedelta(days=10))
    new = land_some(ledger, range(100, 120), SEEN)
    now = SEEN + HOUR
    asked = [post.post_id for post in due_rechecks(ledger, "social", now, 6)]
    assert [post_id in new for post_id in asked] == [True, False] * 3, (
        "in turns, so that a poll that is cut serves both"
    )
    assert {*asked} <= {*old, *new}
    assert len(due_rechecks(ledger, "social", SEEN, 6)) == 6, (
        "nothing of the first age is due yet: the other has it all"
    )
    assert due_rechecks(ledger, "social", now, 0) == []


def test_an_offer_is_asked_for_before_other_posts_of_its_age(ledger: Ledger) -> None:
    posts = land_some(ledger, range(20), SEEN)
    later = land_some(ledger, range(50, 60), SEEN + QUARTER)
    with ledger.write() as conn:
        conn.execute(schema.post.update().where(schema.post.c.post_id == posts[7]).values(is_offer=True))
    asked = [post.post_id for post in due_rechecks(ledger, "social", SEEN + QUARTER + HOUR, 3)]
    assert asked[0] == posts[7]
    assert {*asked[1:]} < {*later}, "then those that reached their age last"


@pytest.mark.parametrize("number", range(len(AGES)))
def test_what_has_room_is_never_skipped_however_late(ledger: Ledger, number: int) -> None:
    """A source that is read once a day asks for its posts a day late, not never."""
    post = land_some(ledger, range(1), SEEN)
    make_older(ledger, AGES[number] + LAST_CALL * 2)
    asked, skipped = ask(ledger, SEEN + HOUR)
    assert ([item.post_id for item in asked], skipped) == (post, 0)


def test_a_poll_that_asks_for_nothing_skips_nothing(ledger: Ledger) -> None:
    land_some(ledger, range(5), SEEN)
    assert ask(ledger, SEEN + 5 * HOUR, room=0) == ([], 0)
    assert watched(ledger) == 5


def test_a_skipped_post_waits_for_its_next_age(ledger: Ledger) -> None:
    land_some(ledger, range(5), SEEN)
    now = SEEN + 2 * HOUR + QUARTER
    asked, skipped = ask(ledger, now, room=1)
    assert (len(asked), skipped) == (1, 4)
    assert due_rechecks(ledger, "social", now + HOUR, 10) == []
    assert len(due_rechecks(ledger, "social", SEEN + AGES[1], 10)) == 5
    assert recheck_wanted(ledger, "social", now) == SEEN + AGES[1] * 1.25


def test_the_watch_of_a_source_that_is_polled_no_more_ends_too(ledger: Ledger) -> None:
    land_some(ledger, range(3), SEEN)
    housekeep(ledger, PROJECT, SEEN + AGES[-1] + HOUR)
    assert watched(ledger) == 3
    housekeep(ledger, PROJECT, SEEN + ENDS + HOUR)
    assert watched(ledger) == 0


def test_how_many_were_missed_is_known_by_source(ledger: Ledger, worker: Worker) -> None:
    both = {"rechecks_skipped": 4, "rechecks_given_up": 2}
    for source, counts in (
        ("a", {"rechecks_skipped": 3}),
        ("a", both),
        ("b", {"new": 1}),
        ("c", {"rechecks_given_up": 1}),
    ):
        assert claim(ledger, worker, source, SEEN, force=True)
        number = start_poll(ledger, worker, source, SEEN)
        finish_poll(ledger, number, PollResult("ok", SEEN, counts=counts), SEEN)
    assert missed_rechecks(ledger, SEEN - HOUR) == {
        "a": MissedRechecks(skipped=7, given_up=2),
        "c": MissedRechecks(given_up=1),
    }
    assert missed_rechecks(ledger, SEEN + HOUR) == {}


def test_a_post_that_is_skipped_has_all_tries_of_its_next_age(ledger: Ledger) -> None:
    posts = land_some(ledger, range(2), SEEN)
    with ledger.write() as conn:
        conn.execute(schema.recheck.update().values(unclear=3))
    _, skipped = ask(ledger, SEEN + 3 * HOUR, room=1)
    assert skipped == 1
    unclear = [Rechecked(post_id, RecheckOutcome.UNCLEAR, SEEN + AGES[1]) for post_id in posts]
    settle_rechecks(ledger, unclear)
    assert len(due_rechecks(ledger, "social", SEEN + AGES[1] + HOUR, 10)) == 2
