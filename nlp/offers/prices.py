"""Prices of an advert: which amounts are money for the journey or the paper, in which currency, for whom.

1. Dates, times and percentages are taken out; the rest of the numbers are amounts (nlp.offers.numbers).
2. A currency belongs to the amount it touches, behind it rather than before it; each currency is used once.
3. Deposits, discounts, wages, balances and former prices are dropped; bare numbers need the look of a price.
4. The unit is read in the clause around the amount; adult prices go before those of children.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nlp.offers import price_phrases as said
from nlp.offers.currencies import Currencies, CurrencyMention
from nlp.offers.numbers import Amount, read_amounts
from nlp.offers.phrases import UNIT_WORDS, words
from nlp.offers.text import WALL
from records import Price, PriceUnit

MAX_PRICES = 24
"""A price list longer than this is a menu of something else; the first ones are kept."""
MIN_BARE = 100
"""Bare numbers below are counts, ages and hours far more often than prices."""
MIN_PRICED = 20
"""Even with a currency, less is talk: "not one pound less", "without a peso"."""
_SUFFIX_GAP = re.compile(
    r"\)?\s?(?:,-|\.-|/-|-)?\s?(?:de |d'|of )?\(?(?:(?:one|per|pro|par|por|a|each|kisi|adam) ?(?:person|head|kopf|"
    r"personne|tete|basi|man)? )?\(?"
)
_PREFIX_GAP = re.compile(r"\s?[.:]?\s?")
_CLAUSE = re.compile(
    r"[,;\n/|+(]|\. |\s[-–—]\s|"
    + WALL
    + r"|(?<![^\W\d_])(?:und|and|et|y|ve|or|oder|ou|o|او)(?![^\W\d_])|\sو(?=[^\W\d_]{3})"
)
_COUNT = re.compile(r"\(\d{1,2}\)")
_FOR_LESS = re.compile(
    r"(?:half|yari|mitad|moitie|halfte|halb|نص|نصف|free|gratis|gratuit|beles|bedava|ucretsiz|kostenlos|zero|nothing|"
    r"nichts|مجان|بلاش|ببلاش)"
)
_EACH = words(
    "pp p/p p.p. per_head per_person pro_person pro_kopf pro_nase kişi_başı kisi_basi adam_başı adam_basi "
    "kelle_başı kafa_başı par_personne "
    "par_tête la_tête por_persona por_cabeza cada_uno each للنفر للشخص عالشخص ع_النفر للراس one_person a_head "
    "الفرد النفر"
)
_LEGS = words("leg_wise leg_by_leg per_leg par_étape pro_etappe por_tramo etap_etap")


@dataclass(frozen=True)
class _Priced:
    amount: Amount
    key: str | None
    start: int
    end: int


def read_prices(text: str, lang: str, currencies: Currencies, countries: Sequence[str]) -> tuple[Price, ...]:
    """Prices of a folded text; ``countries`` (most telling first) decide words such as "dinar"."""
    clean = said.NO_AMOUNT.sub(lambda match: WALL * len(match[0]), text)
    mentions = currencies.find(clean)
    priced = _attach(clean, read_amounts(clean, lang), mentions)
    shared = _shared_currency(clean, mentions, priced)
    likely = [item for item in priced if _is_price(clean, item)]
    chosen = _without_parts(clean, _without_strays(clean, likely))[:MAX_PRICES]
    fallback = _unit_of_all(clean)
    leads = bool(chosen) and _named_before(clean, chosen[0])
    prices: list[Price] = []
    for index, item in enumerate(chosen):
        unit = (
            _unit(clean, item, chosen[index - 1].end if index else 0, _start_after(chosen, index, clean), leads)
            or fallback
        )
        code = _currency(item.key or shared, currencies, countries)
        if code is None and unit is PriceUnit.CHILD and prices and not item.key:
            code = prices[-1].currency  # "350 usd adult, children 200"
        prices.append(Price(amount=item.amount.value, currency=code, unit=unit))
    return _in_order(prices)


def _currency(key: str | None, currencies: Currencies, countries: Sequence[str]) -> str | None:
    return currencies.code(key, countries) if key else None


def _unit_of_all(text: str) -> PriceUnit | None:
    """Said once for a whole list: "per head", "payment leg by leg"."""
    if _LEGS.search(text):
        return PriceUnit.LEG
    return PriceUnit.PERSON if _EACH.search(text) else None


def _without_strays(text: str, likely: list[_Priced]) -> list[_Priced]:
    """Beside prices with a currency, a bare number needs a price word or a unit of its own."""
    if not any(item.key for item in likely):
        return likely
    return [item for item in likely if item.key or item.amount.scaled or _has_cue(text, item)]


def _has_cue(text: str, item: _Priced) -> bool:
    before, after = text[max(0, item.start - 40) : item.start], text[item.end : item.end + 40]
    cue = said.PRICE_BEFORE.search(before) or said.ENOUGH_AFTER.match(after)
    return bool(cue or said.AHEAD_AFTER.match(after)) or _unit(text, item, 0, len(text)) is not None


def _attach(text: str, amounts: Iterable[Amount], mentions: Sequence[CurrencyMention]) -> list[_Priced]:
    free = {mention.start: mention for mention in mentions}
    ends = {mention.end: mention for mention in mentions}
    priced = []
    for amount in amounts:
        before = _before(text, amount, ends, free)
        after = _after(text, amount, free)
        # "$3000 €4000": what touches wins; else the currency behind, as most write it.
        touches = before is not None and before.end == amount.start
        named = after is not None and after.key.isalpha()  # "$85,000 pesos": the word says more than the sign
        chosen = before if before and (after is None or (touches and not named)) else after
        if chosen is not None:
            del free[chosen.start]
        start = min(amount.start, chosen.start) if chosen else amount.start
        end = max(amount.end, chosen.end) if chosen else amount.end
        priced.append(_Priced(amount, chosen.key if chosen else None, start, end))
    return priced


def _after(text: str, amount: Amount, free: dict[int, CurrencyMention]) -> CurrencyMention | None:
    match = _SUFFIX_GAP.match(text, amount.end)
    ends = {match.end()} if match else set()
    for end in (amount.end, amount.end + 1, *ends):
        # The pattern of a currency may have taken the blank or the glued "e" of "3000e" with it.
        if end in free and not text[amount.end : end].strip(" ,-./()" + "abcdefghijklmnoprstuvyz"):
            return free[end]
    return None


def _before(
    text: str, amount: Amount, ends: dict[int, CurrencyMention], free: dict[int, CurrencyMention]
) -> CurrencyMention | None:
    for gap in range(4):
        mention = ends.get(amount.start - gap)
        if mention is not None and mention.start in free and _PREFIX_GAP.fullmatch(text[mention.end : amount.start]):
            return mention
    return None


def _shared_currency(text: str, mentions: Sequence[CurrencyMention], priced: Sequence[_Priced]) -> str | None:
    """A currency that no amount has, said of all prices, or the only one in a text whose prices are all bare."""
    taken = {place for item in priced if item.key for place in range(item.start, item.end)}
    if len({mention.key for mention in mentions}) == 1 and not taken:
        return mentions[0].key
    for mention in mentions:
        if mention.start not in taken and said.ALL_IN.search(text[max(0, mention.start - 40) : mention.start]):
            return mention.key
    return None


def _is_price(text: str, item: _Priced) -> bool:
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


def _without_parts(text: str, priced: list[_Priced]) -> list[_Priced]:
    """Part payments and former prices go where another price stays; the same price in figures and words counts once."""
    kept = [item for item in priced if not _is_part(text, item)] or priced
    once: list[_Priced] = []
    for item in kept:
        last = once[-1] if once else None
        if last and last.amount.value == item.amount.value and item.start - last.end < 4:
            once[-1] = last if last.key else item
            continue
        once.append(item)
    return once


def _is_part(text: str, item: _Priced) -> bool:
    before, after = text[max(0, item.start - 30) : item.start], text[item.end : item.end + 30]
    return bool(said.AHEAD_AFTER.match(after) or said.INSTEAD_BEFORE.search(before) or said.INSTEAD_AFTER.match(after))


def _start_after(chosen: Sequence[_Priced], index: int, text: str) -> int:
    return chosen[index + 1].start if index + 1 < len(chosen) else len(text)


def _named_before(text: str, item: _Priced) -> bool:
    """ "Adult 7500, child 3750" against "7500 adult, 3750 child": the first price shows the style of the list."""
    before = text[max(0, item.start - 14) : item.start].rstrip(" :=-")
    return any(pattern.search(before) for pattern in UNIT_WORDS.values())


def _unit(text: str, item: _Priced, floor: int, ceiling: int, leads: bool = False) -> PriceUnit | None:
    """The unit said in the clause behind the price, else in the clause before it; the other way round where "
    "``leads``."""
    behind = text[item.end : min(ceiling, item.end + 40)]
    after = _CLAUSE.split(behind.lstrip(" /)"), maxsplit=1)[0]
    less = _FOR_LESS.search(after)
    child = UNIT_WORDS[PriceUnit.CHILD].search(after)
    if less and child:  # "4500 euro, child half": the price is the adult's
        after = after[: child.start()]
    before = _CLAUSE.split(_COUNT.sub("", text[max(floor, item.start - 40) : item.start]).rstrip(" ("))[-1]
    between = text[item.amount.end : item.end]
    for part in (before, between + " " + after) if leads else (between + " " + after, before):
        for unit, pattern in UNIT_WORDS.items():
            if pattern.search(part):
                return unit
    return None


def _in_order(prices: list[Price]) -> tuple[Price, ...]:
    """As written, except that a child's price never leads where an adult price stands."""
    if prices and prices[0].unit is PriceUnit.CHILD:
        prices = sorted(prices, key=lambda price: price.unit is PriceUnit.CHILD)
    return tuple(prices)
