"""What the runner tells the crawling process, and what that process reports back. JSON both ways."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, field_serializer

from config import Project, Settings, Source
from crawlers.outcome import Outcome
from crawlers.page import Page
from crawlers.version import daymark_version
from records import GapReason


class StoredValidators(BaseModel):
    """What a server said about the version of one URL: sent back to ask whether it changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    etag: str | None = None
    last_modified: str | None = None


class RecheckOf(BaseModel):
    """A post to ask for again: its id, and what its platform is asked by."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    post_id: str
    lookup: str


class MissedTime(BaseModel):
    """Time that a poll found missing between what was read before and what it could read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: datetime
    end: datetime
    why: GapReason


class RobotsVerdict(StrEnum):
    """What robots.txt came to for the requests of a run."""

    ALLOWS = "allows"
    PARTLY = "allows in part"
    FORBIDS = "forbids"
    NONE = "none"
    UNREADABLE = "unreadable"


class RobotsNews(BaseModel):
    """What a run learned of a server's robots.txt."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    verdict: RobotsVerdict
    sha256: str | None = Field(default=None, description="Of its bytes; None where there were none, or none to be had.")
    read_at: datetime


class ServerNews(BaseModel):
    """What a run learned of one server; None is what it did not learn."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    not_before: datetime | None = Field(default=None, description="The server asked to be left alone until then.")
    last_request: datetime | None = Field(default=None, description="When the last answer, or none, came.")
    crawl_delay: float | None = Field(default=None, description="Seconds, by its robots.txt; 0 where that names none.")
    robots: RobotsNews | None = None


class Task(BaseModel):
    """One poll of one source."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Source
    mode: Literal["poll", "check", "look"] = Field(
        description="check: the first page only, nothing is stored; look: what is at the address at all."
    )
    url: str = Field(description="Address in force: the register's, or what a permanent redirect put in its place.")
    user_agent: str
    version: str
    started: datetime = Field(description="The poll's start, UTC; the window it covers ends here.")
    ledger_url: str = ""
    key_dir: Path = Path()
    data: Path | None = Field(default=None, description="The data folder, where an operator's own forum engines lie.")
    poll: int = Field(default=0, description="Number of this poll in the ledger.")
    worker: int = Field(default=0, description="Number of the worker that holds the source's lease.")
    follow: bool = Field(default=False, description="A stream is read on, not only until nothing is left of the past.")
    cursor: dict[str, Any] = Field(default_factory=dict)
    read_until: datetime | None = Field(
        default=None, description="Up to when the source was read, or its first poll; None at the first."
    )
    validators: dict[str, StoredValidators] = Field(default_factory=dict)
    rechecks: tuple[RecheckOf, ...] = Field(default=(), description="Posts of the source to ask for again.")
    closed: dict[str, datetime] = Field(
        default_factory=dict, description="Servers (host or host:port) that asked to be left alone, and until when."
    )

    @field_serializer("source")
    def _source(self, source: Source) -> dict[str, Any]:
        # Intervals as seconds: pydantic would write PT15M, which the register's own reader refuses.
        plain = source.model_dump(mode="json")
        plain["interval"] = int(source.interval.total_seconds())
        plain["interval_max"] = int(source.interval_max.total_seconds())
        plain["overlap"] = int(source.overlap.total_seconds())
        return plain


class TaskResult(BaseModel):
    """What one crawling process reports: one JSON line, the last that it writes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcome: Outcome
    finished: datetime
    message: str = ""
    counts: dict[str, int] = Field(default_factory=dict)
    not_landed: dict[str, int] = Field(default_factory=dict)
    window_from: datetime | None = None
    window_to: datetime | None = None
    gaps: tuple[MissedTime, ...] = ()
    cursor: dict[str, Any] | None = Field(default=None, description="None: the old cursor stays.")
    validators: dict[str, StoredValidators] = Field(default_factory=dict)
    url: str | None = Field(default=None, description="New address after a permanent redirect.")
    retired: bool = False
    not_before: datetime | None = None
    quiet_until: datetime | None = Field(default=None, description="Nothing new before, says the source itself.")
    servers: dict[str, ServerNews] = Field(default_factory=dict, description="By host or host:port.")
    posts: list[dict[str, Any]] = Field(default_factory=list, description="check: the posts that would land.")
    page: Page | None = Field(default=None, description="look: what is there.")


_PLAIN = "".join(char for char in map(chr, range(0x20, 0x7F)) if char not in "()\\")


def user_agent(project: Project, settings: Settings) -> str:
    """``Daymark/VERSION (+CONTACT)``: says who reads and whom to write to."""
    contact = (settings.user_agent_contact or project.contact).strip()
    if "@" in contact and not contact.startswith(("http://", "https://", "mailto:")):
        contact = f"mailto:{contact}"
    # A header is one line of ASCII, and brackets would end the comment; percent-encoded the contact can still be reached.
    contact = quote(contact, safe=_PLAIN)
    return f"Daymark/{daymark_version()} (+{contact})"
