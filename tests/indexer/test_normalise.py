"""One form for text and query."""

from __future__ import annotations

import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.normalise import FIELD_BREAK, MAX_TOKEN, _cached, make_body, normalise, spans, tokens
from records import Redaction, TextField, make_token


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("مُهَرِّب", "مهرب"),
        ("مـــهرب", "مهرب"),
        ("كتاب", "کتاب"),
        ("علي", "علی"),
        ("إلى أوروبا", "الي اوروبا"),
        ("رحلة", "رحله"),
        ("می\u200cخواهم", "میخواهم"),
        ("٤٥٠٠", "4500"),
        ("۴۵۰۰", "4500"),
        ("४५००", "4500"),
        ("İSTANBUL", "istanbul"),
        ("Iğdır", "ığdır"),
        ("Iğdır", "igdir"),
        ("Straße", "STRASSE"),
        ("ＢＯＡＴ", "boat"),
        ("migración", "Migracion"),
        ("Łódź", "lodz"),
        ("Ὀδυσσεύς", "οδυσσευσ"),
        ("b\u00adoat", "boat"),
        ("👨🏽", "👨"),
    ],
)
def test_writings_of_one_word_fold_to_one_form(one: str, other: str) -> None:
    assert tokens(one) == tokens(other) != []


@pytest.mark.parametrize(("one", "other"), [("война", "воина"), ("کرد", "گرد"), ("ש", "س"), ("हिन्दी", "हन्द")])
def test_different_words_stay_apart(one: str, other: str) -> None:
    assert tokens(one) != tokens(other)


def test_marks_of_other_scripts_do_not_split_words() -> None:
    assert tokens("हिन्दी में") == ["हिन्दी", "में"]
    assert tokens("שָׁלוֹם") == [normalise("שָׁלוֹם")]


def test_scripts_without_spaces_give_single_characters() -> None:
    assert tokens("難民boat") == ["難", "民", "boat"]
    assert "".join(tokens("ผู้ลี้ภัย")) == "ผู้ลี้ภัย"
    assert len(tokens("ผู้ลี้ภัย")) == 4


def test_emoji_and_flags_are_words() -> None:
    assert tokens("🇹🇷🇬🇷 🚤go") == ["🇹🇷", "🇬🇷", "🚤", "go"]


def test_a_contact_token_stays_searchable_by_its_hash() -> None:
    redaction = Redaction(field=TextField.TEXT, start=0, end=1, type="phone", region="TR", hash="3f9ac2d41b0e77aa")
    assert tokens(f"call {make_token(redaction)} now") == ["call", "phone", "tr", "3f9ac2d41b0e77aa", "now"]
    assert tokens("[handle ephemeral:3f9ac2d41b0e77aa]")[-1] == "3f9ac2d41b0e77aa"


def test_normalising_twice_changes_nothing_for_any_character() -> None:
    for block in range(0, sys.maxunicode + 1, 256):
        text = "\n".join(map(chr, range(block, block + 256)))
        once = normalise(text)
        assert normalise(once) == once, hex(block)


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


@given(st.text())
def test_a_token_holds_no_ascii_but_letters_and_digits(text: str) -> None:
    for token in tokens(text):
        assert token
        assert not token.isspace()
        assert len(token.split()) == 1
        assert re.fullmatch(r"[a-z0-9\x80-\U0010ffff]+", token), token
        assert len(token) <= MAX_TOKEN
        assert FIELD_BREAK not in token


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_tokens_of_tokens_are_the_same(text: str) -> None:
    found = [token for token in tokens(text) if len(token) < MAX_TOKEN]
    assert tokens(" ".join(found)) == found


@given(st.text())
def test_spans_lie_in_the_text_in_order(text: str) -> None:
    last = (0, 0)
    for token, start, end in spans(text):
        assert last[1] <= start < end <= len(text) or (start, end) == last
        assert token in tokens(text[start:end])
        last = (start, end)


def test_a_link_among_the_words_leaves_their_cache_on() -> None:
    words = [f"كلمة{number}" for number in range(50)]
    link = "https://example.org/" + "a-long-path/" * 10
    tokens(" ".join(words))
    before = _cached.cache_info()
    assert tokens(" ".join([*words, link]))[:50] == tokens(" ".join(words))
    after = _cached.cache_info()
    assert (after.hits - before.hits, after.misses - before.misses) == (100, 0)


def test_a_body_keeps_its_fields_apart() -> None:
    assert make_body(["Safe route", "", "to Greece"]) == f"safe route {FIELD_BREAK} to greece"
