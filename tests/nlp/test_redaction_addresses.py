"""E-mail addresses, handles and links in the spellings of adverts; one contact has one hash in all of them."""

from __future__ import annotations

import pytest

from tests.nlp.redacting import copy_of, hashes, spans


@pytest.mark.parametrize(
    "text",
    [
        "name@gmail.com",
        "name(at)gmail(dot)com",
        "name [at] gmail [dot] com",
        "name at gmail dot com",
        "name AT gmail.com",
        "NAME@Gmail",
        "name＠gmail.com",
        "name @ gmail . com",
        "name @gmail.com",
        "name{at}gmail.com",
        "name arroba gmail punto com",
        "name@gmail. com",
    ],
)
def test_one_address_in_every_spelling(text: str) -> None:
    assert copy_of(f"write {text} now").startswith("write [email]")
    assert hashes(text) == hashes("name@gmail.com")


@pytest.mark.parametrize("name", ["kat", "matthias", "at", "pat.at"])
def test_letters_that_spell_at_stay_in_the_name(name: str) -> None:
    assert hashes(f"{name}(at)example.org") == hashes(f"{name}@example.org")


@pytest.mark.parametrize(
    ("text", "copy"),
    [
        ("info@пример.рф", "[email]"),
        ("ahmed@somewhere", "[email]"),
        ("a@example.org. Then we go", "[email]. Then we go"),
        ("report @someone_x. Follow", "report [handle]. Follow"),
        ("john at example dot org", "[email]"),
        ("@ boat_man77", "[handle]"),
        ("＠boat_man77", "[handle]"),
        (".@boatman look", ".[handle] look"),
        ("سفر@boatman", "سفر[handle]"),
        ("thanks u/boat_man77!", "thanks u/[handle]!"),
        ("asked /u/Boat-Man, see https://x.example/u/page", "asked /u/[handle], see https://x.example/u/page"),
        ("قضائياً@ali", "قضائياً[handle]"),
        ("telegram: boatcaptain", "telegram: [handle]"),
        ("my telegram is boat_man77", "my telegram is [handle]"),
        ("telegram channel boat_man77", "telegram channel [handle]"),
        ("insta 👉 ahmed.travel99 ok", "insta 👉 [handle] ok"),
        ("تلغرام boatcaptain", "تلغرام [handle]"),
        ("signal only example_rojcargo", "signal only [handle]"),
        ("hit me example_shqipe_uk 💪", "hit me [handle] 💪"),
        ("ask for Bra example_Stamps", "ask for Bra [handle]"),
        ("ask him captain99", "ask him [handle]"),
        ("channel >>> eudocs24", "channel >>> [handle]"),
        ("x.com/boat_man77", "[handle]"),
        ("https://twitter.com/boatman/status/12", "[handle]"),
        ("discord.gg/abc123 linktr.ee/boatman line.me/ti/p/abc", "[handle] [handle] [handle]"),
        ("tg://resolve?domain=boatman", "[handle]"),
        ("t(dot)me/boatman", "[handle]"),
        ("t . me / boatman", "[handle]"),
        ("whatsapp://send?phone=905550000011", "[phone]"),
        ("https://api.whatsapp.com/send?phone=%2B905550000011&text=hi", "[phone]"),
        ("tel:+447700900123", "[phone]"),
        ("netflix.com/title netx.com/about", "netflix.com/title netx.com/about"),
    ],
)
def test_every_form_is_found(text: str, copy: str) -> None:
    assert copy_of(text) == copy


def test_one_link_in_every_spelling() -> None:
    same = [
        "t.me/boatman",
        "https://t.me/Boatman",
        "telegram.me/boatman?start=1",
        "t(dot)me/boatman",
        "tg://resolve?domain=boatman",
    ]
    assert {hashes(text)[0] for text in same} == {hashes("t.me/boatman")[0]}
    assert hashes("x.com/boatman") == hashes("https://www.twitter.com/boatman")


@pytest.mark.parametrize(
    "text",
    [
        "we look at this point in time",
        "at home dot the i",
        "meet me at the station",
        "dól@res amig@s tod@s refugiad@s",
        "R@pisten und f@gg0ts",
        "liebe Migrant_innen und Bürger_in",
        "o_o T_T ^_^",
        "photo_2024.jpg",
        "#safe_trip #rihla_amina",
        "open telegram and write",
        "Telegram: the company said",
        "TikTok-Klon und Instagram-Video",
        "signal Saturday....now",
        "2kg @ 5 euro",
        "lunch @ 10:30",
        "ask covid19 questions",
        "on Instagram. Then we left",
        "the session is over, wire transfer only",
        "https://news.example/2024/safe_way_out",
    ],
)
def test_words_are_no_contacts(text: str) -> None:
    assert copy_of(text) == text


def test_spans_fit_the_text_behind_folded_characters() -> None:
    text = "👨‍👩‍👧 9️⃣ سفـــر ⑩ @boat_man، 0️⃣7️⃣7️⃣0️⃣0️⃣9️⃣0️⃣0️⃣1️⃣2️⃣3️⃣ 👍🏽"
    assert [text[span.start : span.end] for span in spans(text)] == ["@boat_man", "0️⃣7️⃣7️⃣0️⃣0️⃣9️⃣0️⃣0️⃣1️⃣2️⃣3️⃣"]
