# ruff: noqa: E501  the list of parsers is a table
"""Short texts: dates, waits, addresses and counts, what a post says, and what a person types."""

from __future__ import annotations

import contextlib
import functools
import json
import math
from datetime import UTC
from urllib.parse import quote
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from cli.classify import _parse as parse_line
from cli.faults import CommandFault, read_post_id
from config import ConfigError, Pseudonyms, Source, parse_interval, parse_sender
from config.subscriptions import parse_clock
from crawlers.dates import DateFault, parse_date, read_date
from crawlers.detect import NotReadableError, detect_address
from crawlers.importers.formats.crowdtangle import facebook_id
from crawlers.importers.problems import RowFault
from crawlers.places import LONGEST, place_at
from crawlers.platforms.forum.dates import DateRule
from crawlers.platforms.keyed.redaction import Redactor
from crawlers.platforms.sitemap.listing import changed_until
from crawlers.platforms.telegram.page import parse_count
from crawlers.politeness.waiting import parse_wait
from crawlers.urls import canonical_url, host_of
from indexer import QueryError
from indexer.grammar import parse_query
from nlp.offers import OfferReader
from nlp.redaction import find_redactions
from records import TOKEN, TextField, parse_reference, working_copy
from tests.crawlers.keyed.peers import KEY
from tests.fuzz.mutations import PIECES, json_documents, texts
from tests.fuzz.parsers import NOW, Parser

# Dates, waits, addresses


def run_date(text: str) -> None:
    for languages, zone in (((), UTC), (("tr",), ZoneInfo("Europe/Istanbul")), (("ar", "en"), UTC), (("fa",), UTC)):
        found, fault = read_date(text, NOW, languages, zone)
        assert found is None or (fault is None and found.tzinfo is UTC)
        assert fault is None or isinstance(fault, DateFault)
        found, fault = DateRule(NOW, languages, zone).read(text)
        assert found is None or (fault is None and found.tzinfo is UTC)
    changed_until(text, NOW)
    parse_date(text, ("de",))


def run_wait(text: str) -> None:
    assert parse_wait(text, NOW) >= 0


def run_address(text: str) -> None:
    for url in (text, f"https://t.me/{text}", f"https://{text}/x", f"https://youtube.com/{text}"):
        host_of(url)
        canonical_url(url)
        with contextlib.suppress(ValidationError, NotReadableError):
            detect_address(Source.model_validate({"id": "x", "kind": "feeds", "url": url}).url)
        with contextlib.suppress(RowFault):
            facebook_id(url, "1")
        place = place_at(url, {"fediverse": {host_of(url)}, "lemmy": {host_of(url)}})
        assert place is None or len(place.address) <= LONGEST


# Words


@functools.cache
def offers() -> OfferReader:
    return OfferReader()


def run_offer(text: str) -> None:
    for lang, labels in (("en", ("transport",)), ("ar", ("documents_visas",)), ("tr", ())):
        offer = offers().read(text, lang, labels, ())
        assert all(math.isfinite(price.amount) and price.amount > 0 for price in offer.prices)
        assert all(len(code) == 2 for code in (*offer.origin, *offer.transit, *offer.destination))


def run_redaction(text: str) -> None:
    spans = find_redactions([(TextField.TEXT, text)], Pseudonyms(b"k" * 32).contact, ("GB", "TR"))
    assert len(TOKEN.findall(working_copy(text, spans))) >= len(spans)


def run_line(line: bytes) -> None:
    found = parse_line(line)
    assert set(found) in ({"id", "error"}, {"id", "text", "title", "lang"})
    json.dumps(found, ensure_ascii=False).encode()


def run_keys(text: str) -> None:
    redactor = Redactor()
    redactor.add(KEY)
    assert KEY not in redactor.text(text)


