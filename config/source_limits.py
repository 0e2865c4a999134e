"""What a run of a source may cost, and what it is expected to bring."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Limits(BaseModel):
    """Caps of one run. A run that reaches one stops, says so, and goes on from its cursor next time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    requests: int = Field(default=500, ge=1, description="A polite hour at one request in seven seconds.")
    bytes: int = Field(default=200_000_000, ge=1, description="All bodies of a run together.")
    seconds: int = Field(default=600, ge=1, description="The process is killed a little later.")
    body_bytes: int = Field(default=12_000_000, ge=1, description="One body; the largest honest feed seen is 5 MB.")
    rechecks: int | None = Field(
        default=None,
        ge=0,
        description="Posts, not requests, asked for again in one poll; None: 100, at 15 minutes 9,600 a day, and 500 where "
        "the platform answers for some 20 posts in one request (mastodon, bluesky, jetstream).",
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
