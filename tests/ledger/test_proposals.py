"""Proposals: places that posts on topic link to. Evidence is counted from the posts that are there now, never stored."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from ledger import (
    CitedPlace,
    Ledger,
    LedgerError,
    Proposal,
    ProposalState,
    Worker,
    claim_tag,
    commit_tags,
    decide_proposal,
    erase_author,
    erase_post,
    housekeep,
    land,
    list_proposals,
    mark_removed,
    mark_retag,
    prune_proposals,
    read_proposal,
    read_raw_items,
    schema,
)
from tests.ledger.world import (
    NOON,
    OFF_TOPIC,
    PROJECT,
    land_some,
    make_landing,
    make_post,
    make_tags,
    rows,
    signature,
)

CHANNEL = CitedPlace("telegram", "https://t.me/invented_channel")
FORUM = CitedPlace("forum", "https://board.example/viewforum.php?f=3")


def tag_citing(ledger: Ledger, worker: Worker, *places: CitedPlace, **changes: Any) -> int:
    """Tags all that is due; every post of it links to the places."""
    work = claim_tag(ledger, worker, 1000)
    cited = {item.post.post_id: places for item in work}
    return commit_tags(ledger, worker, [(item.post, make_tags(**changes)) for item in work], cited)


def only(ledger: Ledger) -> Proposal:
    (found,) = list_proposals(ledger)
    return found


def counts(ledger: Ledger) -> tuple[int, int, int]:
    found = only(ledger)
    return found.posts, found.sources, found.wordings


def test_evidence_is_distinct_posts_and_distinct_sources_with_the_first_and_last_sight(
    ledger: Ledger, worker: Worker
) -> None:
    land_some(ledger, 3)
    land(ledger, [make_landing(4, source="other")])
    tag_citing(ledger, worker, CHANNEL)
    assert counts(ledger) == (4, 2, 4)
    found = only(ledger)
    assert (found.platform, found.address) == (CHANNEL.platform, CHANNEL.address)
    assert (found.state, found.source) == (ProposalState.PROPOSED, None)
    assert (found.first_seen, found.last_seen) == (NOON + timedelta(minutes=1), NOON + timedelta(minutes=4))
    assert read_proposal(ledger, found.place) == found
    assert read_proposal(ledger, "0" * 16) is None


def test_copies_of_one_text_are_one_wording(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 5)
    tag_citing(ledger, worker, CHANNEL, signature=signature(1))
    assert counts(ledger) == (5, 1, 1)


def test_posts_off_topic_propose_nothing(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 2)
    tag_citing(ledger, worker, CHANNEL, **OFF_TOPIC)
    assert list_proposals(ledger) == []


def test_posts_on_topic_that_could_not_be_assessed_propose_until_they_are_edited(
    ledger: Ledger, worker: Worker
) -> None:
    land_some(ledger, 1)
    tag_citing(ledger, worker, CHANNEL, covered=False, labels=())
    assert only(ledger).posts == 1
    land(ledger, [make_landing(1, text="edited")])
    assert list_proposals(ledger) == []


def test_what_more_sources_cite_comes_first(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 2)
    tag_citing(ledger, worker, CHANNEL)
    land(ledger, [make_landing(number, source=f"s{number}") for number in (3, 4)])
    tag_citing(ledger, worker, FORUM)
    assert [found.address for found in list_proposals(ledger)] == [FORUM.address, CHANNEL.address]


def test_a_new_wording_cites_what_it_links_to_and_nothing_else(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 1)
    tag_citing(ledger, worker, CHANNEL)
    land(ledger, [make_landing(1, text="edited")])
    assert list_proposals(ledger) == [], "the new wording is not assessed yet"
    tag_citing(ledger, worker, FORUM)
    assert only(ledger).address == FORUM.address
    assert prune_proposals(ledger) == 1
    assert [row["address"] for row in rows(ledger, schema.proposal)] == [FORUM.address]


def test_tagging_twice_counts_once(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 2)
    tag_citing(ledger, worker, CHANNEL)
    assert mark_retag(ledger, "2") == 2
    tag_citing(ledger, worker, CHANNEL, CHANNEL)
    assert counts(ledger) == (2, 1, 2)


def test_a_commit_that_does_not_count_cites_nothing(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 1)
    work = claim_tag(ledger, worker, 10)
    land(ledger, [make_landing(1, text="edited meanwhile")])
    done = [(item.post, make_tags()) for item in work]
    assert commit_tags(ledger, worker, done, {work[0].post.post_id: [CHANNEL]}) == 0
    assert rows(ledger, schema.citation) == []
    assert rows(ledger, schema.proposal) == []


def test_erasing_the_citing_post_lowers_the_evidence_and_the_last_one_takes_the_address_along(
    ledger: Ledger, worker: Worker
) -> None:
    land_some(ledger, 2)
    tag_citing(ledger, worker, CHANNEL)
    erase_post(ledger, make_post(1).post_id, "asked to")
    assert counts(ledger) == (1, 1, 1)
    erase_author(ledger, "ann@social.example", "asked to")
    assert rows(ledger, schema.citation) == []
    assert rows(ledger, schema.proposal) == []


def test_what_is_stripped_by_retention_cites_nothing_any_more(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 2)
    tag_citing(ledger, worker, CHANNEL)
    mark_removed(ledger, make_post(1).post_id, NOON)
    housekeep(ledger, PROJECT, NOON + timedelta(days=2))
    assert counts(ledger) == (1, 1, 1)
    mark_removed(ledger, make_post(2).post_id, NOON)
    housekeep(ledger, PROJECT, NOON + timedelta(days=2))
    assert rows(ledger, schema.proposal) == []


def test_what_was_refused_is_not_proposed_again_and_only_its_hash_is_left(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 1)
    tag_citing(ledger, worker, CHANNEL)
    place = only(ledger).place
    decide_proposal(ledger, place, ProposalState.REFUSED, "Ana", NOON)
    assert list_proposals(ledger) == []
    land(ledger, [make_landing(2)])
    tag_citing(ledger, worker, CHANNEL)
    assert list_proposals(ledger) == []
    (row,) = rows(ledger, schema.proposal)
    assert (row["address"], row["state"], row["decided_by"], row["decided_at"]) == (None, "refused", "Ana", NOON)
    assert rows(ledger, schema.citation) == []
    (listed,) = list_proposals(ledger, ProposalState.REFUSED)
    assert (listed.place, listed.posts, listed.first_seen) == (place, 0, None)
    assert prune_proposals(ledger) == 0


def test_what_was_accepted_is_decided_once_and_stands(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 1)
    tag_citing(ledger, worker, CHANNEL)
    place = only(ledger).place
    decide_proposal(ledger, place, ProposalState.ACCEPTED, "Ana", NOON, "invented-channel")
    assert list_proposals(ledger) == []
    erase_post(ledger, make_post(1).post_id, "asked to")
    (listed,) = list_proposals(ledger, None)
    assert (listed.source, listed.address, listed.posts) == ("invented-channel", CHANNEL.address, 0)
    with pytest.raises(LedgerError, match="was accepted before"):
        decide_proposal(ledger, place, ProposalState.REFUSED, "Ana", NOON)
    with pytest.raises(LedgerError, match="there is no proposal"):
        decide_proposal(ledger, "0" * 16, ProposalState.REFUSED, "Ana", NOON)


def test_the_id_of_a_place_is_keyed(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 1)
    tag_citing(ledger, worker, CHANNEL)
    place = only(ledger).place
    assert place == ledger.pseudonyms.place(CHANNEL.platform, CHANNEL.address)
    assert len(place) == 16
    assert place != type(ledger.pseudonyms)(b"another key" * 3).place(CHANNEL.platform, CHANNEL.address)


def test_raw_items_are_those_of_the_wording_asked_for(ledger: Ledger, worker: Worker) -> None:
    land_some(ledger, 1)
    land(ledger, [make_landing(1, text="edited")])
    post_id = make_post(1).post_id
    assert read_raw_items(ledger, {post_id: 1})[post_id].endswith(b"a boat left port number 1")
    assert read_raw_items(ledger, {post_id: 2})[post_id].endswith(b"edited")
    assert read_raw_items(ledger, {post_id: 3, "0" * 32: 1}) == {}
    with ledger.write() as conn:
        conn.execute(sa.delete(schema.raw))
    assert read_raw_items(ledger, {post_id: 2}) == {}
