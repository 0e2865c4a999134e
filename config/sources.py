"""The source register: what may be read, why, and how often. One entry a source, in sources.yaml of the data folder."""

from __future__ import annotations

import re
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from config.keyed import KEYED, check_names, why_no_key
from config.stated import says_something
from config.yaml_file import read_yaml

FILE = "sources.yaml"

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_REGION = re.compile(r"[A-Z]{2}")
_ACTOR = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]{1,200}|(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z][A-Za-z0-9-]{0,62}")
_DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]{1,200}")
_CHANNEL = re.compile(r"/(?:s/)?([A-Za-z][A-Za-z0-9_]{3,31})/?")
_BLANK = re.compile(r"[\s\x00-\x1f\x7f]")
_INTERVAL = re.compile(r"([0-9]{1,12})\s*(s|m|h|d)?")
_UNIT = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LONGEST = 3660 * 86400
GDELT_HOST = "gdeltproject.org"
GDELT_DELAY = 5.0
"""Seconds between requests, as GDELT's documentation asks; it answers 429 to more."""

MOST_ACCOUNTS = 300
"""Of one stream: they travel in its address, at some 40 bytes each, and servers in between refuse long ones (16 KB)."""

TELEGRAM_DELAY = 5.0
"""Seconds between requests where the entry states none: the limits of the preview are not published."""


def parse_interval(value: object) -> timedelta:
    """``15m``, ``2h``, ``1d`` or seconds as a number. Raises ValueError on anything else."""
    if isinstance(value, timedelta):
        return value
    match = _INTERVAL.fullmatch(str(value).strip()) if not isinstance(value, bool) else None
    if match is None:
        raise ValueError("an interval is a number with s, m, h or d, for example 15m")
    seconds = int(match[1]) * _UNIT[match[2] or "s"]
    if seconds > _LONGEST:
        raise ValueError("an interval of more than ten years is a slip of the pen")
    return timedelta(seconds=seconds)


Interval = Annotated[timedelta, BeforeValidator(parse_interval)]


class SourceKind(StrEnum):
    """How a source is read: one spider a word, or an importer."""

    FEEDS = "feeds"
    MASTODON = "mastodon"
    SITEMAP = "sitemap"
    GDELT = "gdelt"
    BLUESKY = "bluesky"
    JETSTREAM = "jetstream"
    YOUTUBE = "youtube"
    VK = "vk"
    X = "x"
    REDDIT = "reddit"
    DISCOURSE = "discourse"
    LEMMY = "lemmy"
    FORUM = "forum"
    ISSO = "isso"
    TELEGRAM = "telegram"
    IMPORT = "import"


class RobotsTag(StrEnum):
    """What an X-Robots-Tag header on a feed or API answer means here. On pages and accounts it is always honoured."""

    OBEY = "obey"
    RECORD = "record"


