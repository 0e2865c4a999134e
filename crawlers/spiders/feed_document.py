"""A feed's bytes -> its entries in one form, whatever the dialect and however broken.

1. JSON Feed                               json
2. XML that parses strictly                fastfeedparser, with each entry's own XML beside it as raw item
3. XML that is broken or lies about        feedparser, counted as ``broken_xml`` or ``wrong_encoding``;
   its encoding, or declares entities      the raw item is the parsed entry as JSON
4. anything else                           NotAFeed
"""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import fastfeedparser
import feedparser
from charset_normalizer import from_bytes
from lxml import etree
from lxml.etree import _Element

ATOM = "{http://www.w3.org/2005/Atom}"
ARCHIVE = "http://purl.org/syndication/history/1.0"
MAX_BROKEN = 5_000_000
"""Bytes of a broken feed that the tolerant parser is given: it needs about 1 s a MB, and no honest feed is larger."""

_FEED_ROOTS = frozenset({"rss", "rdf", "feed"})
_DECLARED = re.compile(rb"""(<\?xml[^>]{0,200}?encoding\s*=\s*["'])([A-Za-z0-9._-]+)(["'])""")
_HTML_START = re.compile(rb"\s*(?:<!--.{0,500}?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
_TELLING = ["cp1251", "cp1253", "cp1255", "cp1256", "koi8_r"]
_OPENED = re.compile(rb"<(?:\w+:)?(?:item|entry)[\s>]")
_CLOSED = re.compile(rb"</(?:\w+:)?(?:item|entry)\s*>")
_8BIT = re.compile(r"(?:iso-?8859-?\d+|latin-?\d|windows-?125\d|cp125\d|us-ascii|ascii)", re.IGNORECASE)


class NotAFeed(Exception):
    """The body is no feed that could be read; the message says what it is instead."""


@dataclass(frozen=True)
class FeedEntry:
    """One entry; texts are markup as the feed has them, dates are as written."""

    raw: bytes
    media_type: str
    link: str | None = None
    guid: str | None = None
    title: str = ""
    content: str = ""
    summary: str = ""
    author: str | None = None
    published: str | None = None
    updated: str | None = None
    tags: tuple[str, ...] = ()
    media_texts: tuple[str, ...] = ()
    replies: int | None = None


@dataclass(frozen=True)
class FeedDocument:
    """One page of a feed."""

    entries: tuple[FeedEntry, ...]
    home: str | None = None
    language: str | None = None
    generator: str = ""
    next_url: str | None = None
    problems: tuple[str, ...] = field(default=())


def parse_feed(body: bytes, content_type: str, url: str) -> FeedDocument:
    """Reads a feed. The content type is only a hint: servers say text/html of feeds. Raises NotAFeed."""
    problems: list[str] = []
    if b"\x00" in body and not body.startswith((b"\xff\xfe", b"\xfe\xff")):
        body = body.replace(b"\x00", b"")
        problems.append("nul_bytes")
    if not body.strip():
        raise NotAFeed("the body is empty")
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return _read_json(body, url, problems)
    if _HTML_START.match(body.lstrip(b"\xef\xbb\xbf")):
        raise NotAFeed("a web page, not a feed")
    root = None
    body = _right_encoding(body, problems)
    if b"<!ENTITY" not in body:
        root = _strict_root(body)
    if root is None:
        return _read_broken(body, content_type, url, problems)
    name = etree.QName(root).localname.lower()
    if name not in _FEED_ROOTS:
        raise NotAFeed(f"XML, but no feed: its outermost element is <{name[:40]}>")
    return _read_xml(body, root, url, problems)


def _right_encoding(body: bytes, problems: list[str]) -> bytes:
    """The body with its declared encoding put right where the bytes prove it wrong."""
    if body.isascii() or body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body
    declared = _DECLARED.search(body[:400])
    name = declared[2].decode("ascii").lower() if declared else "utf-8"
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        guess = _guess_encoding(body) if name in ("utf-8", "utf8") else None
        if guess is None:
            return body
        problems.append("wrong_encoding")
        return _DECLARED.sub(rb"\1utf-8\3", body.decode(guess, "replace").encode(), count=1)
    if not _8BIT.fullmatch(name):
        return body
    # Text in an 8-bit encoding is practically never valid UTF-8 by chance.
    problems.append("wrong_encoding")
    return _DECLARED.sub(rb"\1utf-8\3", body, count=1)


def _guess_encoding(body: bytes) -> str | None:
    """The encoding of a body that is not UTF-8, where its letters tell; the Latin ones look too much alike."""
    found = from_bytes(body[:200_000], cp_isolation=[*_TELLING, "cp1250", "cp1252", "cp1254"]).best()
    return found.encoding if found is not None and found.encoding in _TELLING else None


def _strict_root(body: bytes) -> _Element | None:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=False)
    try:
        return etree.fromstring(body.lstrip(), parser=parser)
    except (etree.XMLSyntaxError, ValueError, LookupError):
        return None


