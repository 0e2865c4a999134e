"""Emoji and flags as words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.symbols import name_symbols


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("🇹🇷➡️🇮🇹", "türkiye rightwards arrow italy"),
        ("⛵⛵⛵ tonight", "sailboat tonight"),
        ("👍🏽👍🏽", "thumbs up"),
        ("🇪🇺", "eu"),
        ("✈️ 1️⃣", "airplane 1"),
        ("قارب 🚤", "قارب speedboat"),
        ("plain text, no picture", "plain text, no picture"),
        ("Straße, 5 €, № 3", "Straße, 5 €, № 3"),
    ],
)
def test_what_stands_for_them(text: str, words: str) -> None:
    assert " ".join(name_symbols(text).split()) == words


@given(st.text())
def test_letters_are_left_as_they_are(text: str) -> None:
    letters = "".join(letter for letter in text if letter.isalpha())
    named = name_symbols(text)
    assert [letter for letter in letters if letter not in named] == []


def test_a_long_row_of_pictures_is_read_in_the_time_of_its_length() -> None:
    assert name_symbols("🔥" * 100_000).split() == ["fire"]
    assert len(name_symbols("🔥🚤" * 10_000)) < 20 * 20_000
