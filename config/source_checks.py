"""What each kind of source needs of its entry: one row a kind in the two tables, its defaults and its check.

A check raises ValueError with what is to be given; config/sources.py holds what all kinds share.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from config.keyed import KEYED
from config.source_kinds import SourceKind

if TYPE_CHECKING:
    from config.sources import Source

GDELT_HOST = "gdeltproject.org"
GDELT_DELAY = 5.0
"""Seconds between requests, as GDELT's documentation asks; it answers 429 to more."""

TELEGRAM_DELAY = 5.0
"""Seconds between requests where the entry states none: the limits of the preview are not published."""

MOST_ACCOUNTS = 300
"""Of one stream: they travel in its address, at some 40 bytes each, and servers in between refuse long ones (16 KB)."""

_ACTOR = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]{1,200}|(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z][A-Za-z0-9-]{0,62}")
_DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]{1,200}")
_BLANK = re.compile(r"[\s\x00-\x1f\x7f]")

_DELAYS: Mapping[str, float] = {SourceKind.GDELT: GDELT_DELAY, SourceKind.TELEGRAM: TELEGRAM_DELAY}


def with_defaults(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry as it is written, with the defaults of its kind where it says nothing."""
    kind = str(entry.get("kind", ""))
    filled = {"delay": _DELAYS[kind], **entry} if kind in _DELAYS else dict(entry)
    if kind in KEYED and not filled.get("url"):
        filled["url"] = KEYED[kind].api
    return filled


def check_source(source: Source) -> None:
    """Raises ValueError for an entry that its kind could not be read by."""
    if source.is_stream:
        _check_stream(source)
    elif source.kind is not SourceKind.IMPORT:
        _check_url(source.url)
    if source.kind.value in KEYED:
        _check_keyed(source)
    elif source.since is not None:
        raise ValueError(
            f"since is understood by {', '.join(KEYED)} alone: kind {source.kind.value} would read further back"
        )
    check = _CHECKS.get(source.kind)
    if check is not None:
        check(source)
    if source.link is not None:
        _check_link(source)


def _check_gdelt(source: Source) -> None:
    if source.delay < GDELT_DELAY and GDELT_HOST in source.url.lower():
        raise ValueError(f"GDELT asks for {GDELT_DELAY:g} s between requests: delay must not be lower")


def _check_telegram(source: Source) -> None:
    if not source.channel:
        raise ValueError("url names no public channel: give https://t.me/CHANNEL")


def _check_bluesky(source: Source) -> None:
    if bool(source.account) == bool(source.query):
        raise ValueError("bluesky needs either an account or a query")
    if source.account and _ACTOR.fullmatch(source.account) is None:
        raise ValueError("account is no handle (name.example.org) and no DID (did:plc:…)")


def _check_forum(source: Source) -> None:
    if not source.engine:
        raise ValueError(
            "forum needs an engine: phpbb, smf, mybb, xenforo, vbulletin (4), vbulletin3, machina, or one of your own"
        )


_CHECKS: Mapping[SourceKind, Callable[[Source], None]] = {
    SourceKind.GDELT: _check_gdelt,
    SourceKind.TELEGRAM: _check_telegram,
    SourceKind.BLUESKY: _check_bluesky,
    SourceKind.FORUM: _check_forum,
}


def _check_link(source: Source) -> None:
    if not (source.link or "").startswith(("http://", "https://")):
        raise ValueError("link must start with http:// or https://")
    if source.tag:
        raise ValueError("mastodon reads either a tag or a link")


def _check_keyed(source: Source) -> None:
    keyed = KEYED[source.kind.value]
    if keyed.target.fullmatch(source.target or "") is None:
        raise ValueError(f"target must be {keyed.targets}")
    if not (source.url.startswith("https://") or source.allow_private):
        raise ValueError("url must start with https://: a key does not travel in the clear")


def _check_stream(source: Source) -> None:
    if not source.url.startswith(("wss://", "ws://") if source.allow_private else "wss://"):
        raise ValueError("url must start with wss://")
    _check_url(f"https://{source.url.partition('://')[2]}")
    _check_url(source.appview)
    if not (source.accounts or source.words or source.hashtags):
        raise ValueError(
            "jetstream carries everything that is posted: say which accounts, words or hashtags are wanted"
        )
    if len(source.accounts) > MOST_ACCOUNTS:
        raise ValueError(f"accounts holds more than {MOST_ACCOUNTS}: make several sources of them")
    for account in source.accounts:
        if _DID.fullmatch(account) is None:
            raise ValueError(f"accounts: {account[:60]!r} is no DID (did:plc:…); a handle can change hands")
    if not all(any(letter.isalnum() for letter in word) for word in (*source.words, *source.hashtags)):
        raise ValueError("words and hashtags must hold letters or digits")


def _check_url(url: str) -> None:
    if not url.startswith(("http://", "https://")):
        raise ValueError("url must start with http:// or https://")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as exc:
        raise ValueError(f"url is no address: {exc}") from exc
    if not host or _BLANK.search(url):
        raise ValueError("url is no address: give https://HOST/PATH")
    if parts.username is not None or parts.password is not None:
        raise ValueError("url holds a name or password: nothing behind a log-in is read")
