"""Canonical URLs: the identity of web articles.

courlan scrubs the address, w3lib sorts and escapes it, the fragment is dropped. Habits of courlan that would make one
article of many are mended here: it drops parameters without a value (``?article-4711``), and it takes ``cid, eid, uid,
id`` for trackers, which small newspapers use as article numbers. So is ``sid`` (PHP-Nuke and its kin number stories with
it, phpBB names the visitor's session by it): it goes only where its value is that of a session.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

import courlan
from courlan.clean import TRACKERS_RE
from w3lib.url import canonicalize_url

_ARTICLE_NUMBER = re.compile(r"(?:c|e|u|n|a|p|s)?id|gl|keyword|session_?date", re.IGNORECASE)
_SESSION = re.compile(r"(?:php|j|asp)?sess(?:ion)?_?id", re.IGNORECASE)
_SESSION_IN_PATH = re.compile(r";(?:php|j|asp)?sess(?:ion)?_?id=[^/;]*", re.IGNORECASE)
_COMMENT = re.compile(r"comment-[0-9]{1,18}")
_COMMENT_PAGE = re.compile(r"/comment-page-[0-9]+(?=/|$|\?)|(?<=[?&])cpage=[0-9]+&?")
# Session values are 26 digits and letters or more (PHP), mostly 32 hexadecimal digits (phpBB); numbers of stories are
# shorter or have digits only.
_SESSION_VALUE = re.compile(r"(?=.*\d)(?=.*[a-z])[0-9a-z]{20,}", re.IGNORECASE)


def canonical_url(url: str) -> str | None:
    """The canonical form of an http(s) URL, or None for anything that is not one."""
    bare, _, query = url.strip().partition("#")[0].partition("?")
    cleaned = courlan.clean_url(_SESSION_IN_PATH.sub("", bare))
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
    name, _, value = parameter.partition("=")
    name = name.lower()
    if _SESSION.fullmatch(name) or (name == "sid" and _SESSION_VALUE.fullmatch(value)):
        return True
    return bool(TRACKERS_RE.search(name)) and not _ARTICLE_NUMBER.fullmatch(name)


def comment_url(url: str) -> str | None:
    """The identity of the comment that a link names, as WordPress writes it (``ARTICLE#comment-5``); None for another link.

    The page of comments that it stands on is no part of it: comments move to other pages as new ones arrive.
    """
    bare, _, fragment = url.strip().partition("#")
    if not _COMMENT.fullmatch(fragment):
        return None
    article = canonical_url(_COMMENT_PAGE.sub("", bare))
    return f"{article}#{fragment}" if article else None


def other_scheme(url: str) -> str | None:
    """The same address by https where it is http, and by http where it is https; None for anything else."""
    if url.startswith("https://"):
        return "http://" + url.removeprefix("https://")
    return "https://" + url.removeprefix("http://") if url.startswith("http://") else None


def host_of(url: str) -> str:
    """The host name in lower case; empty where there is none."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""
