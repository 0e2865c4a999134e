"""OPML: lists of feeds as feed readers exchange them, into entries of the register and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from lxml import etree

from config import ConfigError, Source, SourceKind, SourceRegister, make_source_id, parse_values
from crawlers.urls import canonical_url

LARGEST = 10_000_000
"""Bytes of a list; one of 10,000 feeds has about 2 MB."""


class NotOpmlError(Exception):
    """The file is no OPML that could be read; the message says why."""


@dataclass(frozen=True)
class Outline:
    """One feed of a list."""

    url: str
    title: str = ""
    language: str = ""


@dataclass(frozen=True)
class OpmlEntries:
    """What a list brings: entries for sources.yaml, all switched off, and how many of its feeds are none and why."""

    entries: tuple[dict[str, object], ...]
    skipped: dict[str, int] = field(default_factory=dict)


def parse_opml(body: bytes) -> tuple[Outline, ...]:
    """The feeds of a list, folders flattened. Raises NotOpmlError."""
    if len(body) > LARGEST:
        raise NotOpmlError(f"a list of {len(body):,} bytes is too large")
    if b"<!ENTITY" in body:
        raise NotOpmlError("it declares entities, which no list of feeds needs")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=False)
    try:
        root = etree.fromstring(body.lstrip(), parser=parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as exc:
        raise NotOpmlError(f"it is not readable as XML: {' '.join(str(exc).split())[:160]}") from exc
    if etree.QName(root).localname.lower() != "opml":
        raise NotOpmlError("its outermost element is not <opml>")
    found = []
    for node in root.iter("{*}outline"):
        # The specification writes xmlUrl; readers of feeds write it in other ways, too.
        values = {name.lower(): value.strip() for name, value in node.attrib.items()}
        if values.get("xmlurl"):
            title = values.get("title") or values.get("text") or ""
            found.append(Outline(_address(values["xmlurl"]), title, values.get("language", "")))
    return tuple(found)


def _address(written: str) -> str:
    """feed://site/feed and feed:https://site/feed are written so that a click opens a reader."""
    scheme, _, rest = written.partition(":")
    if scheme.lower() != "feed":
        return written
    rest = rest.removeprefix("//")
    return rest if rest.lower().startswith(("http://", "https://")) else f"http://{rest}"


def make_entries(outlines: Iterable[Outline], register: SourceRegister, given: dict[str, object]) -> OpmlEntries:
    """Entries for the feeds that the register does not hold yet; ``given``: fields that all of them get."""
    known = {_key(source.url) for source in register.sources if source.url}
    taken = {source.id for source in register.sources}
    entries: list[dict[str, object]] = []
    skipped: dict[str, int] = {}
    for outline in outlines:
        entry: dict[str, object] = {
            "id": make_source_id(outline.title or outline.url, taken),
            "kind": SourceKind.FEEDS.value,
            "url": outline.url,
            **({"languages": [outline.language.partition("-")[0].lower()]} if outline.language else {}),
            **given,
            "enabled": False,
        }
        reason = "already there" if _key(outline.url) in known else _fault(entry)
        if reason:
            skipped[reason] = skipped.get(reason, 0) + 1
            continue
        known.add(_key(outline.url))
        taken.add(str(entry["id"]))
        entries.append(entry)
    return OpmlEntries(tuple(entries), skipped)


def write_opml(sources: Sequence[Source], title: str) -> bytes:
    """The feeds among the sources as a list; those of other kinds have no feed and are left out."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = title
    body = etree.SubElement(root, "body")
    for source in sources:
        if source.kind is SourceKind.FEEDS:
            values = {"type": "rss", "text": source.id, "title": source.id, "xmlUrl": source.url}
            language = {"language": source.languages[0]} if source.languages else {}
            etree.SubElement(body, "outline", {**values, **language})
    written: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)
    return written


def _key(url: str) -> str:
    return (canonical_url(url) or url).partition("://")[2] or url


def _fault(entry: dict[str, object]) -> str:
    try:
        parse_values(entry, Source)
    except ConfigError as exc:
        return str(exc).partition(":")[0] + " is wrong"
    return ""
