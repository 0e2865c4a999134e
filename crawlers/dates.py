"""Publication dates as sources write them, and which of them cannot be true."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from enum import StrEnum

from dateutil import parser as dateutil_parser

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""There was no web before; feeds with 1970 or year 1 mean "unknown"."""
AHEAD = timedelta(days=1)
"""The ledger's own bound: time zones and sloppy clocks stay below it."""


class DateFault(StrEnum):
    """Why a date counts as unknown; the words stand in a poll's counts."""

    FUTURE = "future_date"
    ANCIENT = "ancient_date"
    UNREADABLE = "unreadable_date"


def parse_date(text: str, zone: tzinfo | None = UTC) -> datetime:
    """A date in ISO 8601, RFC 822 or a common variant. Raises ValueError.

    Without a zone of its own it gets ``zone``; where that is None it is returned without.
    """
    text = text.strip()
    if not text:
        raise ValueError("no date")
    for read in (datetime.fromisoformat, parsedate_to_datetime, _guess):
        try:
            found = read(text)
            found = found if found.tzinfo or zone is None else found.replace(tzinfo=zone)
            return found.astimezone(UTC) if found.tzinfo else found
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
    raise ValueError("not a date")


def _guess(text: str) -> datetime:
    if len(text) > 60 or not any(char.isdigit() for char in text):
        raise ValueError("not a date")
    # Two different defaults: where they show through, the text did not state day, month and year.
    first = dateutil_parser.parse(text, default=datetime(2001, 2, 3))
    second = dateutil_parser.parse(text, default=datetime(2004, 5, 6))
    if first.date() != second.date():
        raise ValueError("not a full date")
    return first


def plausible(moment: datetime, now: datetime) -> DateFault | None:
    """What is wrong with a publication date, or None."""
    if moment > now + AHEAD:
        return DateFault.FUTURE
    if moment < EARLIEST:
        return DateFault.ANCIENT
    return None


def read_date(text: str | None, now: datetime) -> tuple[datetime | None, DateFault | None]:
    """The date, or None with the reason why it counts as unknown; a missing date is no fault."""
    if not text or not text.strip():
        return None, None
    try:
        moment = parse_date(text)
    except ValueError:
        return None, DateFault.UNREADABLE
    fault = plausible(moment, now)
    return (None, fault) if fault else (moment, None)
