"""Which currency belongs to which amount: the one it touches, behind it rather than before it, each used once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from nlp.offers import price_phrases as said
from nlp.offers.currencies import CurrencyMention
from nlp.offers.numbers import Amount

_SUFFIX_GAP = re.compile(
    r"\)?\s?(?:,-|\.-|/-|-)?\s?(?:de |d'|of )?\(?(?:(?:one|per|pro|par|por|a|each|kisi|adam) ?(?:person|head|kopf|"
    r"personne|tete|basi|man)? )?\(?"
)
_PREFIX_GAP = re.compile(r"\s?[.:]?\s?")


@dataclass(frozen=True)
class Priced:
    """An amount with the currency that stands by it; ``key`` None for a bare one, the span covers both."""

    amount: Amount
    key: str | None
    start: int
    end: int


def attach(text: str, amounts: Iterable[Amount], mentions: Sequence[CurrencyMention]) -> list[Priced]:
    """The amounts of a folded text with their currencies."""
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
        priced.append(Priced(amount, chosen.key if chosen else None, start, end))
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


def shared_currency(text: str, mentions: Sequence[CurrencyMention], priced: Sequence[Priced]) -> str | None:
    """A currency that no amount has, said of all prices, or the only one in a text whose prices are all bare."""
    taken = {place for item in priced if item.key for place in range(item.start, item.end)}
    if len({mention.key for mention in mentions}) == 1 and not taken:
        return mentions[0].key
    for mention in mentions:
        if mention.start not in taken and said.ALL_IN.search(text[max(0, mention.start - 40) : mention.start]):
            return mention.key
    return None