ADVERTS = (
    "Istanbul to Berlin by boat and car, 4.500 € per person, half on arrival. WhatsApp +44 7700 900123",
    "النفر ٨٥٠٠ يورو من تركيا إلى اليونان، واتساب ٠٠٤٤٧٧٠٠٩٠٠١٢٣",
    "kisi basi 5,5 bin euro, İzmir - Atina, yaz @sample_channel",
    "Pasaporte y visa, 2 mil dólares. correo: ana at mail dot example",
    "iki bin sekiz yüz euro; 1.2 million naira; ana@mail.example; t.me/sample; https://wa.me/447700900123",
    "Nach Schweden für fünftausendfünfhundert Euro, zweihundert sofort, der Rest bei Ankunft",
)
DATES = (
    "2026-03-05T10:00:00+01:00", "Thu, 05 Mar 2026 10:00:00 GMT", "5 Mart 2026 10:00", "٥ مارس ٢٠٢٦", "5.3.2026", "yesterday, 10:05 PM",
    "Today at 07:00", "3 hours ago", "20260305T100000Z", "1772704800", "vor 2 Stunden", "Dün 12:30",
    "۱ آذر ۱۴۰۵", "1405/09/01 ساعت 10:05",
)  # fmt: skip
WAITS = ("120", "0.5", "Sun, 22 Nov 2026 12:00:30 GMT", "1795348800", "2026-11-22T12:01:00Z")
ADDRESSES = (
    "https://www.facebook.com/page/posts/123456789", "https://bsky.app/profile/ana.example/post/3k", "t.me/s/samplechannel",
    "https://www.youtube.com/channel/UC_x5XG1OV2P6uZZ5FSM9Ttw", "https://m.example/@ana", "https://m.example/tags/asylum?x=1#y",
    "https://www.reddit.com/r/example_town/comments/a1/title/", "http://[2001:db8::1]:8080/a?b=c", "https://x.com/ana/status/1",
)  # fmt: skip
QUERIES = (
    'boat* "safe route" -visa label:smuggling_offer lang:ar,tr', "platform:telegram from:TR -fake", "難民 OR crossing", "thread:abc",
)  # fmt: skip


def run_reference(text: str) -> None:
    for read in (parse_reference, read_post_id):
        with contextlib.suppress(ValueError, CommandFault):
            read(text)


def run_operator_words(text: str) -> None:
    """What an operator types into a file of settings."""
    for read in (parse_interval, parse_clock, parse_sender):
        with contextlib.suppress(ValueError, ConfigError):
            read(text)


def run_query(text: str) -> None:
    try:
        parse_query(text)
    except QueryError as exc:
        told = str(exc)
    else:
        return
    assert told


WORDS: tuple[Parser, ...] = (
    Parser("telegram-count", "text", texts(("1.2K", "7", "3,4M", "12 345")), parse_count, (),
           ("crawlers.platforms.telegram.page.parse_count",)),
    Parser("date", "text", texts(DATES, (*PIECES[:60], *DATES, "am", "pm", "UTC", "T", ":", ".", "/")), run_date, (ValueError,),
           ("crawlers.dates.parse_date", "crawlers.dates.read_date", "crawlers.solar_hijri.read_solar_hijri")),
    Parser("retry-after", "text", texts(WAITS), run_wait, (ValueError,), ("crawlers.politeness.waiting.parse_wait",)),
    Parser("address", "text", texts(ADDRESSES), run_address),
    Parser("classify-line", "bytes", json_documents([{"id": "a", "text": "At the border", "lang": "en", "title": "b"}]), run_line),
    Parser("redaction", "text", texts(ADVERTS, (*PIECES[:50], *ADVERTS[:2], "٩", "②", "o", " ", "-", "(0)")), run_redaction, (),
           ("nlp.redaction.runs.read_runs",)),
    Parser("offer", "text", texts(ADVERTS), run_offer),
    Parser("key-redaction", "text", texts((f"error: key {KEY}", quote(KEY, safe=""))), run_keys),
    Parser("query", "text", texts(QUERIES), run_query, (), ("indexer.grammar.parse_query",)),
    Parser("reference", "text", texts(("daymark:24657cdc70ab82317be5d72fe018d97a", "24657cdc70ab82317be5d72fe018d97a")), run_reference, (),
           ("records.identity.parse_reference", "cli.faults.read_post_id")),
    Parser("operator-words", "text", texts(("15m", "08:30", "Ana Example <ana@mail.example>")), run_operator_words, (),
           ("config.intervals.parse_interval", "config.subscriptions.parse_clock", "config.addresses.parse_sender")),
)  # fmt: skip
