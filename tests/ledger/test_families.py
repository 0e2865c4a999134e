"""Families of near-copies: ledger/families.py, rules 1 to 5 there."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from ledger import (
    Ledger,
    Stage,
    State,
    Worker,
    claim_tag,
    commit_tags,
    due,
    erase_post,
    land,
    mark_retag,
    resolve_family,
    schema,
)
from ledger.families import BANDS, PER_BAND, band_keys
from records import ModelOrigin
from tests.ledger.world import (
    assert_sound,
    index,
    land_some,
    make_landing,
    make_post,
    make_tags,
    numbers,
    post_of,
    row_of,
    rows,
    signature,
    tag,
)


def tag_as(ledger: Ledger, worker: Worker, made: dict[int, tuple[int, ...]], version: str = "1") -> None:
    """Tags what is due in one commit, each post with its signature."""
    work = claim_tag(ledger, worker, 1000)
    origin = ModelOrigin(name="model", version=version)
    done = [
        (item.post, make_tags(signature=made[number], model=origin))
        for item, number in zip(work, numbers(work), strict=True)
    ]
    assert commit_tags(ledger, worker, done) == len(done)


def family_of(ledger: Ledger, number: int) -> str:
    """The family a post stands in."""
    found = post_of(ledger, number).family
    assert found is not None
    return found


def test_band_keys_fit_both_databases() -> None:
    keys = band_keys(signature(1))
    assert len(keys) == BANDS
    assert all(-(2**63) <= key < 2**63 for key in keys)


def test_copies_are_one_family_and_strangers_are_not(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 5)
    tag_as(ledger, worker, {1: signature(1), 2: signature(1), 3: signature(2), 4: (), 5: ()})
    land(ledger, [make_landing(6)])
    tag_as(ledger, worker, {6: signature(1, 0.2)})
    one = family_of(ledger, 1)
    assert family_of(ledger, 2) == family_of(ledger, 6) == one
    assert len({one, *(family_of(ledger, number) for number in (3, 4, 5))}) == 4
    assert_sound(ledger)


def test_the_older_family_survives_a_merge_and_the_other_becomes_an_alias(ledger: Ledger, worker: Worker) -> None:
    made = {1: signature(1, 0.3, 1), 2: signature(1, 0.3, 2), 3: signature(1, 0.3, 3)}
    for number in (1, 2):
        land(ledger, [make_landing(number)])
        tag_as(ledger, worker, made)
    index(ledger, worker)
    first, second = family_of(ledger, 1), family_of(ledger, 2)
    assert first != second, "0.7 * 0.7 is below the threshold, 0.7 is above"
    before = {number: row_of(ledger, number)["doc_version"] for number in (1, 2)}
    land(ledger, [make_landing(3)])
    tag_as(ledger, worker, {3: signature(1)})
    assert family_of(ledger, 1) == family_of(ledger, 2) == family_of(ledger, 3) == first
    assert resolve_family(ledger, second) == resolve_family(ledger, first) == first
    assert resolve_family(ledger, "0" * 16) == "0" * 16
    assert row_of(ledger, 2)["doc_version"] == before[2] + 1
    assert post_of(ledger, 2).state is State.TAGGED, "its document names another family now"
    assert row_of(ledger, 1)["doc_version"] == before[1]
    assert post_of(ledger, 1).state is State.INDEXED
    assert_sound(ledger)


def test_aliases_of_a_loser_follow_it(ledger: Ledger, worker: Worker) -> None:
    seeds = {1: signature(1), 2: signature(2), 3: signature(3)}
    land_some(ledger, 3)
    tag_as(ledger, worker, seeds)
    families = [family_of(ledger, number) for number in (1, 2, 3)]
    for alike in ((2, 3), (1, 2)):
        # An edit makes the younger a copy of the older; each is alone, so its family goes along.
        number = alike[1]
        land(ledger, [make_landing(number, text=f"edited into {alike[0]}")])
        tag_as(ledger, worker, {number: seeds[alike[0]]})
        seeds[number] = seeds[alike[0]]
    if family_of(ledger, 3) != families[0]:
        land(ledger, [make_landing(3, text="edited into 1")])
        tag_as(ledger, worker, {3: seeds[1]})
    assert {resolve_family(ledger, name) for name in families[:2]} == {families[0]}
    assert_sound(ledger)


@pytest.mark.parametrize("changed", [False, True], ids=["same signatures", "another way of reckoning"])
@pytest.mark.parametrize("batch", [1, 10])
def test_a_retag_leaves_families_as_they_are(ledger: Ledger, worker: Worker, changed: bool, batch: int) -> None:
    """All members in one commit must not found the family anew, whatever the new signatures are."""
    land_some(ledger, 5)
    seeds = {1: 1, 2: 1, 3: 1, 4: 2, 5: 2}
    tag_as(ledger, worker, {number: signature(seed) for number, seed in seeds.items()})
    before = {number: family_of(ledger, number) for number in seeds}
    families = rows(ledger, schema.family)
    mark_retag(ledger, "2")
    while work := claim_tag(ledger, worker, batch):
        again = [
            (
                item.post,
                make_tags(signature=signature(seeds[number] + 100 * changed), model=ModelOrigin(name="m", version="2")),
            )
            for item, number in zip(work, numbers(work), strict=True)
        ]
        commit_tags(ledger, worker, again)
    assert {number: family_of(ledger, number) for number in seeds} == before
    assert rows(ledger, schema.family) == families, "none is founded only to be merged away"
    assert due(ledger, Stage.TAG) == (0, 0)
    assert_sound(ledger)


def test_a_new_wording_leaves_its_family_if_others_stay(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 3)
    tag_as(ledger, worker, {1: signature(1), 2: signature(1), 3: signature(3)})
    shared, alone = family_of(ledger, 1), family_of(ledger, 3)
    land(ledger, [make_landing(1, text="edited"), make_landing(3, text="edited")])
    tag_as(ledger, worker, {1: signature(8), 3: signature(9)})
    assert family_of(ledger, 2) == shared
    assert family_of(ledger, 1) != shared
    assert family_of(ledger, 3) == alone, "alone, it takes its family along"
    assert_sound(ledger)


def test_a_merge_and_an_edit_in_one_commit_use_no_name_that_is_gone(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 3)
    tag_as(ledger, worker, {1: signature(1, 0.3, 1), 2: signature(1, 0.3, 2), 3: signature(1, 0.3, 2)})
    land(ledger, [make_landing(4), make_landing(2, text="edited"), make_landing(3, text="edited")])
    tag_as(ledger, worker, {4: signature(1), 2: signature(7), 3: signature(8)})
    assert_sound(ledger)


def test_a_post_like_one_whose_family_merges_in_the_same_commit(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 2)
    first, second = signature(1, 0.3, 1), signature(1, 0.3, 2)
    tag_as(ledger, worker, {1: first, 2: second})
    assert family_of(ledger, 1) != family_of(ledger, 2)
    bridge = signature(1)
    agree = [place for place in range(128) if second[place] == bridge[place]][:26]
    like_second = tuple(value ^ 1 if place in agree else value for place, value in enumerate(second))
    land(ledger, [make_landing(4), make_landing(5)])
    tag_as(ledger, worker, {4: bridge, 5: like_second})
    assert len({family_of(ledger, number) for number in (1, 2, 4, 5)}) == 1
    assert_sound(ledger)


def test_an_advert_posted_without_end_costs_no_more_each_time(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 130)
    tag_as(ledger, worker, {number: signature(1) for number in range(1, 131)})
    assert len({row["family"] for row in rows(ledger, schema.post)}) == 1
    assert len(rows(ledger, schema.band)) == BANDS * PER_BAND
    erase_post(ledger, make_post(1).post_id, "asked for")
    land(ledger, [make_landing(131)])
    tag_as(ledger, worker, {131: signature(1)})
    assert len({row["family"] for row in rows(ledger, schema.post)}) == 1


def test_families_of_many_posts_take_few_statements(ledger: Ledger, worker: Worker) -> None:
    """Taggers wait for each other here: what is asked per post is paid by all of them."""
    land_some(ledger, 200)
    work = claim_tag(ledger, worker, 1000)
    done = [(item.post, make_tags(signature=signature(number))) for number, item in enumerate(work)]
    statements: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    sa.event.listen(ledger.engine, "before_cursor_execute", note)
    commit_tags(ledger, worker, done)
    sa.event.remove(ledger.engine, "before_cursor_execute", note)
    assert len(statements) < 60, len(statements)


def test_an_edit_makes_room_for_the_wording_it_becomes(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 2)
    tag_as(ledger, worker, {1: signature(1), 2: signature(2)})
    land(ledger, [make_landing(1, text="edited")])
    tag_as(ledger, worker, {1: signature(5)})
    assert {row["post_id"] for row in rows(ledger, schema.band)} == {make_post(n).post_id for n in (1, 2)}
    assert len(rows(ledger, schema.band)) == 2 * BANDS
    land(ledger, [make_landing(3)])
    tag(ledger, worker, signature=signature(1))
    assert family_of(ledger, 3) != family_of(ledger, 1), "the wording before is no likeness any more"
