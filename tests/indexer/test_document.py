"""Post + Tags -> Document: nothing leaves in clear."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from indexer import make_document
from indexer.rates import to_euro
from indexer.stored import make_source
from ledger import IndexWork, State, StoredPost
from records import Document, Label, ModelOrigin, Redaction, TextField
from tests.indexer.landings import make_tags

PLAIN = StoredPost(
    seq=1,
    post_id="ab" * 16,
    platform="fediverse",
    native_id="https://social.example/@sam/1",
    source="social",
    revision=2,
    state=State.TAGGED,
    doc_version=7,
    url="https://social.example/@sam/1",
    author="0123456789abcdef",
    author_kind="person",
    lang_hint=None,
    title="",
    text="call 0532 123 45 67 or @sam_travel",
    media_text="",
    hashtags=("Refugees",),
    engagement={"likes": 3},
    published_at=datetime(2026, 11, 10, 12, tzinfo=UTC),
    published_estimated=False,
    month="2026.11",
    first_seen=datetime(2026, 11, 11, tzinfo=UTC),
    collected_at=datetime(2026, 11, 12, tzinfo=UTC),
    edited_at=None,
    removed_at=None,
    family=None,
    stripped=False,
)
PHONE = Redaction(field=TextField.TEXT, start=5, end=19, type="phone", region="TR", hash="3f9ac2d41b0e77aa")
HANDLE = Redaction(field=TextField.TEXT, start=23, end=34, type="handle", hash="00000000000000ff")


def made(post: StoredPost = PLAIN, **tags: Any) -> Document:
    return make_document(IndexWork(post, make_tags(post, **tags), False))


def test_contact_data_becomes_tokens_in_every_field() -> None:
    spans = [PHONE.model_copy(update={"field": field}) for field in TextField]
    document = made(replace(PLAIN, title=PLAIN.text, media_text=PLAIN.text), redactions=spans)
    for text in (document.title, document.text, document.media_text):
        assert text == "call [phone TR 3f9ac2d41b0e77aa] or @sam_travel"


@pytest.mark.parametrize(
    "wrong",
    [
        (PHONE.model_copy(update={"end": 99}),),
        (PHONE, PHONE.model_copy(update={"start": 7})),
        (PHONE.model_copy(update={"field": TextField.TITLE}),),
    ],
)
def test_redactions_of_another_text_let_nothing_out(wrong: tuple[Redaction, ...]) -> None:
    with pytest.raises(ValueError, match="does not fit") as caught:
        made(redactions=wrong)
    assert "0532" not in str(caught.value)


@pytest.mark.parametrize(
    ("tag", "stays"),
    [
        ("Refugees", True),
        ("sea2026", True),
        ("05321234567", False),
        ("WhatsApp٠٥٣٢١٢٣٤٥٦٧", False),
        ("call_0532_123_45_67", False),
        ("sam_travel", False),
        ("SamTravelOfficial", False),
        ("sam@travel", False),
    ],
)
def test_hashtags_with_contact_data_go(tag: str, stays: bool) -> None:
    document = made(replace(PLAIN, hashtags=("Refugees", tag)), redactions=(PHONE, HANDLE))
    assert document.hashtags == (("Refugees", tag) if stays else ("Refugees",))


@pytest.mark.parametrize(
    ("kind", "url", "shown"),
    [
        ("outlet", "https://a.example/1", "https://a.example/1"),
        ("organisation", "https://a.example/1", "https://a.example/1"),
        ("person", "https://a.example/1", "daymark:" + "ab" * 16),
        ("outlet", None, "daymark:" + "ab" * 16),
    ],
)
def test_only_outlets_and_organisations_keep_their_link(kind: str, url: str | None, shown: str) -> None:
    assert made(replace(PLAIN, author_kind=kind, url=url)).url == shown


def test_the_rest_is_carried_over() -> None:
    document = made(model=ModelOrigin(name="m", version="2"), labels=(Label.RISK_NARRATIVE,), sub_labels=("drowning",))
    assert (document.doc_version, document.revision, document.month) == (7, 2, "2026.11")
    assert document.scores == {**{str(label): 0.1 for label in Label}, "on_topic": 0.9}
    assert set(document.thresholds) == {*map(str, Label), "on_topic"}
    assert (document.on_topic, document.covered, document.labels) == (True, True, ("risk_narrative",))
    assert (document.family, document.author, document.offer) == (PLAIN.post_id, PLAIN.author, None)
    assert (document.engagement, document.model.version, document.sub_labels) == ({"likes": 3}, "2", ("drowning",))
    assert made(replace(PLAIN, family="f" * 16)).family == "f" * 16


def test_links_are_ids_and_people_pseudonyms() -> None:
    there: dict[str, Any] = {"reply_to": "1" * 32, "thread": "2" * 32, "quotes": "3" * 32, "mentions": ("a" * 16,)}
    document = made(replace(PLAIN, **there))
    assert document.model_dump(include=set(there)) == there
    assert make_source(made()).keys().isdisjoint({"reply_to", "thread", "quotes"}), "where there is none no field is"


def test_counts_say_when_they_were_read() -> None:
    later = PLAIN.collected_at + timedelta(days=1)
    assert made(replace(PLAIN, engagement_read_at=later)).engagement_read_at == later
    assert made().engagement_read_at == PLAIN.collected_at, "before counts were refreshed they came with the wording"
    assert made(replace(PLAIN, engagement={})).engagement_read_at is None
    assert make_source(made())["engagement_read_at"] == "2026-11-12T00:00:00.000Z"


def test_a_stripped_post_keeps_its_tags() -> None:
    bare = replace(PLAIN, text="", hashtags=(), url=None, author=None, stripped=True, removed_at=PLAIN.collected_at)
    document = made(bare, labels=(Label.RISK_NARRATIVE,))
    assert (document.text, document.labels, document.removed_at) == ("", ("risk_narrative",), PLAIN.collected_at)


def offer(*prices: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "offer": {"origin": ["TR"], "destination": ["DE"], "prices": prices, **more},
        "labels": (Label.SMUGGLING_OFFER,),
    }


def test_the_main_price_is_given_in_euro_with_its_unit() -> None:
    document = made(**offer({"amount": 1000, "currency": "USD", "unit": "person"}, {"amount": 9, "currency": "EUR"}))
    assert document.offer
    assert (document.offer.price_unit, document.offer.currency) == ("person", "USD")
    assert document.offer.price_eur == pytest.approx(865, rel=0.2)
    assert document.offer.price_eur == to_euro(1000, "USD", date(2026, 11, 10))


@pytest.mark.parametrize(
    ("price", "euro"),
    [
        ({"amount": 4500, "currency": "EUR", "unit": "seat"}, 4500.0),
        ({"amount": 4500, "currency": "EUR", "unit": "package"}, 4500.0),
        ({"amount": 4500, "currency": "EUR", "unit": None}, 4500.0),
        ({"amount": 2250, "currency": "EUR", "unit": "child"}, None),
        ({"amount": 12000, "currency": "EUR", "unit": "family"}, None),
        ({"amount": 500, "currency": "EUR", "unit": "leg"}, None),
        ({"amount": 4500, "currency": None, "unit": "person"}, None),
        ({"amount": 4500, "currency": "IQD", "unit": "person"}, None),
    ],
)
def test_no_euro_price_without_rate_or_for_another_unit(price: dict[str, Any], euro: float | None) -> None:
    found = made(**offer(price)).offer
    assert found
    assert (found.price_eur, found.price_unit, found.currency) == (euro, price["unit"], price["currency"])


def test_contacts_of_an_offer_are_their_hashes_once_each() -> None:
    contacts = [
        {"type": "phone", "region": "TR", "hash": "aa"},
        {"type": "handle", "hash": "aa"},
        {"type": "email", "hash": "bb"},
    ]
    found = made(**offer(contacts=contacts, service="transport", modes=["sea"], payment=["hawala"])).offer
    assert found
    assert (found.contact, found.service, found.modes, found.payment) == (
        ("aa", "bb"),
        "transport",
        ("sea",),
        ("hawala",),
    )
    assert (found.price_eur, found.price_unit, found.currency) == (None, None, None)


@pytest.mark.parametrize(
    ("currency", "day", "expected"),
    [
        # https://www.ecb.europa.eu/stats/policy_and_exchange_rates: 30 June 2023, USD 1.0866, TRY 28.3193, GBP 0.85828
        ("USD", date(2023, 6, 30), 92.03),
        ("TRY", date(2023, 6, 30), 3.53),
        ("GBP", date(2023, 6, 30), 116.51),
        ("USD", date(2023, 7, 2), 92.03),
        ("EUR", date(1990, 1, 1), 100.0),
        ("EUR", date(2023, 7, 2), 100.0),
        ("RUB", date(2022, 2, 1), pytest.approx(1.16, abs=0.02)),
        ("RUB", date(2023, 6, 30), None),
        ("HRK", date(2025, 6, 30), 13.27),
        ("USD", date(1998, 6, 30), None),
        ("SYP", date(2023, 6, 30), None),
        ("XXX", date(2023, 6, 30), None),
    ],
)
def test_rates_are_those_of_the_central_bank(currency: str, day: date, expected: object) -> None:
    assert to_euro(100, currency, day) == expected


def test_a_day_after_the_shipped_rates_takes_the_last_one() -> None:
    assert to_euro(100, "USD", date(2099, 1, 1)) is not None
