"""A key is shown nowhere: not in what is kept of an answer, nor where it is refused."""

from __future__ import annotations

import json

import pytest
from scrapy.http import TextResponse

from crawlers.errors import EndRun
from crawlers.platforms.keyed.redaction import Redactor, read_keys
from tests.crawlers.keyed.peers import KEY


@pytest.mark.parametrize("value", ["short", "with blank inside", "line\nbreak-in-it", "ключ-к-замку"])
def test_what_cannot_be_a_key_is_refused_without_being_shown(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("A_KEY", value)
    with pytest.raises(EndRun, match="A_KEY") as caught:
        read_keys(("A_KEY",))
    assert value not in str(caught.value)


def test_keys_go_in_every_spelling() -> None:
    redactor = Redactor()
    redactor.add(KEY)
    said = (
        json.dumps({"a": KEY})
        + json.dumps(KEY).replace("/", "\\/")
        + "?k="
        + KEY.replace("/", "%2F").replace("+", "%2B")
    )
    response = TextResponse("https://a.example/?k=kQ7-zX0_secret%2Fkey%2B1", body=said.encode(), headers={"X-K": KEY})
    clean = redactor.response(response)
    for text in (clean.url, clean.text, str(clean.headers["X-K"])):
        assert "secret" not in text
        assert "[key]" in text
