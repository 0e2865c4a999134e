"""What is read out of a smuggling advert. Field conventions: docs/codebook.md, section Offer fields."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from records.base import Record


class Mode(StrEnum):
    """Means of travel advertised."""

    SEA = "sea"
    LAND = "land"
    AIR = "air"
    DOCUMENT = "document"


class PriceUnit(StrEnum):
    """What the price is for."""

    PERSON = "person"
    CHILD = "child"
    COUPLE = "couple"
    FAMILY = "family"
    SEAT = "seat"
    LEG = "leg"
    PACKAGE = "package"


class Price(Record):
    """One advertised price."""

    amount: float = Field(
        gt=0, allow_inf_nan=False, description="In units of the currency; the lower bound of a range."
    )
    currency: str | None = Field(description="ISO 4217; None for a bare number.")
    unit: PriceUnit | None = Field(default=None, description="What it buys; None when not said.")


class Contact(Record):
    """A contact in a post, never in clear."""

    type: str = Field(description="phone, email or handle.")
    region: str | None = Field(default=None, description="ISO 3166-1 alpha-2 of a phone number's prefix.")
    hash: str = Field(description="16 hexadecimal digits of the keyed hash; `ephemeral:` before it without a key.")


class Offer(Record):
    """The offer in a post labelled smuggling_offer."""

    origin: tuple[str, ...] = Field(default=(), description="ISO 3166-1 alpha-2, EU for Europe as a region.")
    transit: tuple[str, ...] = Field(default=(), description="As origin.")
    destination: tuple[str, ...] = Field(default=(), description="As origin; a document's issuing or target country.")
    modes: tuple[Mode, ...] = Field(default=(), description="Means advertised.")
    service: str | None = Field(
        default=None,
        description="Strongest sub-label of smuggling_offer, e.g. transport; None without evidence for one.",
    )
    prices: tuple[Price, ...] = Field(default=(), description="Adult price first, then as written.")
    payment: tuple[str, ...] = Field(
        default=(), description="upfront, per_leg, on_arrival, third_party, later; cash, hawala, bank, crypto."
    )
    contacts: tuple[Contact, ...] = Field(
        default=(), description="Contacts in the post as type, region and keyed hash."
    )
