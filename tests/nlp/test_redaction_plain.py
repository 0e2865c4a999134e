"""Prices, years, dates, ranges, statistics and coordinates stay readable, in every language of the corpus."""

from __future__ import annotations

import pytest

from tests.nlp.redacting import copy_of

STAY = [
    ("en", "12 500 refugees arrived"),
    ("en", "1 200 000 people were displaced"),
    ("en", "since 2015-2016 and again 2022/23"),
    ("en", "call 36.1234, 27.5678 their position"),
    ("en", "at 36.1234 27.5678 north"),
    ("de", "Kinder u/o Eltern, km/h, 3 Mio u/a"),
    ("en", "$14,500 firm, £2,000-£2,500 children"),
    ("en", "1,234,567 asylum claims"),
    ("en", "on 22.11.2026 at 10:30"),
    ("en", "2026-11-22 10:30:45"),
    ("en", "the years 2015 2016 2017 2018"),
    ("en", "price 3500 4500 6500 usd"),
    ("en", "3499 4599 6599 usd"),
    ("en", "100 000 000 people by 2050"),
    ("en", "USD 120 450 300 in aid"),
    ("en", "count 1 2 3 4 5 6 7 8 9 10"),
    ("en", "10 9 8 7 6 5 4 3 2 1 go"),
    ("en", "Regulation (EU) 2016/679 2018/1725"),
    ("en", "the server 192.0.2.17 was seized"),
    ("en", "10/12/2025 - 11/01/2026"),
    ("en", "in 2015 1 015 078 people crossed"),
    ("en", "call us about the 2015-2016 route"),
    ("en", "https://news.example/2024/05/06/article-123456789.html"),
    ("en", "https://news.example/2024/11/22 12 500 people"),
    ("en", "https://news.example:8080/447700900123 said it"),
    ("en", "0.4279 0.3214 0.2222 0.1908"),
    ("en", "score 3-1 2-0 1-1 4-2 0-0"),
    ("fr", "343 000 premiers titres délivrés en 2025"),
    ("fr", "2 500 000 FCFA quand tu as visa en main"),
    ("fr", "il reste 1 900 000 sur 3 millions"),
    ("fr", "12 500 000 personnes"),
    ("fr", "22 500 123 habitants"),
    ("fr", "900 000 da la place"),
    ("fr", "4 500 000 GNF la personne"),
    ("fr", "le 21/10/2014 - 22/10/2014"),
    ("fr", "120 000 dirhams dont 20 000 d'avance"),
    ("fr", "1.500.000,00 €"),
    ("es", "700.000 firmas en el congreso"),
    ("es", "612 345 678 euros de ayuda"),
    ("es", "de 2.000 a 2.500 € por persona"),
    ("es", "1.250.000 migrantes"),
    ("de", "800-1200€ pro Kopf"),
    ("de", "3500-5000 EUR je nach Wetter"),
    ("de", "2.753.400.000 Gs."),
    ("de", "1.884.000 Geflüchtete, 2015/16"),
    ("de", "500.000.000,00 Euro für Flüchtlingshilfe"),
    ("de", "am 30.08.2013 17:14 Uhr"),
    ("tr", "2.000 - 2.500 £ kişi başı"),
    ("tr", "4.000-5.500 euro havaya göre"),
    ("tr", "3 600 000 mülteci"),
    ("tr", "fiyat 4500 2 kişi 2015-2024 arası"),
    ("tr", "22.11.2026 saat 10.30"),
    ("tr", "10 000 000 toman"),
    ("tr", "1500000000 lira"),
    ("ar", "١٢ ٥٠٠ لاجئ"),
    ("ar", "١٬٢٠٠٬٠٠٠ شخص"),
    ("ar", "٢٠١٥-٢٠١٦"),
    ("ar", "السعر ٣٥٠٠ - ٤٥٠٠ يورو"),
    ("ar", "يوم ٢٢/١١/٢٠٢٦"),
    ("fa", "۱۰ ۰۰۰ ۰۰۰ تومان"),
    ("fa", "۱۲۰٬۰۰۰ نفر"),
    ("ru", "1 200 000 беженцев в 2015-2016"),
    ("it", "181 436 persone nel 2016"),
    ("pl", "950 000 uchodźców"),
]


def test_there_are_enough_of_them() -> None:
    assert len(STAY) >= 40
    assert len({lang for lang, _ in STAY}) >= 6


@pytest.mark.parametrize(("lang", "text"), STAY)
def test_it_stays_readable(lang: str, text: str) -> None:
    assert copy_of(text, lang) == text
