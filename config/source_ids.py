"""Short names for sources, made of what they are called or where they lie."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from urllib.parse import urlsplit

LONGEST = 40
"""Letters of a name that is made; one that is given may have 64."""
_OTHER = re.compile(r"[^a-z0-9]+")
_COMMON = frozenset({"www", "feed", "feeds", "rss", "xml", "atom", "index", "html", "php", "com", "org", "net", "int"})


def make_source_id(words: str, taken: Collection[str]) -> str:
    """A name for ``words`` (a title, or an address) that is not among ``taken``: lower-case letters, digits and dashes."""
    text = words
    if "://" in words:
        try:
            parts = urlsplit(words)
        except ValueError:
            parts = urlsplit("")
        pieces = _OTHER.split(f"{parts.hostname or ''}/{parts.path}/{parts.query}".lower())
        text = "-".join(piece for piece in pieces if piece and piece not in _COMMON)
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    # A title in another script leaves nothing: its number alone tells such sources apart.
    name = _OTHER.sub("-", plain).strip("-")[:LONGEST].strip("-") or "source"
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name}-{number}"
    return found
