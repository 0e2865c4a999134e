"""The offer reader: the codebook's price traps one by one, service, payment, contacts, and no text that breaks it.

One reader for the module: it is immutable after loading.
"""

from __future__ import annotations

import functools
import math
import shutil
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import ConfigError
from nlp.offers import OfferReader
from nlp.offers.currencies import LISTS
from records import Contact, Mode, Offer, PriceUnit, Redaction, TextField

TRANSPORT = ("transport",)
PAPERS = ("documents_visas",)


@functools.cache
def reader() -> OfferReader:
    return OfferReader()


def read(text: str, lang: str = "en", sub_labels: tuple[str, ...] = TRANSPORT) -> Offer:
    return reader().read(text, lang, sub_labels, ())


def money(text: str, lang: str = "en") -> list[tuple[float, str | None]]:
    return [(price.amount, price.currency) for price in read(text, lang).prices]


@pytest.mark.parametrize(
    ("text", "lang", "amount", "currency"),
    [
        ("النفر ٨٥٠٠ يورو", "ar", 8500, "EUR"),  # Arabic-Indic digits
        ("قیمت ۲۵۰۰ یورو", "fa", 2500, "EUR"),  # Persian digits
        ("4k pounds per person", "en", 4000, "GBP"),
        ("kisi basi 5,5 bin euro", "tr", 5500, "EUR"),
        ("6 bin dolar", "tr", 6000, "USD"),
        ("8.500 €", "de", 8500, "EUR"),  # thousands in the Turkish, German and Spanish format
        ("8,500 €", "en", 8500, "EUR"),
        ("8 500 €", "fr", 8500, "EUR"),
        ("CHF 6'800", "de", 6800, "CHF"),
        ("25 lakh PKR", "en", 2_500_000, "PKR"),
        ("2 crore INR", "en", 20_000_000, "INR"),
        ("1.2 million naira", "en", 1_200_000, "NGN"),
        ("5 mille euros", "fr", 5000, "EUR"),
        ("85 mil pesos, Monterrey", "es", 85_000, "MXN"),
        ("10 آلاف يورو", "ar", 10_000, "EUR"),
        ("١٢٫٥ ألف $", "ar", 12_500, "USD"),
        ("الفين ونص يورو", "ar", 2500, "EUR"),
        ("bin sekiz yüz euro", "tr", 1800, "EUR"),
        ("zweieinhalbtausend Pfund", "de", 2500, "GBP"),
        ("4.5oo €", "de", 4500, "EUR"),  # letters for zeros
        ("4️⃣8️⃣0️⃣0️⃣ €", "tr", 4800, "EUR"),
        ("A$3200", "en", 3200, "AUD"),
        ("$85,000 pesos", "es", 85_000, "MXN"),  # the word says more than the sign
        ("ليبيا ايطاليا 7000 دينار", "ar", 7000, "LYD"),  # the country decides what a dinar is
        ("تونس ايطاليا 7000 دينار", "ar", 7000, "TND"),
        ("Douala, 350 000 FCFA", "fr", 350_000, "XAF"),
        ("price 3000", "en", 3000, None),  # a bare number has no currency
    ],
)
def test_amounts_and_currencies(text: str, lang: str, amount: float, currency: str | None) -> None:
    assert money(text, lang) == [(amount, currency)]


def test_of_a_range_the_lower_bound() -> None:
    assert money("3500-5000 EUR je nach Wetter", "de") == [(3500, "EUR")]
    assert money("Entre 2.200 y 2.500 euros", "es") == [(2200, "EUR")]
    assert money("6-7 thousand euro") == [(6000, "EUR")]


def test_two_currencies_are_two_prices_in_the_order_written() -> None:
    assert money("اربعه الاف دولار او ٢٠٠ الف جنيه من مصر", "ar") == [(4000, "USD"), (200_000, "EGP")]


def test_of_several_routes_all_prices() -> None:
    text = "Turkey–Germany 9,000 €\nTurkey–Austria 8,500 €"
    assert money(text) == [(9000, "EUR"), (8500, "EUR")]


def test_price_per_leg_against_package() -> None:
    offer = read("5,5 bin € tam yol, sadece Bulgaristana kadar 1.800 €", "tr")
    assert [price.unit for price in offer.prices] == [PriceUnit.PACKAGE, PriceUnit.LEG]


def test_adult_price_first() -> None:
    offer = read("Child 3000 €, adult 6000 €")
    assert [(price.amount, price.unit) for price in offer.prices] == [(6000, PriceUnit.PERSON), (3000, PriceUnit.CHILD)]


def test_child_half_price_is_no_price() -> None:
    offer = read("4500 euro per person, kids half")
    assert [(price.amount, price.unit) for price in offer.prices] == [(4500, PriceUnit.PERSON)]


