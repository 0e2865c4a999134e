"""What never stands in a digest: protected posts, referrals and their near-copies, words that are gone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ledger import claim_tag, commit_tags, erase_post, mark_removed, mark_retag
from records import Kind, ModelOrigin, Referral
from tests.alerts.conftest import NOW, PHONE, START, World, make_tags, signature
from tests.alerts.digests import both, digest_of


@pytest.mark.parametrize("kind", [Kind.DEMAND, Kind.FAMILY_SEARCH, Kind.AID_RESCUE_LEGAL])
def test_a_protected_post_is_never_in_a_digest(world: World, kind: Kind) -> None:
    hidden = world.add("Please help me find a way " + PHONE, kind=kind)
    check_hidden(world, hidden, "find a way")


@pytest.mark.parametrize("referral", list(Referral))
def test_a_referral_is_never_in_a_digest(world: World, referral: Referral) -> None:
    hidden = world.add("They hold my brother " + PHONE, referral=[referral])
    check_hidden(world, hidden, "my brother")


def check_hidden(world: World, post_id: str, words: str) -> None:
    world.add()
    digest = digest_of(world)
    shown = both(world, digest)
    assert len(digest.leads) == 1
    for output in (digest.model_dump_json(), shown.html, shown.text, shown.subject):
        assert post_id not in output
        assert words not in output


def test_a_near_copy_of_a_referral_is_withheld_with_it(world: World) -> None:
    world.add(START.isoformat(), signature=signature("x"))
    world.add("copy", START - timedelta(days=40), signature=signature("x"), referral=[Referral.MINOR])
    digest = digest_of(world)
    assert digest.leads == ()
    assert digest.withheld == 1


def test_a_post_that_became_protected_after_it_was_indexed_is_held_back(world: World) -> None:
    post_id = world.add("Boat " + PHONE)
    digest = digest_of(world)
    mark_retag(world.ledger, "2026.2")
    (work,) = claim_tag(world.ledger, world.worker, 5)
    tags = make_tags("Boat " + PHONE, kind=Kind.DEMAND, model=ModelOrigin(name="m", version="2026.2"))
    assert commit_tags(world.ledger, world.worker, [(work.post, tags)]) == 1
    assert digest_of(world).leads == ()
    shown = both(world, digest)
    assert shown.withdrawn == 1
    assert post_id not in shown.html + shown.text


def test_what_is_erased_before_it_goes_out_does_not_go_out(world: World) -> None:
    post_id = world.add("Unmistakable words " + PHONE)
    digest = digest_of(world)
    erase_post(world.ledger, post_id, "asked for")
    shown = both(world, digest)
    assert "Unmistakable" not in shown.html + shown.text
    assert "1 left out: erased" in shown.text


def test_what_is_gone_at_its_source_is_told_without_its_words(world: World) -> None:
    post_id = world.add("Unmistakable words " + PHONE)
    digest = digest_of(world)
    mark_removed(world.ledger, post_id, NOW)
    shown = both(world, digest)
    assert "Unmistakable" not in shown.html + shown.text
    assert "gone at its source" in shown.text
