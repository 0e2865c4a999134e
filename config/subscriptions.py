"""Who gets which digest, when and how: subscriptions.yaml in the data folder.

    subscriptions:
      - id: routes-daily
        title: New offers on the eastern route
        recipients: [unit@example.org]
        channel: smtp
        labels: [smuggling_offer]
        languages: [de, en]
        routes: [TR-DE, "*-GR"]
        min_score: 0.7
        every: daily
        at: "07:00"
        zone: Europe/Athens
      - id: sources
        title: Sources of the monitor
        recipients: [operator@example.org]
        labels: []
        events: true

Errors name file, line and field.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from config.addresses import EMAIL
from config.yaml_file import read_yaml

FILE = "subscriptions.yaml"

_LABELS = ("smuggling_offer", "risk_narrative", "xenophobic_framing", "positive_framing")
_ROUTE = re.compile(r"([A-Z]{2}|\*)-([A-Z]{2}|\*)")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")


class ChannelKind(StrEnum):
    """How a digest travels."""

    SMTP = "smtp"
    FILE = "file"


class Every(StrEnum):
    """How often a digest is made."""

    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"


class Weekday(StrEnum):
    """Day of a weekly digest, in the order of datetime.weekday()."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


def parse_clock(value: object) -> time:
    """``07:00`` as a time of day. Raises ValueError on anything else."""
    if isinstance(value, time):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 24 * 60:
        # YAML 1.1 reads an unquoted 10:30 as a number to the base of sixty: 630.
        return time(value // 60, value % 60)
    match = _CLOCK.fullmatch(str(value).strip())
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        raise ValueError('must be a time of day like "07:00"')
    return time(int(match[1]), int(match[2]))


Clock = Annotated[time, BeforeValidator(parse_clock)]


class Subscription(BaseModel):
    """One entry of subscriptions.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(
        pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$", description="Short name; never reuse it for another matter."
    )
    title: str = Field(min_length=1, max_length=120, description="Stands in the subject line.")
    channel: ChannelKind = ChannelKind.SMTP
    recipients: tuple[str, ...] = Field(
        min_length=1, description="smtp: e-mail addresses; file: folders, relative ones in the data folder."
    )
    labels: tuple[str, ...] = Field(
        default=("smuggling_offer",),
        description="Figures are shown of these; leads are offers only. Empty only with events: true.",
    )
    events: bool = Field(
        default=False, description="Tells what befell the sources: failing, blocked, silent, gaps, ..."
    )
    languages: tuple[str, ...] = Field(
        default=(),
        description="ISO 639 codes; empty means all. Nothing is found in those that the model does not assess.",
    )
    routes: tuple[str, ...] = Field(default=(), description="ORIGIN-DESTINATION, * for any, e.g. TR-DE; empty: all.")
    min_score: float = Field(default=0.0, ge=0, le=1, description="Least score of a lead; the threshold holds anyway.")
    every: Every = Every.DAILY
    at: Clock = Field(default=time(7, 0), description="Local time; of an hourly digest only the minute counts.")
    weekday: Weekday = Field(default=Weekday.MONDAY, description="Day of a weekly digest.")
    zone: str = Field(default="UTC", description="IANA name; decides when `at` is and how times are shown.")
    only_when_news: bool = Field(
        default=True, description="Send no digest without new leads; where offers are no label of it, without posts."
    )
    cap: int = Field(default=50, ge=1, le=500, description="Most leads in one digest; the rest are counted.")
    enabled: bool = True

    @field_validator("title")
    @classmethod
    def _one_line(cls, value: str) -> str:
        if not value.isprintable() or not value.strip():
            raise ValueError("must be one line of text")
        return value.strip()

    @field_validator("labels")
    @classmethod
    def _known_labels(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return _each(value, lambda label: label in _LABELS, f"is no label; labels are {', '.join(_LABELS)}")

    @field_validator("languages")
    @classmethod
    def _codes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return _each(value, re.compile("[a-z]{2,3}").fullmatch, "is no language code such as ar, fa or ckb")

    @field_validator("routes")
    @classmethod
    def _route_form(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return _each(value, _ROUTE.fullmatch, "is no route; write TR-DE, or *-DE for any origin")

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
            raise ValueError(f"{value!r} is not a time zone: write it like Europe/Athens or UTC") from exc
        return value

    @model_validator(mode="after")
    def _fitting_recipients(self) -> Subscription:
        if self.channel is ChannelKind.SMTP:
            _each(self.recipients, EMAIL.fullmatch, "is no e-mail address", "recipients: ")
        elif any(not folder.strip() or not folder.isprintable() for folder in self.recipients):
            raise ValueError("recipients: must be folders when the channel is file")
        else:
            _each(self.recipients, _has_home, "names a user whom this machine does not know", "recipients: ")
        return self

    @model_validator(mode="after")
    def _has_matter(self) -> Subscription:
        if not self.labels and not self.events:
            raise ValueError("labels: name at least one, or set events: true for a digest of source events alone")
        return self

    @property
    def timezone(self) -> ZoneInfo:
        """The zone in force."""
        return ZoneInfo(self.zone)


class Subscriptions(BaseModel):
    """All entries of subscriptions.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subscriptions: tuple[Subscription, ...] = ()

    @field_validator("subscriptions", mode="before")
    @classmethod
    def _list(cls, value: Any) -> Any:
        return value or ()

    @model_validator(mode="after")
    def _unique(self) -> Subscriptions:
        seen: set[str] = set()
        for item in self.subscriptions:
            if item.id in seen:
                raise ValueError(f"the id {item.id!r} stands twice")
            seen.add(item.id)
        return self

    def get(self, subscription_id: str) -> Subscription | None:
        """The entry with that id, if any."""
        return next((item for item in self.subscriptions if item.id == subscription_id), None)


def load_subscriptions(data: Path) -> Subscriptions:
    """Reads subscriptions.yaml; no file means no subscription. Raises ConfigError with line and field of what is wrong."""
    path = data / FILE
    return read_yaml(path, Subscriptions, f"{path} is missing") if path.is_file() else Subscriptions()


def _has_home(folder: str) -> bool:
    try:
        Path(folder).expanduser()
    except RuntimeError:
        return False
    return True


def _each(values: tuple[str, ...], fits: Callable[[str], object], message: str, before: str = "") -> tuple[str, ...]:
    for value in values:
        if not fits(value):
            raise ValueError(f"{before}{value[:80]!r} {message}")
    return values
