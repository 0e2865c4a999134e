"""Prices of an advert: which amounts are money for the journey or the paper, in which currency, for whom.

1. Dates, times and percentages are taken out; the rest of the numbers are amounts (nlp.offers.numbers).
2. A currency belongs to the amount it touches (nlp.offers.priced).
3. Deposits, discounts, wages, balances and former prices are dropped; bare numbers need the look of a price (price_choice).
4. The unit is read in the clause around the amount (price_units); adult prices go before those of children.
"""

from __future__ import annotations

from collections.abc import Sequence

from nlp.offers import price_phrases as said
from nlp.offers.currencies import Currencies
from nlp.offers.numbers import read_amounts
from nlp.offers.price_choice import is_price, with_trailing, without_parts, without_strays
from nlp.offers.price_units import named_before, unit_of, unit_of_all
from nlp.offers.priced import Priced, attach, shared_currency
from nlp.offers.text import WALL
from records import Price, PriceUnit

MAX_PRICES = 24
"""A price list longer than this is a menu of something else; the first ones are kept."""


def read_prices(text: str, lang: str, currencies: Currencies, countries: Sequence[str]) -> tuple[Price, ...]:
    """Prices of a folded text; ``countries`` (most telling first) decide words such as "dinar"."""
    text = currencies.spell_letters(text, countries)
    clean = said.NO_AMOUNT.sub(lambda match: WALL * len(match[0]), text)
    mentions = currencies.find(clean)
    priced = attach(clean, read_amounts(clean, lang), mentions)
    shared = shared_currency(clean, mentions, priced)
    priced = with_trailing(clean, priced)
    likely = [item for item in priced if is_price(clean, item)]
    chosen = without_parts(clean, without_strays(clean, likely))[:MAX_PRICES]
    fallback = unit_of_all(clean)
    leads = bool(chosen) and named_before(clean, chosen[0])
    prices: list[Price] = []
    for index, item in enumerate(chosen):
        unit = (
            unit_of(clean, item, chosen[index - 1].end if index else 0, _start_after(chosen, index, clean), leads)
            or fallback
        )
        code = _currency(item.key or shared, currencies, countries)
        if code is None and unit is PriceUnit.CHILD and prices and not item.key:
            code = prices[-1].currency  # "350 usd adult, children 200"
        prices.append(Price(amount=item.amount.value, currency=code, unit=unit))
    return _in_order(prices)


def _currency(key: str | None, currencies: Currencies, countries: Sequence[str]) -> str | None:
    return currencies.code(key, countries) if key else None


def _start_after(chosen: Sequence[Priced], index: int, text: str) -> int:
    return chosen[index + 1].start if index + 1 < len(chosen) else len(text)


def _in_order(prices: list[Price]) -> tuple[Price, ...]:
    """As written, except that a child's price never leads where an adult price stands."""
    if prices and prices[0].unit is PriceUnit.CHILD:
        prices = sorted(prices, key=lambda price: price.unit is PriceUnit.CHILD)
    return tuple(prices)