class Limits(BaseModel):
    """Caps of one run. A run that reaches one stops, says so, and goes on from its cursor next time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    requests: int = Field(default=500, ge=1, description="A polite hour at one request in seven seconds.")
    bytes: int = Field(default=200_000_000, ge=1, description="All bodies of a run together.")
    seconds: int = Field(default=600, ge=1, description="The process is killed a little later.")
    body_bytes: int = Field(default=12_000_000, ge=1, description="One body; the largest honest feed seen is 5 MB.")
    rechecks: int = Field(
        default=100, ge=0, description="Posts asked for again in one poll; at 15 minutes, 9,600 a day."
    )
    articles: int = Field(
        default=100, ge=1, description="sitemap, gdelt: article pages read in a poll; the rest waits for the next."
    )
    pages: int = Field(default=50, ge=1, description="Feed or timeline pages; ends a server that pages without end.")
    quota: int = Field(
        default=1000, ge=1, description="youtube: units a Pacific day; a tenth of what Google gives a key."
    )
    money: float | None = Field(default=None, gt=0, le=10_000, description="x: US dollars a run.")
    money_month: float | None = Field(
        default=None, gt=0, le=100_000, description="x: US dollars a calendar month, UTC."
    )


class Expect(BaseModel):
    """Volume bounds: under the minimum the run fails, above the maximum it warns."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_posts: int = Field(
        default=0, ge=0, description="Entries that a full read must show; an empty run is no quiet day."
    )
    max_posts: int | None = Field(default=None, ge=1, description="Entries above this are kept and warned of.")


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

    @model_validator(mode="before")
    @classmethod
    def _known_api(cls, data: Any) -> Any:
        keyed = KEYED.get(str(data.get("kind", ""))) if isinstance(data, dict) else None
        return {**data, "url": keyed.api} if keyed is not None and not data.get("url") else data

    @model_validator(mode="before")
    @classmethod
    def _delay_of_gdelt(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("kind") == SourceKind.GDELT:
            return {"delay": GDELT_DELAY, **data}
        return data

    @model_validator(mode="after")
    def _keeps_delay_of_gdelt(self) -> Source:
        if self.kind is SourceKind.GDELT and self.delay < GDELT_DELAY and GDELT_HOST in self.url.lower():
            raise ValueError(f"GDELT asks for {GDELT_DELAY:g} s between requests: delay must not be lower")
        return self

    @model_validator(mode="before")
    @classmethod
    def _delay_of_telegram(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("kind") == SourceKind.TELEGRAM:
            return {"delay": TELEGRAM_DELAY, **data}
        return data

    @model_validator(mode="after")
    def _has_address(self) -> Source:
        if self.is_stream:
            _check_stream(self)
        elif self.kind is not SourceKind.IMPORT:
            _check_url(self.url)
        if self.kind is SourceKind.TELEGRAM and not self.channel:
            raise ValueError("url names no public channel: give https://t.me/CHANNEL")
        keyed = KEYED.get(self.kind.value)
        if keyed is not None and keyed.target.fullmatch(self.target or "") is None:
            raise ValueError(f"target must be {keyed.targets}")
        if keyed is not None and not (self.url.startswith("https://") or self.allow_private):
            raise ValueError("url must start with https://: a key does not travel in the clear")
        return self

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as exc:
            raise ValueError(f"{value!r} is no time zone, for example Europe/Istanbul") from exc
        return value

    @model_validator(mode="after")
    def _has_subject(self) -> Source:
        if self.kind is SourceKind.BLUESKY:
            if bool(self.account) == bool(self.query):
                raise ValueError("bluesky needs either an account or a query")
            if self.account and _ACTOR.fullmatch(self.account) is None:
                raise ValueError("account is no handle (name.example.org) and no DID (did:plc:…)")
        if self.link is not None:
            if not self.link.startswith(("http://", "https://")):
                raise ValueError("link must start with http:// or https://")
            if self.tag:
                raise ValueError("mastodon reads either a tag or a link")
        if self.kind is SourceKind.FORUM and not self.engine:
            raise ValueError("forum needs an engine: phpbb, smf, mybb, xenforo, vbulletin, machina, or one of your own")
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


def _check_stream(source: Source) -> None:
    if not source.url.startswith(("wss://", "ws://") if source.allow_private else "wss://"):
        raise ValueError("url must start with wss://")
    _check_url(f"https://{source.url.partition('://')[2]}")
    _check_url(source.appview)
    if not (source.accounts or source.words or source.hashtags):
        raise ValueError(
            "jetstream carries everything that is posted: say which accounts, words or hashtags are wanted"
        )
    if len(source.accounts) > MOST_ACCOUNTS:
        raise ValueError(f"accounts holds more than {MOST_ACCOUNTS}: make several sources of them")
    for account in source.accounts:
        if _DID.fullmatch(account) is None:
            raise ValueError(f"accounts: {account[:60]!r} is no DID (did:plc:…); a handle can change hands")
    if not all(any(letter.isalnum() for letter in word) for word in (*source.words, *source.hashtags)):
        raise ValueError("words and hashtags must hold letters or digits")


def _check_url(url: str) -> None:
    if not url.startswith(("http://", "https://")):
        raise ValueError("url must start with http:// or https://")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as exc:
        raise ValueError(f"url is no address: {exc}") from exc
    if not host or _BLANK.search(url):
        raise ValueError("url is no address: give https://HOST/PATH")
    if parts.username is not None or parts.password is not None:
        raise ValueError("url holds a name or password: nothing behind a log-in is read")


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
