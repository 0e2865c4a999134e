"""Which amounts are prices, and which of them are asked: no deposits, wages, halves, former prices or bare strays."""

from __future__ import annotations

import re
from dataclasses import replace

from nlp.offers import price_phrases as said
from nlp.offers.numbers import Amount
from nlp.offers.price_units import unit_of
from nlp.offers.priced import Priced
from nlp.offers.text import WALL

MIN_BARE = 100
"""Bare numbers below are counts, ages and hours far more often than prices."""
MIN_PRICED = 20
"""Even with a currency, less is talk: "not one pound less", "without a peso"."""
_NEAR = 30
"""Characters around a price in which the words about its payment stand."""
_SAME_PLACE = 4
"""Characters between a price in figures and the same in words."""
_LIKE = 5.0
"""Prices of one list differ by less: the dearest way costs some times the cheapest."""
_LIST_GAP = re.compile(
    r"[^.!?:\d" + WALL + r"]{0,40}?(?:[,;/|\n]| (?:and|und|et|y|ve|و|or|oder|ou|o) )[^.!?:\d" + WALL + r"]{0,40}"
)


def with_trailing(text: str, priced: list[Priced]) -> list[Priced]:
    """ "Turkey Italy 3500, Turkey Greece 1200 euro": in one list the currency behind the last price goes for all."""
    shared = list(priced)
    for index in range(len(priced) - 2, -1, -1):
        item, after = shared[index], shared[index + 1]
        gap = text[item.end : after.start]
        if item.key is None and after.key is not None and after.end > after.amount.end and _is_listed(text, item, gap):
            ratio = item.amount.value / after.amount.value
            if 1 / _LIKE <= ratio <= _LIKE:
                shared[index] = replace(item, key=after.key)
    return shared


def is_price(text: str, item: Priced) -> bool:
    """Is this amount asked for the journey or the paper, by the words beside it?"""
    before, after = text[max(0, item.start - 40) : item.start], text[item.end : item.end + 40]
    if said.DISCOUNT_BEFORE.search(before) or said.DISCOUNT_AFTER.match(after):
        return False
    if said.DEPOSIT_BEFORE.search(before) or said.DEPOSIT_AFTER.match(after):
        return False
    if said.WAGE_BEFORE.search(before) or said.WAGE_AFTER.match(after) or said.BALANCE_BEFORE.search(before):
        return False
    if item.key is not None:
        return item.amount.value >= MIN_PRICED
    return _is_bare_price(text, item.amount, before, after)


def _is_bare_price(text: str, amount: Amount, before: str, after: str) -> bool:
    if amount.value < MIN_BARE or amount.spelled or said.COUNTED.match(after):
        return False
    digits = text[amount.start : amount.end]
    if amount.scaled:
        return not after[:1].isalpha()
    if digits.isdigit() and (len(digits) > 6 or digits[0] == "0" or after[:1].isalpha() or before[-1:].isalpha()):
        return False
    cue = said.PRICE_BEFORE.search(before) or said.ENOUGH_AFTER.match(after)
    if digits.isdigit() and 1900 <= amount.value <= 2100 and (not cue or said.SINCE.search(before)):
        return False
    if said.AGE.search(before) and amount.value < 150:
        return False
    return bool(cue) or amount.value % 50 == 0


def without_strays(text: str, likely: list[Priced]) -> list[Priced]:
    """Beside prices with a currency, a bare number needs a price word, a unit of its own or a place in their list."""
    if not any(item.key for item in likely):
        return likely
    kept: list[Priced] = []
    for item in likely:
        if item.key or item.amount.scaled or _has_cue(text, item) or (kept and _goes_on(text, kept[-1], item)):
            kept.append(item)
    return kept


def _goes_on(text: str, last: Priced, item: Priced) -> bool:
    """ "Passport 2500 €, visa 1800": the next of a list, in its order of size."""
    gap = text[last.end : item.start]
    like = 1 / _LIKE <= item.amount.value / last.amount.value <= _LIKE
    return like and bool(re.search(r"[^\W\d_]{3}", gap)) and _is_listed(text, item, gap)


def _is_listed(text: str, item: Priced, gap: str) -> bool:
    before, after = text[max(0, item.start - 40) : item.start], text[item.end : item.end + 40]
    listed = _LIST_GAP.fullmatch(gap) or said.INSTEAD_BEFORE.search(gap)
    return bool(listed) and _is_bare_price(text, item.amount, before, after)


def _has_cue(text: str, item: Priced) -> bool:
    before, after = text[max(0, item.start - 40) : item.start], text[item.end : item.end + 40]
    cue = said.PRICE_BEFORE.search(before) or said.ENOUGH_AFTER.match(after)
    return (
        bool(cue or said.AHEAD_AFTER.match(after) or said.TIMED_AFTER.match(after))
        or unit_of(text, item, 0, len(text)) is not None
    )


def without_parts(text: str, priced: list[Priced]) -> list[Priced]:
    """Part payments and former prices go where a larger price stays, two equal halves are one price.

    The same price in figures and words counts once.
    """
    once: list[Priced] = []
    for item in priced:
        last = once[-1] if once else None
        if last and last.amount.value == item.amount.value and item.start - last.end < _SAME_PLACE:
            once[-1] = last if last.key else item
            continue
        once.append(item)
    halves = _halves(text, once)
    if halves:
        return [replace(halves, amount=replace(halves.amount, value=2 * halves.amount.value))]
    return [item for item in once if not _is_former(text, item, once) and not _is_part(text, item, once)]


def _halves(text: str, priced: list[Priced]) -> Priced | None:
    """ "1500 now, 1500 after arrival": the first of two equal payments that are all the text names."""
    if len(priced) != 2 or priced[0].amount.value != priced[1].amount.value:
        return None
    ahead, later = (text[item.end : item.end + _NEAR] for item in priced)
    timed = said.TIMED_AFTER.match(ahead) or said.AHEAD_AFTER.match(ahead)
    return priced[0] if timed and said.PAID_AFTER.match(later) else None


def _is_part(text: str, item: Priced, priced: list[Priced]) -> bool:
    """Is this paid ahead of, or left over from, a larger price?"""
    if not _has_larger(item, priced):
        return False
    after = text[item.end : item.end + 2 * _NEAR]
    return bool(said.AHEAD_AFTER.match(after) or (said.TIMED_AFTER.match(after) and said.REMAINDER.search(after)))


def _is_former(text: str, item: Priced, priced: list[Priced]) -> bool:
    """The price that is crossed out: "before 4000", "4000 yerine"; never the only one."""
    before, after = text[max(0, item.start - _NEAR) : item.start], text[item.end : item.end + _NEAR]
    return len(priced) > 1 and bool(said.INSTEAD_BEFORE.search(before) or said.INSTEAD_AFTER.match(after))


def _has_larger(item: Priced, priced: list[Priced]) -> bool:
    """In the same currency, or in none: what is a part, is a part of something."""
    return any(
        other.amount.value > item.amount.value and (other.key == item.key or not (other.key and item.key))
        for other in priced
    )
