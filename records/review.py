"""A person's judgement of one revision of a post. It stands beside the machine's tags and never overwrites them."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from records.base import Record, UtcTime
from records.tags import Kind, Label


class Verdict(StrEnum):
    """What the reviewer did."""

    CONFIRM = "confirm"
    CORRECT = "correct"
    UNSURE = "unsure"


class Review(Record):
    """One review."""

    post_id: str
    revision: int = Field(ge=1, description="The revision that was read; the review is stale for later ones.")
    reviewer: str = Field(description="Reviewer id, not a name.")
    at: UtcTime
    guideline: str = Field(description="Version of the codebook the reviewer worked with.")
    verdict: Verdict
    on_topic: bool
    labels: tuple[Label, ...] = Field(
        description="The labels the reviewer holds right; equals the machine's on confirm."
    )
    kind: Kind | None = None
