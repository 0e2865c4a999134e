"""An answer of GDELT's DOC interface (mode=artlist, format=json) -> the articles that it lists. Pure; nothing is fetched.

Errors come as a sentence in text/html under HTTP 200; the JSON sometimes holds control characters and lone backslashes. Of
an article only the address is taken, and its title and language as hints: its page says the rest. ``seendate`` is when
GDELT came by, not when the article appeared, so it is kept in the raw item only.
"""

from __future__ import annotations

import json
import re
from typing import Any

from crawlers.platforms.feeds.entry import FeedEntry, absolute_link
from crawlers.texts import one_line

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LONE_BACKSLASH = re.compile(r'\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})')
_ESCAPE = re.compile(r"(\\\\)|" + _LONE_BACKSLASH.pattern)
_TOO_FAST = re.compile(r"limit requests|rate limit|too many requests", re.IGNORECASE)


class GdeltRefusal(Exception):
    """The answer is no list; the message says what GDELT wrote. ``too_fast``: it asks for fewer requests."""

    def __init__(self, message: str, *, too_fast: bool = False) -> None:
        super().__init__(message)
        self.too_fast = too_fast


def parse_answer(body: bytes) -> tuple[FeedEntry, ...]:
    """The articles of one answer, in its order; an empty object is an answer without articles. Raises GdeltRefusal."""
    text = _CONTROL.sub(" ", body.decode("utf-8-sig", "replace")).strip()
    if not text.startswith("{"):
        said = one_line(text[:2000])[:200]
        raise GdeltRefusal(said or "an empty answer", too_fast=_TOO_FAST.search(said) is not None)
    answer = _read(text)
    articles = answer.get("articles", [])
    if not isinstance(articles, list):
        raise GdeltRefusal("the articles are no list: this is not the answer as we know it")
    return tuple(map(_entry, articles))


def _read(text: str) -> dict[str, Any]:
    # Only at second try: in honest JSON nothing is to be mended.
    for candidate in (text, _ESCAPE.sub(lambda found: found[1] or r"\\", text)):
        try:
            answer = json.loads(candidate, strict=False)
        except (ValueError, RecursionError):
            continue
        if isinstance(answer, dict):
            return answer
    raise GdeltRefusal("the answer is broken JSON")


def _entry(article: Any) -> FeedEntry:
    raw = json.dumps(article, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")
    if not isinstance(article, dict):
        return FeedEntry(raw, "application/json")
    title = article.get("title")
    return FeedEntry(
        raw,
        "application/json",
        link=absolute_link(article.get("url"), ""),
        # Only a mark that this is an article: the page's own title is the one that lands.
        title=one_line(title) if isinstance(title, str) else "",
    )
