"""Texts of posts are strangers' words: they can neither reach anyone, nor steer the page, nor break it."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts import Window, make_digest, show
from alerts.render import WIDTH, render
from alerts.texts import PostText, clean
from tests.alerts.conftest import END, NOW, PHONE, START, World, subscribe

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</p></main><style>*{display:none}</style>",
    "{{ 7*7 }}{% include '/etc/passwd' %}",
    "&lt;b&gt; &#x3c;i&#x3e;",
    "A" * 5000,
    "\u202egnp.exe\u202c reversed \u2066x\u2069",
    "مرحبا بالعالم " * 50,
    "👨‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿🇹🇷" * 30,
    "Z̸̢̛̗̹͐͋̈́͌̕a̵̢̛͓̺̒̓l̷̨̬̈́̐͌g̴͇̈́̄̚o̷̗̐̈́" * 20,
    "\x1b[31mred\x07\x00 bell",
    "line\r\nBcc: everyone@example.org\r\n\r\nbody",
    "\u2028\u2029\ufeff\u200b",
)


class Elements(HTMLParser):
    """Names of elements and attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_and_does_nothing(world: World, text: str) -> None:
    world.add("harmless", post={"title": "harmless"})
    digest, _ = make_digest(world.ledger, world.index, subscribe(), Window(START, END), [], NOW)
    plain = Elements(show(world.ledger, digest).html)
    texts = {lead.post_id: PostText(clean(text, 120), clean(text), None, None) for lead in digest.leads}
    shown = render(digest, texts)
    page = Elements(shown.html)
    assert not Counter(page.names) - Counter(plain.names)
    assert {name for name, _ in page.attributes} <= {name for name, _ in plain.attributes}
    assert "\x1b" not in shown.text + shown.html
    assert not set("\u202a\u202b\u202d\u202e") & set(shown.text + shown.html)
    assert "Bcc:" not in [line.split(" ")[0] for line in shown.text.splitlines()]
    assert max(map(len, shown.text.splitlines())) <= WIDTH + 2


def test_the_page_loads_nothing_and_runs_nothing(world: World) -> None:
    world.add()
    digest, _ = make_digest(world.ledger, world.index, subscribe(), Window(START, END), [], NOW)
    html = show(world.ledger, digest).html
    page = Elements(html)
    assert not {"script", "img", "link", "iframe", "table", "form", "object", "base"} & set(page.names)
    assert not [name for name, _ in page.attributes if name.startswith("on") or name in ("src", "background")]
    assert "url(" not in html
    assert "@import" not in html
    assert "prefers-color-scheme: dark" in html


def test_foreign_scripts_have_a_direction_of_their_own(world: World) -> None:
    world.add("سفر آمن إلى ألمانيا", lang="ar")
    digest, _ = make_digest(world.ledger, world.index, subscribe(), Window(START, END), [], NOW)
    shown = show(world.ledger, digest)
    assert '<p class="text" dir="auto" lang="ar">سفر آمن إلى ألمانيا</p>' in shown.html
    assert "    \u2068سفر آمن إلى ألمانيا\u2069" in shown.text


@pytest.mark.parametrize(
    "contact",
    [
        PHONE,
        "00905320001122",
        "0532 000 11 22",
        "0532-000-11-22",
        "(0532) 000.11.22",
        "٠٥٣٢٠٠٠١١٢٢",
        "۰۵۳۲ ۰۰۰ ۱۱ ۲۲",
        "0️⃣5️⃣3️⃣2️⃣0️⃣0️⃣0️⃣1️⃣1️⃣2️⃣2️⃣",
        "05\u200b32\u00ad000\u20601122",
        "０５３２０００１１２２",
        "a.smuggler+x@mail.example.org",
        "@boat_captain",
        "@captain@social.example",
        "https://t.me/boat_captain",
        "t.me/boat_captain",
        "wa.me/905320001122",
        "www.boats.example/now",
        "HTTPS://T.ME/captain",
    ],
)
def test_no_contact_in_clear_even_where_the_model_missed_it(world: World, contact: str) -> None:
    world.add(f"Boat tonight, write {contact} now", post={"title": f"Call {contact}"})
    digest, _ = make_digest(world.ledger, world.index, subscribe(), Window(START, END), [], NOW)
    shown = show(world.ledger, digest)
    core = "".join(letter for letter in contact if letter.isalnum()).lower().removeprefix("https").removeprefix("www")
    for output in (shown.html, shown.text, digest.model_dump_json()):
        assert contact not in output
        assert core not in "".join(letter for letter in output if letter.isalnum()).lower()
        assert "Boat tonight, write" in output or output == digest.model_dump_json()


def test_prices_dates_and_tokens_stay() -> None:
    text = f"4500-5000 EUR, 15.11.2026, 4.500 – 5.000 €, 10 000, [phone TR {'1' * 16}] [email {'2' * 16}]"
    assert clean(text) == ("4500-5000 EUR, 15.11.2026, 4.500 – 5.000 €, 10 000, [phone\u00a0TR] [email]")


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=400))
def test_any_text_becomes_one_short_line(text: str) -> None:
    shown = clean(text)
    assert len(shown) <= 281
    assert shown.splitlines() in ([], [shown])
    assert all(
        letter.isprintable() or letter in " \u00a0\u200c\u200d\u200e\u200f" or ord(letter) > 0x7F for letter in shown
    )


def test_a_window_is_shown_in_the_subscribers_zone(world: World) -> None:
    digest, _ = make_digest(world.ledger, world.index, subscribe(), Window(START, END), [], NOW)
    assert "Mon 09 Mar 2026, 07:00 to Tue 10 Mar 2026, 07:00 (Europe/Vienna)" in show(world.ledger, digest).text
    assert isinstance(digest.start, datetime)
