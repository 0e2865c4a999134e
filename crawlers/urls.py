"""Canonical URLs: the identity of web articles.

courlan scrubs the address, w3lib sorts and escapes it, the fragment is dropped. Two habits of courlan would make one
article of many, so the query string is cleaned here: it drops parameters without a value (``?article-4711``), and it
takes ``cid``, ``eid``, ``uid`` and ``id`` for trackers, which small newspapers use as article numbers.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

import courlan
from courlan.clean import TRACKERS_RE
from w3lib.url import canonicalize_url

_ARTICLE_NUMBER = re.compile(r"(?:c|e|u|n|a|p)?id|gl|keyword|session_?date", re.IGNORECASE)
_SESSION = re.compile(r"(?:php|j|asp)?sess(?:ion)?_?id|sid", re.IGNORECASE)


def canonical_url(url: str) -> str | None:
    """The canonical form of an http(s) URL, or None for anything that is not one."""
    bare, _, query = url.strip().partition("#")[0].partition("?")
    cleaned = courlan.clean_url(bare)
    if not cleaned or not cleaned.startswith(("http://", "https://")):
        return None
    try:
        parts = urlsplit(cleaned)
        if not parts.hostname:
            return None
        kept = "&".join(part for part in query.replace("&amp;", "&").split("&") if part and not _is_tracker(part))
        address = urlunsplit((parts.scheme, parts.netloc, parts.path or "/", kept, ""))
        return canonicalize_url(address, keep_blank_values=True, keep_fragments=False)
    except ValueError:
        return None


def _is_tracker(parameter: str) -> bool:
    name = parameter.partition("=")[0].lower()
    if _SESSION.fullmatch(name):
        return True
    return bool(TRACKERS_RE.search(name)) and not _ARTICLE_NUMBER.fullmatch(name)


def host_of(url: str) -> str:
    """The host name in lower case; empty where there is none."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""
