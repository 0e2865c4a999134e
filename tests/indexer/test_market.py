"""The market: offers by route, families, contacts, prices."""

from __future__ import annotations

from datetime import UTC, datetime

from indexer import Index, Market, MarketQuery, Route, SearchQuery, Span, make_market, parse_query, where
from records import PROTECTED_KINDS, Label
from tests.indexer.documents import make, make_corpus, make_offer, put
from tests.indexer.shapes import assert_shape


def route(market: Market, origin: str | None, destination: str | None) -> Route:
    (found,) = [one for one in market.routes if (one.origin, one.destination) == (origin, destination)]
    return found


def test_near_copies_are_one_offer(index: Index) -> None:
    put(
        index,
        make_offer(1, 4000.0, family="f1", contact=("c1",)),
        make_offer(2, 5000.0, family="f1", contact=("c1",)),
        make_offer(3, 6000.0, family="f2", contact=("c1", "c2")),
    )
    market = make_market(index, MarketQuery())
    assert (market.offers, market.posts, market.contacts, market.undated) == (2, 3, 2, 0)
    found = route(market, "TR", "GR")
    assert (found.offers, found.posts, found.contacts, found.modes) == (2, 3, 2, {"sea": 2})
    assert_shape("market", market.as_json())


def test_an_offer_counts_on_each_of_its_routes(index: Index) -> None:
    put(index, make_offer(1, origin=("LY", "TN"), destination=("IT",)), make_offer(2, origin=(), destination=("IT",)))
    market = make_market(index, MarketQuery())
    assert [(one.origin, one.destination, one.offers) for one in market.routes] == [
        ("LY", "IT", 1),
        ("TN", "IT", 1),
        (None, "IT", 1),
    ]
    assert market.offers == 2
    assert_shape("market", market.as_json())


def test_few_prices_show_no_median(index: Index) -> None:
    put(index, make_offer(1, 4000.0), make_offer(2, 5000.0))
    (price,) = route(make_market(index, MarketQuery()), "TR", "GR").prices
    assert (price.n, price.median, price.low) == (2, None, None)
    put(index, make_offer(3, 7000.0), make_offer(4))
    (price,) = route(make_market(index, MarketQuery()), "TR", "GR").prices
    assert (price.service, price.n, price.median, price.low) == ("transport", 3, 5000.0, None)
    put(index, *(make_offer(number, 1000.0 * number) for number in range(10, 15)))
    (price,) = route(make_market(index, MarketQuery()), "TR", "GR").prices
    assert (price.n, price.median, price.low, price.high) == (8, 10500.0, 4000.0, 14000.0)
    assert_shape("market", make_market(index, MarketQuery()).as_json())


def test_prices_are_per_traveller_and_within_one_service(index: Index) -> None:
    put(
        index,
        *(make_offer(number, 5000.0) for number in range(3)),
        *(make_offer(number, 1000.0, service="documents") for number in range(10, 13)),
        make_offer(20, 9000.0, price_unit="package"),
        make_offer(21, 5000.0, price_unit="seat"),
    )
    prices = route(make_market(index, MarketQuery()), "TR", "GR").prices
    assert [(price.service, price.n, price.median) for price in prices] == [
        ("transport", 4, 5000.0),
        ("documents", 3, 1000.0),
    ]


def test_people_in_need_are_never_in_the_market(index: Index) -> None:
    protected = [make_offer(number, 4000.0, kind=kind) for number, kind in enumerate(sorted(PROTECTED_KINDS))]
    put(index, *protected, make_offer(9, 4000.0))
    assert make_market(index, MarketQuery()).posts == 1
    assert make_market(index, MarketQuery(parse_query("origin:TR"))).posts == 1


def test_only_labelled_offers_count(index: Index) -> None:
    put(index, make(1, labels=(Label.RISK_NARRATIVE,)), make_offer(2, labels=(), kind="other"), make_offer(3))
    assert make_market(index, MarketQuery()).posts == 1


def test_an_offer_that_says_nothing_is_an_offer_all_the_same(index: Index) -> None:
    silent = make_offer(2, origin=(), destination=(), modes=(), service=None, contact=())
    put(index, make(1, labels=(Label.SMUGGLING_OFFER,), kind="offer"), silent)
    (found,) = make_market(index, MarketQuery()).routes
    assert (found.origin, found.destination, found.offers, found.contacts, found.prices) == (None, None, 2, 0, ())


def test_undated_offers_are_in_the_totals_and_in_no_span(index: Index) -> None:
    day = datetime(2026, 11, 5, tzinfo=UTC)
    put(
        index,
        make_offer(1, published_at=day),
        make_offer(2, published_at=day, published_estimated=True),
        make_offer(3, published_at=datetime(2026, 10, 1, tzinfo=UTC)),
    )
    market = make_market(
        index, MarketQuery(span=Span(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 6, tzinfo=UTC)))
    )
    assert (market.posts, market.undated) == (1, 1)
    assert_shape("market", market.as_json())
    assert (make_market(index, MarketQuery()).posts, make_market(index, MarketQuery()).undated) == (3, 1)


def test_the_corpus_gives_the_same_market_on_both_backends(corpus_index: Index) -> None:
    offers = [one for one in make_corpus() if one.offer is not None and one.kind not in PROTECTED_KINDS]
    market = make_market(corpus_index, MarketQuery())
    assert market.posts == len(offers) > 20
    assert market.offers == len({one.family for one in offers})
    assert market.undated == sum(one.published_estimated for one in offers) > 0
    for found in market.routes:
        held = [
            one
            for one in offers
            if one.offer
            and (found.origin in one.offer.origin or (found.origin is None and not one.offer.origin))
            and found.destination in one.offer.destination
        ]
        assert found.posts == len(held)
        assert found.offers == len({one.family for one in held})
        assert found.contacts == len({one.offer.contact for one in held if one.offer})
    narrow = make_market(corpus_index, MarketQuery(where("origin", "TR") & parse_query("boat")))
    assert 0 < narrow.posts < market.posts
    assert_shape("market", market.as_json())


def test_a_search_has_its_outward_shape(corpus_index: Index) -> None:
    page = corpus_index.search(SearchQuery(parse_query("boat")))
    assert page.hits
    assert_shape("search", page.as_json())
