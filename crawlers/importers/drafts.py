"""An item of a known export -> Post: what every format shares, with the same faults as a mapped file."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo

from pydantic import ValidationError

from crawlers.dates import DateFault, parse_date, plausible
from crawlers.importers.convert import Converted
from crawlers.importers.counts import UNREADABLE_COUNT
from crawlers.importers.formats import Format
from crawlers.importers.paths import MISSING
from crawlers.importers.problems import RowFault
from crawlers.importers.rounded import may_be_rounded
from records import AuthorKind, Post

ZEROS = "id_ends_in_zeros"
_NUMBER = re.compile(r"(?![0-9]{8}$)-?[0-9]{1,20}(?:\.[0-9]{1,9})?")
"""A number of eight digits is a day, 20260305."""
_NAMED_ZONE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}(?::[0-9]{2})? [A-Za-z]{1,5}")
_OF_X = "%a %b %d %H:%M:%S %z %Y"
_MILLISECONDS = 1e11
"""As seconds, that is the year 5138; as milliseconds, 1973."""


class FormatConverter:
    """Makes posts of the items of one format. ``zone`` is that of dates that name none."""

    def __init__(self, known: Format, source: str, author_kind: AuthorKind, now: datetime, zone: tzinfo) -> None:
        self._format = known
        self._source = source
        self._author_kind = author_kind
        self._now = now
        self._zone = zone

    def convert(self, values: dict[str, object]) -> Converted:
        """The post of an item. Raises RowFault."""
        draft = self._format.read(values)
        media_text = "\n".join(draft.media_text)
        if not draft.text.strip() and not media_text.strip():
            raise RowFault("missing_text")
        published, fault = self._date(draft.published)
        try:
            post = Post(
                platform=draft.platform,
                native_id=draft.native_id,
                source=self._source,
                url=draft.url,
                author=draft.author,
                author_kind=self._author_kind,
                lang_hint=draft.lang,
                text=draft.text,
                media_text=media_text,
                hashtags=draft.hashtags,
                mentions=draft.mentions,
                reply_to=draft.reply_to,
                thread=draft.thread,
                quotes=draft.quotes,
                engagement={name: count for name, count in draft.engagement.items() if count is not None},
                published_at=published,
                edited_at=self._date(draft.edited)[0],
                collected_at=self._now,
            )
        except ValidationError as exc:
            raise RowFault("invalid") from exc
        number = draft.native_id.rpartition("/")[2]
        suspect = number.isdecimal() and may_be_rounded(number)
        odd = [UNREADABLE_COUNT for count in draft.engagement.values() if count is None]
        return Converted(post, fault, remarks=(*odd, *([ZEROS] if suspect else [])))

    def _date(self, value: object) -> tuple[datetime | None, str | None]:
        try:
            moment = read_moment(value, self._zone)
        except (ValueError, OverflowError, OSError):
            return None, DateFault.UNREADABLE.value
        if moment is None:
            return None, None
        fault = plausible(moment, self._now)
        return (None, fault.value) if fault else (moment, None)


def read_moment(value: object, zone: tzinfo) -> datetime | None:
    """The moment in UTC: Unix seconds or milliseconds, ISO 8601, the form of X, or with a zone's name as CrowdTangle has.

    None where there is none. Raises ValueError, OverflowError or OSError for anything else.
    """
    if value is MISSING or value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, datetime):
        return _in_utc(value, zone)
    if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
        return _in_utc(_written(value.strip()), zone)
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ValueError("not a date")
    seconds = float(value)
    return datetime.fromtimestamp(seconds / 1000 if abs(seconds) >= _MILLISECONDS else seconds, UTC)


def _written(text: str) -> datetime:
    if _NAMED_ZONE.fullmatch(text):
        return parse_date(text)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return datetime.strptime(text, _OF_X)


def _in_utc(moment: datetime, zone: tzinfo) -> datetime:
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
