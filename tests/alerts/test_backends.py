"""A digest is the same from either index."""

from __future__ import annotations

from datetime import timedelta

from alerts import Window, make_digest
from indexer import drain_index
from ledger import mark_all_due
from records import Kind, Referral
from tests.alerts.conftest import END, NOW, START, World, make_offer, signature, subscribe
from tests.indexer.conftest import clear, open_elastic, own_names


def test_both_indexes_make_the_same_digest(world: World, elasticsearch_url: str) -> None:
    for hour in range(4):
        world.add(at=START + timedelta(hours=hour), score=0.6 + hour / 20, signature=signature(f"{hour // 2}"))
        world.add(at=START - timedelta(hours=hour), lang="ar", offer=make_offer(destination=["GR"]))
        world.add("An opinion", START + timedelta(hours=hour), labels=[], offer=None, kind=Kind.OPINION)
    world.add(referral=[Referral.MINOR], signature=signature("0"))
    world.add(kind=Kind.DEMAND)
    world.add(post={"published_at": None}, signature=signature("undated"))
    subscription = subscribe(languages=["en", "ar"], routes=["TR-*"], labels=["smuggling_offer", "risk_narrative"])
    window = Window(START, END)
    first = make_digest(world.ledger, world.index, subscription, window, [], NOW)
    elastic = open_elastic(elasticsearch_url, own_names())
    try:
        mark_all_due(world.ledger)
        drain_index(world.ledger, world.worker, elastic)
        elastic.refresh()
        assert make_digest(world.ledger, elastic, subscription, window, [], NOW) == first
    finally:
        clear(elastic)
    digest, _ = first
    assert digest.leads
    assert digest.withheld == 1
    assert any(lead.published_estimated for lead in digest.leads)
