"""A digest: what is new in a window, with its numbers, and without any text of posts.

Texts are added when it is shown (alerts.texts), from the ledger as it stands then: what was erased, edited or put aside in
between does not go out, and nothing of it waits in the outbox.
"""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from records import Label, Record, UtcTime


class Lead(Record):
    """One family of near-copies that offers a crossing; the post shown for it is the one with the highest score."""

    post_id: str
    family: str
    published_at: UtcTime
    published_estimated: bool
    late: bool = Field(
        description="Published before the window: read only now, or told of in a digest that reached nobody."
    )
    platform: str
    source: str
    lang: str
    labels: tuple[str, ...]
    sub_labels: tuple[str, ...]
    score: float = Field(description="Calibrated probability of smuggling_offer.")
    threshold: float
    model: str = Field(description="Version that gave the score.")
    origin: tuple[str, ...] = ()
    transit: tuple[str, ...] = ()
    destination: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    payment: tuple[str, ...] = ()
    amount: float | None = Field(default=None, description="Price as written, in ``currency``.")
    currency: str | None = None
    unit: str | None = None
    price_eur: float | None = None
    contacts: tuple[str, ...] = Field(default=(), description="Keyed hashes over all copies.")
    posts: int = Field(description="Copies, this post included.")
    sources: int
    platforms: int


class RouteGroup(Record):
    """The leads of one route, best score first. Countries are ISO 3166-1 alpha-2; empty where not said."""

    origin: tuple[str, ...]
    destination: tuple[str, ...]
    leads: tuple[Lead, ...]


class Change(Record):
    """A number of this window and of the one before it."""

    name: str
    now: int
    before: int


class Share(Record):
    """Posts with a label out of those on topic and assessed; None where there were none of those."""

    hits: int
    of: int
    share: float | None
    low: float | None = Field(description="95 % interval.")
    high: float | None


class Trend(Record):
    """The share of a label in this window and in the one before it."""

    label: str
    now: Share
    before: Share


class Coverage(Record):
    """Sources that were due in a window, and those whose successful polls cover it without a gap."""

    due: int
    ok: int

    @property
    def complete(self) -> bool:
        """Whether the window's numbers miss nothing that was to be read."""
        return self.due > 0 and self.ok == self.due


class EventNote(Record):
    """Something that befell a source. ``keys``: what of it is told here, its beginning, its end, or both."""

    keys: tuple[str, ...]
    source: str
    kind: str
    since: UtcTime
    detail: str
    ended_at: UtcTime | None = None
    ending: str = ""


class Digest(Record):
    """The digest of one window, ready to be shown to any recipient."""

    subscription: str
    title: str
    zone: str
    languages: tuple[str, ...]
    routes_wanted: tuple[str, ...]
    min_score: float
    start: UtcTime
    end: UtcTime
    made_at: UtcTime
    routes: tuple[RouteGroup, ...]
    changes: tuple[Change, ...]
    trends: tuple[Trend, ...]
    undated: int = Field(default=0, description="Assessed posts that carry no date; in no share.")
    assessed: int = Field(default=0, description="Posts in its languages read in the window that the model assessed.")
    unassessed: int = Field(default=0, description="Those that it could not assess; in no figure, no list.")
    uncovered: tuple[str, ...] = Field(default=(), description="Languages it names that the model does not assess.")
    unassessed_uncovered: int = Field(
        default=0, description="Those of `unassessed` that are in languages which the model does not assess."
    )
    unassessed_unknown: int = Field(default=0, description="Those of `unassessed` in which no language was found.")
    coverage: Coverage
    coverage_before: Coverage
    waiting: int = Field(description="Posts landed but not yet read by the model or not yet in the index.")
    models: tuple[str, ...] = Field(description="Versions that read the posts of both windows.")
    more: int = Field(description="New families above the cap.")
    again: int = Field(description="Families told of before, or older than the window, that were posted again.")
    tells_events: bool = Field(default=False, description="The subscription asks what befell the sources.")
    events: tuple[EventNote, ...] = ()
    withheld: int = Field(description="Families left out because one of their posts is protected or for referral.")

    @property
    def leads(self) -> tuple[Lead, ...]:
        """All leads in the order shown."""
        return tuple(lead for route in self.routes for lead in route.leads)

    @property
    def event_keys(self) -> tuple[str, ...]:
        """What of the source events counts as told with this digest."""
        return tuple(key for event in self.events for key in event.keys)

    @property
    def has_leads(self) -> bool:
        """Whether it tells of offers one by one; other labels have figures only."""
        return any(trend.label == Label.SMUGGLING_OFFER for trend in self.trends)

    @property
    def has_news(self) -> bool:
        """Whether there is anything to say: source events, new leads, or where it tells of none, posts with its labels."""
        if self.events:
            return True
        return bool(self.routes) if self.has_leads else any(trend.now.hits for trend in self.trends)

    @property
    def unheard(self) -> int:
        """Posts of which silence would deceive: where nothing that was read could be assessed, all that say anything in a
        language; else those in the languages it names that the model does not assess."""
        if not self.assessed:
            return self.unassessed - self.unassessed_unknown
        return self.unassessed_uncovered if self.uncovered else 0

    @property
    def is_blind(self) -> bool:
        """Whether there are such posts: it goes out then, though it has nothing to tell."""
        return self.unheard > 0

    @property
    def span(self) -> tuple[datetime, datetime]:
        """Start and end."""
        return self.start, self.end
