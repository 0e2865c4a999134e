"""Part payments, former prices, lists and ranges: which of several amounts is the price asked."""

from __future__ import annotations

import pytest

from tests.nlp.test_offers import money, read


@pytest.mark.parametrize(
    ("text", "lang", "amounts"),
    [
        ("We have a package from 4500 euros, first payment 500 euros", "en", [4500]),
        ("Boat 3000 euro now, yacht 6000 euro", "en", [3000, 6000]),
        ("Adults 4500 euro, half for kids 2250 euro", "en", [4500, 2250]),
        ("le prix est 3000 euros avant le départ, 500 euros pour les enfants", "fr", [3000, 500]),
        ("4500€ first class, 3000€ normal", "en", [4500, 3000]),
        ("5000 euro before Christmas, 6000 euro after", "en", [5000, 6000]),
        ("3000 euro before, 2000 euro after arrival", "en", [3000, 2000]),  # no total is said, so none is made up
        ("4000 euro, 1000 in advance", "en", [4000]),
        ("25k euro, only 5k now rest over there", "en", [25_000]),
        ("Precio 3000 euros, antes 4000 euros", "es", [3000]),
        ("4500 au lieu de 5500 euros", "fr", [4500]),
        ("1000 euro in advance", "en", [1000]),  # the only price stays
    ],
)
def test_a_part_goes_only_beside_the_larger_price_it_is_a_part_of(text: str, lang: str, amounts: list[float]) -> None:
    assert money(text, lang) == [(amount, "EUR") for amount in amounts]


def test_two_equal_halves_are_one_price() -> None:
    assert money("1500 euro now, 1500 euro on arrival") == [(3000, "EUR")]
    assert money("1500 Euro vorher, 1500 Euro nach Ankunft", "de") == [(3000, "EUR")]


def test_a_currency_behind_the_last_price_of_a_list_goes_for_all() -> None:
    assert money("Turkey Italy 3500, Turkey Greece 1200 euro") == [(3500, "EUR"), (1200, "EUR")]
    assert money("in 2026, 1200 euro") == [(1200, "EUR")]
    assert money("call 3500. Price 1200 euro") == [(1200, "EUR")]


def test_a_bare_number_that_goes_on_a_list_is_a_price_without_currency() -> None:
    assert money("Pass 3000 Euro, Führerschein 1500", "de") == [(3000, "EUR"), (1500, None)]
    assert money("3000 Euro, seit 2019, 30 Personen", "de") == [(3000, "EUR")]


@pytest.mark.parametrize(
    ("text", "lang", "amount"),
    [
        ("6 à 7 000 euros", "fr", 6000),
        ("6-7.000 euro", "de", 6000),
        ("3 - 4000 euro", "en", 3000),
        ("2 - 5000 €", "en", 5000),
    ],
)
def test_the_lower_bound_of_a_range_takes_the_thousands_of_the_upper(text: str, lang: str, amount: float) -> None:
    assert money(text, lang) == [(amount, "EUR")]


def test_millions_with_the_thousands_unsaid() -> None:
    assert money("6 millions 500 par personne", "fr") == [(6_500_000, None)]
    assert money("1 million 2 tout compris", "fr") == [(1_200_000, None)]
    assert money("full package 1.5m naira") == [(1_500_000, "NGN")]


def test_a_number_glued_to_an_arabic_word() -> None:
    assert money("11,000 يورو للفرد و20,000 يورو للزوجين", "ar") == [(11_000, "EUR"), (20_000, "EUR")]


def test_a_letter_before_the_figure_is_money_where_the_country_is_named() -> None:
    assert money("R2500 person up to Joburg") == [(2500, "ZAR")]
    assert money("D60,000 per person from Gambia") == [(60_000, "GMD")]
    assert money("by the D940 and the N118", "fr") == []


def test_a_price_list_of_any_length_is_read_in_order() -> None:
    text = "\n".join(f"route {name} {1000 + 100 * number} euro" for number, name in enumerate("abcdefgh"))
    assert [price.amount for price in read(text).prices] == [1000.0 + 100 * number for number in range(8)]
