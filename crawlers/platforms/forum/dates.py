"""Dates of forum posts: machine-written, in words of the board's languages, or relative ("yesterday, 20:11").

Without a zone of its own a date is in the board's. A relative date is read only where all of the languages that know it
agree; its precision is that of its words, so "3 days ago" is right to a day. Where its time of day is not understood it is
unreadable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from crawlers.dates import DateFault, plausible, read_date

_EPOCH = re.compile(r"[0-9]{9,10}")
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_CLOCK = re.compile(r"(?<!\d)\d\d?:(\d\d)(?!\d)")
_BEFORE_CLOCK = re.compile(r"(?<=\S)\s+[^\W\d]{1,12}:?\s+(?=\d\d?:\d\d)")
_WEEKDAY = re.compile(r"[^\W\d]{1,20}\.?,?\s+(?=\S)")
_LONGEST = 60


@dataclass(frozen=True)
class DateRule:
    """How a board writes its dates. ``now`` is aware; relative dates are counted from it."""

    now: datetime
    languages: tuple[str, ...] = ()
    zone: tzinfo = UTC
    formats: tuple[str, ...] = ()

    def read(self, text: str) -> tuple[datetime | None, DateFault | None]:
        """The moment in UTC, or None with what is wrong; no text is no fault."""
        text = text.strip()
        if not text:
            return None, None
        answers = (self._read(wording) for wording in _wordings(text))
        first = next(answers)
        return next((answer for answer in (first, *answers) if answer[1] is not DateFault.UNREADABLE), first)

    def _read(self, text: str) -> tuple[datetime | None, DateFault | None]:
        found = self._in_numbers(text) or (None if _YEAR.search(text) else self._relative(text))
        if found is None:
            return read_date(text, self.now, self.languages, self.zone)
        fault = plausible(found, self.now)
        return (None, fault) if fault else (found, None)

    def _in_numbers(self, text: str) -> datetime | None:
        if _EPOCH.fullmatch(text):
            return datetime.fromtimestamp(int(text), UTC)
        for written in self.formats:
            try:
                return datetime.strptime(text, written).replace(tzinfo=self.zone).astimezone(UTC)
            except (ValueError, OverflowError):
                continue
        return None

    def _relative(self, text: str) -> datetime | None:
        if len(text) > _LONGEST:
            return None
        found = {moment for language in _known(self.languages) if (moment := self._relative_in(text, language))}
        return found.pop() if len(found) == 1 else None

    def _relative_in(self, text: str, language: str) -> datetime | None:
        # dateparser takes 0.1 s to import, and many engines write ISO 8601.
        import dateparser

        base = self.now.astimezone(self.zone).replace(tzinfo=None)
        settings: dict[str, object] = {"PARSERS": ["relative-time"], "RELATIVE_BASE": base}
        try:
            moment: datetime | None = dateparser.parse(text, languages=[language], settings=settings)
            clock = _CLOCK.search(text)
            if moment is None or (clock and moment.minute != int(clock[1])):
                # A time of day that was passed over would be that of the reading, another one at each poll.
                return None
            return moment.replace(tzinfo=self.zone).astimezone(UTC)
        except (ValueError, OverflowError, TypeError):
            return None


def _wordings(text: str) -> Iterator[str]:
    """The text, then without what boards put into a date and the parser may not know: a word for "at", a weekday's name.

    Only where a full date remains is the first word a weekday.
    """
    yield text
    if len(text) > _LONGEST:
        return
    bare = _BEFORE_CLOCK.sub(" ", text)
    if bare != text:
        yield bare
    if _YEAR.search(text) and (day := _WEEKDAY.match(bare)):
        yield bare[day.end() :]


def _known(languages: Sequence[str]) -> list[str]:
    from dateparser.data.languages_info import language_order

    plain = dict.fromkeys([*(language.lower().partition("-")[0] for language in languages), "en"])
    return [language for language in plain if language in language_order]
