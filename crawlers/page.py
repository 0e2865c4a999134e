"""What stands at an address, as far as the register's door needs to know it: one look, nothing of its content."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class LinkedFeed(BaseModel):
    """A feed that a page names as its own (``link rel=alternate``)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str
    title: str = ""


class Page(BaseModel):
    """What was found at an address."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(description="After redirects.")
    is_feed: bool = False
    feeds: tuple[LinkedFeed, ...] = ()
    refusal: str | None = Field(default=None, description="Word by which its robots tag refuses to be read.")
    signs: tuple[str, ...] = Field(
        default=(),
        description="Marks of the software, in lower case: generator:NAME, html#ID, body#ID, div#ID, link:REL, css:PATH, "
        "script:WORD.",
    )
