"""The records of the demo world, read from world/posts.ndjson. An unknown or missing field is refused."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

POSTS = Path(__file__).parent / "world" / "posts.ndjson"

NOTICE = "Synthetic demonstration site: every text, name, number and event here is invented."


class Record(BaseModel):
    """Read once, never changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PriceTruth(Record):
    """One advertised price; ``currency`` is None for a bare number, ``unit`` where nothing is said."""

    amount: float = Field(gt=0)
    currency: str | None
    unit: str | None


class OfferTruth(Record):
    """What a careful reader takes out of an advert; countries as ISO 3166-1 alpha-2, EU for Europe."""

    origin: tuple[str, ...]
    transit: tuple[str, ...]
    destination: tuple[str, ...]
    modes: tuple[str, ...]
    service: str
    prices: tuple[PriceTruth, ...]


class Truth(Record):
    """The answer for one entry, given by its writer."""

    on_topic: bool
    labels: tuple[str, ...]
    kind: str
    referral: tuple[str, ...]
    offer: OfferTruth | None


class EntryKind(StrEnum):
    """A post stands in full in the feed; an article stands there as a summary and in full on its page."""

    POST = "post"
    ARTICLE = "article"


class Line(Record):
    """One line of posts.ndjson."""

    id: str = Field(pattern=r"^demo-\d{3}$")
    site: str
    kind_of_entry: EntryKind
    title: str | None
    text: str = Field(min_length=1)
    lang: str
    days_ago: int = Field(ge=0, le=119)
    author: str
    contacts: tuple[str, ...]
    family: str | None
    truth: Truth


class Entry(Line):
    """A line with its date."""

    published: datetime

    @property
    def path(self) -> str:
        """Path of the entry's page; base URL + path is its canonical URL."""
        return f"/{self.site}/{self.kind_of_entry}s/{self.id}.html"

    @property
    def summary(self) -> str:
        """The opening words, as a feed shows them."""
        opening = self.text.split("\n\n")[0]
        if self.kind_of_entry is EntryKind.POST or len(opening) <= SUMMARY_CHARS:
            return opening
        return opening[:SUMMARY_CHARS].rsplit(" ", 1)[0].rstrip(",;:،") + " …"


SUMMARY_CHARS = 160  # under the shortest article, so that no summary is ever the whole text


class FeedFormat(StrEnum):
    """Format and manner of paging of a site's feed."""

    RSS = "rss"  # ?paged=N, as WordPress pages
    ATOM_NEXT = "atom_next"  # rel="next", RFC 5005 section 3
    ATOM_ARCHIVE = "atom_archive"  # rel="prev-archive", RFC 5005 section 4
    JSON_FEED = "json_feed"  # next_url


class Site(Record):
    """One site of the world."""

    id: str
    name: str
    lang: str | None = Field(description="None where several languages are written.")
    feed: FeedFormat

    @property
    def feed_path(self) -> str:
        """Path of the feed's newest page."""
        match self.feed:
            case FeedFormat.RSS:
                return f"/{self.id}/feed/"
            case FeedFormat.JSON_FEED:
                return f"/{self.id}/feed.json"
            case FeedFormat.ATOM_NEXT | FeedFormat.ATOM_ARCHIVE:
                return f"/{self.id}/feed.atom"


SITES = (
    Site(id="blog-en", name="The Slow Ferry", lang="en", feed=FeedFormat.RSS),
    Site(id="board-en", name="Quayside Board", lang="en", feed=FeedFormat.JSON_FEED),
    Site(id="blog-fr", name="La Gazette du Sas", lang="fr", feed=FeedFormat.ATOM_NEXT),
    Site(id="blatt-de", name="Marenholter Blatt", lang="de", feed=FeedFormat.RSS),
    Site(id="foro-es", name="El Foro del Muelle", lang="es", feed=FeedFormat.ATOM_NEXT),
    Site(id="saha-ar", name="ساحة الميناء", lang="ar", feed=FeedFormat.JSON_FEED),
    Site(id="wall-mixed", name="The Open Wall", lang=None, feed=FeedFormat.RSS),
    Site(id="wire-mixed", name="Three Harbours Wire", lang=None, feed=FeedFormat.ATOM_ARCHIVE),
)


class World(Record):
    """All sites and all entries, newest first."""

    now: datetime
    sites: tuple[Site, ...]
    entries: tuple[Entry, ...]

    def of_site(self, site: Site) -> tuple[Entry, ...]:
        """The entries of one site, newest first."""
        return tuple(entry for entry in self.entries if entry.site == site.id)


def read_lines(path: Path = POSTS) -> tuple[Line, ...]:
    """All lines of the file."""
    with path.open(encoding="utf-8") as file:
        return tuple(Line.model_validate_json(line) for line in file)


def date_entries(lines: Iterable[Line], now: datetime) -> tuple[Entry, ...]:
    """Entries dated back from ``now``, none in the future, newest first.

    The minutes within a day follow from the entry's number, so that the same ``now`` gives the same world.
    """
    entries = []
    for line in lines:
        minutes = int(line.id.removeprefix("demo-")) * 37 % 600 + 1
        published = (now - timedelta(days=line.days_ago, minutes=minutes)).replace(microsecond=0)
        entries.append(Entry(published=published, **{name: getattr(line, name) for name in Line.model_fields}))
    return tuple(sorted(entries, key=lambda entry: (entry.published, entry.id), reverse=True))


def build_world(now: datetime) -> World:
    """The world as it stands at ``now``. Raises ValueError for a time without zone or an entry of no site."""
    if now.tzinfo is None:
        raise ValueError("now needs a time zone")
    world = World(now=now, sites=SITES, entries=date_entries(read_lines(), now))
    strays = {entry.site for entry in world.entries} - {site.id for site in SITES}
    if strays:
        raise ValueError(f"no such site: {', '.join(sorted(strays))}")
    return world
