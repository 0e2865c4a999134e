"""What a price is for: the person, child, seat, leg or package named in the clause around the amount."""

from __future__ import annotations

import re

from nlp.offers.phrases import UNIT_WORDS, words
from nlp.offers.priced import Priced
from nlp.offers.text import WALL
from records import PriceUnit

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


def unit_of_all(text: str) -> PriceUnit | None:
    """Said once for a whole list: "per head", "payment leg by leg"."""
    if _LEGS.search(text):
        return PriceUnit.LEG
    return PriceUnit.PERSON if _EACH.search(text) else None


def named_before(text: str, item: Priced) -> bool:
    """ "Adult 7500, child 3750" against "7500 adult, 3750 child": the first price shows the style of the list."""
    before = text[max(0, item.start - 14) : item.start].rstrip(" :=-")
    return any(pattern.search(before) for pattern in UNIT_WORDS.values())


def unit_of(text: str, item: Priced, floor: int, ceiling: int, leads: bool = False) -> PriceUnit | None:
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
