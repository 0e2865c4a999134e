"""The source register: what may be read, why, and how often. One entry a source, in sources.yaml of the data folder."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from config.intervals import Interval
from config.keyed import KEYED, check_names, why_no_key
from config.source_checks import check_source, with_defaults
from config.source_kinds import RobotsTag, SourceKind
from config.source_limits import Expect, Limits
from config.stated import says_something
from config.yaml_file import read_yaml

FILE = "sources.yaml"

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_REGION = re.compile(r"[A-Z]{2}")
_CHANNEL = re.compile(r"/(?:s/)?([A-Za-z][A-Za-z0-9_]{3,31})/?")

_RECHECKS = {SourceKind.MASTODON: 500, SourceKind.BLUESKY: 500, SourceKind.JETSTREAM: 500}
"""Posts asked for again in a poll: some 25 requests of 20 posts each. Not where each post or call is paid for."""
_RECHECKS_ELSE = 100


class Source(BaseModel):
    """One entry of the register."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(description="Short name; stands in the index.")
    kind: SourceKind
    url: str = Field(default="", description="Feed URL, or the instance's address for mastodon.")
    tag: str | None = Field(default=None, description="mastodon: hashtag timeline instead of the public one.")
    link: str | None = Field(
        default=None,
        description="mastodon: posts with this link while it trends there, instead of the public timeline.",
    )
    indexable: RobotsTag = Field(
        default=RobotsTag.RECORD, description="mastodon: accounts that have not opted in to being found by search."
    )
    target: str | None = Field(default=None, description="Keyed kinds: what is read there, e.g. video:ID.")
    credentials: tuple[str, ...] = Field(
        default=(), description="Keyed kinds: names of the environment variables that hold the keys, never the keys."
    )
    account: str | None = Field(default=None, description="bluesky: handle or DID of the account whose posts are read.")
    query: str | None = Field(default=None, description="bluesky: words searched for, instead of an account.")
    accounts: tuple[str, ...] = Field(default=(), description="jetstream: the accounts whose posts are kept, by DID.")
    words: tuple[str, ...] = Field(
        default=(), description="jetstream: words or phrases of which a post must hold one; `*` stands for any ending."
    )
    hashtags: tuple[str, ...] = Field(default=(), description="jetstream: hashtags, as good as a word; without the #.")
    appview: str = Field(
        default="https://public.api.bsky.app", description="jetstream: where authors and posts are looked up."
    )
    purpose: str = Field(default="", description="Why this source is read; without it the source does not run.")
    legal_basis: str = Field(default="", description="Basis for this source; without it the source does not run.")
    author_kind: str = Field(
        default="person", pattern="^(outlet|organisation|person)$", description="Who writes there."
    )
    languages: tuple[str, ...] = Field(
        default=(), description="ISO 639-1; how dates are read, and what is asked for where a page has several."
    )
    regions: tuple[str, ...] = Field(
        default=(), description="Regions tried for phone numbers without a prefix, e.g. TR."
    )
    interval: Interval = Field(default=timedelta(minutes=15), description="Between polls; at least 10 s.")
    interval_max: Interval = Field(
        default=timedelta(hours=2), description="A quiet source is asked ever less often, down to once in this time."
    )
    overlap: Interval = Field(default=timedelta(hours=6), description="Re-read below the mark for late posts.")
    since: date | None = Field(
        default=None, description="Keyed kinds: the first reading goes no further back than this day; None: to the end."
    )
    delay: float = Field(
        default=1.0, ge=0, description="Seconds between requests to the host; Crawl-delay can raise it."
    )
    articles: bool = Field(default=True, description="feeds: read the article page where the entry has only a summary.")
    page_back: bool = Field(default=True, description="feeds: follow older pages until a known entry.")
    comments: bool = Field(default=False, description="feeds: read the comments below the entries, too.")
    wordpress: bool = Field(default=False, description="feeds: read the REST interface of the WordPress site at url.")
    engine: str | None = Field(
        default=None,
        description="forum: software of the board (phpbb, smf, ...), or a file of forums/ in the data folder.",
    )
    timezone: str = Field(default="UTC", description="forum: zone of the dates on its pages, e.g. Europe/Istanbul.")
    robots_tag: RobotsTag = Field(default=RobotsTag.RECORD, description="X-Robots-Tag on feed and API answers.")
    allow_private: bool = Field(
        default=False, description="May be on a private or loopback address (own servers, tests)."
    )
    ca_file: Path | None = Field(default=None, description="CA file for a server of one's own.")
    enabled: bool = True
    terms_url: str | None = None
    terms_read: date | None = Field(default=None, description="Day the terms were read.")
    switched_on_by: str | None = None
    limits: Limits = Limits()
    expect: Expect = Expect()

    @field_validator("id")
    @classmethod
    def _short_name(cls, value: str) -> str:
        if _ID.fullmatch(value) is None:
            raise ValueError(
                f"{value!r} is no id: lower-case letters, digits, . _ - only, a letter or digit first, at most 64"
            )
        return value

    @field_validator("languages")
    @classmethod
    def _language_codes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for code in value:
            if _LANGUAGE.fullmatch(code) is None:
                raise ValueError(f"{code!r} is no language code, for example tr")
        return value

    @field_validator("regions")
    @classmethod
    def _region_codes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for code in value:
            if _REGION.fullmatch(code) is None:
                raise ValueError(f"{code!r} is no region code, for example TR")
        return value

    @field_validator("credentials")
    @classmethod
    def _names_only(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        check_names(value)
        return value

    @field_validator("interval")
    @classmethod
    def _not_hammering(cls, value: timedelta) -> timedelta:
        if value < timedelta(seconds=10):
            raise ValueError("polls under 10 s apart are impolite")
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
            raise ValueError(f"{value!r} is no time zone, for example Europe/Istanbul") from exc
        return value

    @model_validator(mode="before")
    @classmethod
    def _with_defaults_of_its_kind(cls, data: Any) -> Any:
        return with_defaults(data) if isinstance(data, dict) else data

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Source:
        check_source(self)
        return self

    @property
    def why_off(self) -> str | None:
        """Why this source does not run, or None when it may."""
        if not self.enabled:
            return "switched off in sources.yaml"
        if not says_something(self.purpose):
            return "no purpose stated in sources.yaml"
        if not says_something(self.legal_basis):
            return "no legal_basis stated in sources.yaml"
        if self.kind is SourceKind.X and not (self.limits.money and self.limits.money_month):
            return "each post read at X costs money: state limits.money and limits.money_month (US dollars)"
        return why_no_key(self.kind.value, self.credentials)

    @property
    def rechecks(self) -> int:
        """Posts asked for again in one poll."""
        stated = self.limits.rechecks
        return stated if stated is not None else _RECHECKS.get(self.kind, _RECHECKS_ELSE)

    @property
    def is_stream(self) -> bool:
        """Whether it is a connection that stands and brings posts as they are written, not an address to be asked."""
        return self.kind is SourceKind.JETSTREAM

    @property
    def is_keyed(self) -> bool:
        """Whether it is read by an API with a key of the operator's."""
        return self.kind.value in KEYED

    @property
    def channel(self) -> str:
        """telegram: the channel's name in lower case, for names differ in no other way; empty where url names none."""
        match = _CHANNEL.fullmatch(urlsplit(self.url).path)
        return match[1].lower() if match and self.kind is SourceKind.TELEGRAM else ""


class SourceRegister(BaseModel):
    """All entries of sources.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sources: tuple[Source, ...] = ()

    @field_validator("sources", mode="before")
    @classmethod
    def _list(cls, value: Any) -> Any:
        return value or ()

    @model_validator(mode="after")
    def _unique(self) -> SourceRegister:
        seen: set[str] = set()
        for source in self.sources:
            if source.id in seen:
                raise ValueError(f"the id {source.id!r} stands twice")
            seen.add(source.id)
        return self

    def get(self, source_id: str) -> Source | None:
        """The entry with that id, if any."""
        return next((source for source in self.sources if source.id == source_id), None)


def load_sources(data: Path) -> SourceRegister:
    """Reads sources.yaml. Raises ConfigError when missing or wrong."""
    path = data / FILE
    return read_yaml(path, SourceRegister, f"{path} is missing: run `daymark init`, then `daymark sources add URL`")
