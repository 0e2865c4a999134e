"""Routes in six languages, countries of papers, and means of travel."""

from __future__ import annotations

import pytest

from records import Mode
from tests.nlp.test_offers import PAPERS, TRANSPORT, read


def route(text: str, lang: str, sub_labels: tuple[str, ...] = TRANSPORT) -> str:
    offer = read(text, lang, sub_labels)
    return " | ".join(" ".join(part) for part in (offer.origin, offer.transit, offer.destination))


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ("from Turkey to Italy by yacht", "en", "TR |  | IT"),
        ("Belarus -> Poland -> Germany", "en", "BY | PL | DE"),
        ("Italy via Libya", "en", " | LY | IT"),
        ("from Sudan through Libya to Italy", "en", "SD | LY | IT"),
        ("🇫🇷➡️🇬🇧 boat", "en", "FR |  | GB"),
        ("Iran to Turkey 3 lac, Turkey to Greece 4 lac", "en", "IR | TR | GR"),
        ("de Marruecos a España", "es", "MA |  | ES"),
        ("desde Honduras, Guatemala, México hasta Texas", "es", "HN | GT MX | US"),
        ("de Calais à Douvres", "fr", "FR |  | GB"),
        ("de la Tunisie vers l'Italie", "fr", "TN |  | IT"),
        ("von Serbien über Ungarn nach Österreich", "de", "RS | HU | AT"),
        ("Türkei – Deutschland", "de", "TR |  | DE"),
        ("Türkiye'den Almanya'ya", "tr", "TR |  | DE"),
        ("turkiyeden yunanistana", "tr", "TR |  | GR"),
        ("bosna hirvatistan slovenya italya", "tr", "BA | HR SI | IT"),
        ("من تركيا إلى ايطاليا", "ar", "TR |  | IT"),
        ("من مصر لليبيا لايطاليا", "ar", "EG | LY | IT"),
        ("عبر صربيا الى المجر", "ar", " | RS | HU"),
    ],
)
def test_routes(text: str, lang: str, expected: str) -> None:
    assert route(text, lang) == expected


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ("visa Schengen", "fr", " |  | EU"),
        ("Visa americana", "es", " |  | US"),
        ("passeport belge ou carte d'identité italienne", "fr", " |  | BE IT"),
        ("جواز سوري", "ar", " |  | SY"),
        ("Visum für Kanada oder Australien", "de", " |  | CA AU"),
        ("Polonya vizesi", "tr", " |  | PL"),
    ],
)
def test_the_destination_of_a_paper_is_its_country(text: str, lang: str, expected: str) -> None:
    assert route(text, lang, PAPERS) == expected
    assert read(text, lang, PAPERS).modes == (Mode.DOCUMENT,)


def test_the_language_of_a_post_is_no_origin() -> None:
    assert read("Almanyaya tır, kişi başı 7 bin euro", "tr").origin == ()


def test_modes_in_the_order_written_and_denied_ones_left_out() -> None:
    assert read("flight to Belgrade, then taxi").modes == (Mode.AIR, Mode.LAND)
    assert read("FLIEGEN statt LAUFEN", "de").modes == (Mode.AIR,)
    assert read("bot degil YAT, yuruyus yok", "tr").modes == (Mode.SEA,)
