"""Answers that are well formed and strange: halves of letters in JSON, and pages that the reader of articles stumbles over."""

from __future__ import annotations

from typing import Any

import pytest
from scrapy.http import HtmlResponse, TextResponse

from crawlers.platforms.articles.article import Article, read_article
from crawlers.platforms.shared.answers import read_json

URL = "https://news.example/a/3"
BROKEN_TITLE = (
    "<svg><title><!doctype html><html><head><title>Post<<!/title>"
    '<meta property="article:published_time" content="2026-03-05T10:00:00+01:00"></head>'
    "<body><article><h1>Post</h1><p>"
    + "The boat left at night with forty people on it. " * 20
    + "</p></article></body></html>"
)


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (rb'{"id": "\ud800"}', {"id": "?"}),
        (rb'["\uDC00a", "\ud83d\ude00"]', ["?a", "\U0001f600"]),
        (b'"\xed\xa0\x80"', "?"),
        ('["\ud800"]'.encode("utf-16", "surrogatepass"), ["?"]),
        ('{"a": "é"}'.encode("latin-1"), None),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        ('{"a": "é"}'.encode("utf-16"), {"a": "é"}),
        (b"[" * 100_000, None),
        (b"", None),
        (b"<html>", None),
    ],
)
def test_json_is_read_into_what_addresses_and_stores_can_hold(body: bytes, found: Any) -> None:
    answer = read_json(TextResponse(URL, body=body))
    assert answer == found
    str(answer).encode()


def test_a_page_that_the_reader_of_articles_stumbles_over_is_one_without_an_article() -> None:
    assert read_article(HtmlResponse(URL, body=BROKEN_TITLE.encode())) == Article()
