"""What stands in a digest. What never does: test_withheld.py."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from alerts import Window, make_digest, preview
from indexer import MAX_VALUES
from ledger import OutboxWindow
from records import Contact, Kind, Label, Price, PriceUnit, Referral
from tests.alerts.conftest import END, HASH, NOW, PHONE, START, World, make_offer, signature, subscribe
from tests.alerts.digests import both, digest_of


def test_a_family_is_one_lead_and_its_copies_are_counted(world: World) -> None:
    for hour, score in ((1, 0.8), (2, 0.95), (3, 0.7)):
        contact = Contact(type="phone", region="TR", hash=f"{hour:016x}")
        world.add(
            "Boat tonight " + PHONE,
            START + timedelta(hours=hour),
            {"source": f"s{hour}"},
            signature=signature("boat"),
            score=score,
            offer=make_offer(contacts=[contact]),
        )
    (lead,) = digest_of(world).leads
    assert (lead.posts, lead.sources, lead.platforms, lead.score) == (3, 3, 1, 0.95)
    assert sorted(lead.contacts) == [f"{hour:016x}" for hour in (1, 2, 3)]


def test_leads_are_grouped_by_route_and_ordered_by_score(world: World) -> None:
    world.add(score=0.7)
    world.add(score=0.9)
    world.add(score=0.8, offer=make_offer(origin=["LY"], destination=["IT"]))
    world.add(score=0.99, offer=make_offer(origin=[], destination=[]))
    digest = digest_of(world)
    assert [(group.origin, group.destination) for group in digest.routes] == [
        (("TR",), ("DE",)),
        (("LY",), ("IT",)),
        ((), ()),
    ]
    assert [lead.score for lead in digest.routes[0].leads] == [0.9, 0.7]
    text = both(world, digest).text
    assert "Türkiye → Germany (2)" in text
    assert "Route not stated (1)" in text


def test_an_offer_is_told_of_once(world: World) -> None:
    world.add(signature=signature("a"), at=START - timedelta(hours=2))
    world.add(signature=signature("a"))
    # Its oldest copy lies before the first window.
    assert digest_of(world).leads == ()
    told = make_digest(world.ledger, world.index, subscribe(), Window(START - timedelta(days=1), START), [], NOW)[1]
    assert len(told) == 1
    digest = digest_of(world, OutboxWindow("east", "smtp", START - timedelta(days=1), START, told))
    assert digest.leads == ()
    assert digest.again == 1


def test_an_offer_read_late_is_told_of_in_the_next_digest(world: World) -> None:
    world.add(at=START - timedelta(hours=2))
    (lead,) = digest_of(world, OutboxWindow("east", "smtp", START - timedelta(days=1), START)).leads
    assert lead.late


def test_languages_routes_and_scores_choose(world: World) -> None:
    world.add(lang="ar")
    world.add(lang="fa", score=0.6, offer=make_offer(origin=["LY"], destination=["IT", "DE"]))
    assert len(digest_of(world).leads) == 2
    assert [lead.lang for lead in digest_of(world, languages=["ar", "ckb"]).leads] == ["ar"]
    assert [lead.lang for lead in digest_of(world, routes=["*-IT"]).leads] == ["fa"]
    assert digest_of(world, routes=["TR-IT"]).leads == ()
    assert [lead.lang for lead in digest_of(world, min_score=0.7).leads] == ["ar"]
    assert digest_of(world, labels=["risk_narrative"]).leads == ()


def test_above_the_cap_is_counted(world: World) -> None:
    for score in (0.6, 0.9, 0.7):
        world.add(score=score)
    digest = digest_of(world, cap=2)
    assert [lead.score for lead in digest.leads] == [0.9, 0.7]
    assert digest.more == 1
    assert "1 more new offers above the limit" in both(world, digest).text


def test_numbers_stand_against_the_window_before_with_denominator_and_coverage(world: World) -> None:
    world.add()
    world.add(at=START - timedelta(hours=3))
    world.add(at=START - timedelta(hours=4))
    for hour in range(4):
        world.add("An opinion", START + timedelta(hours=hour), labels=[], offer=None, kind=Kind.OPINION)
    world.add("Unassessed", covered=False, labels=[], offer=None, kind=Kind.OTHER)
    world.cover("channel", START - timedelta(days=1), END - timedelta(minutes=10))
    world.cover("other", START - timedelta(days=1), END - timedelta(hours=10))
    digest = digest_of(world)
    assert [(item.name, item.now, item.before) for item in digest.changes] == [
        ("offers", 1, 2),
        ("posts", 1, 2),
        ("contacts", 1, 1),
    ]
    (trend,) = digest.trends
    assert (trend.now.hits, trend.now.of, trend.before.hits, trend.before.of) == (1, 5, 2, 2)
    assert (digest.coverage.ok, digest.coverage.due) == (1, 2)
    assert digest.coverage_before.complete
    assert digest.models == ("2026.1",)
    shown = both(world, digest)
    for output in (shown.html, shown.text):
        assert "1 of 5" in output
        assert "gap in collection" in " ".join(output.split())
        assert "2026.1" in output


def test_a_lead_says_all_that_was_read(world: World) -> None:
    post_id = world.add(
        offer=make_offer(transit=["BG"], prices=[Price(amount=5000, currency="USD", unit=PriceUnit.PERSON)]),
        score=0.875,
    )
    shown = both(world, digest_of(world))
    for output in (shown.html, shown.text):
        for word in ("0.88", "English", "telegram", "channel", f"daymark:{post_id}", HASH, "5,000 USD per person"):
            assert word in output, word
        assert "Bulgaria" in output
        assert "on arrival" in output
        assert "t.example" not in output
    assert shown.subject.startswith("New offers, eastern route: 1 new offer, ")


def test_only_an_outlet_keeps_its_link(world: World) -> None:
    world.add(post={"platform": "web", "author_kind": "outlet", "url": "https://herald.example/a?b=1&c=2"})
    html = both(world, digest_of(world)).html
    assert 'href="https://herald.example/a?b=1&amp;c=2"' in html


def test_a_preview_stores_nothing(world: World) -> None:
    world.add(at=NOW + timedelta(minutes=1))
    first = preview(world.ledger, world.index, subscribe(), NOW + timedelta(hours=1))
    assert "1 new offer" in first.subject
    assert preview(world.ledger, world.index, subscribe(), NOW + timedelta(hours=1)).text == first.text
    assert world.rows() == []


def test_a_label_other_than_offers_has_figures_but_no_list(world: World) -> None:
    post_id = world.add("Danger at sea", labels=[Label.RISK_NARRATIVE], offer=None, kind=Kind.TESTIMONY)
    digest = digest_of(world, labels=["risk_narrative"])
    shown = both(world, digest)
    assert post_id not in shown.html
    assert "Risk narratives" in shown.text
    assert "1 of 1" in shown.text


def test_a_label_without_leads_says_how_many_posts_carry_it(world: World) -> None:
    for number in range(3):
        world.add(f"Danger at sea {number}", labels=[Label.RISK_NARRATIVE], offer=None, kind=Kind.TESTIMONY)
    digest = digest_of(world, labels=["risk_narrative"])
    assert digest.has_news
    shown = both(world, digest)
    assert "risk narratives 3," in shown.subject
    assert "new offers" not in shown.subject + shown.text
    assert "leads to check" not in shown.html
    assert not digest_of(world, labels=["positive_framing"]).has_news


def test_a_post_without_a_date_is_in_no_figure(world: World) -> None:
    """Thirty imports of one day are not thirty posts of that day."""
    for _ in range(30):
        world.add(post={"published_at": None})
    world.add()
    digest = digest_of(world)
    (trend,) = digest.trends
    assert (trend.now.hits, trend.now.of, digest.undated) == (1, 1, 30)
    assert [item.now for item in digest.changes][:2] == [1, 1]
    # A lead is told of when it is found: nobody would be told of it otherwise.
    assert len(digest.leads) == 31
    for output in (both(world, digest).text, both(world, digest).html):
        assert "30 posts without a date are in no share" in " ".join(output.split())


def test_a_route_without_an_origin_says_so(world: World) -> None:
    world.add(offer=make_offer(origin=[]))
    assert "not stated → Germany" in both(world, digest_of(world)).text


def test_what_the_machine_misses_is_said_beside_the_leads(world: World) -> None:
    world.add()
    assert "it misses many" in " ".join(both(world, digest_of(world)).text.split())


def test_the_index_is_asked_for_many_families_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(MAX_VALUES + 6):
        world.add(signature=signature(f"family {number}"))
    hidden = world.add(signature=signature("hidden"), referral=[Referral.MINOR])
    world.add(signature=signature("hidden"))
    world.add(signature=signature("old"), at=START - timedelta(days=90))
    world.add(signature=signature("old"))
    asked = 0

    # The index is the real one; how often it is asked shows in no answer.
    def counted(method: Any) -> Any:
        def ask(*arguments: Any) -> Any:
            nonlocal asked
            asked += 1
            return method(*arguments)

        return ask

    for name in ("search", "offers", "extent"):
        monkeypatch.setattr(world.index, name, counted(getattr(world.index, name)))
    digest = digest_of(world, cap=500)
    assert (len(digest.leads), digest.withheld, digest.again) == (MAX_VALUES + 6, 1, 1)
    assert hidden not in digest.model_dump_json()
    assert asked < 25
