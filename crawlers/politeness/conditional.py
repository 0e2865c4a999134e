"""Conditional requests: the version of a page that we know, sent along so that the server can answer "unchanged"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawlers.task import StoredValidators

if TYPE_CHECKING:
    from scrapy.http import Response

_LONGEST = 1000
"""Characters of an ETag that are kept; honest ones have under 100."""


def conditional_headers(known: StoredValidators | None) -> dict[str, str]:
    """Headers that ask for the page only if it changed."""
    headers: dict[str, str] = {}
    if known is not None and known.etag:
        headers["If-None-Match"] = known.etag
    if known is not None and known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    return headers


def read_validators(response: Response) -> StoredValidators | None:
    """The validators of a response, or None where it has none that can be sent back."""
    etag = _clean(response.headers.get("ETag"))
    modified = _clean(response.headers.get("Last-Modified"))
    return StoredValidators(etag=etag, last_modified=modified) if etag or modified else None


def _clean(value: bytes | None) -> str | None:
    text = (value or b"").decode("latin-1").strip()
    return text if text and len(text) <= _LONGEST and text.isprintable() and text.isascii() else None
