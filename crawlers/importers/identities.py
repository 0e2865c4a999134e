"""Ids of posts in an import: of a platform that Daymark knows, an id is taken only in the form that its crawl gives.

A file and a crawl name one post alike only so, and a number that counts within a channel, a board or a file would make
one post of two. What no form can tell apart (a number of another file that is as long as one of X) is the operator's to know.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from crawlers.importers.problems import RowFault
from crawlers.urls import canonical_url
from records import FEDIVERSE, IMPORT, WEB

_FAULT = re.compile(r"id_is_no_(\w+)_id")
_HOST = r"[^\s/#?:]+\.[^\s/#?:]+"
_PLACE = rf"{_HOST}(?::[0-9]{{1,5}})?(?:/[^\s#?]*)?"
_BOARD = rf"https://{_PLACE}(?:index\.php\?)?(?<!\.php/)"
_NUMBER = r"[1-9][0-9]{0,17}"


def _as_given(given: str) -> str:
    return given


def _of_a_host(given: str) -> str:
    """An address without its scheme, the host in lower case."""
    bare = given.partition("://")[2] if given.startswith(("http://", "https://")) else given
    host = re.match(r"[^/#]*", bare)
    return bare[: host.end()].lower() + bare[host.end() :] if host else bare


def _of_a_board(given: str) -> str:
    """A board's address as its crawl writes it, with https and a slash at its end."""
    board, sign, post = _of_a_host(given).partition("#")
    return f"https://{board}{'' if board.endswith(('/', '?')) else '/'}{sign}{post}"


@dataclass(frozen=True)
class _Form:
    """How ids of a platform look: in words, as a line of a mapping file, and as a pattern."""

    words: str
    line: str
    pattern: re.Pattern[str]
    thread: re.Pattern[str]
    """Those of threads: on most platforms that is their first post's."""
    normal: Callable[[str], str]
    """The one form of all in which the same id can be written."""


def _form(
    words: str, line: str, pattern: str, *, thread: str | None = None, normal: Callable[[str], str] = _as_given
) -> _Form:
    return _Form(words, line, re.compile(pattern, re.ASCII), re.compile(thread or pattern, re.ASCII), normal)


_FORMS: dict[str, _Form] = {
    "telegram": _form(
        "channel/number", 'id: "{channel}/{number}"', r"[a-z][a-z0-9_]{2,63}/[1-9][0-9]{0,14}", normal=str.lower
    ),
    # Since 2008 a number has at least nine digits; a shorter one is a row's.
    "x": _form("the post's number, nine digits or more", "id: tweet_id", r"[1-9][0-9]{8,18}"),
    # A video's has eleven characters, a comment's more; digits alone are a row's number.
    "youtube": _form("the id of a comment or video, Ug…", "id: comment_id", r"(?![0-9]+$)[\w.-]{11,128}"),
    "vk": _form("owner_number", 'id: "{owner_id}_{id}"', r"-?[1-9][0-9]{0,18}_[1-9][0-9]{0,18}"),
    "reddit": _form("the full name, t3_… or t1_…", 'id: "t3_{id}"', r"t[13]_[a-z0-9]{1,16}", normal=str.lower),
    "bluesky": _form(
        "at://did:…/app.bsky.feed.post/…",
        'id: "at://{did}/app.bsky.feed.post/{rkey}"',
        r"at://did:[a-z]+:[\w.:%-]+/app\.bsky\.feed\.post/[\w.~:-]{1,512}",
    ),
    # Of Mastodon's two addresses, /@name/number is the page's, which each server has of its own.
    FEDIVERSE: _form("the post's uri, https://…", "id: uri", r"https?://[^\s/]+/(?!@[^/\s]+/[0-9]+/?$)\S+"),
    # Those of a board or site by itself, and of its topics and pages.
    "discourse": _form(
        "host/p/number",
        'id: "forum.example.org/p/{id}"',
        rf"{_PLACE}(?<!/)/p/{_NUMBER}",
        thread=rf"{_PLACE}(?<!/)/t/{_NUMBER}",
        normal=_of_a_host,
    ),
    "forum": _form(
        "address#number",
        'id: "board.example.org/#{post}"',
        rf"{_BOARD}#{_NUMBER}",
        thread=rf"{_BOARD}#topic-\S+",
        normal=_of_a_board,
    ),
    "isso": _form(
        "host/number-seconds",
        'id: "comments.example.org/{id}-{created}"',
        rf"{_HOST}/{_NUMBER}-[0-9]{{1,12}}",
        thread=rf"{_HOST}/\S*",
        normal=_of_a_host,
    ),
}


def make_identity(platform: str, source: str, given: str, *, is_thread: bool = False) -> str:
    """The native id of a post, or of a thread, that a file calls ``given``. Raises RowFault for another form."""
    if platform == IMPORT:
        return f"{source}:{given}"
    if platform == WEB:
        # The same article may come by feed: one post, so one form of its address.
        address = canonical_url(given)
        if address is None:
            raise RowFault("id_is_no_url")
        return address
    form = _FORMS.get(platform)
    if form is None:
        return given
    found = form.normal(given)
    if not (form.thread if is_thread else form.pattern).fullmatch(found):
        raise RowFault(f"id_is_no_{platform}_id")
    return found


def way_out(reason: str) -> str | None:
    """What to write into a mapping file against a reason of make_identity; None for any other reason."""
    named = _FAULT.fullmatch(reason)
    form = _FORMS.get(named[1]) if named else None
    return f"an id of {named[1]} is {form.words}: map it, for example {form.line}" if named and form else None
