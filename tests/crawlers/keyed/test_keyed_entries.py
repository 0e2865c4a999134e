"""A keyed source's entry in the register, and the keys it names in the environment."""

from __future__ import annotations

from typing import Any

import pytest

from config import Source
from config.keyed import KEYED, why_no_key
from tests.crawlers.keyed.keyed_given import entry


@pytest.mark.parametrize("kind", KEYED)
def test_an_entry_needs_no_address(kind: str) -> None:
    source = Source.model_validate(entry(kind))
    assert source.url == KEYED[kind].api
    assert source.is_keyed
    assert Source.model_validate(source.model_dump()) == source


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        ("youtube", {"target": "Vid_0000001"}, "video:ID or channel"),
        ("youtube", {"target": None}, "target must be"),
        ("vk", {"target": "wall:../x"}, "wall:NAME"),
        ("reddit", {"target": "a/b"}, "subreddit"),
        ("x", {"target": "q" * 481}, "a search query"),
        ("x", {"url": "http://api.example"}, "https"),
        ("vk", {"credentials": ["vk1.a.secret-Key"]}, "never the keys themselves"),
    ],
)
def test_a_wrong_entry_says_what_is_wrong(kind: str, fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Source.model_validate(entry(kind, **fields))


def test_money_must_be_stated_before_it_is_spent() -> None:
    for limits in ({}, {"money": 1.0}, {"money_month": 1.0}):
        assert "limits.money" in (Source.model_validate(entry("x", limits=limits)).why_off or "")


def test_what_is_missing_is_named_and_blank_is_missing() -> None:
    assert why_no_key("reddit", ("A_KEY", "A_SECRET"), {"A_KEY": "x" * 9, "A_SECRET": " "}) == (
        "no key: A_SECRET is not set in the environment"
    )
    assert "kind: feeds" in (why_no_key("reddit", (), {}) or "")
    assert why_no_key("feeds", (), {}) is None
    assert why_no_key("vk", ("A_KEY",), {"A_KEY": "x"}) is None