def _read_xml(body: bytes, root: _Element, url: str, problems: list[str]) -> FeedDocument:
    items = [node for node in root.iter("{*}item", "{*}entry") if isinstance(node.tag, str) and _is_top(node)]
    if not items:
        return FeedDocument((), problems=tuple(problems), **_about_xml(root, url))
    try:
        parsed: list[dict[str, Any]] = fastfeedparser.parse(etree.tostring(root, encoding="utf-8"))["entries"]
    except (ValueError, KeyError, TypeError, AttributeError, etree.LxmlError):
        parsed = []
    if len(parsed) != len(items):
        # The quick parser and the document disagree about what an entry is: the thorough one decides.
        return _read_broken(body, "", url, [*problems, "parsers_disagree"])
    entries = tuple(_entry_of_xml(node, values, url) for node, values in zip(items, parsed, strict=True))
    return FeedDocument(entries, problems=tuple(problems), **_about_xml(root, url))


def _is_top(node: _Element) -> bool:
    parent = node.getparent()
    return parent is not None and etree.QName(parent).localname.lower() in ("channel", "feed", "rdf", "rss")


def _entry_of_xml(node: _Element, values: dict[str, Any], url: str) -> FeedEntry:
    base = node.base or url
    content = _child_text(node, "encoded", "content")
    replies = _child_text(node, "comments", namespace="http://purl.org/rss/1.0/modules/slash/")
    return FeedEntry(
        raw=etree.tostring(node, encoding="utf-8", with_tail=False),
        media_type="application/xml",
        link=_absolute(values.get("link"), base),
        guid=values.get("id") or None,
        title=values.get("title") or "",
        content=_content_value(values) if content is not None else "",
        summary=_child_text(node, "description", "summary") or "",
        author=values.get("author") or None,
        # Dates as written, not as parsed: the parser drops those it cannot read and takes a guid for a date.
        published=_child_text(node, "pubDate", "published", "issued", "date"),
        updated=_child_text(node, "updated", "modified"),
        tags=tuple(tag["term"] for tag in values.get("tags") or () if tag.get("term")),
        media_texts=tuple(_media_texts(node)),
        replies=int(replies) if replies and replies.isdigit() and len(replies) < 10 else None,
    )


def _child_text(node: _Element, *names: str, namespace: str = "*") -> str | None:
    for name in names:
        for child in node.iterchildren(f"{{{namespace}}}{name}"):
            if namespace == "*" and "search.yahoo.com" in child.tag:
                continue  # media:description and media:content describe a picture, not the entry
            text = "".join(str(part) for part in child.itertext()).strip()
            if text:
                return text
    return None


def _content_value(values: dict[str, Any]) -> str:
    parts = values.get("content") or ()
    return next((part["value"] for part in parts if part.get("value")), "")


def _media_texts(node: _Element) -> list[str]:
    media = "{http://search.yahoo.com/mrss/}"
    found = [text.text.strip() for text in node.iter(f"{media}description", f"{media}title") if text.text]
    return list(dict.fromkeys(text for text in found if text))


def _about_xml(root: _Element, url: str) -> dict[str, Any]:
    channel = next(root.iterchildren("{*}channel"), root)
    links = [*channel.iterchildren(f"{ATOM}link"), *root.iterchildren(f"{ATOM}link")]
    by_rel = {(link.get("rel") or "alternate"): link.get("href") for link in reversed(links) if link.get("href")}
    home = by_rel.get("alternate") or next((node.text for node in channel.iterchildren("link") if node.text), None)
    language = _child_text(channel, "language") or root.get("{http://www.w3.org/XML/1998/namespace}lang")
    return {
        "home": _absolute(home, url),
        "language": language,
        "generator": " ".join(filter(None, (_child_text(channel, "generator"),))),
        "next_url": _absolute(by_rel.get("next") or by_rel.get("prev-archive"), url),
    }


