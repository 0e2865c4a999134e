"""Phone numbers in every company and every disguise: beside each other, beside prices and dates, glued, folded, hidden."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.nlp.redacting import copy_of, hashes, longest_digits

NUMBERS = [
    "00905550000011", "+90 555 000 00 12", "07700900123", "07700 900 456", "06 39 98 00 12", "06.39.98.00.13",
    "0044 7700 900123", "+447700900456", "(0171) 3920012", "0491 570 156", "٠٠٩٠٥٥٥٠٠٠٠٠١١", "05550000012",
]  # fmt: skip
SEPARATORS = [
    " ",
    "  ",
    " / ",
    "/",
    ", ",
    ",",
    "\n",
    " - ",
    "-",
    " | ",
    "|",
    "; ",
    " & ",
    " — ",
    " · ",
    ". ",
    " 📞 ",
    " or ",
    "\u200b",
    "_",
    " ou ",
]


@settings(deadline=None, max_examples=400)
@given(
    st.sampled_from(NUMBERS),
    st.sampled_from(SEPARATORS),
    st.sampled_from(NUMBERS),
    st.sampled_from(["en", "tr", "fr", "ar", "ur"]),
)
def test_of_two_numbers_in_a_row_neither_is_left(first: str, separator: str, second: str, lang: str) -> None:
    copy = copy_of(f"call {first}{separator}{second} now", lang)
    assert longest_digits(copy) < 5, copy


@settings(deadline=None, max_examples=100)
@given(
    st.sampled_from(["https://a.example/", "www.a.example/2026/", "https://a.example/p?id="]), st.sampled_from(NUMBERS)
)
def test_a_number_behind_a_link_is_not_left(link: str, number: str) -> None:
    for end in ("", "12", "99999/1", "2024/05/06/"):
        copy = copy_of(f"see {link}{end} {number} now", "en")
        assert longest_digits(copy.split(" ", 2)[2]) == 0, copy


@pytest.mark.parametrize(
    "text",
    [
        "https://a.example/p?tel=07700 900123",
        "https://a.example/call/07700 900123",
        "https://a.example/p?phone=07700 900 123",
        "https://a.example/p?phone=07700-900 123",
        "https://a.example/phone:07700900123",
        "https://a.example/p?phone=+44-7700 900123",
        "https://a.example/p?phone=44 7700 900123",
        "https://a.example/p?phone=%2b447700900123",
        "https://a.example/p?whatsapp=00447700 900123",
        "https://a.example/number/0044 7700 900123",
        "https://a.example/p?tel=07700 900123, 4500 euro",
        "https://a.example/07700 900123",
        "https://a.example/p?id=07700 900123",
        "https://a.example/p?id=0044 7700 900123",
        "https://a.example/+447700 900123",
        "https://a.example/post-12-+44-7700 900123",
        "https://a.example/2026/05/06/07700 900123",
        "https://a.example/post/12345 07700 900123",
        "https://a.example/number/12 07700 900123",
    ],
)
def test_a_number_that_begins_in_a_link_is_the_number(text: str) -> None:
    copy = copy_of(text)
    assert hashes(text) == hashes("07700 900123"), copy
    assert "7700" not in copy
    assert "900" not in copy


@pytest.mark.parametrize(
    "text",
    [
        "Tel:07700 900123",
        "tel:07700-900123",
        "tel:07700900123",
        "sms:07700 900 123",
        "smsto:+447700 900123",
        "wa.me/447700 900123",
        "https://wa.me/447700 900123",
        "https://wa.me/07700 900123",
        "https://wa.me/44 7700 900123",
        "https://wa.me/+44 7700 900123",
        "https://api.whatsapp.com/send?phone=447700 900123",
        "whatsapp://send?phone=44 7700 900123",
        "viber://chat?number=+44 7700 900123",
        "t.me/+447700 900123",
    ],
)
def test_a_number_that_begins_in_a_messengers_link_or_behind_tel_is_the_number(text: str) -> None:
    assert hashes(text)[-1:] == hashes("07700 900123"), copy_of(text)
    assert not any(char.isdigit() for char in copy_of(text))


@pytest.mark.parametrize("text", ["wa.me/905550000011 4500 euro", "https://wa.me/905550000011 4500 euro"])
def test_a_messengers_link_with_a_whole_number_leaves_the_price_behind_it(text: str) -> None:
    assert copy_of(text) == "[phone] 4500 euro"


@pytest.mark.parametrize("link", ["www.a.example/wa:05320 001122", "https://a.example/p?tel=0532 000 11 22"])
def test_the_same_of_another_country(link: str) -> None:
    assert hashes(link, "tr") == hashes("0532 000 11 22", "tr")
    assert copy_of(link, "tr").endswith("[phone]")


def test_a_link_that_ends_in_a_whole_number_or_an_id_takes_nothing_from_behind_it() -> None:
    assert hashes("https://a.example/p?tel=07700900123 07700 900456") == hashes("07700900123\n07700 900456")
    for text in (
        "https://a.example/p?tel=[phone] 4500 euro",
        "https://a.example/p?id=0123456 4500 euro",
        "https://a.example/2026/05/06 12.05.2026",
        "https://a.example/99999/1 10 000 people",
    ):
        assert copy_of(text.replace("[phone]", "07700900123")) == text


@pytest.mark.parametrize("separator", [" ", " / ", ", ", "\n", " - ", " | ", ";"])
def test_two_numbers_in_a_row_are_two_contacts(separator: str) -> None:
    pair = ("00905550000011", "00905550000012")
    assert hashes(separator.join(pair)) == [hashes(number)[0] for number in pair]


@pytest.mark.parametrize(
    ("text", "copy", "lang"),
    [
        ("00905550000011 00905550000012 00905550000013", "[phone] [phone] [phone]", "tr"),
        ("06 39 98 00 12 06 39 98 00 13", "[phone] [phone]", "fr"),
        ("+218 00 000 00 61", "[phone]", "ar"),
        ("Call +44 7700 900123, 4500 euro, 10 days", "Call [phone], 4500 euro, 10 days", "en"),
        ("98 123 456 78 90", "[phone]", "fr"),
        ("555 000 00 11 555 000 00 12", "[phone] [phone]", "tr"),
        ("(212) 555-0123 (212) 555-0124", "[phone] [phone]", "en"),
        ("12.05.2026 07700900123", "12.05.2026 [phone]", "en"),
        ("2026-11-22 07700900123", "2026-11-22 [phone]", "en"),
        ("Price 3500 euro 05550000011", "Price 3500 euro [phone]", "en"),
        ("kişi başı 4500 euro 0555 000 00 11", "kişi başı 4500 euro [phone]", "tr"),
        ("3500€ 07700900123", "3500€ [phone]", "en"),
        ("3.500 € 612 345 678", "3.500 € [phone]", "es"),
        ("4500 0555 000 00 11", "4500 [phone]", "tr"),
        ("see https://a.example:99999/44 7700 900123", "see https://a.example:99999/[phone]", "en"),
        ("see https://a.example/post/123456 07700 900123", "see https://a.example/post/123456 [phone]", "en"),
        ("see https://a.example/p?id=1234567/+44 7700 900123", "see https://a.example/p?id=1234567/[phone]", "en"),
        ("2 kişi 4500 - 0555 000 00 11", "2 kişi 4500 - [phone]", "tr"),
        ("3500-4500 5550000011 2 kişi", "3500-4500 [phone] 2 kişi", "tr"),
        ("0555 000 00 11 4500 euro", "[phone] 4500 euro", "tr"),
        ("905550000011 Europe trip", "[phone] Europe trip", "tr"),
        ("5550000011 euro trip", "[phone] euro trip", "tr"),
        ("$14,500 firm. No swaps, no dreamers. 0491 570 156", "$14,500 firm. No swaps, no dreamers. [phone]", "en"),
        ("tel 1 200 000 or 0770 090 0123", "tel 1 200 000 or [phone]", "en"),
    ],
)
def test_a_number_beside_numbers_prices_and_dates(text: str, copy: str, lang: str) -> None:
    assert copy_of(text, lang) == copy


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("appelle 0470/12.34.56 maintenant", "fr"),
        ("tel 0176-12-34567", "de"),
        ("0699-80-01-23", "fr"),
        ("escríbeme al 612 345 678", "es"),
        ("llame 612 345 678", "es"),
        ("somos serios 612.345.678", "es"),
        ("bateau 22 123 456 pour infos", "fr"),
        ("bateau 22123456 pour infos", "fr"),
        ("appelez 98 123 456", "fr"),
        ("6 39 98 00 12 appelle", "fr"),
        ("0171 39200 12", "de"),
        ("0770,0900,123", "en"),
        ("0770|0900|123", "en"),
        ("0770 — 0900 — 123", "en"),
        ("0770 🔥 0900 🔥 123", "en"),
        ("+44 (0)7700 900123", "en"),
    ],
)
def test_national_forms_are_numbers(text: str, lang: str) -> None:
    copy = copy_of(text, lang)
    assert "[phone]" in copy
    assert longest_digits(copy) == 0, copy


@pytest.mark.parametrize(
    ("text", "copy"),
    [
        ("WhatsApp905550000011", "WhatsApp[phone]"),
        ("Tel07700900123", "Tel[phone]"),
        ("boat07700900123", "boat[phone]"),
        ("واتساب00905550000011", "واتساب[phone]"),
        ("رقم٠٠٩٠٥٥٥٠٠٠٠٠١١", "رقم[phone]"),
        ("+9️⃣0️⃣5️⃣5️⃣5️⃣0️⃣0️⃣0️⃣0️⃣0️⃣1️⃣1️⃣ yaz", "[phone] yaz"),
        ("0️⃣7️⃣7️⃣0️⃣0️⃣9️⃣0️⃣0️⃣1️⃣2️⃣3️⃣!", "[phone]!"),
        ("＋９０５５５０００００１１", "[phone]"),
        ("९०५५५००००११२", "[phone]"),
        ("𝟎𝟕𝟕𝟎𝟎𝟗𝟎𝟎𝟏𝟐𝟑", "[phone]"),
        ("⓪⑦⑦⓪⓪⑨⓪⓪①②③", "[phone]"),
        ("0̶7̶7̶0̶0̶9̶0̶0̶1̶2̶3̶", "[phone]"),
        ("O77OO9OO123 call me", "[phone] call me"),
        ("O77OO 9OO l23", "[phone]"),
        ("0\u200b7\u200b7\u200b0\u200b0\u200b9\u200b0\u200b0\u200b1\u200b2\u200b3", "[phone]"),
        ("☎️\u200e+44\u00a07700\u2009900123\u200f ok", "☎️\u200e[phone] ok"),
        ("text 🔟 07700900123 ⑩", "text 🔟 [phone] ⑩"),
    ],
)
def test_disguised_digits_are_digits(text: str, copy: str) -> None:
    assert copy_of(text) == copy


def test_the_disguise_does_not_change_the_contact() -> None:
    plain = hashes("+905550000011")
    for text in (
        "＋９０５５５０００００１１",
        "+9️⃣0️⃣5️⃣5️⃣5️⃣0️⃣0️⃣0️⃣0️⃣0️⃣1️⃣1️⃣",
        "wa.me/905550000011",
        "00905550000011",
        "WhatsApp905550000011",
    ):
        assert hashes(text) == plain, text
    assert hashes("O77OO9OO123") == hashes("07700900123") == hashes("0770,0900,123")


@given(
    st.sampled_from(
        ["2500€", "$3,000", "4500", "1 200 000", "22.11.2026", "2015-2016", "2 kişi", "7 gün", "10:30", "№ 5"]
    ),
    st.sampled_from([" ", "\n", ", ", " - "]),
)
def test_no_neighbour_switches_redaction_off(neighbour: str, separator: str) -> None:
    for text in (f"{neighbour}{separator}05550000011", f"05550000011{separator}{neighbour}"):
        assert "5550000011" not in copy_of(text, "tr"), text
        assert "[phone]" in copy_of(text, "tr"), text


def test_a_long_number_hides_no_phone() -> None:
    assert copy_of("05550000011055500000120555000001305550000014", "tr") == "[phone]"
    assert copy_of("06399800120639980013", "fr") == "[phone][phone]"
    assert copy_of("0770090012307700900456") == "[phone][phone]"
