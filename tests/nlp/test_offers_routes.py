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
        ("Dz > Es Thursday, 2 places", "en", "DZ |  | ES"),  # codes around an arrow
        ("Albania - America, plane to Mexico then one hour by car", "en", "AL | MX | US"),  # the goal, then its stages
        ("Iran bis Deutschland komplett, erst Türkei dann Balkan", "de", "IR | TR | DE"),
        (
            "de Ecuador a Estados Unidos: avión hasta El Salvador, después Guatemala y México",
            "es",
            "EC | SV GT MX | US",
        ),
        ("Marruecos Turquía avión, luego Serbia andando y coche hasta España", "es", "MA | TR RS | ES"),
        ("subida a Estados Unidos desde Huehue, por todo México en bus", "es", "GT | MX | US"),
        ("meksika amerika hattı, istanbuldan uçuyorsun", "tr", "TR | MX | US"),
        ("Edirne'den Sofya'ya yürüyüş, oradan araba ile Viyana", "tr", "TR | BG | AT"),
        ("İrandan Türkiyeye yürüyerek", "tr", "IR |  | TR"),
        ("Hatay sınırdan Türkiyeye geçiş, suriyeden", "tr", "SY |  | TR"),
        ("USA donkey, call from California side, boys from Punjab", "en", "IN |  | US"),
        ("people from Kurdistan, dinghy from France to UK", "en", "IQ | FR | GB"),
        ("بوسنة كرواتيا سلوفينيا ايطاليا", "ar", "BA | HR SI | IT"),
        ("Перевозка из Беларуси в Германию через Польшу", "ru", "BY | PL | DE"),
        ("از ترکیه به ایتالیا", "fa", "TR |  | IT"),
        ("گجرات سے اٹلی براستہ لیبیا", "ur", "PK | LY | IT"),
        ("Da Durazzo a Nizza", "it", "AL |  | FR"),
        ("Bosna – Slovenija 2.800 €", "en", "BA |  | SI"),  # names of languages on the route, by CLDR
        ("von Teheran nach Köln", "de", "IR |  | DE"),  # capitals as the language calls them, by CLDR
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


def test_where_papers_are_handed_over_is_no_origin() -> None:
    assert route("US resettlement file for sale, Nairobi meet only", "en", PAPERS) == " |  | US"
    assert route("visa for Poland, apply from Nepal", "en", PAPERS) == "NP |  | PL"


def test_an_advert_in_spanish_and_euro_brings_people_to_spain() -> None:
    assert route("trae gente de Marruecos a la playa del pueblo, 2200 euros", "es") == "MA |  | ES"
    assert route("trae gente de Marruecos a la playa del pueblo", "es") == "MA |  | "


def test_the_language_of_a_post_is_no_origin() -> None:
    assert read("Almanyaya tır, kişi başı 7 bin euro", "tr").origin == ()


def test_modes_in_the_order_written_and_denied_ones_left_out() -> None:
    assert read("flight to Belgrade, then taxi").modes == (Mode.AIR, Mode.LAND)
    assert read("FLIEGEN statt LAUFEN", "de").modes == (Mode.AIR,)
    assert read("bot degil YAT, yuruyus yok", "tr").modes == (Mode.SEA,)


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ("real ID by plane, pay when you land", "en", (Mode.AIR,)),
        ("boat with 200 horses, fibre", "en", (Mode.SEA,)),
        ("قارب فايبر 200 حصان", "ar", (Mode.SEA,)),
        ("🇦🇱✈️🇬🇧 big dinghy", "en", (Mode.SEA,)),  # the plane is an arrow
        ("🇦🇱✈️🇬🇧 this week", "en", (Mode.AIR,)),
        ("only two nights, guide is from here", "en", (Mode.LAND,)),
        ("flight Brazil then road up to USA", "en", (Mode.AIR, Mode.LAND)),
        ("boat, captain is a good guide", "en", (Mode.SEA,)),
        ("Algérie Sardaigne vendredi", "fr", (Mode.SEA,)),  # an island
        ("fahre leer zurück, kann leute mitnehmen", "de", (Mode.LAND,)),
        ("barcone dalla Libia", "it", (Mode.SEA,)),
        ("busem albo pieszo", "pl", (Mode.LAND,)),
        ("پرواز تهران", "fa", (Mode.AIR,)),
    ],
)
def test_means_of_travel(text: str, lang: str, expected: tuple[Mode, ...]) -> None:
    assert read(text, lang).modes == expected


def test_an_office_for_money_offers_no_means_of_travel() -> None:
    assert (
        read("guarantee office, money of the crossing stays here until the boat lands", "en", ("payment_agent",)).modes
        == ()
    )


def test_papers_said_to_be_needless_are_no_papers() -> None:
    assert read("trabajo en el campo sin contrato", "es", ("housing_or_job_package",)).modes == ()
