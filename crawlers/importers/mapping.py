"""The mapping file of an import: which field of the file is which field of a post.

platform: telegram                  # default: import, with ids SOURCE:id
fields:                             # plain fields of these names need no line here
  id: "{channel}/{message.id}"      # built of several fields; the form is the platform's, see identities.py
  text: [message.text, caption]     # paths, names and list positions joined by dots: the first that is there and not empty
  lang: {value: tr}                 # a constant
  reply_to: "{channel}/{parent.id}" # ids of other posts (thread, quotes), and names of people (mentions): never read unmapped
engagement: {views: stats.views}    # counts: 1234, "1,234", "1.2K"
dates: ["%d.%m.%Y %H:%M", unix]     # strptime formats, iso, unix, unix_ms; default iso
timezone: Europe/Istanbul           # of dates without zone; default UTC
encoding: cp1256                    # of a CSV file that is not UTF-8; a byte order mark goes before it
sheet: Posts                        # of an Excel workbook with rows on several sheets
spread_dates: {days: 300, until: 2026-11-01, seed_field: id}   # for rows without date; said in report and poll
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator

from config import read_yaml
from crawlers.importers.encodings import is_text_encoding
from records import PLATFORM_WORD

LinkName = Literal["reply_to", "thread", "quotes"]
FieldName = (
    Literal["id", "text", "lang", "published_at", "author", "url", "title", "hashtags", "media_text", "mentions"]
    | LinkName
)
LINKS: tuple[LinkName, ...] = ("reply_to", "thread", "quotes")
MAPPED_ONLY: frozenset[FieldName] = frozenset({*LINKS, "mentions"})
"""Read only where a mapping names them: in many exports a column of that name counts something."""
PLACEHOLDER = r"\{([^{}]+)\}"
"""A field within a template."""
FIELDS: tuple[FieldName, ...] = (
    "id",
    "text",
    "lang",
    "published_at",
    "author",
    "url",
    "title",
    "hashtags",
    "media_text",
    "mentions",
    *LINKS,
)


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Constant(_Strict):
    """A field that has the same value in every row."""

    value: str


class SpreadDates(_Strict):
    """Dates for rows that have none, spread evenly and always alike over the days before ``until``. Not real dates."""

    days: int = Field(ge=1, le=36_500, description="Days over which the dates are spread.")
    until: date = Field(description="Day after the last spread date.")
    seed_field: FieldName = Field(
        default="id", description="Field that decides a row's place; the same value, the same date."
    )

    def spread(self, seed: str) -> datetime:
        """The date for a row, to the second, UTC."""
        number = int.from_bytes(sha256(seed.encode("utf-8", "surrogatepass")).digest()[:8], "big")
        end = datetime.combine(self.until, time(), UTC)
        return end - timedelta(seconds=1 + number % (self.days * 86_400))


class ImportMapping(_Strict):
    """A mapping file; the empty one maps every plain field to itself."""

    platform: str | None = Field(default=None, pattern=PLATFORM_WORD, description="The platform's word, lower case.")
    fields: dict[FieldName, str | Constant | tuple[str, ...]] = Field(default_factory=dict)
    engagement: dict[str, str] = Field(default_factory=dict, description="Count by name -> path of its number.")
    dates: tuple[str, ...] = ("iso",)
    timezone: str = "UTC"
    encoding: str | None = Field(default=None, description="Encoding of a CSV file; None means UTF-8.")
    sheet: str | None = Field(default=None, description="Sheet of an Excel workbook; None: the only one with rows.")
    spread_dates: SpreadDates | None = None

    @field_validator("fields")
    @classmethod
    def _whole_templates(cls, value: dict[FieldName, Any]) -> dict[FieldName, Any]:
        for rule in value.values():
            for source in () if isinstance(rule, Constant) else (rule,) if isinstance(rule, str) else rule:
                if {"{", "}"} & set(re.sub(PLACEHOLDER, "", source)):
                    raise ValueError(
                        f"{source!r} is no template: name each field between braces, as in {{channel}}/{{id}}"
                    )
        return value

    @field_validator("dates", mode="before")
    @classmethod
    def _one_or_more(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @field_validator("dates")
    @classmethod
    def _known_formats(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for form in value:
            if form not in ("iso", "unix", "unix_ms") and "%" not in form:
                raise ValueError(f"{form!r} is no date format: give iso, unix, unix_ms or one with % signs")
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
            raise ValueError(f"{value!r} is no time zone, for example Europe/Istanbul") from exc
        return value

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str | None) -> str | None:
        if value is not None and not is_text_encoding(value):
            raise ValueError(f"{value!r} is no encoding, for example cp1256, cp1251, iso-8859-9, utf-16")
        return value

    def sources_of(self, name: FieldName) -> tuple[str, ...] | Constant:
        """Where a field comes from: paths in order, or a constant."""
        rule = self.fields.get(name, () if name in MAPPED_ONLY else name)
        if isinstance(rule, Constant):
            return rule
        return (rule,) if isinstance(rule, str) else rule


def load_mapping(path: Path) -> ImportMapping:
    """Reads a mapping file. Raises ConfigError that names file and field."""
    return read_yaml(path, ImportMapping, f"there is no mapping file {path}")
