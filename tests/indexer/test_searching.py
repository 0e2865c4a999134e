"""Searches: both backends find the same posts, counted in plain Python beside them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from indexer import (
    EVERYTHING,
    Index,
    Order,
    Query,
    QueryError,
    SearchQuery,
    Span,
    TrendQuery,
    make_trend,
    parse_query,
    tokens,
    where,
)
from indexer.grammar import FieldIs, Prefix, Term, Words
from records import PROTECTED_KINDS, Document
from tests.indexer.documents import ids, make, make_corpus, make_offer, post_id, put

CORPUS = make_corpus()


def holds(document: Document, term: Term) -> bool:
    """Whether a document matches a term, read off the document itself."""
    if isinstance(term, FieldIs):
        return bool(set(term.values) & _values(document, term.field))
    fields = [tokens(text) for text in (document.title, document.text, document.media_text, *document.hashtags)]
    if isinstance(term, Prefix):
        return any(word.startswith(term.token) for field in fields for word in field)
    return any(_stands_in(term, field) for field in fields)


def _stands_in(term: Words, field: list[str]) -> bool:
    size = len(term.tokens)
    return any(tuple(field[at : at + size]) == term.tokens for at in range(len(field) - size + 1))


def _values(document: Document, field: str) -> set[str]:
    offer = document.offer
    match field:
        case "label":
            return {str(label) for label in document.labels}
        case "mentions":
            return set(document.mentions)
        case "hashtag":
            return {"".join(tokens(tag)) for tag in document.hashtags}
        case "origin" | "destination" | "contact":
            return set(getattr(offer, field)) if offer else set()
        case "mode":
            return set(offer.modes) if offer else set()
        case "service":
            return {offer.service} if offer and offer.service else set()
        case "on_topic" | "covered" | "reviewed":
            return {str(getattr(document, field)).lower()}
        case "referral":
            return set(document.referral)
        case "model":
            return {document.model.version}
        case "id":
            return {document.post_id}
    value = getattr(document, field)
    return {value} if value is not None else set()


def expected(query: Query) -> list[Document]:
    return [
        document
        for document in CORPUS
        if all(holds(document, term) for term in query.required)
        and not any(holds(document, term) for term in query.excluded)
    ]


def is_withheld(document: Document) -> bool:
    return document.kind in PROTECTED_KINDS or bool(document.referral)


@pytest.mark.parametrize(
    "text",
    [
        "boat",
        "BOAT",
        "grenze",
        "sinir",
        "قَارِب",
        "المھربين",
        "難民",
        "難*",
        "смерть",
        "sa*",
        '"safe route"',
        '"boat people"',
        "boat border",
        "boat -border",
        "boat -bord* -lang:de",
        'route -"safe route"',
        "lang:ar",
        "lang:ar,fa -boat",
        "label:smuggling_offer",
        "label:smuggling_offer,risk_narrative -kind:news",
        "platform:telegram source:herald,haber",
        "hashtag:REFUGEES",
        "hashtag:boatpeople",
        "boatpeople",
        "origin:tr",
        "origin:TN destination:IT,DE",
        "mode:sea -mode:air",
        "service:transport",
        "lang:en -service:transport",
        "lang:en -author:aaaaaaaaaaaaaaaa",
        "author:aaaaaaaaaaaaaaaa",
        "contact:0000000000000003",
        "on_topic:no",
        "covered:yes on_topic:yes",
        "reviewed:yes,no",
        "-reviewed:yes lang:tr",
        "referral:minor",
        "kind:demand",
        "model:1.1 boat",
        "family:0000000000000001",
        "mentions:aaaaaaaaaaaaaaaa",
        "mentions:aaaaaaaaaaaaaaaa,0000000000000001 -author:aaaaaaaaaaaaaaaa",
        f"thread:{post_id(8)}",
        f"-thread:{post_id(8)} lang:en",
        f"reply_to:{post_id(8)}",
        f"quotes:{post_id(9001)} on_topic:yes",
        "nosuchword",
        "safe route price news border",
    ],
)
def test_both_backends_find_what_the_documents_hold(corpus_index: Index, text: str) -> None:
    query = parse_query(text)
    wanted = expected(query)
    page = corpus_index.search(SearchQuery(query, limit=200, protected=True))
    assert {hit.post_id for hit in page.hits} == ids(wanted) if len(wanted) <= 200 else len(page.hits) == 200
    assert (page.total, page.withheld) == (len(wanted), 0)
    shown = corpus_index.search(SearchQuery(query, limit=200))
    assert {hit.post_id for hit in shown.hits} == ids(document for document in wanted if not is_withheld(document))
    assert (shown.total, shown.withheld) == (len(shown.hits), len(wanted) - len(shown.hits))
    assert page.undated == sum(document.published_estimated for document in wanted)


def test_the_corpus_exercises_the_queries(corpus_index: Index) -> None:
    for text in (
        "boat",
        "grenze",
        "sinir",
        "قارب",
        "難民",
        '"safe route"',
        "hashtag:boatpeople",
        "kind:demand",
        "referral:minor",
    ):
        assert 3 < len(expected(parse_query(text))) < len(CORPUS), text
    assert corpus_index.count() == len(CORPUS)


def test_newest_first_is_the_same_order_on_both_backends(corpus_index: Index) -> None:
    found = corpus_index.search(SearchQuery(parse_query("boat"), order=Order.NEWEST, limit=200, protected=True)).hits
    wanted = sorted(expected(parse_query("boat")), key=lambda document: document.post_id)
    wanted.sort(key=lambda document: document.published_at.replace(microsecond=0), reverse=True)
    assert [hit.published_at.replace(microsecond=0) for hit in found] == [
        document.published_at.replace(microsecond=0) for document in wanted
    ]
    assert all(hit.score is None for hit in found)


def test_a_span_takes_its_beginning_and_leaves_its_end(index: Index) -> None:
    start = datetime(2026, 11, 1, tzinfo=UTC)
    tick = timedelta(milliseconds=1)
    times = [start - tick, start, start + timedelta(days=1) - tick, start + timedelta(days=1)]
    put(index, *(make(number, published_at=when) for number, when in enumerate(times)))
    span = Span(start, start + timedelta(days=1))
    page = index.search(SearchQuery(EVERYTHING, span=span))
    assert [hit.post_id for hit in page.hits] == [post_id(2), post_id(1)]
    assert index.search(SearchQuery(EVERYTHING, span=Span(start=start))).total == 3
    assert index.search(SearchQuery(EVERYTHING, span=Span(end=start))).total == 1


def test_a_post_without_a_date_is_in_no_span(index: Index) -> None:
    """As in a trend: at the time it was first seen nothing was published that anyone knows of."""
    day = datetime(2026, 11, 1, tzinfo=UTC)
    within = day + timedelta(hours=5)
    put(
        index,
        make(1, text="boat", published_at=within),
        make(2, text="boat", published_at=within, published_estimated=True),
        make(3, text="boat", published_at=within, published_estimated=True, kind="demand"),
        make(4, text="boat", published_at=within, kind="demand"),
        make(5, text="boat", published_at=day - timedelta(days=9)),
        make(6, text="van", published_at=within, published_estimated=True),
    )
    span = Span(day, day + timedelta(days=1))
    for limits, shown, withheld in ((span, [1], 1), (Span(), [1, 2, 5], 2)):
        page = index.search(SearchQuery(parse_query("boat"), span=limits))
        assert {hit.post_id for hit in page.hits} == {post_id(number) for number in shown}
        assert (page.total, page.withheld, page.undated) == (len(shown), withheld, 1)
    page = index.search(SearchQuery(parse_query("boat"), span=span, protected=True))
    assert (page.total, page.withheld, page.undated) == (2, 0, 2)
    trend = make_trend(index, TrendQuery(start=span.start, end=span.end, query=parse_query("boat")), {}, within)
    assert (trend.buckets[0].total, trend.undated) == (page.total, page.undated)


def test_a_phrase_does_not_run_from_one_field_into_the_next(index: Index) -> None:
    put(index, make(1, title="safe", text="route open"), make(2, text="safe route"))
    assert [hit.post_id for hit in index.search(SearchQuery(parse_query('"safe route"'))).hits] == [post_id(2)]


def test_people_in_need_are_withheld_unless_asked_for(index: Index) -> None:
    put(
        index,
        make(1, text="boat", kind="demand"),
        make(2, text="boat", kind="family_search"),
        make(3, text="boat", kind="aid_rescue_legal"),
        make(4, text="boat", kind="testimony", referral=("ransom",)),
        make(5, text="boat"),
    )
    page = index.search(SearchQuery(parse_query("boat")))
    assert ([hit.post_id for hit in page.hits], page.total, page.withheld) == ([post_id(5)], 1, 4)
    page = index.search(SearchQuery(parse_query("boat"), protected=True))
    assert (len(page.hits), page.total, page.withheld) == (5, 5, 0)
    assert index.search(SearchQuery(parse_query("boat"), limit=0)).total == 1


def test_the_contact_of_an_offer_leads_to_its_other_posts(index: Index) -> None:
    put(
        index,
        make_offer(1, contact=("3f9ac2d41b0e77aa",), text="call [phone TR 3f9ac2d41b0e77aa]"),
        make(2, text="same number [phone TR 3f9ac2d41b0e77aa] again"),
    )
    assert index.search(SearchQuery(parse_query("contact:3f9ac2d41b0e77aa"))).total == 1
    assert index.search(SearchQuery(parse_query("3f9ac2d41b0e77aa"))).total == 2
    assert index.search(SearchQuery(where("contact", "3F9AC2D41B0E77AA"))).total == 1


def test_an_advert_leads_to_its_thread_and_the_answers_to_it(index: Index) -> None:
    advert = make(1, thread=post_id(1))
    answers = [make(n, thread=post_id(1), reply_to=post_id(1 if n < 4 else 3), mentions=("c" * 16,)) for n in (2, 3, 4)]
    put(index, advert, *answers, make(5, quotes=post_id(1), author="c" * 16))
    found = {
        text: {hit.post_id for hit in index.search(SearchQuery(parse_query(text))).hits}
        for text in (
            f"thread:{post_id(1).upper()}",
            f"reply_to:{post_id(1)}",
            f"quotes:{post_id(1)}",
            f"mentions:{'c' * 16}",
        )
    }
    assert list(found.values()) == [ids([advert, *answers]), ids(answers[:2]), {post_id(5)}, ids(answers)]
    put(index, make(2, doc_version=4))
    assert len(index.search(SearchQuery(parse_query(f"thread:{post_id(1)}"))).hits) == 3, (
        "a link that went leads nowhere"
    )


def test_a_span_needs_zones_and_a_length() -> None:
    with pytest.raises(QueryError, match="zone"):
        Span(start=datetime(2026, 11, 1))
    with pytest.raises(QueryError, match="before its end"):
        Span(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
