"""X-Robots-Tag headers and robots meta tags: consent of a page's author, stated on the page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lxml.etree import _Element

AGENT = "daymark"
"""Our product token, as it stands in the User-Agent and may stand in robots.txt and robots tags."""

_US = frozenset({AGENT, "robots", "*"})
_REFUSALS = frozenset({"noindex", "none", "noai"})
_VALUED = frozenset({"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"})
# Without blanks: a date such as "Jun 25 2030 15:00" must not pass for the name of a robot that the rest is meant for.
_NAME = re.compile(r"[a-z][a-z0-9_-]*|\*")


def header_refuses(values: Iterable[str]) -> str | None:
    """The word (noindex, none, noai) by which X-Robots-Tag headers refuse us, or None.

    A header may name the robots it is for (``googlebot: noindex, daymark: noindex``); what follows the name of another
    robot is not for us, up to the next name.
    """
    return next((word for value in values for word in _words_for_us(value) if word in _REFUSALS), None)


def meta_refuses(page: _Element) -> str | None:
    """The word by which ``<meta name=robots>`` or ``<meta name=daymark>`` refuses us, or None."""
    tags = (tag for tag in page.iter("meta") if (tag.get("name") or "").strip().lower() in ("robots", AGENT))
    return header_refuses(tag.get("content") or "" for tag in tags)


def _words_for_us(value: str) -> Iterator[str]:
    ours = True
    for part in value.lower().split(","):
        name, colon, rest = (text.strip() for text in part.partition(":"))
        words = part.split()
        if colon and name in _VALUED:
            # "max-image-preview: none" forbids large pictures in search results, not reading.
            words = rest.split()[1:]
        elif colon and _NAME.fullmatch(name):
            ours, words = name in _US, rest.split()
        if ours:
            yield from words
