"""Markdown, as Lemmy and Reddit have it, becomes text as people see it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawlers.platforms.shared.wordings import hashtags_in, plain_markdown


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from('[]()!*_`#<>\\ \n:x~-"&;'), max_size=80))
def test_any_markdown_becomes_text(markup: str) -> None:
    text, alts = plain_markdown(markup)
    assert all(isinstance(found, str) for found in [text, *alts])


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("snake_case and 2*3*4 stay", "snake_case and 2*3*4 stay"),
        ("*one* __two__ ~~three~~ `four`", "one two three four"),
        ("<https://chat.example/x>", "https://chat.example/x"),
        ("[https://a.example](https://a.example)", "https://a.example"),
        ("1\\. a \\* b", "1. a * b"),
        ("@some\\_name\\_99 or \\_name\\_", "@some_name_99 or _name_"),
        ("@some__name, __two words!__", "@some__name, two words!"),
        ("**https://t.me/_name_x** *https://a.example/b_*", "https://t.me/_name_x https://a.example/b"),
        ("[here](https://t.me/some\\_name)", "here (https://t.me/some_name)"),
        ("::: spoiler Prices\n4500\n:::", "4500"),
        ("a < b and c > d", "a < b and c > d"),
    ],
)
def test_markdown_is_read_as_people_see_it(markup: str, text: str) -> None:
    assert plain_markdown(markup)[0] == text


def test_hashtags_are_words_after_a_hash() -> None:
    assert hashtags_in("#boza, #حرقة and a#b /#c ##d #12 #boza &#39;") == ("boza", "حرقة")
