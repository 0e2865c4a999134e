"""X-Robots-Tag headers and robots meta tags: consent of a page's author, stated on the page."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lxml.etree import _Element

AGENT = "daymark"
"""Our product token, as it stands in the User-Agent and may stand in robots.txt and robots tags."""

_REFUSALS = frozenset({"noindex", "none", "noai"})
_VALUED = frozenset({"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"})
_WORD = re.compile(r"[\s,]+")


def header_refuses(values: Iterable[str]) -> str | None:
    """The word (noindex, none, noai) by which X-Robots-Tag headers refuse us, or None.

    A header may name the robot it is for (``googlebot: noindex``); one for another robot is not for us.
    """
    for value in values:
        scope, colon, rest = value.partition(":")
        name = scope.strip().lower()
        if colon and name not in _VALUED and re.fullmatch(r"[a-z][a-z0-9 _-]*", name):
            if name != AGENT:
                continue
            value = rest
        found = _refusal(value)
        if found:
            return found
    return None


def meta_refuses(page: _Element) -> str | None:
    """The word by which ``<meta name=robots>`` or ``<meta name=daymark>`` refuses us, or None."""
    for tag in page.iter("meta"):
        if (tag.get("name") or "").strip().lower() in ("robots", AGENT):
            found = _refusal(tag.get("content") or "")
            if found:
                return found
    return None


def _refusal(words: str) -> str | None:
    return next((word for word in _WORD.split(words.lower()) if word in _REFUSALS), None)
