"""A post -> the public places that it links to (crawlers/places.py).

1. read     addresses in its words, and where the links of its raw item lead: words that are links, link cards, forwards
2. know     which are places; all links into one place are one
3. leave    the place that the post itself stands in, and feeds, boards and accounts of its own site
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Collection, Iterator

from crawlers.organisations import is_within
from crawlers.places import Hosts, is_account, place_at
from crawlers.urls import host_of
from ledger import CitedPlace

MOST = 20
"""Places of one post: more is a list of links, which anybody can fill."""
BEGINNING = 200_000
"""Bytes of a raw item that are looked at; the longest articles stay under it."""
_WHOLE_SITES = frozenset({"feeds", "forum", "discourse"})
"""Platforms whose places are parts of one site: that it links to itself is no evidence."""

_ADDRESS = re.compile(r"""(?:https?://|(?<![\w@./-])(?=(?:t|telegram)\.me/))[^\s"'<>\\`{}|^]{4,2000}""", re.IGNORECASE)
_TARGET = re.compile(r"""\bhref\s*=\s*["']?(https?://[^\s"'<>\\]{4,2000})""", re.IGNORECASE)
_AFTER = ".,;:!?)]*_»”’…؟،؛۔。"
"""Signs that a sentence puts after an address."""


def find_places(
    words: Collection[str], raw: bytes = b"", *, own: Collection[str] = (), hosts: Hosts | None = None
) -> tuple[CitedPlace, ...]:
    """The places that a post links to, at most MOST, each once; never raises.

    ``words``: its title, text and media text. ``raw``: its raw item; hashtags in it count for nothing, since the Fediverse makes
    a link of each. ``own``: the post's own addresses.
    """
    cited = [place_at(url, hosts) for url in _addresses(words)]
    cited += [place for url in _targets(raw) if (place := place_at(url, hosts)) and place.platform != "fediverse"]
    # Most posts link to no place.
    if not any(cited):
        return ()
    here = {place_at(url, hosts) for url in own}
    sites = {host_of(url) for url in own}
    found = (place for place in cited if place is not None and place not in here)
    away = (place for place in found if not _is_own(place, sites, raw))
    return tuple(dict.fromkeys(away))[:MOST]


def _is_own(place: CitedPlace, sites: Collection[str], raw: bytes) -> bool:
    """Whether it belongs to the site, or to the author, that the post is from."""
    host = host_of(place.address)
    if not is_account(place.address):
        return place.platform in _WHOLE_SITES and host in sites
    if place.platform != "bluesky":
        return any(is_within(host, site.removeprefix("www.")) for site in sites)
    handle = place.address.rpartition("/")[2]
    # The page of a post on Bluesky names its author by a number; the handle stands in the raw item.
    return any(is_within(site, handle) for site in sites) or _author(raw) == handle


def _author(raw: bytes) -> str:
    try:
        return str(json.loads(raw)["author"]["handle"]).lower()
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""


def _addresses(words: Collection[str]) -> Iterator[str]:
    for text in words:
        if "/" not in text:
            continue
        for match in _ADDRESS.finditer(text):
            address = match[0].rstrip(_AFTER)
            yield address if "://" in address else f"https://{address}"


def _targets(raw: bytes) -> Iterator[str]:
    if b"href" not in raw:
        return
    # JSON puts a backslash before quotation marks and slashes, and markup within markup is escaped once more.
    text = raw[:BEGINNING].decode("utf-8", "replace").replace("\\/", "/").replace('\\"', '"').replace("\\u003c", "<")
    for match in _TARGET.finditer(html.unescape(text)):
        yield html.unescape(match[1])
