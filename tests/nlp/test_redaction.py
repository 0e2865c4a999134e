"""Contacts of every common form become spans; prices, dates and years do not."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import Pseudonyms
from nlp.redaction import REGIONS_BY_LANGUAGE, find_redactions
from records import TOKEN, TextField, working_copy

KEY = Pseudonyms(b"k" * 32)


def found(text: str, regions: tuple[str, ...] = ("GB", "TR", "FR")) -> list[tuple[str, str, str | None]]:
    spans = find_redactions([(TextField.TEXT, text)], KEY.contact, regions)
    return [(text[span.start : span.end], span.type, span.region) for span in spans]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("call +44 7700 900123 now", [("+44 7700 900123", "phone", "GB")]),
        ("wa 07700900456", [("07700900456", "phone", "GB")]),
        ("واتس ٠٠٩٠٥٥٥٠٠٠٠٠١١ فقط", [("٠٠٩٠٥٥٥٠٠٠٠٠١١", "phone", "TR")]),
        ("0 6 3 9 9 8 0 0 1 2 appelle", [("0 6 3 9 9 8 0 0 1 2", "phone", "GB")]),
        ("(+90) 555 000 00 12", [("(+90) 555 000 00 12", "phone", "TR")]),
        ("mail a.b@example.org please", [("a.b@example.org", "email", None)]),
        ("write to someone(at)example.org", [("someone(at)example.org", "email", None)]),
        ("follow @example_x. ok", [("@example_x", "handle", None)]),
        ("ask @user@mastodon.example today", [("@user@mastodon.example", "handle", None)]),
        ("t.me/example_boat is the channel", [("t.me/example_boat", "handle", None)]),
        ("https://wa.me/905550000011 anytime", [("https://wa.me/905550000011", "phone", "TR")]),
        ("telegram: example_ship77", [("example_ship77", "handle", None)]),
    ],
)
def test_contacts_are_found(text: str, expected: list[tuple[str, str, str | None]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "4.500 € - 5.000 € pp",
        "2000-3000 euro",
        "since 2015-2026 and 2026-11-22",
        "10 000 000 toman",
        "price 3500 4500 6500 usd",
        "fiyat 4500 2 kişi",
        "on 22.11.2026 at 10:30",
        "the years 2015 2016 2017",
    ],
)
def test_prices_and_dates_are_no_contacts(text: str) -> None:
    assert found(text) == []


def test_the_same_contact_gets_the_same_hash_in_every_spelling() -> None:
    texts = ["+44 7700 900123", "0044 7700 900 123", "07700900123", "+٤٤ ٧٧٠٠ ٩٠٠١٢٣"]
    hashes = {find_redactions([(TextField.TEXT, text)], KEY.contact, ("GB",))[0].hash for text in texts}
    assert len(hashes) == 1


@given(st.text(max_size=300))
def test_no_text_breaks_it_and_spans_always_fit(text: str) -> None:
    spans = find_redactions([(TextField.TEXT, text)], KEY.contact, ("GB", "TR"))
    copy = working_copy(text, spans)
    assert len(TOKEN.findall(copy)) >= len(spans)


@given(st.from_regex(r"\+44 ?7700 ?900\d{3}", fullmatch=True), st.text(alphabet="abc ğüş رحلة,.!", max_size=40))
def test_a_number_is_never_left_in_the_working_copy(number: str, around: str) -> None:
    text = f"{around} {number} {around}"
    spans = find_redactions([(TextField.TEXT, text)], KEY.contact, ("GB",))
    assert number not in working_copy(text, spans)


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "a.",
        "1",
        "1 ",
        "@",
        "@a",
        "a@",
        "+",
        "a@a.",
        "t.me/",
        "٠",
        "a-",
        "(1)",
        "@a ",
        "t.me/a ",
        "a@b.co ",
        "1 2",
        "0 1",
        "01 ",
        "07 ",
        "+1",
        "12,",
        "a_",
        "a_b ",
        "tg a1 ",
        "o0",
        "\u200b1",
        "1️⃣",
        "۱ ",
        "a at ",
        " dot ",
        "tel:",
        "tel:0 ",
        "www.a/1 2 ",
        "https://a/tel=+1 ",
        "wa.me/44 7 ",
        "//",
        "(at)",
    ],
)
def test_a_long_text_of_any_piece_takes_no_longer_than_its_length(piece: str) -> None:
    began = time.process_time()
    find_redactions([(TextField.TEXT, (piece * 100_000)[:100_000])], KEY.contact, ("GB", "TR"))
    # Linear work on 100,000 characters is well under a second; the quadratic slip this guards against took minutes.
    assert time.process_time() - began < 10


def test_a_long_list_of_digits_without_a_pattern_takes_no_longer_than_its_length() -> None:
    draw = random.Random(7)
    text = "".join(draw.choice("0123456789") + draw.choice(["", "", " ", "-", ", ", "+"]) for _ in range(15_000))
    began = time.process_time()
    find_redactions([(TextField.TEXT, text)], KEY.contact, REGIONS_BY_LANGUAGE["ar"])
    assert time.process_time() - began < 10
