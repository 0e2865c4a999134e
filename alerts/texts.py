"""Words of posts that may stand in a digest: short, redacted, and harmless to the page and the reader around them.

1. the working copy: contact data replaced by tokens (records.working_copy), shortened here to `[phone TR]`
2. whatever still looks like a phone number, address, handle or link is struck out: a model may miss one, and a digest
   travels by mail to many
3. characters that steer a terminal or turn the direction of the text around them go (records.displayable)
4. cut at a word to EXCERPT characters
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from alerts.leads import is_protected
from ledger import Ledger, TaggedPost, read_tagged
from records import TOKEN, AuthorKind, TextField, displayable, working_copy

EXCERPT = 280
"""Characters: an advert's offer, route and price stand in its first two lines."""
_PUBLIC = frozenset({AuthorKind.OUTLET, AuthorKind.ORGANISATION})

_PATTERNS = (
    (re.compile(r"(?i)\b(?:[a-z][a-z0-9+.-]*://|www\.)\S+|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}/\S*"), "[link]"),
    (re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+"), "[email]"),
    (re.compile(r"@[\w.\-]{2,}"), "[handle]"),
)
# Digits of every script, parted by at most three signs or blanks; emoji digits carry U+FE0F and U+20E3.
_NUMBER = re.compile(r"\+?\d(?:[\s()./\\_*·•\-\u2010-\u2015\ufe0f\u20e3\u200c-\u200f]{0,3}\d){6,}")
_PHONE_DIGITS = 9
"""National numbers with their zero have nine digits or more; a date has eight, a price range up to ten with its sign."""
_PRICE_RANGE = re.compile(r"\d{1,3}[.,\s]?\d{3}\s?[-\u2010-\u2015]\s?\d{1,3}[.,\s]?\d{3}")


@dataclass(frozen=True)
class PostText:
    """What is shown of one post. ``link`` is None for persons: they are reached by `daymark open` alone."""

    title: str
    excerpt: str
    link: str | None
    removed_at: datetime | None

    @property
    def has_words(self) -> bool:
        """Whether anything of the post's wording is shown."""
        return bool(self.title or self.excerpt)


def read_texts(ledger: Ledger, post_ids: Iterable[str]) -> dict[str, PostText]:
    """Texts of those posts that may be shown now; erased, edited or protected ones are left out."""
    found = read_tagged(ledger, post_ids)
    return {post_id: _make_text(item) for post_id, item in found.items() if not is_protected(item)}


def _make_text(item: TaggedPost) -> PostText:
    post, tags = item.post, item.tags
    body = working_copy(post.text, tags.redactions) or working_copy(
        post.media_text, tags.redactions, TextField.MEDIA_TEXT
    )
    title = working_copy(post.title, tags.redactions, TextField.TITLE)
    web = post.url if post.url and post.url.startswith(("http://", "https://")) else None
    # What is gone at its source is a fact; its wording is on its way out of the ledger and not spread any further.
    gone = post.removed_at is not None
    return PostText(
        title="" if gone else clean(title, 120),
        excerpt="" if gone else clean(body),
        link=web if post.author_kind in _PUBLIC and not gone else None,
        removed_at=post.removed_at,
    )


def clean(text: str, limit: int = EXCERPT) -> str:
    """A working copy as one line that may be shown: see the steps above."""
    parts: list[str] = []
    position = 0
    for token in TOKEN.finditer(text):
        parts.append(_strike(text[position : token.start()]))
        parts.append(f"[{token[1]}\u00a0{token[2]}]" if token[2] else f"[{token[1]}]")
        position = token.end()
    parts.append(_strike(text[position:]))
    return _cut(_one_line("".join(parts)), limit)


def _strike(text: str) -> str:
    text = displayable(text)
    for pattern, word in _PATTERNS:
        text = pattern.sub(word, text)
    return _NUMBER.sub(_strike_number, text)


def _strike_number(found: re.Match[str]) -> str:
    if _PRICE_RANGE.fullmatch(found[0]):
        return found[0]
    digits = sum(letter.isdigit() for letter in found[0])
    return "[phone]" if digits >= _PHONE_DIGITS or found[0].startswith("+") else found[0]


def _one_line(text: str) -> str:
    # The blank within a token does not break, so that a line cannot either.
    return re.sub(r"[^\S\u00a0]+", " ", text).strip()


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    space = text.rfind(" ", limit // 2, limit)
    return text[: space if space > 0 else limit].rstrip() + "…"
