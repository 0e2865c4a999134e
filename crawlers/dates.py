"""Publication dates as sources write them, and which of them cannot be true.

A date is read only where it can mean one day: ISO 8601, RFC 822, or words and numbers that name day, month and a year of
four digits in a language that the source is known to use. `03/04/2026` is April in most of our countries and March in
others: it is unreadable unless the languages say which. Zone names are those of zones.yaml; Arabic months, also those of
months.yaml. Sources in Persian, Dari and Pashto may write dates of the Persian calendar (solar_hijri.py).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from enum import StrEnum
from pathlib import Path

import yaml

from crawlers.months import known_months
from crawlers.solar_hijri import read_solar_hijri

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""There was no web before; feeds with 1970 or year 1 mean "unknown"."""
AHEAD = timedelta(days=1)
"""The ledger's own bound: time zones and sloppy clocks stay below it."""
_LONGEST = 60
"""Characters of a date in words; a longer text is a sentence in which a date happens to stand."""
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_YEAR_FIRST = re.compile(r"\d{4}\D")
_ZONE_NAME = re.compile(r"(?P<time>\d)\s*\(?(?P<name>[A-Za-z]{1,5})\)?$")
_RFC_822 = re.compile(
    r"(?:[A-Za-z]{3,9},?\s+)?\d{1,2}[\s-]+[A-Za-z]{3,9}[\s-]+\d{2,4}(?:\s+\d\d?:\d\d(?::\d\d)?(?:\s*[+-]\d\d:?\d\d)?)?"
)
_OFFSET = re.compile(r"[+-]\d\d:?\d\d$")
_ARABIC = "ar"
_ENGLISH = "en"


class DateFault(StrEnum):
    """Why a date counts as unknown; the words stand in a poll's counts."""

    FUTURE = "future_date"
    ANCIENT = "ancient_date"
    UNREADABLE = "unreadable_date"


def parse_date(text: str, languages: Sequence[str] = (), zone: tzinfo = UTC) -> datetime:
    """The moment in UTC that a text names; without a zone of its own it is taken to be in ``zone``.

    ``languages`` are those of the source (ISO 639-1). Raises ValueError for what is no date or could be two.
    """
    text = text.strip()
    if not text:
        raise ValueError("no date")
    # First: as one of ours, 1405-09-01 is a day of the Middle Ages.
    persian = read_solar_hijri(text, languages) if len(text) <= _LONGEST else None
    if persian is not None:
        return _in_utc(persian, zone)
    try:
        return _in_utc(datetime.fromisoformat(text), zone)
    except (ValueError, OverflowError):
        text, zone = _split_zone(text, zone)
    for read in (datetime.fromisoformat, _in_rfc_822, functools.partial(_in_words, languages=languages)):
        try:
            found = read(text)
            return _in_utc(found, zone)
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
    raise ValueError("not a date")


def _in_utc(moment: datetime, zone: tzinfo) -> datetime:
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _split_zone(text: str, otherwise: tzinfo) -> tuple[str, tzinfo]:
    """The text without a zone's name, and that zone; ``otherwise`` where none is named. Raises ValueError for an unknown name."""
    match = _ZONE_NAME.search(text)
    if match is None:
        return text, otherwise
    name, before = match["name"].upper(), text[: match.end("time")]
    zones, no_zones = _zones()
    if name in no_zones:
        return text, otherwise
    if _OFFSET.search(before):
        # `+0100 (CET)`: the name only says the number once more.
        return before, UTC
    if name not in zones:
        raise ValueError(f"no known time zone: {name}")
    return before, zones[name]


@functools.cache
def _zones() -> tuple[dict[str, tzinfo], frozenset[str]]:
    content = yaml.safe_load(Path(__file__).with_name("zones.yaml").read_text("utf-8"))
    zones: dict[str, tzinfo] = {}
    for name, written in content["zones"].items():
        offset = datetime.strptime(written, "%z").utcoffset()
        assert offset is not None, name
        zones[name] = timezone(offset, name)
    return zones, frozenset(content["no_zones"])


def _in_rfc_822(text: str) -> datetime:
    # The library reads "2:30 pm" as half past two at night, and GMT+3 as GMT: it passes over what it does not know.
    if not _RFC_822.fullmatch(text):
        raise ValueError("not RFC 822")
    return parsedate_to_datetime(text)


def _in_words(text: str, languages: Sequence[str]) -> datetime:
    if len(text) > _LONGEST or not _YEAR.search(text):
        raise ValueError("not a full date")
    found = set(_readings(text, languages))
    if len(found) != 1:
        raise ValueError("not a date" if not found else "more than one date")
    return found.pop()


def _readings(text: str, languages: Sequence[str]) -> Iterable[datetime]:
    # dateparser takes 0.1 s to import, and most sources write their dates by a standard.
    import dateparser
    from dateparser.data.languages_info import language_order

    plain = dict.fromkeys(language.lower().partition("-")[0] for language in languages)
    known = [language for language in plain if language in language_order]
    if _YEAR_FIRST.match(text):
        orders: list[tuple[str, str | None]] = [(_ENGLISH, "YMD")]
    elif any(char.isalpha() for char in text):
        orders = [(language, None) for language in dict.fromkeys([*known, _ENGLISH])]
    else:
        # English alone has both: a newspaper of Malta writes the day first, one of Boston the month.
        orders = [(language, None) for language in known if language != _ENGLISH]
        if len(orders) < len(known) or not known:
            orders += [(_ENGLISH, "DMY"), (_ENGLISH, "MDY")]
    strict = {"PARSERS": ["absolute-time"], "STRICT_PARSING": True, "REQUIRE_PARTS": ["day", "month", "year"]}
    for language, order in orders:
        wording = known_months(text) if language == _ARABIC else text
        found = dateparser.parse(
            wording, languages=[language], settings={**strict, **({"DATE_ORDER": order} if order else {})}
        )
        if found is not None:
            yield found


def plausible(moment: datetime, now: datetime) -> DateFault | None:
    """What is wrong with a publication date, or None."""
    if moment > now + AHEAD:
        return DateFault.FUTURE
    if moment < EARLIEST:
        return DateFault.ANCIENT
    return None


def read_date(
    text: str | None, now: datetime, languages: Sequence[str] = (), zone: tzinfo = UTC
) -> tuple[datetime | None, DateFault | None]:
    """The date, or None with the reason why it counts as unknown; a missing date is no fault."""
    if not text or not text.strip():
        return None, None
    try:
        moment = parse_date(text, languages, zone)
    except ValueError:
        return None, DateFault.UNREADABLE
    fault = plausible(moment, now)
    return (None, fault) if fault else (moment, None)


def first_date(
    texts: Iterable[str | None], now: datetime, languages: Sequence[str] = ()
) -> tuple[datetime | None, DateFault | None]:
    """The first of several dates that can be read and be true, and what was wrong with the first that could not."""
    first_fault: DateFault | None = None
    for text in texts:
        moment, fault = read_date(text, now, languages)
        first_fault = first_fault or fault
        if moment is not None:
            return moment, first_fault
    return None, first_fault