def test_deposit_is_no_price() -> None:
    assert money("3.500 Euro, Anzahlung 500 €", "de") == [(3500, "EUR")]
    assert money("8,500 dlls to Chicago (2,500 to start)") == [(8500, "USD")]
    assert money("500 deposit") == []


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("commission 3 percent only", "en"),
        ("Gebühr nur 3 %", "de"),
        ("call [phone TR 3f9ac2d41b0e77aa]", "en"),
        ("departure 12.05.2026 at 22:30", "en"),
        ("since 2014, 24/7", "en"),
        ("max 30 persons, 18 years and up", "en"),
        ("200 km, 40 hp, 15 metres", "en"),
        ("خصم ٣٠٠ يورو للاخوات", "ar"),
        ("not one pound, sin poner un peso", "es"),
        ("you earn 3000 € per month", "en"),
    ],
)
def test_what_is_no_price(text: str, lang: str) -> None:
    assert money(text, lang) == []


def test_a_price_in_the_image_only_is_not_invented() -> None:
    assert money("prices in the picture, inbox") == []


def test_service_is_the_strongest_sub_label_that_names_one() -> None:
    assert read("x", "en", ("harm_death", "payment_agent", "transport")).service == "payment_agent"
    assert read("boat to Italy", "en", ("possible_scam", "transport", "documents_visas")).service == "transport"


@pytest.mark.parametrize("sub_labels", [(), ("possible_scam",), ("exploitation_flag", "harm_fraud")])
def test_without_a_sub_label_that_names_one_there_is_no_service(sub_labels: tuple[str, ...]) -> None:
    papers = read("Schengen visa, no interview", "en", sub_labels)
    assert (papers.service, papers.modes, papers.destination) == (None, (Mode.DOCUMENT,), ("EU",))
    journey = read("boat from Turkey to Italy", "en", sub_labels)
    assert (journey.service, journey.modes, journey.destination) == (None, (Mode.SEA,), ("IT",))


def test_a_wrong_sub_label_for_papers_does_not_turn_a_boat_into_a_document() -> None:
    assert read("boat from Turkey to Italy, 5000 euro", "en", PAPERS).modes == (Mode.SEA,)
    assert read("boat licence and Italian passport", "en", PAPERS).modes == (Mode.DOCUMENT,)


def test_payment_timing_and_channels() -> None:
    assert read("pay on arrival, cash, money with the office, usdt").payment == (
        "on_arrival",
        "third_party",
        "cash",
        "crypto",
    )
    assert read("havale ile peşin", "tr").payment == ("upfront", "hawala")


def test_contacts_come_from_the_redactions_once() -> None:
    found = Redaction(field=TextField.TEXT, start=0, end=5, type="phone", region="TR", hash="3f9ac2d41b0e77aa")
    again = found.model_copy(update={"start": 10, "end": 15})
    offer = reader().read("[phone TR 3f9ac2d41b0e77aa]", "en", TRANSPORT, [found, again])
    assert offer.contacts == (Contact(type="phone", region="TR", hash="3f9ac2d41b0e77aa"),)


def test_a_missing_list_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"money\.yaml"):
        OfferReader(tmp_path)
    shutil.copy(LISTS / "money.yaml", tmp_path)
    with pytest.raises(ConfigError, match=r"places\.yaml"):
        OfferReader(tmp_path)


PIECES = st.sampled_from(
    [
        "from",
        "to",
        "🇹🇷",
        "➡️",
        "Turkey",
        "لليبيا",
        "٨٥٠٠",
        "€",
        "4k",
        "bin",
        "lakh",
        "crore",
        "3,5",
        "1.200,50",
        "--",
        "/",
        "%",
        "$",
        "price",
        "ونص",
        "zweieinhalbtausend",
        "Italy'de",
        "million",
        "million",
        "half",
        "[phone",
        "TR",
        "3f9ac2d41b0e77aa]",
        "00000",
        "١٢٫٥",
        "deposit",
        "child",
        "\n",
        ".",
        "9999999999999999999999",
        "²",
        "½",
        "௧",
        "de",
        "a",
    ]
)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.text(max_size=200), st.lists(PIECES, max_size=25).map(" ".join), st.lists(PIECES, max_size=25).map("".join)
    ),
    st.sampled_from(["en", "fr", "es", "de", "ar", "tr", "ru", "fa", "und", "xx"]),
    st.sampled_from([TRANSPORT, PAPERS, ("payment_agent",), ("testimonial", "documents_visas"), ()]),
)
def test_no_text_crashes_it_and_amounts_are_finite_and_positive(
    text: str, lang: str, sub_labels: tuple[str, ...]
) -> None:
    offer = read(text, lang, sub_labels)
    assert all(math.isfinite(price.amount) and price.amount > 0 for price in offer.prices)
    assert all(len(code) == 2 for code in (*offer.origin, *offer.transit, *offer.destination))
    assert not set(offer.origin) & set(offer.transit)


@pytest.mark.parametrize(
    "piece", ["Turkey to Italy 8.500 € per person, boat. ", "Iran ", "5 € ", "3000-", "from from ", "٤ الف و"]
)
def test_a_text_made_long_is_read_within_two_seconds(piece: str) -> None:
    begin = time.process_time()
    read(piece * (100_000 // len(piece)), "ar")
    assert time.process_time() - begin < 2
