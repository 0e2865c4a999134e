"""Dates of the Persian calendar as Iran and Afghanistan write them: "یکشنبه ۱ آذر ۱۴۰۵، ۱۴:۳۰", "1405/09/01", "۲ قوس ۱۴۰۵",
"1405-09-01T14:30:00+03:30".

Read for sources in their languages alone: elsewhere 1405/09/01 could be of the lunar calendar. Months: solar_hijri.yaml.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import yaml

LANGUAGES = frozenset({"fa", "prs", "ps", "ckb"})
"""Persian, Dari, Pashto, and the Kurdish of Iran: ISO 639."""
_LETTERS = {"ي": "ی", "ك": "ک", "\u200c": " ", "\u200f": "", "\u200e": ""}
_FOLD = str.maketrans(
    {**{digit: str(value) for row in ("۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩") for value, digit in enumerate(row)}, **_LETTERS}
)
_CLOCK = re.compile(
    r"(?<!\d)(?P<iso>T)?(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.\d{1,9})?)?(?!\d)"
    r"\s?(?P<offset>Z|(?P<sign>[+-])(?P<hours>0\d|1[0-4]):?(?P<minutes>[0-5]\d)(?!\d))?"
)
_NUMBERS = re.compile(r"(?<!\d)(?P<year>1[34]\d\d)([-/.])(?P<month>\d\d?)\2(?P<day>\d\d?)(?!\d)")


def read_solar_hijri(text: str, languages: Iterable[str]) -> datetime | None:
    """The day, and the time of day where one stands there, with a zone only where its offset does; None for what is no such date.

    Whatever else than a weekday and words for "at" stands beside it makes it none.
    """
    if not LANGUAGES.intersection(language.lower().partition("-")[0] for language in languages):
        return None
    text = text.translate(_FOLD)
    rules = _rules()
    day = _NUMBERS.search(text) or rules.words.search(text)
    if day is None:
        return None
    rest = text[: day.start()] + " " + text[day.end() :]
    clock = _CLOCK.search(rest) or rules.hour.search(rest)
    if clock:
        rest = rest[: clock.start()] + " " + rest[clock.end() :]
    half = rules.half.search(rest)
    rest = rules.beside.sub(" ", rules.half.sub(" ", rest, count=1))
    if re.search(r"\w", rest):
        return None
    month = day["month"] if day["month"].isdigit() else rules.months[day["month"]]
    told = clock.groupdict() if clock else {}
    hour, minute, second = (int(told.get(part) or 0) for part in ("hour", "minute", "second"))
    if half and clock:
        hour = _in_half(hour, after_noon=half[0] in rules.after_noon)
    if told.get("sign") == "-" and not told["iso"]:
        # From one hour to another.
        return None
    found = _in_gregorian(int(day["year"]), int(month), int(day["day"]), hour, minute, second)
    return found.replace(tzinfo=_zone(told)) if found and told.get("offset") else found


def _zone(told: dict[str, str | None]) -> timezone:
    offset = timedelta(hours=int(told["hours"] or 0), minutes=int(told["minutes"] or 0))
    return timezone(-offset if told["sign"] == "-" else offset)


def _in_half(hour: int, *, after_noon: bool) -> int:
    # "ب.ظ" stands behind 14:30 too.
    return hour if hour > 12 else hour % 12 + (12 if after_noon else 0)


def _in_gregorian(year: int, month: int, day: int, *clock: int) -> datetime | None:
    # Of use to few sources.
    import jdatetime

    try:
        found: datetime = jdatetime.datetime(year, month, day, *clock).togregorian()
    except ValueError:
        return None
    return found


class _Rules:
    def __init__(self, content: dict[str, list[object]]) -> None:
        names = {number: words for number, words in enumerate(content["months"], 1) if isinstance(words, list)}
        self.months = {str(name): str(number) for number, words in names.items() for name in words}
        self.after_noon = frozenset(map(str, content["after_noon"]))
        month = _any_of(self.months)
        self.words = re.compile(
            rf"(?<!\d)(?P<day>\d\d?)(?:\s|م|ام)*(?P<month>{month})(?:\s?ماه)?[\s،,]*(?P<year>1[34]\d\d)(?!\d)"
        )
        half = rf"(?:{_any_of([*self.after_noon, *map(str, content['before_noon'])])})(?!\w)"
        self.half = re.compile(rf"(?<!\w){half}")
        self.hour = re.compile(rf"(?<!\w)(?P<hour>\d\d?)(?=\s{half})")
        self.beside = re.compile(rf"(?<!\w)(?:{_any_of(map(str, content['beside']))})(?!\w)")


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


@functools.cache
def _rules() -> _Rules:
    return _Rules(yaml.safe_load(Path(__file__).with_name("solar_hijri.yaml").read_text("utf-8")))
