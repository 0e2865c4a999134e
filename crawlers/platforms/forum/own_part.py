"""What of a post's row is its author's: erasing another person must find nothing of theirs in it.

Kept are the row's own tag, the number, name and dates as they stand there, and the body without what the engine's file
drops. Quotations, signatures, profiles, thanks and notices of others are not.
"""

from __future__ import annotations

import copy
from typing import NamedTuple

import lxml.html
from lxml.etree import SubElement, _Element

from crawlers.platforms.forum.engine import Pick, PostRule
from crawlers.texts import writable


class OwnPart(NamedTuple):
    """``markup``: the body's, None where the row has no body; ``raw``: the row; ``quotes``: whether it has words of others."""

    markup: str | None
    raw: bytes
    quotes: bool


def read_own_part(row: _Element, rule: PostRule) -> OwnPart:
    """The author's part of a row; the row itself stays as it is."""
    own = copy.deepcopy(row)
    own.text = own.tail = None
    for child in list(own):
        own.remove(child)
    picks = {"id": rule.id, "author": rule.author, "date": rule.date, "edited": rule.edited}
    for name, pick in picks.items():
        said = pick.text(row) if pick is not None else ""
        if said:
            SubElement(own, "span", {"class": name}).text = writable(said)
    markup, quotes = None, False
    for body in rule.body.elements(row)[:1]:
        words, quotes = _own_words(body, rule)
        markup = str(lxml.html.tostring(words, encoding="unicode"))
        own.append(words)
    return OwnPart(markup, lxml.html.tostring(own, encoding="utf-8"), quotes)


def _own_words(body: _Element, rule: PostRule) -> tuple[_Element, bool]:
    """The body without what others wrote: quoted words would count for whoever quotes them, and outlive erasure."""
    own, quotes = copy.deepcopy(body), False
    own.tail = None
    for selector in rule.drop:
        for part in Pick(at=(selector,)).elements(own):
            if part is not own and part.getparent() is not None:
                quotes = quotes or bool("".join(part.itertext()).strip())
                part.drop_tree()
    return own, quotes
