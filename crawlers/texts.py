"""HTML to plain text, line breaks kept, and the texts that pictures carry."""

from __future__ import annotations

import re

import html_text
import lxml.html
from lxml.etree import LxmlError

from crawlers.urls import host_of

_TAG = re.compile(r"<[a-zA-Z/!][^>]*>|&[#a-zA-Z0-9]+;")
_BLANKS = re.compile(r"[ \t\f\v\u00a0]+")
_EMPTY_LINES = re.compile(r"\n{3,}")
_NOT_IN_XML = re.compile("[\x00-\x08\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NUMBERED = re.compile(r"&#(?:x([0-9a-f]{1,8})|([0-9]{1,9}));?", re.IGNORECASE)
_NUMBERED_BYTES = re.compile(rb"&#(?:x([0-9a-f]+)|([0-9]+));?", re.IGNORECASE)
LINKS = 20
"""Hidden links kept of one post: more is a list of links, not an advert's contact."""
_WEB, _ADDRESSES = ("http", "https"), ("mailto", "tel")
"""Schemes of hidden links: to a host, and to a person."""
MAX_HTML = 2_000_000
"""Characters of one HTML fragment that are looked at; a post over this is not prose. Bounds the parser's time."""


def looks_like_html(text: str) -> bool:
    """Whether the text holds tags or entities."""
    return _TAG.search(text) is not None


def writable(markup: str) -> str:
    """The markup without characters that lxml reads, also as ``&#1;``, and then refuses to write when it moves text about."""
    markup = _NOT_IN_XML.sub("\ufffd", markup.replace("\v", " ").replace("\f", " "))
    return _NUMBERED.sub(_writable_number, markup) if "&#" in markup else markup


def _writable_number(found: re.Match[str]) -> str:
    number = int(found[1], 16) if found[1] else int(found[2])
    allowed = number in (9, 10, 13) or (
        number >= 32 and not 0xD800 <= number <= 0xDFFF and number not in (0xFFFE, 0xFFFF)
    )
    return found[0] if allowed else "\ufffd"


def known_numbers(body: bytes) -> bytes:
    """A document whose numbered characters are characters: tolerant XML parsers let ``&#xd800;`` pass, and fail on it later."""
    return _NUMBERED_BYTES.sub(_known_number, body) if b"&#" in body else body


def _known_number(found: re.Match[bytes]) -> bytes:
    digits = (found[1] or found[2]).lstrip(b"0")
    number = int(digits, 16 if found[1] else 10) if 0 < len(digits) < 8 else 0
    return found[0] if 0 < number < 0xD800 or 0xDFFF < number < 0x110000 else b"&#65533;"


def plain_text(markup: str) -> str:
    """Plain text of an HTML fragment; text without any markup is only tidied."""
    markup = markup[:MAX_HTML].replace("\x00", "\ufffd")
    if not looks_like_html(markup):
        return tidy(markup)
    return tidy(html_text.extract_text(writable(markup), guess_layout=True))


def tidy(text: str) -> str:
    """Single spaces, at most one empty line, no blanks at the ends."""
    lines = (_BLANKS.sub(" ", line).strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()


def one_line(markup: str) -> str:
    """Plain text on one line, for titles and names."""
    return " ".join(plain_text(markup).split())


def alt_texts(markup: str) -> list[str]:
    """Alternative texts of the images in an HTML fragment, in order, without repeats."""
    if "<img" not in markup.lower():
        return []
    try:
        root = lxml.html.fragment_fromstring(markup[:MAX_HTML].replace("\x00", ""), create_parent="div")
    except (LxmlError, ValueError, AssertionError):
        # lxml asserts that its parser made one body of what it was given: of frames, or a head that never ends, it makes none.
        return []
    found = (one_line(alt) for alt in root.xpath("//img/@alt"))
    return list(dict.fromkeys(alt for alt in found if alt))


def hidden_links(markup: str, text: str, host: str) -> list[str]:
    """Addresses behind words, where adverts put a contact: LINKS at most, none on ``host``, none that ``text`` shows anyway."""
    if "href" not in markup.lower():
        return []
    try:
        root = lxml.html.fragment_fromstring(markup[:MAX_HTML].replace("\x00", ""), create_parent="div")
    except (LxmlError, ValueError, AssertionError):
        return []
    shown = text.lower()
    found: dict[str, None] = {}
    for anchor in root.iter("a"):
        link = "".join((anchor.get("href") or "").split())
        scheme, _, rest = link.partition(":")
        bare = rest.strip("/").removeprefix("www.").lower()
        elsewhere = scheme.lower() in _ADDRESSES or (scheme.lower() in _WEB and host_of(link) not in ("", host))
        wanted = elsewhere and bare and bare not in shown
        # A picture that leads to itself in full size says nothing.
        if wanted and "".join(anchor.itertext()).strip():
            found[writable(link)] = None
    return list(found)[:LINKS]
