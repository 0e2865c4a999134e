"""What a stream asks of the ledger: a cursor that moves while its poll goes on, posts that are here, whole accounts that went."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from ledger import (
    Ledger,
    PollResult,
    Worker,
    advance_poll,
    claim_source,
    finish_poll,
    known_among,
    land,
    make_worker,
    mark_author_removed,
    read_post,
    read_source,
    schema,
    start_poll,
)
from records import make_post_id
from tests.ledger.world import HOUR, make_landing

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def only_poll(ledger: Ledger) -> sa.Row[tuple[object, ...]]:
    with ledger.read() as conn:
        return conn.execute(sa.select(schema.poll)).one()


def test_the_cursor_moves_with_the_counts_while_the_poll_goes_on(ledger: Ledger, worker: Worker) -> None:
    claim_source(ledger, worker, "s", "host", NOW)
    number = start_poll(ledger, worker, "s", NOW)
    told = {"seen": 3, "new": 1}
    assert advance_poll(ledger, number, worker.id, {"seq": 1}, told, {"no_wanted_word": 2})
    begun = only_poll(ledger)
    assert (begun.outcome, begun.counts, begun.not_landed) == (None, told, {"no_wanted_word": 2})
    assert read_source(ledger, "s").cursor == {"seq": 1}
    # Killed: it told nothing at its end.
    assert finish_poll(ledger, number, PollResult("killed", NOW + HOUR, message="killed"), NOW + HOUR)
    ended = only_poll(ledger)
    assert (ended.outcome, ended.counts, ended.not_landed) == ("killed", told, {"no_wanted_word": 2})
    state = read_source(ledger, "s")
    assert (state.cursor, state.last_new) == ({"seq": 1}, NOW + HOUR), "what it brought is no silence"
    assert not advance_poll(ledger, number, worker.id, {"seq": 2}, {}, {}), "it has ended"


def test_who_has_lost_the_lease_moves_no_cursor(ledger: Ledger, worker: Worker) -> None:
    with make_worker(ledger) as first:
        claim_source(ledger, first, "s", "host", NOW)
        number = start_poll(ledger, first, "s", NOW)
        assert advance_poll(ledger, number, first.id, {"seq": 1}, {"seen": 1}, {})
        assert not advance_poll(ledger, number, worker.id, {"seq": 2}, {}, {})
    # Closed: the source is free, the poll interrupted.
    claim_source(ledger, worker, "s", "host", NOW)
    assert not advance_poll(ledger, number, first.id, {"seq": 3}, {}, {})
    begun = only_poll(ledger)
    assert (begun.outcome, begun.counts) == ("interrupted", {"seen": 1})
    assert read_source(ledger, "s").cursor == {"seq": 1}


def test_posts_that_are_here(ledger: Ledger) -> None:
    landings = [make_landing(number) for number in range(3)]
    land(ledger, landings)
    ids = {landing.post.post_id for landing in landings}
    assert known_among(ledger, [*ids, make_post_id("bluesky", "never")]) == ids
    assert known_among(ledger, []) == set()
    many = [make_post_id("bluesky", str(number)) for number in range(2000)]
    assert known_among(ledger, many) == set()


def test_an_account_that_went_takes_its_posts_from_sight_and_no_others(ledger: Ledger) -> None:
    gone, other, elsewhere = "did:plc:gone", "did:plc:other", "did:plc:gone"
    posts = [(gone, "bluesky"), (gone, "bluesky"), (other, "bluesky"), (elsewhere, "fediverse")]
    landings = [make_landing(n, author=author, platform=platform) for n, (author, platform) in enumerate(posts)]
    land(ledger, landings)
    assert mark_author_removed(ledger, "bluesky", gone, NOW) == 2
    assert mark_author_removed(ledger, "bluesky", gone, NOW + HOUR) == 0, "known already"
    assert mark_author_removed(ledger, "bluesky", "did:plc:nobody", NOW) == 0
    states = [read_post(ledger, landing.post.post_id) for landing in landings]
    assert [state.removed_at for state in states if state is not None] == [NOW, NOW, None, None]
