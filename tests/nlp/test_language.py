"""The language vote: right on posts of the field, unknown where nothing can be known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.language import UNKNOWN, identify


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("safe trip tonight to italy, three thousand, write me", "en"),
        ("Bugün Yunanistan'a çıkış var kişi başı fiyat için yazın", "tr"),
        ("رحلة آمنة الى ايطاليا من ليبيا والسعر في الخاص", "ar"),
        ("les migrants sont des gens comme nous, arrêtez la haine", "fr"),
        ("no confíen en los coyotes, los dejan abandonados en el desierto", "es"),
        ("Ich will nach Deutschland, wer kann mir helfen", "de"),
        ("بە کوردی سۆرانی دەنووسم بۆ هاوڕێکانم", "ckb"),
        ("سفر امن به اروپا با بهترین قیمت برای خانواده‌ها", "fa"),
    ],
)
def test_the_languages_of_the_field(text: str, lang: str) -> None:
    assert identify(text).lang == lang


@pytest.mark.parametrize("text", ["", "ok", "🚤🚤🚤", "https://example.org/a/b", "@someone #tag 12345", "\x00\x07"])
def test_unknown_is_an_answer(text: str) -> None:
    assert identify(text).lang == UNKNOWN


def test_a_hint_decides_only_where_the_text_says_little() -> None:
    assert identify("gracias", "es").lang == "es"
    assert identify("Ich will nach Deutschland, wer kann mir helfen", "en").lang == "de"


@given(st.text(max_size=200), st.sampled_from([None, "en", "xx-YY", ""]))
def test_it_never_raises(text: str, hint: str | None) -> None:
    guess = identify(text, hint)
    assert 0 <= guess.confidence <= 1