def _read_broken(body: bytes, content_type: str, url: str, problems: list[str]) -> FeedDocument:
    if len(body) > MAX_BROKEN:
        raise NotAFeed(f"broken XML of {len(body):,} bytes")
    # A stream, never the bytes themselves: feedparser takes bytes for a file name first.
    headers = {"content-type": content_type, "content-location": url}
    found = feedparser.parse(io.BytesIO(body), response_headers=headers, sanitize_html=False)
    fault = found.get("bozo_exception")
    if not found.entries and (fault is not None or not found.get("version")):
        raise NotAFeed(f"not readable as a feed: {_one_line(fault)}")
    if isinstance(fault, feedparser.CharacterEncodingOverride):
        problems.append("wrong_encoding")
    elif fault is not None and not isinstance(fault, feedparser.NonXMLContentType):
        problems.append("broken_xml")
    entries = found.entries
    if _ends_inside_entry(body):
        # The connection or the generator broke off: half an entry would land as an edit of the whole one.
        entries = entries[:-1]
        problems.append("cut_entry")
    about = found.feed
    links = {link.get("rel"): link.get("href") for link in about.get("links", ())}
    return FeedDocument(
        tuple(_entry_of_feedparser(entry, url) for entry in entries),
        home=_absolute(about.get("link"), url),
        language=about.get("language"),
        generator=str(about.get("generator", "")),
        next_url=_absolute(links.get("next") or links.get("prev-archive"), url),
        problems=tuple(problems),
    )


def _ends_inside_entry(body: bytes) -> bool:
    starts, ends = (
        max((found.start() for found in pattern.finditer(body)), default=-1) for pattern in (_OPENED, _CLOSED)
    )
    return starts > ends


def _one_line(fault: object) -> str:
    return " ".join(str(fault).split())[:160] if fault else "no entries, no known version"


def _entry_of_feedparser(entry: Any, url: str) -> FeedEntry:
    replies = str(entry.get("slash_comments", ""))
    media = entry.get("media_description")
    return FeedEntry(
        raw=json.dumps(entry, ensure_ascii=False, default=str, sort_keys=True).encode("utf-8", "replace"),
        media_type="application/json",
        link=_absolute(entry.get("link"), url),
        guid=entry.get("id"),
        title=entry.get("title") or "",
        content=next((part.value for part in entry.get("content", ()) if part.get("value")), ""),
        summary=entry.get("summary") or "",
        author=entry.get("author"),
        published=entry.get("published") or entry.get("created"),
        # Plain get() would answer with the publication date.
        updated=entry.get("updated") if dict.__contains__(entry, "updated") else None,
        tags=tuple(tag.term for tag in entry.get("tags", ()) if tag.get("term")),
        media_texts=(media,) if isinstance(media, str) else (),
        replies=int(replies) if replies.isdigit() and len(replies) < 10 else None,
    )


def _read_json(body: bytes, url: str, problems: list[str]) -> FeedDocument:
    try:
        found = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as exc:
        raise NotAFeed(f"broken JSON: {_one_line(exc)}") from exc
    if not isinstance(found, dict) or not isinstance(found.get("items"), list):
        raise NotAFeed("JSON, but no JSON Feed: no list of items")
    items = [item for item in found["items"] if isinstance(item, dict)]
    if len(items) < len(found["items"]):
        problems.append("odd_items")
    return FeedDocument(
        tuple(_entry_of_json(item, url) for item in items),
        home=_absolute(found.get("home_page_url"), url),
        language=_text(found.get("language")),
        next_url=_absolute(found.get("next_url"), url),
        problems=tuple(problems),
    )


def _entry_of_json(item: dict[str, Any], url: str) -> FeedEntry:
    authors = item.get("authors") or item.get("author") or ()
    authors = authors if isinstance(authors, list) else [authors]
    tags = item.get("tags")
    return FeedEntry(
        raw=json.dumps(item, ensure_ascii=False).encode("utf-8", "replace"),
        media_type="application/json",
        link=_absolute(item.get("url") or item.get("external_url"), url),
        guid=_text(item.get("id")),
        title=_text(item.get("title")) or "",
        content=_text(item.get("content_html")) or _text(item.get("content_text")) or "",
        summary=_text(item.get("summary")) or "",
        author=next((_text(author.get("name")) for author in authors if isinstance(author, dict)), None),
        published=_text(item.get("date_published")),
        updated=_text(item.get("date_modified")),
        tags=tuple(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else (),
    )


def _text(value: object) -> str | None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None


def _absolute(link: object, base: str) -> str | None:
    """The link as an http(s) address, or None: mailto:, javascript: and the like identify nothing."""
    if not isinstance(link, str) or not link.strip():
        return None
    try:
        absolute = urljoin(base, link.strip())
    except ValueError:
        return None
    return absolute if absolute.startswith(("http://", "https://")) else None
